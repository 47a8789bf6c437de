"""Stub: what migrations know of django.contrib.sessions.base_session. Made by tools/contrib_stubs.py from an installed Django."""

from django.db import models


class BaseSessionManager(models.Manager):
    pass


class AbstractBaseSession(models.Model):
    session_key = models.CharField(max_length=40, primary_key=True, serialize=False, verbose_name='session key')
    session_data = models.TextField(verbose_name='session data')
    expire_date = models.DateTimeField(db_index=True, verbose_name='expire date')
    objects = BaseSessionManager()

    class Meta:
        verbose_name = 'session'
        verbose_name_plural = 'sessions'
        abstract = True
