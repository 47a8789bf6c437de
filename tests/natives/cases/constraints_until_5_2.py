"""`check=` of check constraints, which Django 6.0 no longer takes."""

from django.db import models

check = models.CheckConstraint(check=models.Q(a__gt=1), name="c")
check_message = models.CheckConstraint(check=~models.Q(a=1), name="%(class)s", violation_error_message="m")
check_expression = models.CheckConstraint(check=models.expressions.RawSQL("a > 1", (), models.BooleanField()), name="c")
