"""`check --fix`, `--unsafe-fixes` and `--diff`, and `makemigrations --safe`, as typed."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django_oracle import DJANGOS, ROOT, Django
from django_oracle import Project as Judged
from rule_examples import write

from migration_guard.rules.examples import files_of

MODELS = """
--- shop/models.py ---
from django.db import models


class Maker(models.Model):
    name = models.CharField(max_length=20)


class Product(models.Model):
    name = models.CharField(max_length=20, null=True)
    stock = models.IntegerField()
    colour = models.CharField(max_length=20)
    maker = models.ForeignKey(Maker, models.CASCADE)


class Old(models.Model):
    pass
"""
AFTER = """from django.db import models


class Maker(models.Model):
    name = models.CharField(max_length=20)


class Product(models.Model):
    name = models.CharField(max_length=20)
    stock = models.IntegerField()
    size = models.IntegerField(null=True)

    class Meta:
        indexes = [models.Index(fields=["stock"], name="by_stock")]
        constraints = [models.CheckConstraint(condition=models.Q(stock__gte=0), name="stock_positive")]


class New(models.Model):
    product = models.ForeignKey(Product, models.CASCADE)

    class Meta:
        indexes = [models.Index(fields=["product"], name="by_product")]
"""
CHECK = """
--- shop.0002_check ---
migrations.AddConstraint("product", models.CheckConstraint(condition=models.Q(stock__gte=0), name="full")),
migrations.RemoveField("product", "colour"),
"""


def run(root: Path, *words: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "NO_COLOR": "1"}
    command = [sys.executable, "-m", "migration_guard", *words, "--no-cache", "--django-version", "5.2"]
    return subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, check=False)


def laid(root: Path, text: str, databases: tuple[str, ...] = ("postgresql:16",)) -> Path:
    write(root, files_of(text, databases).now)
    return root


def made(root: Path) -> list[str]:
    return sorted(path.name for path in (root / "shop/migrations").glob("0*.py"))


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    laid(tmp_path, MODELS)
    assert run(tmp_path, "makemigrations", "--noinput").returncode == 0
    text = files_of(MODELS + "--- shop.0001_initial ---\n" + CHECK).now["shop/migrations/0002_check.py"]
    (tmp_path / "shop/migrations/0002_check.py").write_text(text)
    return tmp_path


SELECT = ("--all", "--select", "MG301,MG406")


def test_diff_shows_and_writes_nothing(shop: Path) -> None:
    before = {path: path.read_bytes() for path in shop.rglob("*.py")}
    ran = run(shop, "check", "--diff", *SELECT)
    assert ran.returncode == 1
    assert (
        "+++ shop/migrations/0003_product_validate_full.py" in ran.stdout
        and "-        migrations.AddConstraint" in ran.stdout
    )
    assert "would be mended: MG406 in shop.0002_check" in ran.stderr
    assert "1 more finding can be mended with --unsafe-fixes" in ran.stderr
    assert {path: path.read_bytes() for path in shop.rglob("*.py")} == before


def test_fix_writes_safe_fixes_and_reports_what_is_left(shop: Path) -> None:
    ran = run(shop, "check", "--fix", *SELECT)
    assert ran.returncode == 1, "a finding is left"
    assert "MG301" in ran.stdout and "MG406" not in ran.stdout
    assert made(shop) == ["0001_initial.py", "0002_check.py", "0003_product_validate_full.py"]
    again = run(shop, "check", "--fix", *SELECT)
    assert "mended: " not in again.stderr


def test_unsafe_fixes_go_further(shop: Path) -> None:
    ran = run(shop, "check", "--unsafe-fixes", *SELECT)
    assert ran.returncode == 0, ran.stdout
    assert "SeparateDatabaseAndState" in (shop / "shop/migrations/0002_check.py").read_text()
    assert run(shop, "check", "--diff", "--unsafe-fixes", *SELECT).returncode == 0


@pytest.mark.parametrize("words", [("--staged",), ("--write-baseline", "x"), ("--against", "main")])
def test_what_does_not_go_together(words: tuple[str, ...], shop: Path) -> None:
    ran = run(shop, "check", "--fix", *words)
    assert ran.returncode == 2 and "do not go with" in ran.stderr


# makemigrations --safe


@pytest.fixture
def changed(tmp_path: Path) -> Path:
    laid(tmp_path, MODELS)
    assert run(tmp_path, "makemigrations", "--noinput").returncode == 0
    (tmp_path / "shop/models.py").write_text(AFTER)
    return tmp_path


def test_safe_migrations_come_to_the_models(changed: Path) -> None:
    ran = run(changed, "makemigrations", "--safe", "--noinput")
    assert ran.returncode == 0, ran.stderr
    assert "the column of shop.Product.colour stays in the database" in ran.stdout
    texts = [(changed / "shop/migrations" / name).read_text() for name in made(changed)[1:]]
    for text in texts:
        assert ("AddIndexConcurrently" in text) is ("atomic = False" in text)
        assert "AddConstraintNotValid" not in text or "ValidateConstraint" not in text
    assert sum("AddIndexConcurrently" in text for text in texts) == 1, "a new table waits for nobody"
    assert run(changed, "makemigrations", "--check").returncode == 0
    # That running code may write NULL takes a release of its own; timeouts are for whoever runs migrations.
    left = run(changed, "check", "--all", "--ignore", "MG306,MG416")
    assert left.returncode == 0, left.stdout
    write(changed, {"requirements.txt": (ROOT / "fixtures/postgres/requirements.txt").read_text()})
    assert django().autodetect(Judged.at(changed, "proj.settings")) == []


def test_other_databases_get_what_they_can_do(tmp_path: Path) -> None:
    laid(tmp_path, MODELS, ("mysql:8.0",))
    assert run(tmp_path, "makemigrations", "--noinput").returncode == 0
    (tmp_path / "shop/models.py").write_text(AFTER)
    assert run(tmp_path, "makemigrations", "--safe", "--noinput").returncode == 0
    texts = [(tmp_path / "shop/migrations" / name).read_text() for name in made(tmp_path)[1:]]
    assert not any("postgres" in text for text in texts)
    assert all(len(re.findall("^ {8}migrations", text, re.M)) == 1 for text in texts), (
        "DDL is not taken back there: one at a time"
    )
    assert run(tmp_path, "makemigrations", "--check").returncode == 0


def test_safe_and_update_exclude_each_other(changed: Path) -> None:
    ran = run(changed, "makemigrations", "--safe", "--update", "--noinput")
    assert ran.returncode == 2 and "exclude each other" in ran.stderr


def test_a_name_is_numbered_on(changed: Path) -> None:
    assert run(changed, "makemigrations", "--safe", "--noinput", "--name", "step").returncode == 0
    assert made(changed)[1:3] == ["0002_step.py", "0003_step_2.py"]


def django() -> Django:
    found = [item for item in DJANGOS if item.series == "5.2"]
    if not found:
        pytest.skip("no Django 5.2 on this machine")
    return found[0]
