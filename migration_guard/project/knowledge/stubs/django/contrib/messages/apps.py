"""Stub: what migrations know of django.contrib.messages.apps. Made by tools/contrib_stubs.py from an installed Django."""

from django.apps import AppConfig


class MessagesConfig(AppConfig):
    name = 'django.contrib.messages'
