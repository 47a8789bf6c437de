"""`condition=` of check constraints; violation codes; null treatment."""

from django.db import models

check = models.CheckConstraint(condition=models.Q(a__gt=1), name="c")
check_code = models.CheckConstraint(
    condition=~models.Q(a=1), name="%(class)s", violation_error_message="m", violation_error_code="code"
)
unique_nulls = models.UniqueConstraint(fields=["a"], name="u", nulls_distinct=False, violation_error_code="x")
