"""Stub: what migrations know of django.contrib.admindocs.apps. Made by tools/contrib_stubs.py from an installed Django."""

from django.apps import AppConfig


class AdminDocsConfig(AppConfig):
    name = 'django.contrib.admindocs'
