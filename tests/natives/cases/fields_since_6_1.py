"""Database-level `on_delete`."""

from django.db import models

db_cascade = models.ForeignKey("auth.Group", models.DB_CASCADE)
db_set_null = models.OneToOneField("auth.Group", on_delete=models.DB_SET_NULL, null=True)
db_set_default = models.ForeignKey("auth.Group", on_delete=models.DB_SET_DEFAULT, db_default=1)

json_null = models.JSONField(db_default=models.JSONNull(), null=True)
json_null_condition = models.Q(a=models.JSONNull())
