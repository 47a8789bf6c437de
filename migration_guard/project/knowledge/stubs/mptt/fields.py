"""Stub of django-mptt: its fields. `MPTTModel` is not here: its metaclass adds fields that the class's options name."""

from django.db import models


class TreeForeignKey(models.ForeignKey):
    pass


class TreeOneToOneField(models.OneToOneField):
    pass


class TreeManyToManyField(models.ManyToManyField):
    pass
