"""Cases in which linters of SQL or of single files are known to be wrong, each with what is right.

`says` are the codes of warnings and errors that are certain or possible (and of notes, where they are named), `silent`
means that there is nothing to say but notes. Codes of families that are not in question are left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest
from rule_examples import lay

from migration_guard import linting
from migration_guard.diagnostics import Diagnostic, Severity
from migration_guard.rules.rule import Example

PRODUCT = """
--- shop.0001_initial ---
migrations.CreateModel("Maker", [("id", models.BigAutoField(primary_key=True))]),
migrations.CreateModel(
    "Product",
    [
        ("id", models.BigAutoField(primary_key=True)),
        ("name", models.CharField(max_length=100)),
        ("code", models.CharField(max_length=255)),
        ("price", models.IntegerField(null=True)),
        ("stock", models.IntegerField()),
    ],
),
"""


@dataclass(frozen=True)
class Case:
    about: str
    operations: str
    says: frozenset[str] = frozenset()
    databases: tuple[str, ...] = ("postgresql:16",)
    before: str = PRODUCT
    new: int = 1
    config: str = ""


def case(about: str, operations: str, *says: str, **more: object) -> Case:
    return Case(about, operations, frozenset(says), **more)  # type: ignore[arg-type]


CHECK = 'models.CheckConstraint(condition=models.Q(price__isnull=False), name="has_price")'
CASES = (
    case(
        "a default of Python's is no rewrite, but breaks INSERTs of the old code: one finding",
        'migrations.AddField("product", "size", models.IntegerField(default=1)),',
        "MG302",
    ),
    case("a database default is fine", 'migrations.AddField("product", "size", models.IntegerField(db_default=1)),'),
    case(
        "db_default=None does not help a NOT NULL column",
        'migrations.AddField("product", "size", models.IntegerField(db_default=None, default=1)),',
        "MG302",
    ),
    case(
        "the second step of a removal in two releases",
        'migrations.RunSQL("ALTER TABLE shop_product DROP COLUMN price", migrations.RunSQL.noop),',
        before=PRODUCT
        + "--- shop.0002_out ---\n"
        + 'migrations.SeparateDatabaseAndState(state_operations=[migrations.RemoveField("product", "price")]),\n',
    ),
    case(
        "what was given up hides nothing that is dropped beside it",
        'migrations.RunSQL("ALTER TABLE shop_product DROP COLUMN price, DROP COLUMN stock", migrations.RunSQL.noop),',
        *("MG143", "MG205", "MG301"),
        before=PRODUCT
        + "--- shop.0002_out ---\n"
        + 'migrations.SeparateDatabaseAndState(state_operations=[migrations.RemoveField("product", "price")]),\n',
    ),
    case(
        "a table that no model ever had",
        'migrations.RunSQL("DROP TABLE legacy_makers", migrations.RunSQL.noop),',
        "MG205",
    ),
    case(
        "the first step",
        'migrations.SeparateDatabaseAndState(state_operations=[migrations.RemoveField("product", "price")]),',
    ),
    case(
        "the same with a table of another name",
        'migrations.RunSQL("DROP TABLE old_makers", migrations.RunSQL.noop),',
        before="--- shop.0001_initial ---\n"
        + 'migrations.CreateModel("Maker", [("id", models.AutoField(primary_key=True))], {"db_table": "old_makers"}),\n'
        + "--- shop.0002_out ---\n"
        + 'migrations.SeparateDatabaseAndState(state_operations=[migrations.DeleteModel("Maker")]),\n',
    ),
    case(
        "IS NOT NULL in a condition is no NOT NULL",
        "from django.contrib.postgres.operations import AddIndexConcurrently\n"
        "HAS_PRICE = models.Q(price__isnull=False)\natomic = False\n"
        'AddIndexConcurrently("product", models.Index(fields=["name"], name="a", condition=HAS_PRICE)),',
    ),
    case(
        "from NULL to NOT NULL with a default: SET DEFAULT, UPDATE, SET NOT NULL",
        'migrations.AlterField("product", "price", models.IntegerField(default=0)),',
        *("MG306", "MG405", "MG410"),
    ),
    case(
        "a type change is seen behind null=True",
        'migrations.AlterField("product", "price", models.BigIntegerField(null=True)),',
        "MG408",
    ),
    case(
        "what is inside SeparateDatabaseAndState counts",
        'migrations.SeparateDatabaseAndState(database_operations=[migrations.AddIndex("product", '
        'models.Index(fields=["name"], name="a"))]),',
        "MG401",
    ),
    case("a longer varchar", 'migrations.AlterField("product", "name", models.CharField(max_length=200)),'),
    case("varchar to text", 'migrations.AlterField("product", "name", models.TextField()),'),
    case(
        "true, numbers and JSON are constant defaults",
        'migrations.AddField("product", "a", models.BooleanField(db_default=True)),\n'
        'migrations.AddField("product", "b", models.FloatField(db_default=1.5)),\n'
        'migrations.AddField("product", "c", models.JSONField(db_default=models.Value({}, models.JSONField()))),',
    ),
    case(
        "every default was a rewrite before PostgreSQL 11",
        'migrations.AddField("product", "size", models.IntegerField(default=1)),',
        *("MG302", "MG409"),
        databases=("postgresql:10",),
    ),
    case(
        "NOT VALID and VALIDATE in one transaction",
        "from django.contrib.postgres.operations import AddConstraintNotValid, ValidateConstraint\n"
        f'AddConstraintNotValid("product", {CHECK}),\nValidateConstraint("product", "has_price"),',
        *("MG411", "MG414"),
    ),
    case(
        "a new table with everything on it",
        'migrations.CreateModel("Box", [("id", models.AutoField(primary_key=True)), ("name", models.TextField())]),\n'
        'migrations.AddIndex("box", models.Index(fields=["name"], name="a")),\n'
        'migrations.AddConstraint("box", models.UniqueConstraint(fields=["name"], name="b")),\n'
        'migrations.AddField("box", "product", models.ForeignKey("shop.product", models.CASCADE)),\n'
        'migrations.AddField("box", "size", models.IntegerField(default=1)),',
    ),
    case(
        "a new table with an index of another kind",
        "from django.contrib.postgres.indexes import GinIndex\n"
        'migrations.CreateModel("Box", [("id", models.AutoField(primary_key=True)), ("data", models.JSONField())]),\n'
        'migrations.AddIndex("box", GinIndex(fields=["data"], name="a")),',
    ),
    case(
        "a temporary table",
        'migrations.RunSQL("CREATE TEMPORARY TABLE t (id int); CREATE INDEX i ON t (id); DROP TABLE t", ""),',
    ),
    case(
        "our own advice for a unique constraint",
        "migrations.RunSQL(\n"
        "    'ALTER TABLE shop_product ADD CONSTRAINT one UNIQUE USING INDEX one_index',\n"
        "    'ALTER TABLE shop_product DROP CONSTRAINT one',\n"
        "    state_operations=[\n"
        '        migrations.AddConstraint("product", models.UniqueConstraint(fields=["name"], name="one"))\n'
        "    ],\n"
        "),",
    ),
    case(
        "the shortest lock is one too on a hot table",
        'migrations.AddField("product", "size", models.IntegerField(null=True)),',
        "MG415",
        config='hot-tables = ["shop_product"]\n',
    ),
    case("nothing is said of timeouts", 'migrations.AddField("product", "size", models.IntegerField(null=True)),'),
    case(
        "a model with its table stated is renamed in name only",
        'migrations.RenameModel("Maker", "Company"),',
        before="--- shop.0001_initial ---\n"
        + 'migrations.CreateModel("Maker", [("id", models.AutoField(primary_key=True))], {"db_table": "makers"}),\n',
    ),
    case("a table that is renamed", 'migrations.AlterModelTable("product", "articles"),', "MG304"),
    case(
        "MySQL: a shorter varchar, a larger integer",
        'migrations.AlterField("product", "code", models.CharField(max_length=10)),\n'
        'migrations.AlterField("product", "stock", models.BigIntegerField()),',
        *("MG204", "MG408"),
        databases=("mysql:8.0",),
    ),
    case(
        "of two columns the one without default is not hidden by the other",
        'migrations.AddField("product", "a", models.IntegerField(), preserve_default=False),\n'
        'migrations.AddField("product", "b", models.IntegerField(db_default=1)),',
        "MG302",
    ),
    case(
        "DROP DEFAULT of another table has nothing to do with it",
        'migrations.AddField("product", "b", models.IntegerField(db_default=1)),\n'
        'migrations.CreateModel("Box", [("id", models.AutoField(primary_key=True))]),\n'
        'migrations.AddField("box", "c", models.IntegerField(default=1)),',
    ),
    case(
        "foreign key, check, unique inside ADD COLUMN, TRUNCATE",
        'migrations.AddField("product", "maker", models.OneToOneField("shop.maker", models.CASCADE, null=True)),\n'
        f'migrations.AddConstraint("product", {CHECK}),\n'
        'migrations.RunSQL("TRUNCATE shop_product", ""),',
        *("MG403", "MG205", "MG406", "MG414"),
    ),
    case(
        "lower case, line ends and comments",
        "migrations.RunSQL('''\n    -- NOT NULL, DROP TABLE\n  alter table shop_product\n"
        "    alter column\n    price set not null''', ''),",
        "MG405",
    ),
    case("a comment is no statement", "migrations.RunSQL('-- ALTER TABLE x ALTER COLUMN y SET NOT NULL', ''),"),
    case(
        "SQLite makes a table anew: its other columns are not new",
        'migrations.AddField("product", "extra", models.IntegerField(null=True, unique=True)),',
        databases=("sqlite",),
    ),
    case(
        "SQLite: a table that is dropped beside one that is made",
        'migrations.CreateModel("Box", [("id", models.AutoField(primary_key=True))]),\n'
        'migrations.DeleteModel("Product"),',
        *("MG202", "MG305"),
        databases=("sqlite",),
    ),
    case(
        "UPDATE and DELETE of all rows",
        'migrations.RunSQL("update shop_product set stock=1", ""),\nmigrations.RunSQL("DELETE FROM shop_product", ""),',
        *("MG205", "MG422"),
    ),
    case(
        "words that change nothing in the database",
        'migrations.AlterField("product", "stock", models.IntegerField(help_text="x", choices=[(1, "a")])),',
    ),
    case(
        "an index of a one-to-one field is seen",
        'migrations.AddField("product", "maker", models.OneToOneField("shop.maker", models.CASCADE, null=True)),',
        "MG403",
    ),
    case("NOT NULL stays NOT NULL", 'migrations.AlterField("product", "stock", models.IntegerField(default=5)),'),
)

OTHER_FAMILIES = ("MG5", "MG6", "MG35", "MG201")


def judged(root: Path, given: Case) -> list[Diagnostic]:
    text = f"{given.before}\n--- shop.0009_new ---\n{given.operations}\n"
    laid = lay(root, Example(text, given.databases, given.new, config=given.config), "MG000")
    assert not laid.project.graph.broken and not laid.project.replayed[1]
    return list(linting.lint_scope(laid.project, None, laid.scope).diagnostics)


@pytest.mark.parametrize("given", CASES, ids=lambda given: given.about)
def test_what_others_get_wrong(given: Case, tmp_path: Path) -> None:
    found = judged(tmp_path, given)
    codes = {item.code for item in found if item.severity is not Severity.NOTE}
    assert {code for code in codes if not code.startswith(OTHER_FAMILIES)} == given.says, found


def test_what_cannot_be_understood_is_said(tmp_path: Path) -> None:
    block = "DO $$ BEGIN ALTER TABLE shop_product DROP COLUMN price; END $$"
    found = judged(tmp_path, case("a block of code", f'migrations.RunSQL("{block}", ""),'))
    assert [(item.code, item.fails) for item in found if item.code == "MG424"] == [("MG424", False)]


def test_sqlite_makes_a_table_anew_for_another_type(tmp_path: Path) -> None:
    operation = 'migrations.AlterField("product", "stock", models.CharField(max_length=10)),'
    found = judged(tmp_path, case("another type", operation, databases=("sqlite",)))
    assert "MG418" in {item.code for item in found}


def test_the_reason_of_a_required_column_is_the_running_code(tmp_path: Path) -> None:
    (found,) = judged(tmp_path, CASES[0])
    assert "INSERTs of Product in the running code do not name size" in found.message
    assert any("DROP DEFAULT" in text for text in found.sql)
    assert "db_default" in " ".join(found.instead)


def test_an_exclusion_constraint_cannot_be_added_not_valid(tmp_path: Path) -> None:
    text = (
        "from django.contrib.postgres.constraints import ExclusionConstraint\n"
        'migrations.AddConstraint("product", ExclusionConstraint(name="x", expressions=[("stock", "=")])),'
    )
    found = judged(tmp_path, case("exclusion", text))
    assert {item.code for item in found if item.severity is not Severity.NOTE} == {"MG407"}
    assert not any("NOT VALID" in line for item in found for line in item.instead)
