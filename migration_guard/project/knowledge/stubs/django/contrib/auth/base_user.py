"""Stub: what migrations know of django.contrib.auth.base_user. Made by tools/contrib_stubs.py from an installed Django."""

from django.db import models


class BaseUserManager(models.Manager):
    pass


class AbstractBaseUser(models.Model):
    password = models.CharField(max_length=128, verbose_name='password')
    last_login = models.DateTimeField(blank=True, null=True, verbose_name='last login')
    REQUIRED_FIELDS = []

    class Meta:
        abstract = True
