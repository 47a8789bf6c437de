"""Stub of django-model-utils: none of its managers is used in migrations."""

from django.db import models


class InheritanceQuerySet(models.QuerySet):
    pass


class InheritanceManager(models.Manager):
    pass


class QueryManager(models.Manager):
    def __init__(self, *args, **kwargs):
        super().__init__()


class SoftDeletableManager(models.Manager):
    def __init__(self, *args, **kwargs):
        super().__init__()


class JoinManager(models.Manager):
    pass
