"""Stub: what migrations know of django.contrib.postgres.apps. Made by tools/contrib_stubs.py from an installed Django."""

from django.apps import AppConfig


class PostgresConfig(AppConfig):
    name = 'django.contrib.postgres'
