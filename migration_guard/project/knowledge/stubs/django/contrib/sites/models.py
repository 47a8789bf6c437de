"""Stub: what migrations know of django.contrib.sites.models. Made by tools/contrib_stubs.py from an installed Django."""

from django.db import models


def _simple_domain_name_validator(*args): ...


class SiteManager(models.Manager):
    use_in_migrations = True


class Site(models.Model):
    domain = models.CharField(max_length=100, unique=True, validators=[_simple_domain_name_validator], verbose_name='domain name')
    name = models.CharField(max_length=50, verbose_name='display name')
    objects = SiteManager()

    class Meta:
        verbose_name = 'site'
        verbose_name_plural = 'sites'
        db_table = 'django_site'
        ordering = ['domain']
