"""Changing a column's type keeps readers and writers waiting.

Why: the database writes every row anew in the other type, with all indexes, and nobody can use the table meanwhile.
Types that are stored alike are changed in an instant: a longer varchar, varchar to text, a numeric with more
digits; those are not reported.

Instead: add a column of the new type, write to both, fill it in batches, and let it take the old one's place.
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

CHANGES = (
    Kind.CHANGE_TYPE,
    Kind.NARROW_TYPE,
    Kind.CHANGE_TYPE_SOMEHOW,
    Kind.CHANGE_COLLATION,
    Kind.REINDEX_TYPE,
    Kind.WIDEN_TYPE,
    Kind.WIDEN_TYPE_OVER_A_BYTE,
    Kind.RECHECK,
)

RULE = Rule(
    "MG408",
    "type-change-blocks",
    "Changing a column's type keeps readers and writers waiting",
    Severity.WARNING,
    "0.2",
    bad=(
        Example(
            SHOP
            + """
--- shop.0002_check ---
migrations.AddConstraint("product", models.CheckConstraint(condition=~models.Q(name=""), name="has_name")),
--- shop.0003_longer ---
migrations.AlterField("product", "name", models.CharField(max_length=200)),  # MG408
"""
        ),
        Example(
            SHOP
            + """
--- shop.0002_big ---
migrations.AlterField("product", "stock", models.BigIntegerField()),  # MG408
"""
        ),
        Example(
            SHOP
            + """
--- shop.0002_longer ---
migrations.AlterField("product", "name", models.CharField(max_length=90)),  # MG408
""",
            databases=("mysql:8.0",),
        ),
    ),
    good=(
        Example(
            SHOP
            + """
--- shop.0002_longer ---
migrations.AlterField("product", "name", models.CharField(max_length=200)),
migrations.AlterField("maker", "name", models.TextField()),
"""
        ),
        Example(
            SHOP
            + """
--- shop.0002_longer ---
migrations.AlterField("product", "name", models.CharField(max_length=60)),
""",
            databases=("mysql:8.0",),
        ),
        Example(
            SHOP
            + """
--- shop.0002_words ---
migrations.AlterField("product", "stock", models.IntegerField(help_text="a", validators=[], verbose_name="b")),
"""
        ),
    ),
    links=(
        "https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-NOTES",
        "https://dev.mysql.com/doc/refman/8.4/en/innodb-online-ddl-operations.html",
    ),
    about=CHANGES,
)


def check(step: Step, context: Context) -> Iterator[Hit]:
    yield from blocking(
        step,
        context,
        "the column's type changes: others wait until every row of {tables} is read or written anew",
        *CHANGES,
    )
