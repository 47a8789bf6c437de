"""Composite primary keys, and `through_fields` in migrations."""

from django.db import models

composite = models.CompositePrimaryKey("a", "b")
composite_all = models.CompositePrimaryKey("a", "b_id", verbose_name="x", editable=False, blank=True, primary_key=True)
through_fields = models.ManyToManyField("auth.Group", through="x.Membership", through_fields=("a", "b"))
through_fields_list = models.ManyToManyField("auth.Group", through="x.Membership", through_fields=["a", "b"])
