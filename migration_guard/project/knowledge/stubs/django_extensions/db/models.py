"""Stub of django-extensions: its abstract models."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from django_extensions.db.fields import AutoSlugField, CreationDateTimeField, ModificationDateTimeField


class TimeStampedModel(models.Model):
    created = CreationDateTimeField(_("created"))
    modified = ModificationDateTimeField(_("modified"))

    class Meta:
        get_latest_by = "modified"
        abstract = True


class TitleDescriptionModel(models.Model):
    title = models.CharField(_("title"), max_length=255)
    description = models.TextField(_("description"), blank=True, null=True)

    class Meta:
        abstract = True


class TitleSlugDescriptionModel(TitleDescriptionModel):
    slug = AutoSlugField(_("slug"), populate_from="title")

    class Meta:
        abstract = True


class ActivatorModelManager(models.Manager):
    pass


class ActivatorModel(models.Model):
    INACTIVE_STATUS = 0
    ACTIVE_STATUS = 1
    STATUS_CHOICES = ((0, _("Inactive")), (1, _("Active")))
    status = models.IntegerField(_("status"), choices=STATUS_CHOICES, default=ACTIVE_STATUS)
    activate_date = models.DateTimeField(blank=True, null=True, help_text=_("keep empty for an immediate activation"))
    deactivate_date = models.DateTimeField(blank=True, null=True, help_text=_("keep empty for indefinite activation"))
    objects = ActivatorModelManager()

    class Meta:
        ordering = ("status", "-activate_date")
        abstract = True
