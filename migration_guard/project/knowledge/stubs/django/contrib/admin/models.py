"""Stub: what migrations know of django.contrib.admin.models. Made by tools/contrib_stubs.py from an installed Django."""

from django.conf import settings
from django.db import models
import django.db.models.deletion
import django.utils.timezone


class LogEntryManager(models.Manager):
    use_in_migrations = True


class LogEntry(models.Model):
    action_time = models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name='action time')
    user = models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to=settings.AUTH_USER_MODEL, verbose_name='user')
    content_type = models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, to='contenttypes.contenttype', verbose_name='content type')
    object_id = models.TextField(blank=True, null=True, verbose_name='object id')
    object_repr = models.CharField(max_length=200, verbose_name='object repr')
    action_flag = models.PositiveSmallIntegerField(choices=[(1, 'Addition'), (2, 'Change'), (3, 'Deletion')], verbose_name='action flag')
    change_message = models.TextField(blank=True, verbose_name='change message')
    objects = LogEntryManager()

    class Meta:
        verbose_name = 'log entry'
        verbose_name_plural = 'log entries'
        db_table = 'django_admin_log'
        ordering = ['-action_time']
