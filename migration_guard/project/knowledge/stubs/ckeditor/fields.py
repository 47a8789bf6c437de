"""Stub of django-ckeditor."""

from django.db import models


class RichTextField(models.TextField):
    def __init__(self, *args, **kwargs):
        for name in ("config_name", "extra_plugins", "external_plugin_resources"):
            kwargs.pop(name, None)
        super().__init__(*args, **kwargs)
