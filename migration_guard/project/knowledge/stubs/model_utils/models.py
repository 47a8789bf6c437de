"""Stub of django-model-utils: its abstract models, but for StatusModel, whose field takes its choices from the subclass."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from model_utils.fields import AutoCreatedField, AutoLastModifiedField, UUIDField
from model_utils.managers import SoftDeletableManager


class TimeStampedModel(models.Model):
    created = AutoCreatedField(_("created"))
    modified = AutoLastModifiedField(_("modified"))

    class Meta:
        abstract = True


class TimeFramedModel(models.Model):
    start = models.DateTimeField(_("start"), null=True, blank=True)
    end = models.DateTimeField(_("end"), null=True, blank=True)

    class Meta:
        abstract = True


class SoftDeletableModel(models.Model):
    is_removed = models.BooleanField(default=False)
    objects = SoftDeletableManager(_emit_deprecation_warnings=True)
    available_objects = SoftDeletableManager()
    all_objects = models.Manager()

    class Meta:
        abstract = True


class UUIDModel(models.Model):
    id = UUIDField(primary_key=True, version=4, editable=False)

    class Meta:
        abstract = True
