"""Models that a metaclass adds to."""

from pathlib import Path

import pytest
from bare.bare_trees import alarms, check, create, migration

META = """
from django.db import models
from django.db.models.base import ModelBase
from elsewhere import adorn

class Tree(ModelBase):
    def __new__(cls, name, bases, attrs):
        model = super().__new__(cls, name, bases, attrs)
        if not model._meta.abstract:
            models.IntegerField(default=0).contribute_to_class(model, "level")
        return model

class Opaque(ModelBase):
    def __new__(cls, name, bases, attrs):
        return adorn(super().__new__(cls, name, bases, attrs))

class Manages(ModelBase):
    def __new__(cls, name, bases, attrs):
        model = super().__new__(cls, name, bases, attrs)
        if not model._meta.abstract:
            manager = model._default_manager
            manager.contribute_to_class(model, "_tree")
            model._tree = manager
        return model

def with_metaclass(meta, *bases):
    class metaclass(type):
        def __new__(cls, name, this_bases, d):
            return meta(name, bases, d)
    return type.__new__(metaclass, "temporary_class", (), {})
"""
LEVEL = '("level", models.IntegerField(default=0)),'
NAME = '("name", models.CharField(max_length={}))'
BODY = "\n    name = models.CharField(max_length=5)\n"
WAYS = {
    "class": f"class Thing(models.Model, metaclass=Tree):{BODY}",
    "six": f"class Thing(with_metaclass(Tree, models.Model)):{BODY}",
    "inherited from six": "class Base(with_metaclass(Tree, models.Model)):"
    f"{BODY}\n    class Meta:\n        abstract = True\n\nclass Thing(Base):\n    pass\n",
    "type()": "class Base(models.Model, metaclass=Tree):"
    f"{BODY}\n    class Meta:\n        abstract = True\n\nThing = type('Thing', (Base,), {{'__module__': __name__}})\n",
}


@pytest.mark.parametrize("way", WAYS)
def test_a_metaclass_that_adds_a_field_is_followed(tmp_path: Path, way: str) -> None:
    models = META + "\n" + WAYS[way]
    there = migration(create("Thing", LEVEL + NAME.format(5)))
    assert alarms(check(tmp_path / "a", {"shop/models.py": models, "shop/migrations/0001_initial.py": there})) == []
    lacking = migration(create("Thing", NAME.format(5)))
    found = alarms(check(tmp_path / "b", {"shop/models.py": models, "shop/migrations/0001_initial.py": lacking}))
    assert "level" in " ".join(found)


def test_a_metaclass_that_cannot_be_followed_may_have_added_a_field(tmp_path: Path) -> None:
    models = META + f"\nclass Thing(models.Model, metaclass=Opaque):{BODY}"
    more = migration(create("Thing", LEVEL + NAME.format(5)))
    report = check(tmp_path, {"shop/models.py": models, "shop/migrations/0001_initial.py": more})
    assert alarms(report) == []
    assert report.unknowns


def test_a_changed_field_of_such_a_model_is_still_reported(tmp_path: Path) -> None:
    models = META + f"\nclass Thing(models.Model, metaclass=Opaque):{BODY}"
    old = migration(create("Thing", NAME.format(9)))
    report = check(tmp_path, {"shop/models.py": models, "shop/migrations/0001_initial.py": old})
    assert "name" in " ".join(alarms(report))


def test_a_manager_keeps_the_name_it_had(tmp_path: Path) -> None:
    models = META + (
        "\nclass Base(models.Model):\n    objects = models.Manager()\n    class Meta:\n        abstract = True\n"
        f"\nclass Thing(Base, metaclass=Manages):{BODY}"
    )
    report = check(
        tmp_path,
        {"shop/models.py": models, "shop/migrations/0001_initial.py": migration(create("Thing", NAME.format(5)))},
    )
    assert alarms(report) == []
    assert not report.unknowns
