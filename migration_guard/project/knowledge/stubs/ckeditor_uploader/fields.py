"""Stub of django-ckeditor."""

from ckeditor.fields import RichTextField


class RichTextUploadingField(RichTextField):
    pass
