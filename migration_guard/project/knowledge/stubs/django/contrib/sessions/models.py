"""Stub: what migrations know of django.contrib.sessions.models. Made by tools/contrib_stubs.py from an installed Django."""

from django.contrib.sessions.base_session import AbstractBaseSession
from django.contrib.sessions.base_session import BaseSessionManager
from django.db import models


class SessionManager(BaseSessionManager):
    use_in_migrations = True


class Session(AbstractBaseSession):
    objects = SessionManager()

    class Meta:
        verbose_name = 'session'
        verbose_name_plural = 'sessions'
        db_table = 'django_session'
        abstract = False
