"""Models under class decorators that cannot be read."""

from pathlib import Path

import pytest
from bare.bare_trees import alarms, check, create, migration

MODELS = """
import elsewhere
from django.db import models
from elsewhere import adorn

def here(cls):
    models.IntegerField(default=0).contribute_to_class(cls, "level")
    return cls

@{decorator}
class Thing(models.Model):
    name = models.CharField(max_length=5)
"""
LEVEL = '("level", models.IntegerField(default=0)),'
NAME = '("name", models.CharField(max_length={}))'
UNREAD = ["adorn", "adorn()", "elsewhere.adorn(1, x=2)"]


@pytest.mark.parametrize("decorator", UNREAD)
def test_an_unreadable_decorator_may_have_added_a_field(tmp_path: Path, decorator: str) -> None:
    old = migration(create("Thing", LEVEL + NAME.format(5)))
    files = {"shop/models.py": MODELS.format(decorator=decorator), "shop/migrations/0001_initial.py": old}
    report = check(tmp_path, files)
    assert alarms(report) == []
    assert "decorator" in " ".join(item.message for item in report.unknowns)


@pytest.mark.parametrize("decorator", UNREAD)
def test_a_changed_field_under_it_is_still_reported(tmp_path: Path, decorator: str) -> None:
    old = migration(create("Thing", NAME.format(9)))
    files = {"shop/models.py": MODELS.format(decorator=decorator), "shop/migrations/0001_initial.py": old}
    assert "name" in " ".join(alarms(check(tmp_path, files)))


def test_a_readable_decorator_is_followed(tmp_path: Path) -> None:
    models = MODELS.format(decorator="here")
    there = migration(create("Thing", NAME.format(5) + "," + LEVEL))
    assert alarms(check(tmp_path / "a", {"shop/models.py": models, "shop/migrations/0001_initial.py": there})) == []
    lacking = migration(create("Thing", NAME.format(5)))
    found = alarms(check(tmp_path / "b", {"shop/models.py": models, "shop/migrations/0001_initial.py": lacking}))
    assert "level" in " ".join(found)
