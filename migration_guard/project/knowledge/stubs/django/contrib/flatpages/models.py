"""Stub: what migrations know of django.contrib.flatpages.models. Made by tools/contrib_stubs.py from an installed Django."""

from django.db import models


class FlatPage(models.Model):
    url = models.CharField(db_index=True, max_length=100, verbose_name='URL')
    title = models.CharField(max_length=200, verbose_name='title')
    content = models.TextField(blank=True, verbose_name='content')
    enable_comments = models.BooleanField(default=False, verbose_name='enable comments')
    template_name = models.CharField(blank=True, help_text='Example: “flatpages/contact_page.html”. If this isn’t provided, the system will use “flatpages/default.html”.', max_length=70, verbose_name='template name')
    registration_required = models.BooleanField(default=False, help_text='If this is checked, only logged-in users will be able to view the page.', verbose_name='registration required')
    sites = models.ManyToManyField(to='sites.site', verbose_name='sites')

    class Meta:
        verbose_name = 'flat page'
        verbose_name_plural = 'flat pages'
        db_table = 'django_flatpage'
        ordering = ['url']
