"""Random projects as source text: a set of models in three apps.

Strategies for hypothesis. In: the Django version that the text is for. Out: a `Site`; `files` renders it. Nothing here
is judged, and not all of it is valid: Django's own checks say what is not.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from hypothesis import strategies as st

Version: TypeAlias = tuple[int, int]
Key: TypeAlias = tuple[str, str]

APPS = ("alpha", "beta", "gamma")
NAMES = ("Author", "Book", "Shelf", "Reader", "Loan")
WORDS = ("title", "name", "size", "born", "note", "code")


@dataclass(frozen=True)
class Column:
    """A field: the call of its class, with the models that it refers to left open."""

    call: str
    options: tuple[str, ...] = ()
    target: Key | None = None
    through: Key | None = None

    def text(self) -> str:
        arguments = [f'"{".".join(self.target)}"'] if self.target else []
        if self.through:
            arguments.append(f'through="{".".join(self.through)}"')
        name, _, given = self.call.partition("(")
        return f"{name}({', '.join([*arguments, *filter(None, [given]), *self.options])})"


@dataclass(frozen=True)
class Entity:
    """A model. `parent` is inherited from, as a proxy or with a table; `mixin` names an abstract base of the app."""

    key: Key
    columns: Mapping[str, Column] = field(default_factory=dict)
    meta: tuple[str, ...] = ()
    parent: Key | None = None
    proxy: bool = False
    mixin: str | None = None
    manager: str | None = None

    def text(self) -> str:
        parent = self.parent and (self.parent[1] if self.parent[0] == self.key[0] else f"{'_'.join(self.parent)}")
        bases = [*filter(None, [self.mixin, parent])] or ["models.Model"]
        lines = [f"class {self.key[1]}({', '.join(bases)}):"]
        lines += [f"    {name} = {column.text()}" for name, column in self.columns.items()]
        if self.manager:
            lines.append(f"    {self.manager}")
        meta = [*self.meta, *(["proxy = True"] if self.proxy else [])]
        lines += ["    class Meta:", *(f"        {line}" for line in meta)] if meta else ["    pass"]
        return "\n".join(lines) + "\n"


@dataclass(frozen=True)
class Site:
    """A project. `mixins` are the abstract bases: the columns of each."""

    entities: tuple[Entity, ...]
    mixins: Mapping[str, Mapping[str, Column]] = field(default_factory=dict)

    def find(self, key: Key) -> Entity | None:
        return next((entity for entity in self.entities if entity.key == key), None)

    def with_entity(self, entity: Entity) -> Site:
        return replace(self, entities=tuple(entity if e.key == entity.key else e for e in self.entities))


SETTINGS = """
SECRET_KEY = "x"
USE_TZ = True
INSTALLED_APPS = ["django.contrib.contenttypes", "django.contrib.auth", "alpha", "beta", "gamma"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
SILENCED_SYSTEM_CHECKS = [f"fields.E{n}" for n in (302, 303, 304, 305, 321, 331, 333, 334, 335, 336, 339, 340, 341)] + [
    f"models.E0{n}" for n in (28, 29, 30, 31, 32)
]
"""
PIECES = """
import datetime
import decimal
import enum
import functools
import re
import uuid

from django.conf import settings
from django.core import validators
from django.db import models
from django.db.models import F, Q, Value
from django.db.models import functions
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Colour(models.TextChoices):
    RED = "r", _("Red")
    BLUE = "b"


class Level(models.IntegerChoices):
    LOW = 1, "Low"
    HIGH = 9, _("High")


class Kind(enum.Enum):
    ONE = "one"
    TWO = "two"


def upload_to(instance, filename):
    return filename


def answer():
    return 42


def nobody():
    return None


class ShortField(models.CharField):
    def __init__(self, *args, size=7, **kwargs):
        self.size = size
        kwargs["max_length"] = size
        super().__init__(*args, **kwargs)

    def deconstruct(self):
        name, path, args, kwargs = super().deconstruct()
        del kwargs["max_length"]
        if self.size != 7:
            kwargs["size"] = self.size
        return name, path, args, kwargs


class Pages(models.Manager):
    use_in_migrations = True

    def __init__(self, count=3):
        super().__init__()
        self.count = count


class Library(Pages.from_queryset(models.QuerySet)):
    pass
"""


def files(site: Site) -> dict[str, str]:
    """The files of a project without its migrations."""
    found = {"manage.py": "", "site1/__init__.py": "", "site1/settings.py": SETTINGS, "pieces.py": PIECES}
    for app in APPS:
        found[f"{app}/__init__.py"] = found[f"{app}/migrations/__init__.py"] = ""
        found[f"{app}/models.py"] = _module(site, app)
    return found


def _module(site: Site, app: str) -> str:
    own = _in_order([entity for entity in site.entities if entity.key[0] == app])
    lines = ["from pieces import *", "from pieces import _", ""]
    for entity in own:
        if entity.parent and entity.parent[0] != app:
            other, name = entity.parent
            lines.insert(-1, f"from {other}.models import {name} as {other}_{name}")
    for name in sorted({entity.mixin for entity in own if entity.mixin}):
        columns = [f"    {key} = {column.text()}" for key, column in site.mixins[name].items()]
        lines.append(
            "\n".join([f"class {name}(models.Model):", *columns, "    class Meta:", "        abstract = True"])
        )
    return "\n".join([*lines, "", *(entity.text() for entity in own)])


def _in_order(entities: list[Entity]) -> list[Entity]:
    """Parents first."""
    done: list[Entity] = []
    waiting = list(entities)
    while waiting:
        keys = {entity.key for entity in waiting}
        ready = [entity for entity in waiting if entity.parent not in keys] or waiting
        done += ready
        waiting = [entity for entity in waiting if entity not in ready]
    return done


# Columns


def some_options(*choices: str, most: int = 3) -> st.SearchStrategy[tuple[str, ...]]:
    """Some arguments, each keyword once."""
    unique = st.lists(st.sampled_from(choices), max_size=most, unique_by=lambda text: text.partition("=")[0])
    return unique.map(tuple)


_COMMON = (
    "null=True", "blank=True", "db_index=True", "unique=True", "editable=False", 'verbose_name=_("Name")',
    'verbose_name="a name"', 'help_text="Helps."', 'db_column="col"', "serialize=False", 'db_comment="said"',
)  # fmt: skip
_PLAIN: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("models.CharField(max_length=20", ('default="x"', "choices=Colour.choices", "default=Colour.RED",
        'choices=[("a", "A"), ("Group", [("b", _("B"))])]', "validators=[validators.MinLengthValidator(2)]",
        'validators=[validators.RegexValidator(r"^\\\\d+$", flags=re.I)]')),
    ("models.TextField(", ("default=str", 'default="it\'s \\"so\\""', 'default=""')),
    ("models.IntegerField(", ("default=1", "default=answer", "choices=Level.choices", "default=Level.HIGH",
        "validators=[validators.MinValueValidator(1), validators.MaxValueValidator(5)]")),
    ("models.PositiveSmallIntegerField(", ("default=-3",)),
    ("models.DecimalField(max_digits=5, decimal_places=2", ('default=decimal.Decimal("1.50")', "default=0")),
    ("models.FloatField(", ("default=1.5", 'default=float("inf")')),
    ("models.BooleanField(", ("default=True", "default=False")),
    ("models.DateField(", ("auto_now=True", "default=datetime.date(2020, 2, 29)")),
    ("models.DateTimeField(", ("default=timezone.now", "auto_now_add=True",
        "default=datetime.datetime(2020, 1, 1, tzinfo=datetime.timezone.utc)")),
    ("models.DurationField(", ("default=datetime.timedelta(days=1)", "default=datetime.timedelta")),
    ("models.UUIDField(", ("default=uuid.uuid4", 'default=uuid.UUID("12345678123456781234567812345678")')),
    ("models.JSONField(", ("default=dict", "default=list")),
    ("models.SlugField(", ("max_length=60", "allow_unicode=True", 'default="-"')),
    ("models.EmailField(", ('default="a@b.c"',)),
    ("models.FileField(", ("upload_to=upload_to", 'upload_to="files/%Y"', "max_length=200", 'default=""')),
    ("models.GenericIPAddressField(", ('protocol="ipv4"', 'default="::1"')),
    ("models.BinaryField(", ('default=b"x"', "max_length=3")),
    ("ShortField(", ("size=9", 'default="q"')),
)  # fmt: skip
_DB_DEFAULTS = ('db_default="x"', "db_default=1", "db_default=functions.Now()", "db_default=Value(3)")


def plain_columns(version: Version) -> st.SearchStrategy[Column]:
    """Fields that refer to nothing."""
    modern = _DB_DEFAULTS if version >= (5, 0) else ()

    def of(kind: tuple[str, tuple[str, ...]]) -> st.SearchStrategy[Column]:
        call, own = kind
        return some_options(*own, *own, *_COMMON, *modern[:2]).map(lambda options: Column(call, options))

    return st.sampled_from(_PLAIN).flatmap(of)


_DELETES = ("models.CASCADE", "models.PROTECT", "models.DO_NOTHING", "models.RESTRICT", "models.SET(nobody)")


def relations(keys: list[Key]) -> st.SearchStrategy[Column]:
    """Fields that refer to models."""
    key, deletes = st.sampled_from(keys), st.sampled_from(_DELETES)
    named = ('related_name="+"', 'related_name="%(app_label)s_%(class)s_all"', 'related_query_name="asked"')
    to_one = ("null=True", "db_index=False", 'limit_choices_to={"id__gt": 1}', "limit_choices_to=Q(id=1)", "default=1",
              "db_constraint=False", 'db_column="other"', *named)  # fmt: skip
    many = ("blank=True", 'db_table="links"', "db_constraint=False", "symmetrical=False", *named)
    kinds = [
        st.builds(lambda k, d, o: Column(f"models.ForeignKey({d}", o, k), key, deletes, some_options(*to_one)),
        st.builds(lambda k, o: Column("models.OneToOneField(models.CASCADE", o, k), key, some_options(*to_one)),
        st.builds(lambda k: Column("models.ForeignKey(models.SET_NULL", ("null=True",), k), key),
        st.builds(lambda k, o: Column("models.ManyToManyField(", o, k), key, some_options(*many)),
        # Django breaks on a model that is target and link at once.
        st.builds(lambda k, t: Column("models.ManyToManyField(", (), k, None if t == k else t), key, key),
        st.builds(
            lambda o: Column("models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE", o), some_options(*to_one[:3])
        ),
    ]  # fmt: skip
    return st.one_of(kinds)


def columns(version: Version, keys: list[Key], names: list[str]) -> st.SearchStrategy[Column]:
    """Any field. Generated ones are about the first of `names`."""
    kinds = [plain_columns(version), plain_columns(version), relations(keys)]
    if version >= (5, 0) and names:
        call = f'models.GeneratedField(expression=functions.Lower("{names[0]}"), '
        rest = "output_field=models.CharField(max_length=9), db_persist=True"
        kinds.append(st.just(Column(call + rest)))
    return st.one_of(kinds)


# Models


@st.composite
def metas(draw: st.DrawFn, version: Version, names: list[str], links: list[str]) -> tuple[str, ...]:
    """Options of a model with these fields."""
    found: dict[str, str] = {}

    def option(name: str, *texts: str) -> None:
        if texts and draw(st.integers(0, 4)) == 0:
            found[name] = draw(st.sampled_from(texts))

    one = draw(st.sampled_from(names)) if names else "id"
    two = draw(st.sampled_from(names)) if names else "id"
    option("ordering", f'["{one}"]', f'("-{one}", "id")', f'[F("{one}").desc(nulls_last=True)]')
    option("verbose_name", '"thing"', '_("thing")')
    option("verbose_name_plural", '"things"')
    option("db_table", '"t1"', "'\"quoted\"'")
    option("db_table_comment", '"said of it"')
    option("managed", "False")
    option("default_permissions", '("add",)', "()")
    option("permissions", '[("read", "May read")]')
    option("get_latest_by", f'"{one}"', f'["-{one}"]')
    option("default_related_name", '"%(model_name)s_things"')
    option("default_manager_name", '"objects"')
    option("required_db_features", '["supports_json_field"]')
    if one != two:
        option("unique_together", f'("{one}", "{two}")', f'[["{two}", "{one}"]]')
        if version < (5, 1):
            option("index_together", f'("{one}", "{two}")', f'[("{two}", "{one}")]')
    option("order_with_respect_to", *(f'"{link}"' for link in links))
    if "order_with_respect_to" in found:
        found.pop("ordering", None)
    if draw(st.booleans()):
        found["indexes"] = f"[{', '.join(draw(st.lists(indexes(one, two), max_size=2, unique_by=_named)))}]"
    if draw(st.booleans()):
        found["constraints"] = (
            f"[{', '.join(draw(st.lists(constraints(version, one, two), max_size=2, unique_by=_named)))}]"
        )
    return tuple(f"{name} = {text}" for name, text in found.items())


def _named(text: str) -> str:
    """What tells two indexes or constraints of a model apart."""
    return text.partition('name="')[2].partition('"')[0]


def indexes(one: str, two: str) -> st.SearchStrategy[str]:
    pair = f'["{one}", "-{two}"]' if one != two else f'["-{one}"]'
    return st.sampled_from([
        f'models.Index(fields=["{one}"], name="idx_one")',
        f'models.Index(fields=["{one}"], name="idx_other")',
        f'models.Index(fields={pair}, name="idx_pair")',
        f'models.Index(fields={pair})',
        f'models.Index(functions.Upper("{one}"), name="idx_upper")',
        f'models.Index(F("{one}").asc(), functions.Lower("{two}"), name="idx_more")',
        f'models.Index(fields=["{one}"], name="idx_some", condition=Q({one}__isnull=False))',
        f'models.Index(fields=["{one}"], name="idx_cover", include=("id",))',
    ])  # fmt: skip


def constraints(version: Version, one: str, two: str) -> st.SearchStrategy[str]:
    check = "condition" if version >= (5, 1) else "check"
    texts = [
        f'models.UniqueConstraint(fields=["{one}"], name="uniq_one")',
        f'models.UniqueConstraint(fields=("{one}", "id"), name="uniq_more", condition=Q({two}__isnull=True))',
        f'models.UniqueConstraint(fields=["{one}"], name="uniq_one", violation_error_message="No.")',
        f'models.UniqueConstraint(functions.Lower("{two}"), name="uniq_lower")',
        f'models.UniqueConstraint(fields=["{two}"], name="uniq_late", deferrable=models.Deferrable.DEFERRED)',
        f'models.CheckConstraint({check}=Q({one}__gt=1), name="check_one")',
        f'models.CheckConstraint({check}=Q({one}__gte=F("{two}")) | ~Q({two}__in=[1, 2]), name="check_both")',
        f'models.CheckConstraint({check}=Q({one}__lt=decimal.Decimal("1.5")), name="%(app_label)s_%(class)s_less")',
    ]
    if version >= (5, 0):
        texts.append(f'models.UniqueConstraint(fields=["{one}"], name="uniq_nulls", nulls_distinct=False)')
    return st.sampled_from(texts)


MANAGERS = ("objects = Pages()", "pages = Pages(count=5)", "objects = models.Manager()",
             "objects = Library()")  # fmt: skip


@st.composite
def entities(
    draw: st.DrawFn, version: Version, key: Key, keys: list[Key], earlier: list[Key], mixins: list[str]
) -> Entity:
    """A model that may refer to all of `keys`, and inherit from those that come earlier."""
    kind = draw(st.integers(0, 9))
    if kind == 0 and earlier:
        return Entity(key, parent=draw(st.sampled_from(earlier)), proxy=True)
    parent = draw(st.sampled_from(earlier)) if kind == 1 and earlier else None
    found: dict[str, Column] = {}
    for name in draw(st.lists(st.sampled_from(WORDS), min_size=1, max_size=4, unique=True)):
        found[name] = draw(plain_columns(version))
    for number in range(draw(st.integers(0, 2))):
        found[f"rel{number}"] = draw(relations(keys))
    if draw(st.integers(0, 9)) == 0 and parent is None:
        found = {"key": Column("models.CharField(max_length=9", ("primary_key=True",)), **found}
    links = [name for name, column in found.items() if "ForeignKey" in column.call]
    plain = [name for name, column in found.items() if not column.call.startswith("models.ManyToMany")]
    return Entity(
        key,
        found,
        draw(metas(version, plain, links)),
        parent,
        mixin=draw(st.sampled_from([None, None, None, *mixins])) if parent is None else None,
        manager=draw(st.sampled_from([None, None, None, *MANAGERS])),
    )


EVERY_KEY = [(app, name) for app in APPS for name in NAMES]


@st.composite
def sites(draw: st.DrawFn, version: Version) -> Site:
    """A project's models."""
    keys = draw(st.lists(st.sampled_from(EVERY_KEY), min_size=1, max_size=5, unique=True))
    names = draw(st.lists(st.sampled_from(["Stamped", "Owned"]), max_size=2, unique=True))
    mixins = {
        name: {f"{name.lower()}_{n}": draw(columns(version, keys, [])) for n in range(draw(st.integers(1, 2)))}
        for name in names
    }
    made: list[Entity] = []
    for key in keys:
        # Modules import each other's parents: only earlier apps, so that no import goes round in a circle.
        earlier = [e.key for e in made if APPS.index(e.key[0]) <= APPS.index(key[0])]
        made.append(draw(entities(version, key, keys, earlier, list(mixins))))
    return Site(tuple(made), mixins)
