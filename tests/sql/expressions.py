"""Query expressions of all kinds on one model, each in a migration of its own, as source text.

A line of the files in `expressions` is a constraint's condition, an expression of an index, or, with "@" between, an
expression and the field (or further arguments) that goes with it.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

HERE = Path(__file__).parent / "expressions"


def _lines(name: str) -> list[str]:
    return (HERE / f"{name}.txt").read_text(encoding="utf-8").splitlines()


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
        ("tags", ArrayField(models.CharField(max_length=9))),
        ("numbers", ArrayField(models.IntegerField(), null=True)),
        ("span_of_days", DateRangeField()),
        ("extent", IntegerRangeField(null=True)),
        ("pairs", HStoreField()),
        ("search", SearchVectorField(null=True)),
"""
CHECKS = _lines("checks")
"""For any database."""
POSTGRESQL_CHECKS = _lines("postgresql_checks")
"""For PostgreSQL, with its extensions."""
INDEXES = _lines("indexes")
"""Expressions of indexes and of unique constraints."""
POSTGRESQL_INDEXES = _lines("postgresql_indexes")
"""The same for PostgreSQL."""
GENERATED = _lines("generated")
"""Generated columns."""
DEFAULTS = _lines("defaults")
"""Defaults that the database keeps."""
POSTGRESQL_DEFAULTS = _lines("postgresql_defaults")
"""Defaults of the types of `django.contrib.postgres`, kept by the database or not."""
EXCLUSIONS = _lines("exclusions")
"""Exclusion constraints."""

IMPORTS = """
import datetime
import decimal
import uuid
import zoneinfo

from django.db import migrations, models
from django.db.models import Case, ExpressionWrapper, F, Func, OrderBy, Q, Value, When
from django.db.models.expressions import RawSQL
from django.db.models.fields.json import KT, KeyTextTransform, KeyTransform
from django.db.models.functions import *
from django.db.models.lookups import *
from things.functions import *
"""
POSTGRESQL_IMPORTS = """
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import *
from django.contrib.postgres.functions import RandomUUID, TransactionNow
from django.contrib.postgres.indexes import OpClass
from django.contrib.postgres.search import SearchQuery, SearchVector, SearchVectorField, TrigramSimilarity
from django.db.backends.postgresql.psycopg_any import DateRange, NumericRange
"""
MODELS = """
from django.db import models
from django.db.models.functions import Abs, Length, Lower, Trim

models.CharField.register_lookup(Length)
models.CharField.register_lookup(Lower)
models.CharField.register_lookup(Lower, "small")
models.CharField.register_lookup(Trim)
models.IntegerField.register_lookup(Abs)
"""
FUNCTIONS = """
from django.db import models
from django.db.models import Func


class My(Func):
    function = "initcap"
    arity = 1


class Mine(Func):
    function = "lower"
    template = "%(function)s(replace(%(expressions)s, 'x'))"
    output_field = models.TextField()


class Quoted(Func):
    template = "lower(%(expressions)s) || '%%'"


class Joined(Func):
    arg_joiner = " + "
    template = "(%(expressions)s)"
    output_field = models.IntegerField()


class DRange(Func):
    function = "DATERANGE"
"""


def write_project(root: Path, django: tuple[int, int], *, postgresql: bool, partial: bool) -> dict[str, str]:
    """A project with a migration for each expression; what each of them holds, by name."""
    folder = root / "things" / "migrations"
    folder.mkdir(parents=True)
    (root / "settings.py").write_text(
        'SECRET_KEY = "x"\nUSE_TZ = True\nINSTALLED_APPS = ["django.contrib.postgres", "things"]\n'
        'DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"\n'
        'DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}\n'
    )
    (root / "manage.py").write_text("import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'settings')\n")
    for file in (root / "things" / "__init__.py", folder / "__init__.py"):
        file.write_text("")
    (root / "things" / "models.py").write_text(MODELS)
    (root / "things" / "functions.py").write_text(FUNCTIONS)
    fields = FIELDS + (POSTGRESQL_FIELDS if postgresql else "")
    imports = IMPORTS + (POSTGRESQL_IMPORTS if postgresql else "")
    _write(folder, "0001_initial", None, imports, f'CreateModel("Thing", [{fields}])')
    found = {}
    for place, (text, operation) in enumerate(_operations(django, postgresql, partial), start=2):
        name = f"{place:04}_step"
        _write(folder, name, "0001_initial", imports, operation.replace("NAME", f'"n{place}"'))
        found[name] = text
    return found


def _operations(django: tuple[int, int], postgresql: bool, partial: bool) -> Iterator[tuple[str, str]]:
    """What each migration is about, and its operation."""
    condition = "condition" if django >= (5, 1) else "check"
    for text in (*CHECKS, *(POSTGRESQL_CHECKS if postgresql else ())):
        yield f"check {text}", f"AddConstraint('Thing', models.CheckConstraint(name=NAME, {condition}={text}))"
        if partial and text.startswith(("Q", "~Q")):
            index = f"models.Index(fields=['number'], name=NAME, condition={text})"
            yield f"partial {text}", f"AddIndex('Thing', {index})"
    for text in (*INDEXES, *(POSTGRESQL_INDEXES if postgresql else ())):
        yield f"index {text}", f"AddIndex('Thing', models.Index({text}, name=NAME))"
        yield f"unique {text}", f"AddConstraint('Thing', models.UniqueConstraint({text}, name=NAME))"
    if django >= (5, 0):
        for text in GENERATED:
            expression, _, field = text.partition("@")
            options = f"expression={expression}, output_field=models.{field}, db_persist=True"
            yield f"generated {text}", f"AddField('Thing', 'made', models.GeneratedField({options}))"
        for text in DEFAULTS:
            yield f"default {text}", _with_default(text, "db_default", "models.")
    if postgresql:
        for text in POSTGRESQL_DEFAULTS:
            yield f"plain default {text}", _with_default(text, "default", "")
            if django >= (5, 0):
                yield f"default {text}", _with_default(text, "db_default", "")
        for text in EXCLUSIONS:
            expressions, _, more = text.partition("@")
            constraint = f"ExclusionConstraint(name=NAME, expressions={expressions}{', ' * bool(more)}{more})"
            yield f"exclude {text}", f"AddConstraint('Thing', {constraint})"


def _with_default(text: str, option: str, module: str) -> str:
    value, _, field = text.partition("@")
    inside = field.removesuffix(")")
    comma = "" if inside.endswith("(") else ", "
    return f"AddField('Thing', 'made', {module}{inside}{comma}{option}={value}))"


def _write(folder: Path, name: str, after: str | None, imports: str, operation: str) -> None:
    dependencies = f'("things", "{after}")' if after else ""
    (folder / f"{name}.py").write_text(
        f"{imports}\n\nclass Migration(migrations.Migration):\n    dependencies = [{dependencies}]\n"
        f"    operations = [migrations.{operation}]\n"
    )
