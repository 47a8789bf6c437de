"""Relations to models of apps that cannot be read."""

from pathlib import Path

from bare.bare_trees import alarms, check, create, migration

LINK = 'models.ForeignKey({null}on_delete=models.CASCADE, to="{to}")'
MODELS = """
from django.db import models

class Log(models.Model):
    revision = models.ForeignKey("other.Revision", models.CASCADE)
"""


def first(to: str, null: str = "") -> str:
    link = LINK.format(to=to, null=null)
    return migration(create("Log", f'("revision", {link})'), dependencies='("other", "0001_initial")')


def test_the_target_may_have_been_renamed_out_of_sight(tmp_path: Path) -> None:
    report = check(
        tmp_path,
        {"shop/models.py": MODELS, "shop/migrations/0001_initial.py": first("other.pagerevision")},
        apps='"other", "shop"',
    )
    assert alarms(report) == []
    assert "renamed" in " ".join(item.message for item in report.unknowns)


def test_another_change_of_such_a_field_is_still_reported(tmp_path: Path) -> None:
    report = check(
        tmp_path,
        {"shop/models.py": MODELS, "shop/migrations/0001_initial.py": first("other.pagerevision", "null=True, ")},
        apps='"other", "shop"',
    )
    assert "revision" in " ".join(alarms(report))


def test_a_target_in_another_app_is_a_change(tmp_path: Path) -> None:
    report = check(
        tmp_path,
        {"shop/models.py": MODELS, "shop/migrations/0001_initial.py": first("third.revision")},
        apps='"other", "third", "shop"',
    )
    assert "revision" in " ".join(alarms(report))
