"""Stub: what migrations know of django.contrib.sessions.apps. Made by tools/contrib_stubs.py from an installed Django."""

from django.apps import AppConfig


class SessionsConfig(AppConfig):
    name = 'django.contrib.sessions'
