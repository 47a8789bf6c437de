"""Stub of django-colorfield."""

from django.db import models


class ColorField(models.CharField):
    def __init__(self, *args, **kwargs):
        self.samples = kwargs.pop("samples", None)
        self.format = kwargs.pop("format", "hex").lower()
        self.image_field = kwargs.pop("image_field", None)
        if self.image_field:
            kwargs.setdefault("blank", True)
        kwargs.setdefault("max_length", 25)
        opaque = {"hex": "#FFFFFF", "hexa": "#FFFFFFFF", "rgb": "rgb(255, 255, 255)", "rgba": "rgba(255, 255, 255, 1)"}
        if kwargs.get("null"):
            kwargs.setdefault("blank", True)
            kwargs.setdefault("default", None)
        else:
            kwargs.setdefault("default", "" if kwargs.get("blank") else opaque[self.format])
        super().__init__(*args, **kwargs)
        if self.choices:
            self.choices = [(value.lower(), label) for value, label in self.choices]

    def deconstruct(self):
        name, path, args, kwargs = super().deconstruct()
        kwargs["samples"] = self.samples
        kwargs["image_field"] = self.image_field
        return name, path, args, kwargs
