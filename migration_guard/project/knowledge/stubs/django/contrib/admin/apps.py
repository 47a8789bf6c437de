"""Stub: what migrations know of django.contrib.admin.apps. Made by tools/contrib_stubs.py from an installed Django."""

from django.apps import AppConfig


class SimpleAdminConfig(AppConfig):
    default_auto_field = 'django.db.models.AutoField'
    default_site = 'django.contrib.admin.sites.AdminSite'
    name = 'django.contrib.admin'

class AdminConfig(SimpleAdminConfig):
    default = True
