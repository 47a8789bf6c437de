"""Merge, squash and optimise: names, dependencies and words."""

from __future__ import annotations

import datetime

from migration_guard.state import operations as ops
from migration_guard.state.operations import Dependency, Migration
from migration_guard.values import Const, Ref
from migration_guard.write.literal import Refusal
from migration_guard.write.merge import Branch, merge_listing, merge_migration
from migration_guard.write.squash import Optimized, optimized_migration, squash_refusal, squashed_migration

NOW = datetime.datetime(2024, 3, 1, 4, 5)
USER = Dependency("users", "__first__", "AUTH_USER_MODEL")


def test_names_of_merges() -> None:
    short = merge_migration("blog", ["0003_b", "0002_squashed_0004_a"], NOW)
    assert short.name == "0005_merge_0002_squashed_0004_a_0003_b"
    assert short.dependencies == (Dependency("blog", "0003_b"), Dependency("blog", "0002_squashed_0004_a"))
    assert merge_migration("blog", ["0002_" + "x" * 25, "0002_" + "y" * 25], NOW).name == "0003_merge_20240301_0405"
    assert merge_migration("blog", ["a", "b"], NOW, "joined").name == "0002_joined"


def test_listing_of_branches() -> None:
    branches = [Branch("0002_a", (ops.RemoveField("post", "x"),)), Branch("0002_b", (ops.RunSQL(Const("x")),))]
    assert list(merge_listing("blog", branches, (5, 1))) == [
        "Merging blog",
        "  Branch 0002_a",
        "    - Remove field x from post",
        "  Branch 0002_b",
        "    s Raw SQL operation",
    ]
    assert list(merge_listing("blog", branches, (5, 0)))[-1] == "    - Raw SQL operation"


def squash_of(*migrations: Migration, **options: object) -> Migration:
    return squashed_migration(migrations, (), **options)  # type: ignore[arg-type]


def test_squashed() -> None:
    other = Dependency("shop", "__first__", "SHOP_MODEL")
    first = Migration("blog", "0001_initial", dependencies=(USER,))
    outside = (Dependency("blog", "0001_initial"), Dependency("a", "1"), USER, other)
    second = Migration("blog", "0002_x", dependencies=outside)
    squashed = squash_of(first, second)
    assert squashed.name == "0001_squashed_0002_x" and squashed.initial
    assert squashed.dependencies == (USER, Dependency("a", "1"), Dependency("shop", "__first__"))
    assert squashed.replaces == (("blog", "0001_initial"), ("blog", "0002_x"))
    assert squash_of(first, name="n").name == "0001_n"
    later = squash_of(second, start=second)
    assert later.name == "0002_x_squashed_0002_x" and later.initial is None
    assert later.dependencies[0] == Dependency("blog", "0001_initial")
    assert squash_of(second, start=second, name="n").name == "0002_n"


def test_squashing_squashed_ones() -> None:
    nested = [Migration("blog", "0001", replaces=(("blog", "0000"),))]
    assert squash_refusal(nested, (6, 0)) is None
    assert squash_refusal(nested, (5, 2)) == (
        "You cannot squash squashed migrations! Please transition it to a normal migration first: "
        "https://docs.djangoproject.com/en/5.2/topics/migrations/#squashing-migrations"
    )


def test_optimized() -> None:
    migration = Migration("blog", "0002_x", dependencies=(USER,), initial=True)
    plain = optimized_migration(migration, (ops.RunSQL(Const("x")),), (6, 1))
    assert isinstance(plain, Optimized) and not plain.beside and plain.migration.name == "0002_x"
    assert "('users', '__first__')," in plain.written.text and "initial = True" in plain.written.text
    code = (ops.RunPython(Ref("blog.migrations.0001_data", "f")),)
    ported = optimized_migration(migration, code, (6, 1))
    assert isinstance(ported, Optimized) and ported.beside and ported.migration.name == "0002_x_optimized"
    assert "replaces = [('blog', '0002_x')]" in ported.written.text and "initial" not in ported.written.text
    again = optimized_migration(Migration("blog", "0002_x", replaces=(("blog", "0001"),)), code, (6, 1))
    assert isinstance(again, Refusal) and again.message.startswith(
        "Migration will require manual porting but is already"
    )
