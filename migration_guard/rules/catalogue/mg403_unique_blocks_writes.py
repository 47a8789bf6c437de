"""Making values unique keeps writers waiting.

Why: the unique index is built while nobody can write to the table (on PostgreSQL, ADD CONSTRAINT UNIQUE keeps
readers out as well), and fails at the end if there are duplicates.

Instead: on PostgreSQL, build a unique index concurrently and attach it: CREATE UNIQUE INDEX CONCURRENTLY and ALTER
TABLE ... ADD CONSTRAINT ... UNIQUE USING INDEX in a RunSQL whose state_operations is the AddConstraint.
"""

from __future__ import annotations

from collections.abc import Iterator

from migration_guard.diagnostics import Severity
from migration_guard.rules.context import Context
from migration_guard.rules.facts import blocking
from migration_guard.rules.rule import Example, Hit, Rule
from migration_guard.rules.samples import SHOP
from migration_guard.rules.step import Step
from migration_guard.sql.acts import Kind

RULE = Rule(
    "MG403",
    "unique-blocks-writes",
    "Making values unique keeps writers waiting",
    Severity.WARNING,
    "0.2",
    bad=(
        Example(
            SHOP
            + """
--- shop.0002_unique ---
migrations.AddConstraint("product", models.UniqueConstraint(fields=["name"], name="product_name")),  # MG403
"""
        ),
        Example(
            SHOP
            + """
--- shop.0002_unique ---
migrations.AlterField("product", "name", models.CharField(max_length=50, unique=True)),  # MG403
"""
        ),
        Example(
            SHOP
            + """
--- shop.0002_unique ---
migrations.AlterUniqueTogether("product", {("name", "price")}),  # MG403
"""
        ),
    ),
    good=(
        Example(
            SHOP
            + """
--- shop.0002_unique ---
atomic = False
migrations.RunSQL(
    'CREATE UNIQUE INDEX CONCURRENTLY "product_name" ON "shop_product" ("name")',
    'DROP INDEX CONCURRENTLY "product_name"',
),
--- shop.0003_unique ---
migrations.RunSQL(
    'ALTER TABLE "shop_product" ADD CONSTRAINT "product_name" UNIQUE USING INDEX "product_name"',
    'ALTER TABLE "shop_product" DROP CONSTRAINT "product_name"',
    state_operations=[
        migrations.AddConstraint("product", models.UniqueConstraint(fields=["name"], name="product_name")),
    ],
),
"""
        ),
        Example(
            SHOP
            + """
--- shop.0002_category ---
migrations.CreateModel("Category", [("id", models.AutoField(primary_key=True)), ("name", models.TextField())]),
migrations.AddConstraint("category", models.UniqueConstraint(fields=["name"], name="category_name")),
"""
        ),
    ),
    databases=("PostgreSQL",),
    links=("https://www.postgresql.org/docs/current/sql-altertable.html",),
    instead=(
        "remove duplicates in a data migration",
        "CREATE UNIQUE INDEX CONCURRENTLY with RunSQL, in a migration with `atomic = False`",
        (
            "ALTER TABLE ... ADD CONSTRAINT ... UNIQUE USING INDEX with RunSQL, with the AddConstraint "
            "as its state_operations"
        ),
    ),
    about=(Kind.ADD_UNIQUE, Kind.CREATE_UNIQUE_INDEX, Kind.ADD_PRIMARY_KEY),
)


def check(step: Step, context: Context) -> Iterator[Hit]:
    yield from blocking(
        step,
        context,
        "building the unique index keeps everybody who writes to {tables} waiting until the whole table has been read",
        Kind.ADD_UNIQUE,
        Kind.CREATE_UNIQUE_INDEX,
        Kind.ADD_PRIMARY_KEY,
    )
