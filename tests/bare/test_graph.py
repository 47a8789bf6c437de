"""Migrations whose dependencies cannot be known."""

from pathlib import Path

from bare.bare_trees import alarms, check, create, migration

MODELS = "from django.db import models\n\nclass Thing(models.Model):\n    pass\n"


def test_an_unknown_dependency_makes_no_certain_conflict(tmp_path: Path) -> None:
    files = {
        "shop/models.py": MODELS,
        "shop/migrations/0001_initial.py": migration(create("Thing")),
        "shop/migrations/0002_more.py": migration("", dependencies='("shop", "0001_initial")'),
        "shop/migrations/0003_last.py": migration(
            "", imports="from elsewhere import BEFORE", dependencies='("shop", BEFORE)'
        ),
    }
    assert alarms(check(tmp_path, files)) == []


def test_a_class_that_cannot_be_followed_makes_no_certain_conflict(tmp_path: Path) -> None:
    files = {
        "shop/models.py": MODELS,
        "shop/migrations/0001_initial.py": migration(create("Thing")),
        "shop/migrations/0002_more.py": migration(
            "", imports="from django.conf import settings", dependencies='("shop", "0001_initial"), settings.NOT_THERE'
        ),
    }
    assert alarms(check(tmp_path, files)) == []


def test_two_leaves_that_are_known_are_a_conflict(tmp_path: Path) -> None:
    files = {
        "shop/models.py": MODELS,
        "shop/migrations/0001_initial.py": migration(create("Thing")),
        "shop/migrations/0002_one.py": migration("", dependencies='("shop", "0001_initial")'),
        "shop/migrations/0002_two.py": migration("", dependencies='("shop", "0001_initial")'),
    }
    assert "Conflicting" in " ".join(alarms(check(tmp_path, files)))
