"""Operations and backends of well-known packages that do the safe thing: nothing is said against them."""

from __future__ import annotations

import shutil
from pathlib import Path

from django_oracle import DJANGOS, ROOT
from django_oracle import Project as Judged
from rule_examples import write

from migration_guard import linting
from migration_guard.project.project import Options, open_projects
from migration_guard.rules.examples import files_of
from migration_guard.rules.facts import is_true
from migration_guard.rules.samples import SHOP
from migration_guard.scoping import Wish, find_scope
from migration_guard.values import Truth

SENTRY = """
from django.db.migrations import DeleteModel, RemoveField

MOVE_TO_PENDING = 1

class SafeRemoveField(RemoveField):
    def __init__(self, *args, deletion_action=None, **kwargs):
        self.deletion_action = deletion_action
        super().__init__(*args, **kwargs)

    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        if self.deletion_action != MOVE_TO_PENDING:
            super().database_forwards(app_label, schema_editor, from_state, to_state)
"""
DEFAULTS = """
from django.db.migrations.operations.base import Operation

class AddDefaultValue(Operation):
    def __init__(self, model_name, name, value):
        self.model_name, self.name, self.value = model_name, name, value

    def state_forwards(self, app_label, state):
        pass

    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        schema_editor.execute("...")
"""


def codes(root: Path, operations: str, files: dict[str, str]) -> list[str]:
    write(root, {**files_of(f"{SHOP}\n--- shop.0002_new ---\n{operations}", ("postgresql:16",)).now, **files})
    (project,) = open_projects(Options(project=root, cache=False))
    scope = find_scope(project, Wish("all"), frozenset())
    found = linting.lint_scope(project, None, scope).diagnostics
    return sorted({item.code for item in found if item.fails and not item.code.startswith("MG5")})


def test_a_removal_in_two_stages(tmp_path: Path) -> None:
    operations = "from tools import MOVE_TO_PENDING, SafeRemoveField\n"
    operations += 'SafeRemoveField("product", "price", deletion_action=MOVE_TO_PENDING),\n'
    assert codes(tmp_path, operations, {"tools.py": SENTRY}) == []


def test_the_first_stage_still_minds_a_column_that_requires_a_value(tmp_path: Path) -> None:
    operations = "from tools import MOVE_TO_PENDING, SafeRemoveField\n"
    operations += 'SafeRemoveField("product", "stock", deletion_action=MOVE_TO_PENDING),\n'
    assert codes(tmp_path, operations, {"tools.py": SENTRY}) == ["MG307"]


def test_a_default_that_stays_in_the_database(tmp_path: Path) -> None:
    operations = "from add_default_value import AddDefaultValue\n"
    operations += 'migrations.AddField("product", "size", models.IntegerField(default=0)),\n'
    with_default = operations + 'AddDefaultValue(model_name="product", name="size", value=0),\n'
    package = {"add_default_value/__init__.py": DEFAULTS}
    assert codes(tmp_path / "without", operations, package) == ["MG302"]
    assert codes(tmp_path / "with", with_default, package) == []


def test_a_backend_that_writes_other_sql(tmp_path: Path) -> None:
    operation = 'migrations.AddIndex("product", models.Index(fields=["name"], name="product_name")),\n'
    assert codes(tmp_path / "django", operation, {}) == ["MG401"]
    settings = files_of(SHOP).now["proj/settings.py"]
    settings = settings.replace("django.db.backends.postgresql", "django_zero_downtime_migrations.backends.postgres")
    assert codes(tmp_path / "other", operation, {"proj/settings.py": settings}) == []


KEYED = """
from django.db import migrations, models

class Keyed(migrations.AlterField):
    def __init__(self):
        super().__init__("product", "name", models.CharField(max_length=60, unique=True))

    def state_forwards(self, app_label, state):
        super().state_forwards(app_label, state)
        state.add_field(app_label, "product", "size", models.IntegerField(null=True), True)
"""


def test_what_djangos_operation_does_to_the_state_is_followed_through_super(tmp_path: Path) -> None:
    files = files_of(f"{SHOP}\n--- shop.0002_new ---\nfrom tools import Keyed\nKeyed(),\n", ("sqlite",)).now
    write(tmp_path, {**files, "tools.py": KEYED})
    (project,) = open_projects(Options(project=tmp_path, cache=False, django_version="5.2"))
    product = project.replayed[0].get(("shop", "product"))
    assert product is not None
    answer = "from django.db.migrations.loader import MigrationLoader\n"
    answer += "fields = MigrationLoader(None).project_state().models['shop', 'product'].fields\n"
    answer += "answer = [[name, field.unique] for name, field in fields.items()]\n"
    shutil.copy(ROOT / "fixtures" / "postgres" / "requirements.txt", tmp_path / "requirements.txt")
    theirs = DJANGOS[-1].evaluate(Judged.at(tmp_path.resolve(), "proj.settings"), answer) if DJANGOS else None
    ours = [
        [name, Truth.YES in (is_true(field.attr("unique")), is_true(field.attr("primary_key")))]
        for name, field in product.fields.items()
    ]
    assert ["name", True] in ours and ["size", False] in ours
    assert theirs in (None, ours)


def test_an_operation_of_which_nothing_is_known_is_no_error(tmp_path: Path) -> None:
    custom = "from django.db.migrations import RemoveField\n\nclass Odd(RemoveField):\n"
    custom += "    def database_forwards(self, app_label, schema_editor, from_state, to_state):\n        pass\n"
    assert codes(tmp_path, 'from tools import Odd\nOdd("product", "price"),\n', {"tools.py": custom}) == []
