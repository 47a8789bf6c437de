"""Stub: what migrations know of django.contrib.contenttypes.models. Made by tools/contrib_stubs.py from an installed Django."""

from django.db import models


class ContentTypeManager(models.Manager):
    use_in_migrations = True


class ContentType(models.Model):
    app_label = models.CharField(max_length=100)
    model = models.CharField(max_length=100, verbose_name='python model class name')
    objects = ContentTypeManager()

    class Meta:
        verbose_name = 'content type'
        verbose_name_plural = 'content types'
        db_table = 'django_content_type'
        unique_together = [['app_label', 'model']]
