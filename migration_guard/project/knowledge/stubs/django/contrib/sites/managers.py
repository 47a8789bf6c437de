"""Stub: what migrations know of django.contrib.sites.managers. Made by tools/contrib_stubs.py from an installed Django."""

from django.db import models


class CurrentSiteManager(models.Manager):
    use_in_migrations = True
    def __init__(self, field_name=None):
        super().__init__()
