"""Models that are rare, and what Django makes of them: its files and messages against ours."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.django_oracle import DJANGOS, Django
from tests.make.scenes import POST, SETTINGS, in_turn, migration, ours, scene, theirs
from tests.make.test_commands import compare

ENUMS = "import enum, re\nfrom django.core.validators import RegexValidator\n"
LEVEL = "class Level(enum.IntEnum):\n    LOW = 1\nclass Bits(enum.IntFlag):\n    B = 2\n    A = 1\n    C = 4\n"
ELSEWHERE = """
from django.apps.registry import Apps
class Other(models.Model):
    class Meta:
        apps = Apps()
class Unwritable(models.Model):
    name = models.TextField(default=object())
    class Meta:
        apps = Apps(["blog"])
"""
NO_KEY = """
class Tag(models.Model):
    name = models.TextField()
    id = models.UUIDField()
"""
ON_SITE = """
from django.contrib.sites.managers import CurrentSiteManager
from django.contrib.sites.models import Site
class Page(models.Model):
    place = models.ForeignKey(Site, models.CASCADE)
    on_site = CurrentSiteManager("place")
"""
NAMED = """
class Base(models.Model):
    one = models.IntegerField(name="other", null=True)
    class Meta:
        abstract = True
class Tag(Base):
    attribute = models.IntegerField(name="field")
    link = models.ForeignKey("self", models.CASCADE, name="parent")
    many = models.ManyToManyField("self", name="friends")
    class Meta:
        unique_together = ("field", "parent")
        ordering = ["other"]
"""
OTHER_FIELDS = """
class Labelled(models.Model):
    labels = models.ManyToManyField(Post, related_name="+", help_text="Of all but Inner.")
    note = models.TextField(default="")
    class Meta:
        abstract = True
class Before(Labelled):
    pass
class Plain:
    def __enter__(self):
        self.outer = Labelled._meta.local_many_to_many
        labels = models.ManyToManyField(Post, blank=True)
        labels.contribute_to_class(Labelled, "labels")
        Labelled._meta.local_many_to_many = [labels]
    def __exit__(self, *exception):
        Labelled._meta.local_many_to_many = self.outer
with Plain():
    class Inner(Labelled):
        pass
class Outer(Labelled):
    pass
"""
BOTH_BASES = """
class Described(models.Model):
    title = models.TextField(default="")
    more = models.TextField(default="")
    class Meta:
        abstract = True
class Child(Post, Described):
    pass
"""
CLASH = "class Child(Post):\n    title = models.TextField(default='')\n"
THROUGH = """
class Link(models.Model):
    post = models.ForeignKey(Post, models.CASCADE)
    tag = models.ForeignKey("Tag", models.CASCADE)
class Tag(models.Model):
    posts = models.ManyToManyField(Post)
    linked = models.ManyToManyField(Post, through=Link, related_name="+")
    stated = models.ManyToManyField(Post, db_table="tagged", related_name="+")
class One(models.Model):
    class Meta:
        managed = False
        db_table = Tag.posts.through._meta.db_table
class Two(models.Model):
    class Meta:
        managed = False
        db_table = Tag.linked.through._meta.db_table
class Three(models.Model):
    class Meta:
        managed = False
        db_table = Tag.stated.through._meta.db_table
"""
N = "    n = models.IntegerField(default={})\n"
SILENCED = {"proj/settings.py": SETTINGS + 'SILENCED_SYSTEM_CHECKS = ["models.E004", "models.E028", "fields.W342"]\n'}
SITES = {"proj/settings.py": SETTINGS.replace('"shop"', '"django.contrib.sites", "shop"')}


PACKAGE = {name: text for name, text in scene().items() if name != "blog/models.py"} | {
    "blog/models/__init__.py": "from .entities import *\n",
    "blog/models/entities.py": "from django.db import models\nfrom . import sizes\n"
    + POST
    + N.format(0).replace("IntegerField(", "CharField(max_length=sizes.LONG, "),
    "blog/models/sizes.py": "SHORT = 5\nLONG = SHORT + 1\n",
}


def added(default: str) -> dict[str, str]:
    return {"blog__migrations__0002_n": migration("0001_initial", f'AddField("post", "n", {default})')}


GUARDED = """
from functools import cached_property, lru_cache
from django.db.migrations.serializer import BaseSerializer, serializer_factory
from django.db.migrations.writer import MigrationWriter
from django.db.models.base import ModelBase
@lru_cache(maxsize=None)
def known(model):
    return model
class Guard:
    def __init__(self, action):
        self.action = action
    def __call__(self, *args):
        self.action(*args)
    @cached_property
    def key(self):
        return serializer_factory(self.action).serialize()[0]
    def __eq__(self, other):
        return self.key == (other.key if isinstance(other, Guard) else serializer_factory(other).serialize()[0])
    def __hash__(self):
        return hash(self.key)
class GuardSerializer(BaseSerializer):
    def serialize(self):
        return serializer_factory(self.value.action).serialize()
MigrationWriter.register_serializer(Guard, GuardSerializer)
class Guarding(ModelBase):
    def __new__(cls, name, bases, attrs, **kwargs):
        made = super().__new__(cls, name, bases, attrs, **kwargs)
        for field in made._meta.fields:
            if isinstance(field, models.ForeignKey) and not isinstance(field.remote_field.on_delete, Guard):
                field.remote_field.on_delete = Guard(field.remote_field.on_delete)
        for parent, link in made._meta.parents.items():
            if link is not None:
                setattr(parent, "to_" + (link.remote_field.related_name or link.remote_field.name), link.name)
        known.cache_clear()
        return made
class Project(models.Model, metaclass=Guarding):
    author = models.ForeignKey(Post, models.PROTECT)
class Art(Project):
    artist = models.ForeignKey("self", models.SET_NULL, null=True)
class Found(models.Model):
    name = models.TextField(default=Project.to_art)
"""

RENAMING = """
from django.db.models.base import ModelBase
class Prefixed(ModelBase):
    def __new__(cls, name, bases, attrs, **kwargs):
        made = super().__new__(cls, name, bases, attrs, **kwargs)
        made._meta.db_table = "item_" + made._meta.db_table
        if name != "Unseen":
            made._meta.original_attrs["db_table"] = made._meta.db_table
        return made
class Item(models.Model, metaclass=Prefixed):
    pass
class Unseen(models.Model, metaclass=Prefixed):
    pass
"""

CASES = {
    "in another registry": scene(POST + ELSEWHERE),
    "an id that is no key": scene(POST + NO_KEY) | SILENCED,
    "fields with a name of their own": scene(POST + NAMED),
    "submodules by way of a star import": PACKAGE,
    "a manager with an argument": scene(POST + ON_SITE) | SITES,
    "fields that a context manager exchanges": scene(POST + OTHER_FIELDS),
    "fields of an abstract base that a concrete one has": scene(POST + BOTH_BASES),
    "values that are written as others": scene(POST + GUARDED),
    "values that equal what was written": scene(
        POST + GUARDED.partition("class Found")[0].replace("class Art(Project):", "class Other(Project):"),
        blog__migrations__0002_n="import django.db.models.deletion\n"
        + migration(
            "0001_initial",
            "CreateModel('Project', [('id', models.BigAutoField(auto_created=True, primary_key=True, "
            "serialize=False, verbose_name='ID')), ('author', models.ForeignKey("
            "on_delete=django.db.models.deletion.PROTECT, to='blog.post'))])",
        ),
    ),
    "tables that a metaclass names": scene(POST + RENAMING),
    "tables of through models": scene(POST + THROUGH) | SILENCED,
    "a member that equals its value": scene(
        ENUMS + LEVEL + POST + N.format("Level.LOW"), **added("models.IntegerField(default=1)")
    ),
    "a member that does not": scene(
        ENUMS + LEVEL + POST + N.format("Level.LOW"), **added("models.IntegerField(default=2)")
    ),
    "flags that equal their value": scene(
        ENUMS + LEVEL + POST + N.format("Bits.A | Bits.B"), **added("models.IntegerField(default=3)")
    ),
    "flags": scene(ENUMS + LEVEL + POST + N.format("Bits.A | Bits.C | Bits.B")),
    "a partial method, which equals nothing": scene(
        "import functools\n" + POST + N.format("functools.partialmethod(int, 1)"),
        blog__migrations__0002_n="import functools\n"
        + migration(
            "0001_initial", "AddField('post', 'n', models.IntegerField(default=functools.partialmethod(int, 1)))"
        ),
    ),
    "flags of a pattern": scene(
        ENUMS + POST + "    n = models.TextField(default='', validators=[RegexValidator('x', flags=re.I | re.A)])\n"
    ),
    "flags of a pattern, seen again": scene(
        ENUMS + POST + "    n = models.TextField(default='', validators=[RegexValidator('x', flags=re.S)])\n",
        blog__migrations__0002_n="import re\nimport django.core.validators\n"
        + migration(
            "0001_initial",
            "AddField('post', 'n', models.TextField(default='', validators=["
            "django.core.validators.RegexValidator('x', flags=re.RegexFlag['DOTALL'])]))",
        ),
    ),
}


@pytest.mark.parametrize(("name", "django"), in_turn(CASES), ids=str)
def test_makemigrations(tmp_path: Path, name: str, django: Django) -> None:
    compare(tmp_path, CASES[name], django, ["makemigrations", "--noinput"])


def test_a_class_that_django_cannot_make(tmp_path: Path) -> None:
    files = scene(POST + CLASH, "class Shop(models.Model):\n    pass\n") | {"shop/migrations/__init__.py": ""}
    django = DJANGOS[-1]
    message = "Local field 'title' in class 'Child' clashes with field of the same name from base class 'Post'."
    assert message in theirs(tmp_path, files, django, ["makemigrations", "--noinput"]).stderr
    got = ours(tmp_path, files, django, ["makemigrations", "--noinput"])
    assert message in got.stderr
    assert [name for name in got.files if name.startswith("blog")] == []
    assert "shop/migrations/0001_initial.py" in got.files, "other apps go on"
