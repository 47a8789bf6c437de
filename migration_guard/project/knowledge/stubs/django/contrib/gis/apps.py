"""Stub: what migrations know of django.contrib.gis.apps. Made by tools/contrib_stubs.py from an installed Django."""

from django.apps import AppConfig


class GISConfig(AppConfig):
    default_auto_field = 'django.db.models.AutoField'
    name = 'django.contrib.gis'
