"""What the running code is: with a base ref the models there, whatever their migrations say."""

from __future__ import annotations

from pathlib import Path

import pytest
from rule_examples import commit, git, write

from migration_guard import linting
from migration_guard.project.project import Options, open_projects
from migration_guard.rules.examples import files_of
from migration_guard.scoping import Wish, find_scope

SHOP = """
--- shop.0001_initial ---
migrations.CreateModel(
    "Product",
    [("id", models.BigAutoField(primary_key=True)), ("price", models.IntegerField(null=True))],
),
"""
DROP = '--- shop.0002_no_price ---\nmigrations.RemoveField("product", "price"),\n'
MODELS = """
from django.db import models

{extra}
class Product(models.Model):
    {fields}
"""
WITH = MODELS.format(extra="", fields="price = models.IntegerField(null=True)")
WITHOUT = MODELS.format(extra="", fields="pass")
RETIRED = MODELS.format(
    extra="from django_deprecate_fields import deprecate_field\n",
    fields="price = deprecate_field(models.IntegerField(null=True))",
)


def errors(root: Path, before: str, after: str) -> list[str]:
    """What MG3xx say of a branch that takes the models from one text to another, and drops the column."""
    write(root, {**files_of(SHOP).now, "shop/models.py": before})
    git(root, "init", "-q")
    commit(root)
    git(root, "checkout", "-q", "-b", "work")
    write(root, {**files_of(SHOP + DROP).now, "shop/models.py": after})
    (project,) = open_projects(Options(project=root, cache=False))
    scope = find_scope(project, Wish("main"), frozenset())
    return [item.code for item in linting.lint_scope(project, {"MG301", "MG305"}, scope).diagnostics]


@pytest.mark.parametrize(
    "about, before, after, expected",
    [
        ("removed in the same change", WITH, WITHOUT, ["MG301"]),
        ("removed from the models a release before", WITHOUT, WITHOUT, []),
        ("kept for migrations only", RETIRED, WITHOUT, []),
        ("the file was touched for another reason", WITHOUT, WITHOUT + "\n# a comment\n", []),
    ],
)
def test_a_column_that_is_dropped(about: str, before: str, after: str, expected: list[str], tmp_path: Path) -> None:
    assert errors(tmp_path / "x", before, after) == expected, about


def test_a_field_of_an_abstract_model_elsewhere(tmp_path: Path) -> None:
    root = tmp_path / "x"
    priced = "from django.db import models\n\nclass Priced(models.Model):\n    {}\n\n"
    priced += "    class Meta:\n        abstract = True\n"
    product = "from shop.priced import Priced\n\nclass Product(Priced):\n    pass\n"
    write(root, {"shop/priced.py": priced.format("price = models.IntegerField(null=True)")})
    assert errors(root, product, product) == ["MG301"], "its file is as it was"


def test_the_disk_is_left_as_it_is(tmp_path: Path) -> None:
    root = tmp_path / "x"
    errors(root, WITH, WITHOUT)
    assert (root / "shop/models.py").read_text() == WITHOUT
