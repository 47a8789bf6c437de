"""Squash and optimise: names, dependencies and words."""

from __future__ import annotations

import datetime

from migration_guard.state import operations as ops
from migration_guard.state.operations import Dependency, Migration
from migration_guard.values import Const, Ref
from migration_guard.write.literal import Refusal
from migration_guard.write.squash import Optimized, optimized_migration, squash_refusal, squashed_migration

NOW = datetime.datetime(2024, 3, 1, 4, 5)
USER = Dependency("users", "__first__", "AUTH_USER_MODEL")


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
