"""Query expressions of all kinds on one model, each in a migration of its own, as source text."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

FIELDS = """
        ("id", models.BigAutoField(primary_key=True, auto_created=True)),
        ("text", models.CharField(max_length=50)),
        ("other", models.TextField(null=True)),
        ("number", models.IntegerField()),
        ("maybe", models.IntegerField(null=True)),
        ("ratio", models.FloatField(default=1.5)),
        ("price", models.DecimalField(max_digits=8, decimal_places=2, default=1)),
        ("flag", models.BooleanField(default=True)),
        ("day", models.DateField()),
        ("moment", models.DateTimeField()),
        ("hour", models.TimeField()),
        ("span", models.DurationField()),
        ("data", models.JSONField()),
        ("key", models.UUIDField()),
        ("address", models.GenericIPAddressField()),
        ("owner", models.ForeignKey("self", models.CASCADE, null=True)),
"""
POSTGRESQL_FIELDS = """
        ("tags", django.contrib.postgres.fields.ArrayField(models.CharField(max_length=9))),
        ("numbers", django.contrib.postgres.fields.ArrayField(models.IntegerField(), null=True)),
        ("span_of_days", django.contrib.postgres.fields.DateRangeField()),
        ("extent", django.contrib.postgres.fields.IntegerRangeField(null=True)),
        ("pairs", django.contrib.postgres.fields.HStoreField()),
"""
CHECKS = (
    "Q(text__lower='x')", "Q(text__length__gt=3)", "Q(text__upper__startswith='A')", "Q(text__trim='a')",
    "Q(number=1) ^ Q(maybe=2)", "Q(number=1) ^ Q(maybe=2) ^ Q(flag=True)", "~(Q(number=1) ^ Q(maybe=2))",
    "Q(day__year=2020)", "Q(day__year__gte=2020)", "Q(day__year__lt=2020)", "Q(day__year__gt=2020)",
    "Q(day__month=2)", "Q(day__day__lt=3)", "Q(day__week_day=1)", "Q(day__iso_week_day=1)", "Q(day__quarter=1)",
    "Q(day__week=1)", "Q(day__iso_year=2020)", "Q(hour__hour=3)", "Q(hour__minute__gte=3)", "Q(hour__second=3)",
    "Q(moment__date=datetime.date(2020, 1, 2))", "Q(moment__year=2020)", "Q(moment__hour__gte=3)",
    "Q(moment__time__gte=datetime.time(3))", "Q(day__gte=datetime.date(2020, 1, 2))",
    "Q(moment__gt=datetime.datetime(2020, 1, 2, tzinfo=datetime.timezone.utc))",
    "Q(span__gt=datetime.timedelta(days=1))", "Q(moment__gt=F('day'))",
    "Q(data__a='x')", "Q(data__a__b=1)", "Q(data__a__isnull=True)", "Q(data__a__isnull=False)", "Q(data__has_key='a')",
    "Q(data__has_keys=['a', 'b'])", "Q(data__has_any_keys=['a', 'b'])", "Q(data__contains={'a': 1})",
    "Q(data__contained_by={'a': 1})", "Q(data={'a': 1})", "Q(data__isnull=True)", "Q(data__a__gt=3)",
    "Q(data__a__startswith='x')", "Q(data__a__icontains='x')", "Q(data__a__in=['x', 'y'])", "Q(data__0='x')",
    "Q(data__a=None)", "Q(data=None)", "~Q(data__a='x')", "Q(data__a=True)",
    "Q(number__in=[1, 2])", "Q(number__range=(1, 2))", "Q(text__in=['b', 'a'])", "Q(number__gt=F('maybe') + 1)",
    "Q(number__lte=F('maybe') * 2 - 1)", "Q(price__gte=decimal.Decimal('1.5'))", "Q(ratio__lt=2)", "Q(number__gte=1.5)",
    "Q(text__iexact='x')", "Q(text__contains='a_b%')", "Q(text__icontains='x')", "Q(text__endswith='x')",
    "Q(text__regex='^a')", "Q(text__iregex='^a')", "Q(text__startswith=F('other'))", "Q(owner__isnull=False)",
    "Q(owner=F('id'))", "Q(owner_id=1)", "Q(owner__id__gt=1)", "~Q(owner=1)", "~Q(maybe=1)", "~Q(number=1)",
    "~Q(maybe__isnull=True)", "~Q(maybe__in=[1, 2])", "Q(flag=True)", "Q(flag=False)", "~Q(flag=True)", "Q(F('flag'))",
    "Q(key='01234567-89ab-cdef-0123-456789abcdef')", "Q(address='127.0.0.1')", "Q(address__startswith='127.')",
    "Q(GreaterThan(F('number'), 1))", "Q(LessThanOrEqual(Length('text'), F('number')))",
    "Q(Case(When(number=1, then=Value(True)), default=Value(False), output_field=models.BooleanField()))",
    "Q(number=Coalesce('maybe', 3))", "Q(number=Abs('maybe'))", "Q(number=Mod('maybe', 3))", "Q(ratio=Round('ratio'))",
    "Q(ratio=Round('ratio', 2))", "Q(ratio=Power('ratio', 2))", "Q(text=Left('text', 3))", "Q(text=Right('text', 3))",
    "Q(text=LPad('text', 9, Value('x')))", "Q(text=RPad('text', 9, Value('x')))", "Q(text=Repeat('text', 3))",
    "Q(text=Substr('text', 2, 3))", "Q(number=StrIndex('text', Value('x')))",
    "Q(text=Replace('text', Value('a'), Value('b')))",
    "Q(text=Concat('text', Value('-'), 'other'))", "Q(text=Chr('number'))", "Q(number=Ord('text'))",
    "Q(text=MD5('text'))",
    "Q(text=SHA256('text'))", "Q(text=Reverse('text'))", "Q(number=Sign('number'))", "Q(number=Floor('ratio'))",
    "Q(ratio=ATan2('ratio', 2))", "Q(ratio=Log(2, 'ratio'))", "Q(ratio=Degrees('ratio'))", "Q(ratio=Cot('ratio'))",
    "Q(number=Cast('text', models.IntegerField()))", "Q(text=Cast('number', models.CharField(max_length=9)))",
    "Q(text=Cast('number', models.TextField()))",
    "Q(price=Cast('ratio', models.DecimalField(max_digits=8, decimal_places=2)))",
    "Q(number=ExtractYear('day'))", "Q(number=ExtractMonth('moment'))", "Q(day=TruncMonth('day'))",
    "Q(moment=TruncDay('moment'))", "Q(day=TruncDate('moment'))", "Q(moment__lt=Now())",
    "Q(other=Collate('other', 'C'))",
    "Q(number=NullIf('maybe', 3))", "Q(number=Greatest('number', 'maybe'))", "Q(number=Least('number', 'maybe'))",
    "Q(number__gt=F('maybe').bitand(3))", "Q(number__gt=F('maybe').bitor(3))", "Q(number__gt=F('maybe').bitxor(3))",
    "Q(number__gt=F('maybe') % 3)", "Q(ratio__gt=F('number') / 2.5)", "Q(ratio__gt=F('ratio') ** 2)",
    "Q(moment__gt=F('moment') + datetime.timedelta(days=1))", "Q(number__gt=-F('maybe'))",
)  # fmt: skip
POSTGRESQL_CHECKS = (
    "Q(tags__contains=['a'])", "Q(tags__contained_by=['a', 'b'])", "Q(tags__overlap=['a'])", "Q(tags__len=3)",
    "Q(tags__len__gt=3)", "Q(tags=['a', 'b'])", "Q(tags__0='a')", "Q(tags__0_2=['a'])", "Q(numbers__contains=[1, 2])",
    "Q(numbers__len__lte=3)", "Q(span_of_days__contains=datetime.date(2020, 1, 1))", "Q(extent__isempty=False)",
    "Q(extent__startswith=1)", "Q(extent__startswith__gte=1)", "Q(extent__endswith__lt=9)", "Q(extent__lower_inf=True)",
    "Q(extent__contains=3)", "Q(extent__fully_lt=NumericRange(1, 2))", "Q(extent__overlap=NumericRange(1, 2))",
    "Q(pairs__a='x')", "Q(pairs__has_key='a')", "Q(pairs__contains={'a': 'b'})", "Q(text__unaccent='x')",
    "Q(text__trigram_similar='x')",
)  # fmt: skip
INDEXES = (
    "Lower('text')", "Upper('text').desc()", "F('number') + 1", "KT('data__a')", "KeyTransform('a', 'data')",
    "KeyTextTransform('b', KeyTransform('a', 'data'))", "Lower(KT('data__a'))",
    "Cast(KT('data__a'), models.IntegerField())",
    "Coalesce('maybe', 'number')", "ExtractYear('day')", "TruncMonth('day')", "Collate('text', 'C')",
    "Concat('text', 'other')", "F('text').asc(nulls_last=True)", "Round('ratio')", "Trim('text')",
    "Case(When(flag=True, then='number'), default='maybe')",
    "Case(When(number=1, then='number'), default='maybe')",
    "Case(When(Q(number=1) | Q(flag=True), then='number'), default='maybe')", "JSONObject(a='text', b='number')",
    "MD5('text')",
    "Func(F('text'), function='btrim')", "Func(F('text'), Value('x'), function='coalesce', arg_joiner=' , ')",
)  # fmt: skip
POSTGRESQL_INDEXES = (
    "SearchVector('text', config='english')", "SearchVector('text', 'other', config='english')",
    "SearchVector('text', weight='A', config='english')", "OpClass(Lower('text'), name='text_pattern_ops')",
    "OpClass(F('text'), name='gin_trgm_ops')",
)  # fmt: skip
IMPORTS = """
import datetime
import decimal

import django.contrib.postgres.fields
from django.contrib.postgres.indexes import OpClass
from django.contrib.postgres.search import SearchVector
from django.db import migrations, models
from django.db.backends.postgresql.psycopg_any import NumericRange
from django.db.models import Case, F, Func, Q, Value, When
from django.db.models.fields.json import KT, KeyTextTransform, KeyTransform
from django.db.models.functions import *
from django.db.models.lookups import GreaterThan, LessThanOrEqual
"""


def write_project(root: Path, condition: str, *, postgresql: bool) -> dict[str, str]:
    """A project with a migration for each expression; what each of them holds, by name."""
    folder = root / "things" / "migrations"
    folder.mkdir(parents=True)
    (root / "settings.py").write_text(
        'SECRET_KEY = "x"\nUSE_TZ = True\nINSTALLED_APPS = ["django.contrib.postgres", "things"]\n'
        'DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"\n'
        'DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}\n'
    )
    (root / "manage.py").write_text("import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'settings')\n")
    for file in (root / "things" / "__init__.py", root / "things" / "models.py", folder / "__init__.py"):
        file.write_text("")
    fields = FIELDS + (POSTGRESQL_FIELDS if postgresql else "")
    imports = IMPORTS if postgresql else "\n".join(line for line in IMPORTS.splitlines() if "postgres" not in line)
    _write(folder, "0001_initial", None, imports, f'migrations.CreateModel("Thing", [{fields}])')
    found = {}
    for place, (kind, text) in enumerate(_texts(postgresql), start=2):
        name = f"{place:04}_step"
        if kind == "check":
            item = f'AddConstraint("Thing", models.CheckConstraint(name="c{place}", {condition}={text}))'
        else:
            item = f'AddIndex("Thing", models.Index({text}, name="i{place}"))'
        _write(folder, name, "0001_initial", imports, f"migrations.{item}")
        found[name] = text
    return found


def _texts(postgresql: bool) -> Sequence[tuple[str, str]]:
    checks = (*CHECKS, *(POSTGRESQL_CHECKS if postgresql else ()))
    indexes = (*INDEXES, *(POSTGRESQL_INDEXES if postgresql else ()))
    return (*(("check", text) for text in checks), *(("index", text) for text in indexes))


def _write(folder: Path, name: str, after: str | None, imports: str, operation: str) -> None:
    dependencies = f'("things", "{after}")' if after else ""
    (folder / f"{name}.py").write_text(
        f"{imports}\n\nclass Migration(migrations.Migration):\n    dependencies = [{dependencies}]\n"
        f"    operations = [{operation}]\n"
    )
