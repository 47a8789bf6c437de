"""Every project of fixtures/ works under each real Django that it claims; Django says of it what fixture.json says."""

from __future__ import annotations

import json

import pytest
from django_oracle import Django, OracleError, copied
from fixture_projects import DIRECTORY, FIXTURES, Fixture, each_fixture_and_django

CHECK = ["makemigrations", "--check", "--dry-run", "--noinput"]
MAKEMIGRATIONS = {"clean": 0, "missing": 1}


def loads(found: Fixture) -> bool:
    return found.error is None


def test_nothing_is_left_behind() -> None:
    """Whatever order the tests run in: what they ask writes nothing into the projects."""
    param = each_fixture_and_django(lambda found: found.name == "blog")[0]
    found, django = param.values
    assert isinstance(found, Fixture)
    assert isinstance(django, Django)
    before = sorted(found.root.rglob("*"))
    django.states(found.project)
    django.graph(found.project)
    django.autodetect(found.project)
    django.makemigrations(found.project, ["--empty", "blog"])
    assert sorted(found.root.rglob("*")) == before


def test_every_project_is_described() -> None:
    described = {found.root for found in FIXTURES}
    assert {path.parent for path in DIRECTORY.rglob("manage.py")} == described
    assert len(described) >= 8


@pytest.mark.parametrize(("found", "django"), each_fixture_and_django())
def test_check_passes(found: Fixture, django: Django) -> None:
    for settings in (found.project.settings, *found.also):
        with copied(found.project) as copy:  # from 6.1 on it opens the database
            ran = django.manage(copy, ["check"], settings)
        assert ran.code == 0, ran.stderr


@pytest.mark.parametrize("found", [pytest.param(found, id=found.name) for found in FIXTURES])
def test_manage_py_works_by_itself(found: Fixture) -> None:
    """A real process that is told nothing: the paths are manage.py's own affair."""
    param = each_fixture_and_django(lambda other: other is found)[0]
    django = param.values[1]
    if not isinstance(django, Django):
        pytest.skip("no interpreter")
    with copied(found.project) as copy:
        ran = django.run(copy, ["manage.py", "check"])
    assert ran.returncode == 0, ran.stderr


@pytest.mark.parametrize(("found", "django"), each_fixture_and_django())
def test_makemigrations_says_what_is_expected(found: Fixture, django: Django) -> None:
    for settings in (found.project.settings, *found.also):
        with copied(found.project) as copy:  # it opens the database, and SQLite makes the file
            ran = django.manage(copy, CHECK, settings)
        if found.makemigrations == "refused":
            assert ran.code not in MAKEMIGRATIONS.values() or ran.stderr
            assert (found.error or "Conflicting migrations detected") in ran.stderr
        else:
            assert ran.code == MAKEMIGRATIONS[found.makemigrations], ran.stdout + ran.stderr


@pytest.mark.parametrize(("found", "django"), each_fixture_and_django())
def test_the_graph_is_as_expected(found: Fixture, django: Django) -> None:
    if found.error is not None:
        with pytest.raises(OracleError) as caught:
            django.graph(found.project)
        assert caught.value.kind == found.error
        return
    assert django.graph(found.project)["conflicts"] == found.conflicts


@pytest.mark.parametrize(
    ("found", "django"), each_fixture_and_django(lambda found: loads(found) and found.makemigrations == "clean")
)
def test_both_states_have_the_same_fields(found: Fixture, django: Django) -> None:
    """Nothing missing means: field by field the same text, whatever the order; unmanaged models have other rules."""
    states = django.states(found.project)
    unmigrated = set(django.graph(found.project)["unmigrated"])
    both = [
        {
            (model["app_label"], model["name"], field["name"]): (field["path"], field["args"], field["kwargs"])
            for model in states[source]
            if model["app_label"] not in unmigrated and model["options"].get("managed") != "False"
            for field in model["fields"]
        }
        for source in ("from_models", "from_migrations")
    ]
    assert both[0] == both[1]
    assert {app for app, _, _ in both[0]} >= set(found.apps) - unmigrated - {"core"}


@pytest.mark.parametrize(
    ("found", "django"), each_fixture_and_django(lambda found: loads(found) and bool(found.migrates))
)
def test_migrate_works(found: Fixture, django: Django) -> None:
    if django.series not in found.migrates:
        pytest.skip(f"fixture.json says that {found} does not migrate on Django {django.series}")
    with copied(found.project) as copy:
        ran = django.manage(copy, ["migrate", "--verbosity", "0"])
        assert ran.code == 0, ran.stderr
        assert django.manage(copy, ["migrate", "--check"]).code == 0


@pytest.mark.parametrize(("found", "django"), each_fixture_and_django(lambda found: found.makemigrations == "missing"))
def test_what_is_missing(found: Fixture, django: Django) -> None:
    said = json.loads((found.root / "says.json").read_text(encoding="utf-8"))
    assert django.autodetect(found.project) == said[django.series]
