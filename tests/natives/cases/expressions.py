"""Expressions, conditions, indexes and constraints."""

import datetime

from django.core import validators
from django.db import models
from django.db.models import Case, Count, ExpressionWrapper, F, Func, Q, Sum, Value, When
from django.db.models.expressions import RawSQL
from django.db.models.functions import Cast, Coalesce, Collate, Extract, Length, Lower, Now, Substr, TruncDate, Upper
from django.db.models.lookups import Exact, GreaterThan, IsNull, LessThanOrEqual


class Check(models.CheckConstraint):
    pass


class Named(models.Index):
    suffix = "nam"


class EmptyQ(Q):
    pass


f = F("a")
f_sum = F("a") + 1
f_swapped = 1 - F("a")
f_chain = (F("a") + F("b")) * 2 / Value(3)
f_mod = F("a") % 3
f_power = F("a") ** 2
f_negative = -F("a")
f_bit = F("a").bitand(3)
f_shift = F("a").bitleftshift(1)
f_asc = F("a").asc()
f_desc = F("a").desc(nulls_last=True)
f_lower_desc = Lower("a").desc()
f_time = F("a") + datetime.timedelta(days=1)
q = Q(a=1)
q_two = Q(b=2, a=1)
q_args = Q(("a", 1), Q(b=2), c__in=[1, 2])
q_and = Q(a=1) & Q(b=2)
q_or = Q(a=1) | Q(b=2)
q_or_three = Q(a=1) | Q(b=2) | Q(c=3)
q_mixed = (Q(a=1) | Q(b=2)) & Q(c=3) & ~Q(d=4)
q_mixed_two = Q(a=1) & (Q(b=2) | Q(c=3))
q_xor = Q(a=1) ^ Q(b=2)
q_not = ~Q(a=1)
q_not_not = ~~Q(a=1)
q_not_or = ~(Q(a=1) | Q(b=2))
q_not_two = ~Q(a=1, b=2) | Q(c=1)
q_empty = Q()
q_empty_and = Q() & Q(a=1)
q_and_empty = Q(a=1) | Q()
q_empty_not = ~Q()
q_connector = Q(("a", 1), ("b", 2), _connector="OR")
q_negated = Q(a=1, _negated=True)
q_negated_and = Q(a=1) & Q(b=1, c=2, _negated=True)
q_f = Q(a__gt=F("b") + 1)
q_value = Q(a__isnull=True, b__contains="x", c__range=(1, 2))
q_expression = Q(Exact(F("a"), 1))
q_subclass = EmptyQ(a=1) | Q(b=2)
value = Value(1)
value_text = Value("x", output_field=models.CharField(max_length=3))
value_none = Value(None)
func = Func(F("a"), Value(2), function="MAX", arity=2)
func_text = Func("a", function="ABS", template="%(function)s", output_field=models.IntegerField())
wrapper = ExpressionWrapper(F("a") + 1, output_field=models.IntegerField())
wrapper_q = ExpressionWrapper(Q(a=1), models.BooleanField())
negated = ~ExpressionWrapper(Q(a=1), output_field=models.BooleanField())
negated_twice = ~~Exact(F("a"), 1)
case = Case(
    When(a=1, then=Value("x")), When(Q(b=2) | Q(c=3), then="b"), default=Value("z"), output_field=models.TextField()
)
upper = Upper(Lower("a"))
cast = Cast("a", models.IntegerField())
coalesce = Coalesce("a", F("b"), 0)
collate = Collate("a", "nocase")
now = Now()
length = Length(F("a"))
extract = Extract("a", "year")
trunc = TruncDate("a", tzinfo=datetime.timezone.utc)
substr = Substr("a", 1, 3)
count = Count("a", distinct=True, filter=Q(b=1))
sum_ = Sum(F("a") * F("b"))
raw = RawSQL("a > %s", (1,))
exact = Exact(F("a"), 1)
greater = GreaterThan(F("a"), F("b"))
less_and = LessThanOrEqual(F("a"), 1) & IsNull(F("b"), True)
index = models.Index(fields=["a", "-b"])
index_named = models.Index(fields=("a",), name="idx")
index_all = models.Index(
    fields=["a"], name="i", db_tablespace="t", opclasses=["o"], condition=Q(a=1), include=["b", "c"]
)
index_expressions = models.Index(Lower("a").desc(), "b", F("c").asc(), name="i")
index_own = Named(fields=["a"], name="n")
unique = models.UniqueConstraint(fields=["a", "b"], name="u")
unique_all = models.UniqueConstraint(fields=["a"], name="u", condition=Q(a=1), include=("b",), opclasses=["x"])
unique_deferrable = models.UniqueConstraint(fields=("a",), name="u", deferrable=models.Deferrable.DEFERRED)
unique_expressions = models.UniqueConstraint(Lower("a"), "b", name="u", violation_error_message="no")
unique_names = models.UniqueConstraint(fields=["a"], name="%(app_label)s_%(class)s")
regex = validators.RegexValidator(r"^a", "m", "c", True, 0)
regex_keywords = validators.RegexValidator(regex="^a$", flags=2)
email = validators.validate_email
email_own = validators.EmailValidator(message="m", allowlist=["x"])
url = validators.URLValidator(schemes=["http", "https"])
slug = validators.validate_unicode_slug
commas = validators.validate_comma_separated_integer_list
min_value = validators.MinValueValidator(1)
max_value = validators.MaxValueValidator(limit_value=3, message="m")
max_length = validators.MaxLengthValidator(3)
step = validators.StepValueValidator(5)
decimals = validators.DecimalValidator(5, 2)
extensions = validators.FileExtensionValidator(["pdf"], message="m")
nulls = validators.ProhibitNullCharactersValidator()
