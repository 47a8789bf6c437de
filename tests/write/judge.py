# ruff: noqa: E402 (the path and the settings come before Django)
"""Runs under any Python that has Django: our texts against Django's own for values, migrations and descriptions.

Prints JSON: how much was compared, and what differed. Never imports pytest.
"""

from __future__ import annotations

import collections
import datetime
import decimal
import enum
import functools
import json
import pathlib
import re
import sys
import uuid
import zoneinfo
from collections.abc import Iterator
from typing import Any

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]
if __name__ == "__main__":
    sys.modules["judged"] = sys.modules["__main__"]

import django
from django.conf import settings

if not settings.configured:
    settings.configure(
        INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth"], USE_TZ=True, USE_I18N=True
    )
    django.setup()

from django.core import validators
from django.db import migrations, models
from django.db.migrations.writer import MigrationWriter
from django.db.models import functions
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext_lazy, ngettext_lazy
from write.live import value_of
from write.live_operations import migration_of, operation_of

from migration_guard.write.describe import describe, formatted_description
from migration_guard.write.literal import Refusal, literal
from migration_guard.write.migration import write_migration

VERSION = django.VERSION[:2]
__name__ = "judged"


class Color(models.TextChoices):
    RED = "red", gettext_lazy("Red")
    BLUE = "blue", "Blue"


class Level(models.IntegerChoices):
    LOW = 1
    HIGH = 2


class Plain(enum.Enum):
    ONE = 1
    TWO = "two"


class StrEnum(str, enum.Enum):
    A = "a"


class Outer:
    class Inner:
        def method(self) -> None: ...

        @staticmethod
        def static() -> None: ...

    class Perm(enum.Flag):
        READ = 1
        WRITE = 2
        RUN = 4

    class Deep(models.TextChoices):
        X = "x"

    @classmethod
    def bound(cls) -> None: ...

    @staticmethod
    def static() -> None: ...


class NestedField:
    class Field(models.CharField): ...


class PeopleQuerySet(models.QuerySet): ...


class PeopleManager(models.Manager):
    use_in_migrations = True

    def __init__(self, a: int, b: int = 2, c: Any = None) -> None:
        super().__init__()


class BothManager(PeopleManager.from_queryset(PeopleQuerySet)): ...  # type: ignore[misc]


@functools.lru_cache
def cached() -> int:
    return 1


def upload_to(instance: object, name: str) -> str:
    return name


def fold_values() -> Iterator[Any]:
    utc, east = datetime.timezone.utc, datetime.timezone(datetime.timedelta(hours=2))
    yield from (None, True, False, 0, -3, 10**30, 1.5, -0.0, 1e300, float("inf"), float("-inf"), float("nan"))
    yield from (
        "",
        "plain",
        "it's",
        'say "x"',
        "both ' and \"",
        "line\nbreak",
        "tab\t",
        "\\",
        "é ü 漢字 🎉",
        "\x00\x7f\u200b",
    )
    yield from (b"", b"bytes\x00", range(3), range(1, 9, 2), 1j, Ellipsis, NotImplemented)
    yield from (decimal.Decimal("1.10"), decimal.Decimal("NaN"), decimal.Decimal("1E+3"), uuid.UUID(int=5))
    yield from (datetime.date(2020, 1, 2), datetime.time(), datetime.time(1, 2, 3, 4), datetime.time(5, tzinfo=utc))
    yield from (datetime.timedelta(), datetime.timedelta(days=-1, seconds=5, microseconds=3))
    yield from (datetime.datetime(2020, 1, 1), datetime.datetime(2020, 1, 1, 1, tzinfo=utc))
    yield from (datetime.datetime(2020, 1, 1, 1, tzinfo=east), utc, east)
    yield datetime.datetime(2020, 7, 1, tzinfo=zoneinfo.ZoneInfo("Europe/Paris"))
    yield from (zoneinfo.ZoneInfo("Europe/Paris"), datetime.datetime.now, datetime.date.today, datetime.datetime)
    yield from (pathlib.Path("/a"), pathlib.PurePosixPath("b/c"), pathlib.PureWindowsPath("c:\\d"))
    yield from (
        [],
        [1],
        (),
        (1,),
        (1, (2,)),
        set(),
        {1},
        {3, 1, 2},
        frozenset(),
        frozenset([2, 1]),
        {"only"},
        {("a", "b")},
    )
    yield from (
        {},
        {"b": 1, "a": [2]},
        {2: "x", 1: "y"},
        {"x": {"z": 1, "y": 2}},
        {1: 2, "a": 3},
        {None: 1, "a": 2},
        {None: 1},
    )
    yield from (
        collections.OrderedDict([("b", 1), ("a", 2)]),
        collections.deque([1, 2]),
        iter([1]),
        {1: 2}.keys(),
        (i for i in "ab"),
    )
    yield from (
        gettext_lazy("lazy"),
        [gettext_lazy("lazy")],
        ngettext_lazy("one", "many", 1),
        SimpleLazyObject(lambda: "x"),
    )
    yield from (
        int,
        str,
        list,
        dict,
        bool,
        object,
        ValueError,
        type(None),
        decimal.Decimal,
        len,
        print,
        str.upper,
        dict.fromkeys,
    )
    yield from (
        lambda: 0,
        [lambda: 0],
        re,
        Outer,
        Outer.Inner,
        Outer.Inner.method,
        Outer.Inner.static,
        Outer.bound,
        Outer.static,
    )
    yield from (
        upload_to,
        cached if VERSION >= (5, 0) else None,
        local_function(),
        models.Model,
        models.CharField,
        models.CASCADE,
        models.SET(5),
        models.Manager,
    )


def more_values() -> Iterator[Any]:
    yield from (
        Color.RED,
        Color,
        Level.HIGH,
        [Level.LOW],
        Outer.Deep.X,
        Plain.ONE,
        Plain.TWO,
        StrEnum.A,
        {StrEnum.A: 1},
    )
    yield from (Color.choices, Outer.Perm.READ, Outer.Perm.READ | Outer.Perm.RUN, re.I, re.I | re.M)
    yield from (
        re.compile("x"),
        re.compile("x", re.I),
        re.compile("(?i)x"),
        re.compile(b"x"),
        re.compile(r"^\d+\Z", re.A | re.S),
    )
    yield from (functools.partial(int, "3", base=2), functools.partial(dict), functools.partial(upload_to, name="x"))
    yield functools.partialmethod(Outer.static, {"b": 1, "a": datetime.date(2020, 1, 1)})
    yield from (
        validators.MinValueValidator(3),
        validators.RegexValidator("^x$", flags=re.I, message="no"),
        validators.validate_slug,
    )
    yield from (
        validators.validate_email,
        validators.EmailValidator(allowlist=["x"]),
        validators.FileExtensionValidator(["pdf"]),
    )
    yield from (
        models.Q(a=1),
        models.Q(a=1) | ~models.Q(b__in=[1, 2]),
        models.F("x") + 1,
        models.Value("v"),
        models.F("x").desc(),
    )
    yield from (
        functions.Lower("name"),
        functions.Now(),
        functions.Coalesce("a", models.Value("b")),
        models.Count("x", distinct=True),
    )
    yield from (models.Index(fields=["a", "-b"], name="i"), models.Index(functions.Upper("a").desc(), name="j"))
    yield models.UniqueConstraint(fields=["a"], name="u", condition=models.Q(b=1), deferrable=None)
    yield models.UniqueConstraint(fields=["a"], name="u2", deferrable=models.Deferrable.DEFERRED)
    yield from (
        models.CharField(max_length=3, choices=Color.choices, default=Color.RED),
        NestedField.Field(max_length=2),
    )
    yield models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, limit_choices_to={"b": 1, "a": 2}, related_name="+"
    )
    yield models.ManyToManyField("auth.Group", through="auth.Thing")
    yield from (PeopleManager(1, c={"x"}), PeopleQuerySet.as_manager(), BothManager(1))
    yield from (
        models.Manager(),
        models.Func("a", function="F", template="%(x)s"),
        models.Func("a", **{"not-a-name": 1}),
    )
    if hasattr(models, "DB_CASCADE"):
        yield from (models.DB_CASCADE, models.DB_SET_NULL)


def local_function() -> Any:
    def inside() -> None: ...

    return inside


def sample_operations() -> Iterator[Any]:
    char = models.CharField(max_length=3)
    yield migrations.CreateModel("Post", [("id", models.AutoField(primary_key=True)), ("title", char)])
    yield migrations.CreateModel(
        "Big",
        [
            ("id", models.AutoField(primary_key=True)),
            ("user", models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE)),
        ],
        options={
            "verbose_name": "b",
            "ordering": ["x"],
            "abstract": False,
            "proxy": True,
            "indexes": [models.Index(fields=["x"], name="i")],
        },
        bases=("auth.user", Outer),
        managers=[("objects", PeopleManager(1)), ("other", models.Manager())],
    )
    yield from (
        migrations.DeleteModel("Post"),
        migrations.RenameModel("A", "B"),
        migrations.AlterModelTable("Post", "t"),
    )
    yield from (migrations.AlterModelTable("Post", None), migrations.AlterModelTableComment("Post", "c"))
    yield from (migrations.AlterUniqueTogether("Post", {("a", "b")}), migrations.AlterUniqueTogether("Post", set()))
    yield from (migrations.AlterIndexTogether("Post", None), migrations.AlterOrderWithRespectTo("Post", "blog"))
    yield from (
        migrations.AlterOrderWithRespectTo("Post", None),
        migrations.AlterModelOptions("Post", {"b": 1, "a": ["x"]}),
    )
    yield from (
        migrations.AlterModelManagers("Post", [("objects", PeopleManager(1))]),
        migrations.AlterModelManagers("Post", []),
    )
    yield from (migrations.AddField("Post", "x", char), migrations.AddField("Post", "x", char, preserve_default=False))
    yield from (
        migrations.RemoveField("Post", "x"),
        migrations.AlterField("Post", "x", char),
        migrations.RenameField("Post", "a", "b"),
    )
    yield from (
        migrations.AddIndex("Post", models.Index(fields=["a", "-b"], name="i")),
        migrations.RemoveIndex("Post", "i"),
    )
    yield migrations.AddIndex("Post", models.Index(functions.Lower("a"), models.F("b").desc(), "c", name="j"))
    yield migrations.AddIndex("Post", models.Index(functions.Upper(functions.Lower("a")), name="k"))
    yield from (
        migrations.RenameIndex("Post", new_name="n", old_name="o"),
        migrations.RenameIndex("Post", "n", old_fields=("a", "b")),
    )
    yield from (
        migrations.AddConstraint("Post", models.UniqueConstraint(fields=["a"], name="c")),
        migrations.RemoveConstraint("Post", "c"),
    )
    if hasattr(migrations, "AlterConstraint"):
        yield migrations.AlterConstraint("Post", "c", models.UniqueConstraint(fields=["a"], name="c"))


def special_operations() -> Iterator[Any]:
    nested = [migrations.AddField("Post", "x", models.ForeignKey("auth.User", models.CASCADE)), migrations.RunSQL("y")]
    yield from (migrations.SeparateDatabaseAndState(), migrations.SeparateDatabaseAndState(nested, nested[:1]))
    yield migrations.SeparateDatabaseAndState(state_operations=[migrations.SeparateDatabaseAndState(nested)])
    yield migrations.RunSQL("select 1", "select\n2", state_operations=nested, hints={"b": 1, "a": 2}, elidable=True)
    yield from (migrations.RunSQL([("select %s", ["x"]), "y"], migrations.RunSQL.noop), migrations.RunSQL("one"))
    yield migrations.RunSQL("x", state_operations=nested[:1])
    yield from (
        migrations.RunPython(upload_to),
        migrations.RunPython(upload_to, migrations.RunPython.noop, atomic=False),
    )
    yield migrations.RunPython(upload_to, elidable=True, hints={"x": 1})


class Subclassed(migrations.RunSQL): ...


def sample_migrations() -> Iterator[Any]:
    for operation in (*sample_operations(), *special_operations(), Subclassed("x", hints={"a": 1})):
        yield migration(operations=[operation])
    yield migration(operations=list(sample_operations()), initial=True)
    dependencies = [
        ("b", "0002_x"),
        migrations.swappable_dependency("auth.User"),
        ("__setting__", "AUTH_USER_MODEL"),
        ("a", "0001_initial"),
    ]
    yield migration(dependencies=dependencies, replaces=[("a", "0001"), ("a", "0002")], initial=True)
    yield migration(atomic=False, run_before=[("x", "0001_initial")])
    numbered = types_function("blog.migrations.0002_data", "forwards")
    other = types_function("blog.migrations.0001_initial", "more")
    yield migration(operations=[migrations.RunPython(numbered, other), *sample_operations()])
    yield migration(operations=[migrations.AddField("Post", "x", models.DateField(default=datetime.date.today))])


def types_function(module: str, name: str) -> Any:
    def found(apps: object, schema_editor: object) -> None: ...

    found.__module__, found.__name__, found.__qualname__ = module, name, name
    return found


def migration(**attributes: Any) -> Any:
    return type("Migration", (migrations.Migration,), attributes)("0001_initial", "blog")


def said_by_django(live: Any) -> Any:
    try:
        text, imports = MigrationWriter.serialize(live)
    except (ValueError, TypeError) as error:
        return f"!! {type(error).__name__}: {error}"
    return [text, sorted(imports)]


def said_by_us(live: Any) -> Any:
    written = literal(value_of(live), VERSION)
    if isinstance(written, Refusal):
        return f"!! {written.error}: {written.message}"
    return [written.text, sorted(written.imports)]


def without_path(said: Any) -> Any:
    """Refused modules are shown with the place of their file, which is not ours to know."""
    return re.sub(r"<module '(\w+)'[^>]*>", r"<module '\1'>", said) if isinstance(said, str) else said


def main() -> None:
    different, count = [], 0
    for make in (fold_values, more_values):
        for mine, theirs in zip(make(), make(), strict=True):
            count += 1
            pair = without_path(said_by_django(theirs)), without_path(said_by_us(mine))
            if pair[0] != pair[1]:
                different.append(pair)
    for live in sample_migrations():
        count += 1
        written = write_migration(migration_of(live), VERSION)
        texts = MigrationWriter(live, include_header=False).as_string(), getattr(written, "text", repr(written))
        if texts[0] != texts[1]:
            different.append(texts)
        for operation in live.operations:
            ours = operation_of(operation)
            count += 1
            pairs = [(operation.describe(), describe(ours, VERSION))]
            if hasattr(operation, "formatted_description"):
                pairs.append((operation.formatted_description(), formatted_description(ours, VERSION)))
            different += [pair for pair in pairs if pair[0] != pair[1]]
    print(json.dumps({"count": count, "different": different}))


main()
