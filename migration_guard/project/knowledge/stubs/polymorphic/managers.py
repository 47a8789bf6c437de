"""Stub of django-polymorphic."""

from django.db import models


class PolymorphicManager(models.Manager):
    pass
