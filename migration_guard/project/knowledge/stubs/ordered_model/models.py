"""Stub of django-ordered-model."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class OrderedModelQuerySet(models.QuerySet):
    pass


class OrderedModelManager(models.Manager.from_queryset(OrderedModelQuerySet)):
    pass


class OrderedModelBase(models.Model):
    objects = OrderedModelManager()
    order_field_name = None
    order_with_respect_to = None
    order_class_path = None

    class Meta:
        abstract = True


class OrderedModel(OrderedModelBase):
    order = models.PositiveIntegerField(_("order"), editable=False, db_index=True)
    order_field_name = "order"

    class Meta:
        abstract = True
        ordering = ("order",)
