"""SQL written by hand: what it is taken for, and where it and the state operations beside it differ."""

from __future__ import annotations

from pathlib import Path

import pytest
from fixture_projects import FIXTURES
from sql.shop import write_shop

from migration_guard import app, previewing
from migration_guard.sql.acts import Kind
from migration_guard.sql.handwritten import Known, read
from migration_guard.sql.profiles import PROFILES
from migration_guard.sql.retyping import oracle, postgresql
from migration_guard.sql.stated import disagreements
from migration_guard.state.apply import apply, replay
from migration_guard.state.model import State
from migration_guard.state.operations import RunSQL
from migration_guard.values import Truth

K = Kind


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("CREATE INDEX CONCURRENTLY i ON t (a)", [K.CREATE_INDEX_CONCURRENTLY]),
        ("ALTER TABLE t ADD COLUMN c int DEFAULT 5 NOT NULL", [K.ADD_COLUMN_WITH_DEFAULT]),
        ("ALTER TABLE t ADD COLUMN c uuid DEFAULT gen_random_uuid()", [K.ADD_COLUMN_WITH_VOLATILE_DEFAULT]),
        ("ALTER TABLE t ADD COLUMN c int REFERENCES p (id)", [K.ADD_COLUMN, K.ADD_FOREIGN_KEY_OF_NULLS]),
        ("ALTER TABLE t ADD CONSTRAINT c CHECK (a > 0) NOT VALID", [K.ADD_CHECK_NOT_VALID]),
        ("ALTER TABLE t VALIDATE CONSTRAINT c", [K.VALIDATE_FOREIGN_KEY]),
        ("ALTER TABLE t ADD CONSTRAINT u UNIQUE USING INDEX i", [K.ADD_CONSTRAINT_FROM_INDEX]),
        ("ALTER TABLE t ALTER COLUMN a SET NOT NULL, ALTER COLUMN b DROP DEFAULT", [K.SET_NOT_NULL, K.DROP_DEFAULT]),
        ("ALTER TABLE t ENABLE ROW LEVEL SECURITY", [K.ALTER_TABLE]),
        ("CREATE TABLE t (a int, b int REFERENCES p (id))", [K.CREATE_TABLE, K.REFERENCE_FROM_NEW_TABLE]),
        ("UPDATE t SET a = 1", [K.UPDATE]),
        ("REFRESH MATERIALIZED VIEW CONCURRENTLY v", [K.REFRESH_VIEW_CONCURRENTLY]),
        ("CREATE FUNCTION f() RETURNS trigger AS $$ BEGIN DELETE FROM t; END $$ LANGUAGE plpgsql", [K.CREATE_OBJECT]),
        ("DO $$ BEGIN DELETE FROM t; END $$", None),
        ("CALL something()", None),
        ("SELECT something_of_ours()", None),
        ("nonsense", None),
    ],
)
def test_what_it_is_taken_for(text: str, kinds: list[Kind] | None) -> None:
    found = read(text, "postgres", Known())
    assert (None if found is None else [act.kind for act in found.acts]) == kinds


def test_types() -> None:
    assert postgresql("varchar(20)", "varchar(30)") is K.WIDEN_TYPE
    assert postgresql("varchar(20)", "text") is K.WIDEN_TYPE
    assert postgresql("numeric(8, 2)", "numeric(8, 3)") is K.NARROW_TYPE
    assert postgresql("integer", "bigint") is K.CHANGE_TYPE
    assert postgresql("varchar(9)[]", "varchar(10)[]") is K.CHANGE_TYPE
    assert oracle("NVARCHAR2(20)", "NVARCHAR2(30)") is K.WIDEN_TYPE
    assert oracle("NUMBER(11)", "NUMBER(9)") is K.NARROW_TYPE


def opened(folder: Path, operation: str) -> tuple[app.Project, RunSQL, State]:
    write_shop(folder, "condition")
    (folder / "shop" / "migrations" / "0099_sql.py").write_text(
        "from django.db import migrations, models\n\n\nclass Migration(migrations.Migration):\n"
        f'    dependencies = [("shop", "0001_step")]\n    operations = [{operation}]\n'
    )
    project = app.open_project(app.Options(project=folder, django_version="5.2", cache=False))
    migration = project.graph.disk["shop", "0099_sql"]
    (found,) = migration.operations
    assert isinstance(found, RunSQL)
    before, _ = replay([project.graph.disk["shop", "0001_step"]], State(), project.version)
    return project, found, before


@pytest.mark.parametrize(
    ("sql", "states", "expected"),
    [
        (
            "ALTER TABLE shop_book ADD COLUMN pages integer",
            'migrations.AddField("Book", "pages", models.IntegerField(null=True))',
            [],
        ),
        ("ALTER TABLE shop_book ADD COLUMN pages integer", "", ["the SQL creates the column shop_book.pages"]),
        ("CREATE TABLE elsewhere (a int)", "", []),
        (
            "SELECT 1",
            'migrations.RemoveField("Author", "rank")',
            ["the state operations say that it drops the column shop_author.rank"],
        ),
        ("DO $$ BEGIN END $$", 'migrations.RemoveField("Author", "rank")', []),
    ],
)
def test_beside_state_operations(sql: str, states: str, expected: list[str], tmp_path: Path) -> None:
    project, operation, before = opened(tmp_path, f'migrations.RunSQL("{sql}", state_operations=[{states}])')
    after = apply(operation, "shop", before, project.version)
    assert isinstance(after, State)
    dialect = previewing.dialect_of(project, PROFILES["postgresql"])
    found = disagreements(operation, before, after, dialect)
    assert len(found) == len(expected)
    assert all(text.startswith(start) for text, start in zip(found, expected, strict=True)), found


def test_each_part_has_its_own_impact(tmp_path: Path) -> None:
    sql = "ALTER TABLE shop_book ADD COLUMN n int; -- first\\nDO $$ BEGIN END; $$; UPDATE shop_book SET n = 1;"
    project, _, _ = opened(tmp_path, f'migrations.RunSQL("{sql}")')
    found = previewing.preview(project, "shop", "0099", database="postgresql")
    (statement,) = [item for item in found.statements if not item.comment]
    assert [part.impact.kind for part in statement.parts] == ["add column", "unknown", "update rows"]
    assert statement.impact.blocks_reads is Truth.YES
    assert statement.impact.scans is Truth.MAYBE
    assert not statement.impact.known


@pytest.mark.parametrize("database", PROFILES)
def test_every_statement_of_the_fixtures_has_an_impact(database: str) -> None:
    for fixture in FIXTURES:
        if fixture.name not in ("blog", "shop", "squashed", "modern"):
            continue
        project = app.open_project(app.Options(project=fixture.root, settings=fixture.project.settings, cache=False))
        for preview in previewing.preview_plan(project, database=database):
            for statement in preview.statements:
                assert statement.comment or statement.impact.kind != "unknown", statement.text
                assert statement.comment or statement.impact.link.startswith("https://")
                touched = statement.comment or statement.impact.touches or "set" in statement.impact.kind
                assert touched or "extension" in statement.impact.kind or "read" in statement.impact.kind, (
                    statement.text
                )
