"""Stub: what migrations know of django.contrib.humanize.apps. Made by tools/contrib_stubs.py from an installed Django."""

from django.apps import AppConfig


class HumanizeConfig(AppConfig):
    name = 'django.contrib.humanize'
