"""Building an index keeps writers waiting.

Why: CREATE INDEX reads the whole table, and on some databases nobody can insert, update or delete rows in it until
that is done. On a large table that is minutes. AddField and AlterField with db_index=True, and every ForeignKey,
build an index too.

Instead: on PostgreSQL, `AddIndexConcurrently` in a migration of its own with `atomic = False`; for a new
ForeignKey, add the field with `db_index=False` and the index afterwards.

Ignore when: the table is known to be small.
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
    "MG401",
    "index-blocks-writes",
    "Building an index keeps writers waiting",
    Severity.WARNING,
    "0.2",
    bad=(
        Example(
            SHOP
            + """
--- shop.0002_index ---
migrations.AddIndex("product", models.Index(fields=["name"], name="product_name")),  # MG401
"""
        ),
        Example(
            SHOP
            + """
--- shop.0002_maker ---
migrations.AddField("product", "maker", models.ForeignKey("shop.maker", models.CASCADE, null=True)),  # MG401
"""
        ),
    ),
    good=(
        Example(
            SHOP
            + """
--- shop.0002_index ---
from django.contrib.postgres.operations import AddIndexConcurrently
atomic = False
AddIndexConcurrently("product", models.Index(fields=["name"], name="product_name")),
"""
        ),
        Example(
            SHOP
            + """
--- shop.0002_category ---
migrations.CreateModel("Category", [("id", models.AutoField(primary_key=True)), ("name", models.TextField())]),
migrations.AddIndex("category", models.Index(fields=["name"], name="category_name")),
"""
        ),
        Example(
            SHOP
            + """
--- shop.0002_index ---
migrations.AddIndex("product", models.Index(fields=["name"], name="product_name")),
""",
            databases=("mysql:8.0", "sqlite"),
        ),
    ),
    databases=("PostgreSQL",),
    links=(
        "https://www.postgresql.org/docs/current/sql-createindex.html#SQL-CREATEINDEX-CONCURRENTLY",
        "https://docs.djangoproject.com/en/stable/ref/contrib/postgres/operations/#concurrent-index-operations",
    ),
    instead=(
        "put the index into a migration of its own, with `atomic = False` in its class",
        "use django.contrib.postgres.operations.AddIndexConcurrently",
        "should it fail, drop the invalid index that is left behind, and run it again",
    ),
    about=(Kind.CREATE_INDEX,),
)


def check(step: Step, context: Context) -> Iterator[Hit]:
    yield from blocking(
        step,
        context,
        "building the index keeps everybody who writes to {tables} waiting until the whole table has been read",
        Kind.CREATE_INDEX,
    )
