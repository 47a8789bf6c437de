"""Stub: what migrations know of django.contrib.staticfiles.apps. Made by tools/contrib_stubs.py from an installed Django."""

from django.apps import AppConfig


class StaticFilesConfig(AppConfig):
    name = 'django.contrib.staticfiles'
