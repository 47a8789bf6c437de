"""Stub: what migrations know of django.contrib.redirects.models. Made by tools/contrib_stubs.py from an installed Django."""

from django.db import models
import django.db.models.deletion


class Redirect(models.Model):
    site = models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to='sites.site', verbose_name='site')
    old_path = models.CharField(db_index=True, help_text='This should be an absolute path, excluding the domain name. Example: “/events/search/”.', max_length=200, verbose_name='redirect from')
    new_path = models.CharField(blank=True, help_text='This can be either an absolute path (as above) or a full URL starting with a scheme such as “https://”.', max_length=200, verbose_name='redirect to')

    class Meta:
        verbose_name = 'redirect'
        verbose_name_plural = 'redirects'
        db_table = 'django_redirect'
        ordering = ['old_path']
        unique_together = [['site', 'old_path']]
