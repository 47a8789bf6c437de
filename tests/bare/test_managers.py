"""Managers and querysets that cannot be read."""

from pathlib import Path

import pytest
from bare.bare_trees import alarms, check, create, migration

PLAIN = migration(create("Thing"))
MODELS = """
from django.db import models
from tree import Node, NodeManager, NodeQuerySet, Strange

class Known(models.Manager):
    pass

class Used(models.Manager):
    use_in_migrations = True

class ThingQuerySet(NodeQuerySet):
    pass

class Thing(models.Model):
    {line}
"""


@pytest.mark.parametrize(
    "line",
    [
        "objects = NodeManager()",
        "objects = NodeManager.from_queryset(ThingQuerySet)()",
        "objects = Known.from_queryset(ThingQuerySet)()",
        "objects = ThingQuerySet.as_manager()",
        "objects = NodeQuerySet.as_manager()",
        "objects = models.Manager.from_queryset(NodeQuerySet)()",
        "things = NodeManager()",
        "objects = Strange()",
    ],
)
def test_an_unreadable_manager_is_no_change(tmp_path: Path, line: str) -> None:
    report = check(tmp_path, {"shop/models.py": MODELS.format(line=line), "shop/migrations/0001_initial.py": PLAIN})
    assert alarms(report) == []


def test_a_queryset_decides_nothing_about_a_readable_manager(tmp_path: Path) -> None:
    models = MODELS.format(line="objects = Used.from_queryset(ThingQuerySet)()")
    report = check(tmp_path, {"shop/models.py": models, "shop/migrations/0001_initial.py": PLAIN})
    assert "managers" in " ".join(alarms(report)).lower()


def test_a_manager_used_in_migrations_is_still_reported(tmp_path: Path) -> None:
    models = MODELS.format(line="objects = Used()")
    report = check(tmp_path, {"shop/models.py": models, "shop/migrations/0001_initial.py": PLAIN})
    assert "managers" in " ".join(alarms(report)).lower()


def test_a_changed_field_next_to_an_unreadable_manager_is_still_reported(tmp_path: Path) -> None:
    models = MODELS.format(line="objects = NodeManager()\n    name = models.CharField(max_length=9)")
    old = migration(create("Thing", '("name", models.CharField(max_length=5))'))
    report = check(tmp_path, {"shop/models.py": models, "shop/migrations/0001_initial.py": old})
    assert "name" in " ".join(alarms(report))
