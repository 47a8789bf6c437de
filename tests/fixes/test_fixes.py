"""Fixed code passes our own rules, is accepted by real Django, and comes to the same final state."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from _pytest.mark import ParameterSet
from django_oracle import DJANGOS, ROOT, Django
from django_oracle import Project as Judged
from rule_examples import write

from migration_guard import app, fixing
from migration_guard.app import Judging
from migration_guard.diagnostics import Applicability, Confidence
from migration_guard.fixes.remedies import REMEDIES
from migration_guard.project.project import Options, Project, open_projects
from migration_guard.rules.examples import files_of
from migration_guard.rules.registry import all_rules
from migration_guard.rules.rule import Example, Loaded
from migration_guard.write.files import Applied, NotApplied

EVERYTHING = frozenset({Applicability.SAFE, Applicability.UNSAFE})
WITHOUT_FIX = {
    ("MG301", 2),
    ("MG302", 1),
    ("MG302", 2),
    ("MG302", 3),
    ("MG305", 2),
    ("MG401", 2),
    ("MG405", 2),
    ("MG406", 2),
}
"""Bad examples that have no fix: an index or order of a model, hand-written SQL, no better way on that server."""

PRODUCT = """
--- shop/models.py ---
from django.db import models


class Product(models.Model):
    name = models.CharField(max_length=20)
    stock = models.IntegerField()
--- shop.0001_initial ---
migrations.CreateModel(
    "Product",
    [
        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
        ("name", models.CharField(max_length=20)),
        ("stock", models.IntegerField()),
    ],
),
"""


def laid(root: Path, example: Example) -> Path:
    write(root, files_of(example.text, example.databases, example.config).now)
    return root.resolve()


def outcome(
    root: Path, codes: Sequence[str], allowed: frozenset[Applicability] = EVERYTHING, django: str = "5.2"
) -> fixing.Outcome:
    def check() -> tuple[list[Project], list[Any]]:
        projects = open_projects(Options(project=root, cache=False, django_version=django))
        return projects, [app.check(projects[0], (), codes, (), Judging(since="all"))]

    return fixing.fixed(check, allowed)


def mended(root: Path, codes: Sequence[str], django: str = "5.2") -> dict[str, str]:
    """The files that fixing changes, by their path in the project."""
    found = outcome(root, codes, django=django)
    return {
        str(Path(edit.file).relative_to(root)): (edit.new or b"").decode()
        for edit in found.edits.values()
        if edit.old != edit.new
    }


def migration(name: str, text: str) -> str:
    return PRODUCT + f"--- shop.{name} ---\n{text}\n"


def fixable() -> Iterator[ParameterSet]:
    for loaded in all_rules():
        if loaded.rule.code in REMEDIES:
            for number, example in enumerate(loaded.rule.bad, start=1):
                yield pytest.param(loaded, number, example, id=f"{loaded.rule.code}-{number}")


@pytest.mark.parametrize("loaded, number, example", list(fixable()))
def test_bad_examples_are_mended(loaded: Loaded, number: int, example: Example, tmp_path: Path) -> None:
    root = laid(tmp_path / "bad", example)
    found = outcome(root, [loaded.rule.code], django=example.django)
    left = [item for report in found.reports for item in report.diagnostics if item.code == loaded.rule.code]
    if (loaded.rule.code, number) in WITHOUT_FIX:
        assert not found.edits
        return
    assert found.mended
    assert not [item for item in left if item.confidence is Confidence.CERTAIN]
    before = states(root, example.django)
    assert isinstance(fixing.write(found), Applied)
    assert states(root, example.django) == before


STATE = """
from django.db.migrations.loader import MigrationLoader
found = MigrationLoader(None).project_state()
answer = sorted(
    (
        *key,
        [(name, text_of(field.deconstruct()[1:])) for name, field in model.fields.items()],
        text_of({name: value for name, value in model.options.items() if value}),
    )
    for key, model in found.models.items()
)
"""


def states(root: Path, series: str) -> Any:
    """What the migrations come to, as Django sees it. That needs no database, whose driver may not be installed."""
    settings = root / "proj/settings.py"
    engine = 'DATABASES["default"]["ENGINE"] = "django.db.backends.sqlite3"\n'
    if engine not in settings.read_text():
        settings.write_text(settings.read_text() + engine)
    shutil.copy(ROOT / "fixtures" / "postgres" / "requirements.txt", root / "requirements.txt")
    return django_of(series).evaluate(Judged.at(root, "proj.settings"), STATE)


def django_of(series: str) -> Django:
    found = [django for django in DJANGOS if django.series == series]
    if not found:
        pytest.skip(f"no Django {series} on this machine")
    return found[0]


def test_remedies_are_for_rules_that_exist() -> None:
    assert set(REMEDIES) <= {loaded.rule.code for loaded in all_rules()}


# Texts


def test_a_migration_with_more_than_indexes_is_split(tmp_path: Path) -> None:
    text = migration(
        "0002_more",
        """
# Why there is an index
migrations.AddField("product", "size", models.IntegerField(null=True)),  # sizes
migrations.AddIndex("product", models.Index(fields=["name"], name="by_name")),  # names
""",
    )
    root = laid(tmp_path, Example(text))
    files = mended(root, ["MG401"])
    first, second = files["shop/migrations/0002_more.py"], files["shop/migrations/0003_product_by_name.py"]
    assert "AddIndex" not in first and "# sizes" in first and "atomic" not in first
    assert "AddIndexConcurrently(" in second and "# names" in second and "atomic = False" in second
    assert '("shop", "0002_more")' in second
    assert "from django.contrib.postgres.operations import AddIndexConcurrently" in second


def test_functions_and_imports_go_where_they_are_needed(tmp_path: Path) -> None:
    text = migration(
        "0002_paint",
        '''
import datetime
from random import choice, random


LIMIT = 3


def used_by_both():
    return choice([1, 2])


def paint(apps, schema_editor):
    """Paint them."""
    apps.get_model("shop", "Product").objects.filter(stock=LIMIT).update(name=str(used_by_both()))


def size():
    return random()
migrations.AddField("product", "size", models.FloatField(default=size)),
migrations.RunPython(paint, migrations.RunPython.noop),
''',
    )
    root = laid(tmp_path, Example(text))
    files = mended(root, ["MG511"])
    first, second = files["shop/migrations/0002_paint.py"], files["shop/migrations/0003_paint_2.py"]
    assert "def size" in first and "def paint" not in first and "from random import random" in first
    assert "import datetime" in first, "what nothing used before is left alone"
    assert "def paint" in second and "def used_by_both" in second and "LIMIT = 3" in second
    assert "from random import choice\n" in second and "def size" not in second


@pytest.mark.parametrize(
    "dependencies",
    [
        '[("shop", "0001_initial")]',
        '[\n        ("shop", "0001_initial"),\n    ]',
        '[\n        ("shop", "0001_initial")\n    ]',
        '[\n        ("shop", "0001_initial"),  # first\n    ]',
    ],
)
def test_dependencies_are_added_as_the_list_is_written(dependencies: str, tmp_path: Path) -> None:
    text = (
        migration(
            "0002_owners",
            """
def owners(apps, schema_editor):
    apps.get_model("accounts", "Owner").objects.filter(pk=1).delete()
migrations.RunPython(owners, migrations.RunPython.noop),
""",
        )
        + """
--- accounts.0001_initial ---
migrations.CreateModel("Owner", [("id", models.BigAutoField(primary_key=True))]),
--- accounts.0002_more ---
migrations.AddField("owner", "age", models.IntegerField(null=True)),
"""
    )
    root = laid(tmp_path, Example(text))
    path = root / "shop/migrations/0002_owners.py"
    path.write_text(path.read_text().replace('[("shop", "0001_initial")]', dependencies))
    found = mended(root, ["MG504"])["shop/migrations/0002_owners.py"]
    assert '("accounts", "0002_more")' in found
    assert not outcome(root, ["MG504"]).reports[0].diagnostics


def test_a_reverse_that_is_none_is_replaced(tmp_path: Path) -> None:
    text = migration(
        "0002_nothing",
        """
def nothing(apps, schema_editor):
    pass
migrations.RunPython(nothing, reverse_code=None, elidable=True),
migrations.RunPython(code=nothing,),
""",
    )
    found = mended(laid(tmp_path, Example(text)), ["MG501"])["shop/migrations/0002_nothing.py"]
    assert "RunPython(nothing, reverse_code=migrations.RunPython.noop, elidable=True)" in found
    assert "RunPython(code=nothing, reverse_code=migrations.RunPython.noop,)" in found


def test_database_defaults_go_into_the_model_and_the_migration(tmp_path: Path) -> None:
    text = PRODUCT.replace(
        "stock = models.IntegerField()",
        """stock = models.IntegerField()
    size = models.IntegerField(default=3)
    colour = models.CharField(
        max_length=20,
        default="red",
    )
    weight = models.IntegerField()""",
    )
    text += """
--- shop.0002_more ---
migrations.AddField("product", "size", models.IntegerField(default=3)),
migrations.AddField("product", "colour", models.CharField(max_length=20, default="red")),
migrations.AddField("product", "weight", models.IntegerField(default=0), preserve_default=False),
"""
    root = laid(tmp_path, Example(text))
    found = outcome(root, ["MG302"])
    models = (found.edits[str(root / "shop/models.py")].new or b"").decode()
    assert "models.IntegerField(default=3, db_default=3)" in models
    assert '        default="red",\n        db_default="red",\n    )' in models
    assert "weight = models.IntegerField(db_default=0)" in models
    assert isinstance(fixing.write(found), Applied)
    assert not outcome(root, ["MG302", "MG101"]).reports[0].diagnostics
    shutil.copy(ROOT / "fixtures" / "postgres" / "requirements.txt", root / "requirements.txt")
    assert django_of("5.2").autodetect(Judged.at(root, "proj.settings")) == []


def test_fields_that_several_models_share_get_no_default(tmp_path: Path) -> None:
    text = """
--- shop/models.py ---
from django.db import models


class Sized(models.Model):
    size = models.IntegerField(default=3)

    class Meta:
        abstract = True


class One(Sized):
    maker = models.ForeignKey("Two", models.CASCADE, default=1)


class Two(Sized):
    pass
--- shop.0001_initial ---
migrations.CreateModel("One", [("id", models.BigAutoField(primary_key=True))]),
migrations.CreateModel(
    "Two", [("id", models.BigAutoField(primary_key=True)), ("size", models.IntegerField(default=3))]
),
--- shop.0002_more ---
migrations.AddField("one", "size", models.IntegerField(default=3)),
migrations.AddField("one", "maker", models.ForeignKey("shop.two", models.CASCADE, default=1)),
"""
    found = outcome(laid(tmp_path, Example(text)), ["MG302"])
    assert len(found.reports[0].diagnostics) == 2 and not found.edits


def test_an_import_that_others_use_stays(tmp_path: Path) -> None:
    text = migration(
        "0002_paint",
        """
from shop.models import Product


def paint(apps, schema_editor):
    Product.objects.filter(name="").update(name="x")


def other(name=Product.__name__):
    return name
migrations.RunPython(paint, migrations.RunPython.noop),
""",
    )
    found = mended(laid(tmp_path, Example(text)), ["MG503"])["shop/migrations/0002_paint.py"]
    assert "from shop.models import Product" in found
    assert 'def paint(apps, schema_editor):\n    Product = apps.get_model("shop", "Product")\n' in found


# What is not done


def test_a_migration_that_others_depend_on_is_not_split(tmp_path: Path) -> None:
    check = (
        'migrations.AddConstraint("product", models.CheckConstraint(condition=models.Q(stock__gte=0), name="full")),'
    )
    text = migration("0002_check", check) + "--- shop.0003_last ---\nmigrations.RunSQL('SELECT 1', 'SELECT 1'),\n"
    assert not mended(laid(tmp_path, Example(text)), ["MG406"])


def test_operations_that_are_not_written_as_a_list_are_left_alone(tmp_path: Path) -> None:
    index = 'migrations.AddIndex("product", models.Index(fields=["name"], name="by_name")),'
    root = laid(tmp_path, Example(migration("0002_index", index)))
    path = root / "shop/migrations/0002_index.py"
    path.write_text(path.read_text().replace("    operations = [", "    operations = [] + ["))
    assert not mended(root, ["MG401"])


def test_databases_without_a_better_way_get_no_fix(tmp_path: Path) -> None:
    index = 'migrations.AddIndex("product", models.Index(fields=["name"], name="by_name")),'
    root = laid(tmp_path, Example(migration("0002_index", index), databases=("postgresql:16", "mysql:8.0")))
    assert not mended(root, ["MG401"])


def test_unsafe_fixes_wait_to_be_asked_for(tmp_path: Path) -> None:
    remove = 'migrations.RemoveField("product", "stock"),'
    root = laid(tmp_path, Example(migration("0002_remove", remove)))
    found = outcome(root, ["MG301"], frozenset({Applicability.SAFE}))
    assert not found.edits and found.refused == 1


def test_a_file_that_changes_meanwhile_stops_everything(tmp_path: Path) -> None:
    check = (
        'migrations.AddConstraint("product", models.CheckConstraint(condition=models.Q(stock__gte=0), name="full")),'
    )
    root = laid(tmp_path, Example(migration("0002_check", check)))
    found = outcome(root, ["MG406"])
    path = root / "shop/migrations/0002_check.py"
    path.write_text(path.read_text() + "# changed\n")
    assert len(found.edits) == 2
    assert isinstance(fixing.write(found), NotApplied)
    assert not (root / "shop/migrations/0003_product_validate_full.py").exists()


def test_fixing_in_memory_writes_nothing(tmp_path: Path) -> None:
    check = (
        'migrations.AddConstraint("product", models.CheckConstraint(condition=models.Q(stock__gte=0), name="full")),'
    )
    root = laid(tmp_path, Example(migration("0002_check", check)))
    before = {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}
    diff = fixing.diffs(outcome(root, ["MG406"]), lambda path: str(Path(path).relative_to(root)))
    assert {path: path.read_bytes() for path in root.rglob("*") if path.is_file()} == before
    assert "--- /dev/null\n+++ shop/migrations/0003_product_validate_full.py\n" in diff
    assert "+        AddConstraintNotValid(" in diff


def test_other_errors_of_a_file_do_not_matter(tmp_path: Path) -> None:
    """Several findings of several rules, mended one after the other."""
    text = migration(
        "0002_all",
        """
from shop.models import Product


def paint(apps, schema_editor):
    Product.objects.filter(name="").update(name="x")
migrations.AddField("product", "size", models.IntegerField(null=True)),
migrations.RunPython(paint),
migrations.AddIndex("product", models.Index(fields=["name"], name="by_name")),
migrations.AddConstraint("product", models.CheckConstraint(condition=models.Q(stock__gte=0), name="full")),
""",
    )
    root = laid(tmp_path, replace(Example(text)))
    codes = ["MG401", "MG406", "MG501", "MG503", "MG511"]
    before = states(root, "5.2")
    found = outcome(root, codes)
    assert not [item for item in found.reports[0].diagnostics if item.code in codes]
    assert isinstance(fixing.write(found), Applied)
    assert states(root, "5.2") == before
