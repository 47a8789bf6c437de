"""Stub of easy-thumbnails."""

from django.db import models


class ThumbnailerField(models.FileField):
    def __init__(self, *args, **kwargs):
        kwargs.pop("thumbnail_storage", None)
        super().__init__(*args, **kwargs)


class ThumbnailerImageField(ThumbnailerField, models.ImageField):
    def __init__(self, *args, **kwargs):
        kwargs.pop("resize_source", None)
        super().__init__(*args, **kwargs)
