"""Stub of django-tinymce."""

from django.db import models


class HTMLField(models.TextField):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
