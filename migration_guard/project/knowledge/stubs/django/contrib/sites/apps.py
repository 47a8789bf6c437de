"""Stub: what migrations know of django.contrib.sites.apps. Made by tools/contrib_stubs.py from an installed Django."""

from django.apps import AppConfig


class SitesConfig(AppConfig):
    default_auto_field = 'django.db.models.AutoField'
    name = 'django.contrib.sites'
