"""Names, scripts, and what stands where something is not known."""

from __future__ import annotations

from pathlib import Path

import pytest
from sql.shop import write_shop

from migration_guard import app, previewing
from migration_guard.sql.catalogue import Catalogue
from migration_guard.sql.names import index_name, truncate_name
from migration_guard.sql.profiles import ORACLE, at_version, profile_named, profile_of_engine
from migration_guard.sql.script import split_script
from migration_guard.sql.statements import (
    PLACEHOLDER,
    Adds,
    Constraint,
    CreatesTable,
    Drops,
    Naming,
    RenamesColumn,
    RenamesTable,
    RewritesColumn,
)


def test_names_are_cut_with_a_digest() -> None:
    assert len(truncate_name("a" * 40, 30)) == 30
    assert index_name("auth_permission", ("content_type_id", "codename"), "_uniq", 63) == (
        "auth_permission_content_type_id_codename_01ab375a_uniq"
    )
    assert len(index_name("t" * 60, ("c" * 60,), "_fk_other_id", 63)) <= 63


def test_oracle_quotes_in_capitals() -> None:
    assert ORACLE.quote_name("auth_user") == '"AUTH_USER"'


@pytest.mark.parametrize(
    ("engine", "name"),
    [
        ("django.contrib.gis.db.backends.postgis", "postgresql"),
        ("django_prometheus.db.backends.mysql", "mysql"),
        ("django.contrib.gis.db.backends.spatialite", "sqlite"),
    ],
)
def test_engines(engine: str, name: str) -> None:
    profile = profile_of_engine(engine)
    assert profile is not None
    assert profile.name == name


def test_a_version_of_a_database() -> None:
    profile = profile_named("mariadb:10.5")
    assert profile is not None
    assert profile.server == (10, 5)
    assert profile_named("dbase") is None


def test_scripts_are_split_at_their_semicolons() -> None:
    assert list(split_script("SELECT ';'; -- a; b\nSELECT CASE WHEN 1 THEN 2 END;")) == [
        "SELECT ';';",
        "SELECT CASE WHEN 1 THEN 2 END;",
    ]


def test_a_default_that_is_not_known_is_visible(tmp_path: Path) -> None:
    write_shop(tmp_path, "condition")
    folder = tmp_path / "shop" / "migrations"
    (tmp_path / "shop" / "tokens.py").write_text("import os\n\ndef make():\n    return os.urandom(4)\n")
    (folder / "0099_token.py").write_text(
        "from django.db import migrations, models\nimport shop.tokens\n\n\nclass Migration(migrations.Migration):\n"
        '    dependencies = [("shop", "0001_step")]\n    operations = [\n'
        '        migrations.AddField("Book", "token", models.CharField(max_length=9, default=shop.tokens.make))]\n'
    )
    project = app.open_project(app.Options(project=tmp_path, django_version="5.2", cache=False))
    found = previewing.preview(project, "shop", "0099", database="postgresql")
    assert found.doubts == 1
    (statement, *_) = [item for item in found.statements if PLACEHOLDER in item.text]
    reason = "the default of shop.Book.token is what shop.tokens.make returns: what os.urandom() returns is not known"
    assert f"DEFAULT /* cannot be previewed: {reason} */ NOT NULL" in statement.text


def test_names_that_are_looked_up_are_derived(tmp_path: Path) -> None:
    write_shop(tmp_path, "condition")
    project = app.open_project(app.Options(project=tmp_path, django_version="5.2", cache=False))
    found = previewing.preview(project, "shop", "0007_step", database="postgresql")
    (drop,) = [item for item in found.statements if "DROP CONSTRAINT" in item.text]
    assert '"shop_author_name_key"' in drop.text
    assert drop.notes


def test_checks_without_a_name_are_called_as_the_server_calls_them() -> None:
    catalogue = Catalogue()

    def names(table: str) -> list[str]:
        return [item.name for item in catalogue.constraints(table)]

    def check(column: str, naming: Naming) -> Constraint:
        return Constraint(column, (column,), check=True, naming=naming)

    catalogue.record([CreatesTable("t", (check("a", Naming.COUNTED), check("b", Naming.COUNTED)))])
    catalogue.record([Drops("t", "t_chk_1"), Adds("t", check("c", Naming.COUNTED)), RenamesTable("t", "u")])
    assert names("u") == ["u_chk_2", "u_chk_3"]
    unique = Constraint("a", ("a",), unique=True)
    catalogue.record([CreatesTable("v", (unique, check("a", Naming.COLUMN), check("b", Naming.COLUMN)))])
    assert names("v") == ["a", "__unnamed_constraint_1__", "__unnamed_constraint_2__"]
    catalogue.record([RewritesColumn("v", "a"), RenamesColumn("v", "b", "d")])
    assert names("v") == ["a", "b"]


def test_a_server_version_may_be_cut_short() -> None:
    for name in ("mysql:8.0", "mysql:8"):
        profile = profile_named(name)
        assert profile is not None
        assert at_version(profile, (5, 2)).check_constraints
