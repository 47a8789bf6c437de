"""Stub: what migrations know of django.contrib.syndication.apps. Made by tools/contrib_stubs.py from an installed Django."""

from django.apps import AppConfig


class SyndicationConfig(AppConfig):
    name = 'django.contrib.syndication'
