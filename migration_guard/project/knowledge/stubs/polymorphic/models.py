"""Stub of django-polymorphic."""

from django.db import models

from polymorphic.managers import PolymorphicManager


class PolymorphicModel(models.Model):
    polymorphic_ctype = models.ForeignKey(
        "contenttypes.ContentType",
        null=True,
        editable=False,
        on_delete=models.CASCADE,
        related_name="polymorphic_%(app_label)s.%(class)s_set+",
    )
    objects = PolymorphicManager()

    class Meta:
        abstract = True
