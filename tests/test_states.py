"""The states, the plan and the verdict that we read off each project of fixtures/ are those of real Django.

In the environment that Django ran in they are the same to the letter. Without any environment what we say may be
unknown, and is never wrong; nothing is called missing that Django does not miss.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django_oracle import Django, copied
from fixture_projects import Fixture, each_fixture_and_django

from migration_guard import app
from migration_guard.project.project import Options, Project, open_projects
from migration_guard.project.show import plan_for
from migration_guard.write.statejson import state_json

PARTLY_UNKNOWN = {("thirdparty_bases", "4.2")}
"""Where django-mptt's metaclass is not yet followed to its end: unknown, never wrong."""


def loads(found: Fixture) -> bool:
    return found.error is None


def opened(found: Fixture, django: Django, environment: Path | None) -> Project:
    root = found.project.root
    options = Options(
        project=root,
        settings=found.project.settings,
        python=environment,
        django_version=django.series,
        cache=False,
    )
    project = open_projects(options)[0]
    project.as_command = False
    return project


def environment(found: Fixture, django: Django, folder: Path) -> Path:
    """A virtual environment with the packages that Django ran with, as far as one reads source from it."""
    version = ".".join(map(str, django.python_version[:2]))
    packages = folder / "env" / "lib" / f"python{version}" / "site-packages"
    packages.mkdir(parents=True)
    (folder / "env" / "pyvenv.cfg").write_text(f"version = {version}\n")
    (packages / "packages.pth").write_text("".join(f"{site}\n" for site in django.sites(found.project)))
    return folder / "env"


def by_label(models: list[Any], labels: tuple[str, ...]) -> dict[tuple[str, str], Any]:
    return {(model["app_label"], model["name"].lower()): model for model in models if model["app_label"] in labels}


def wrong(truth: Any, ours: Any, path: str = "", *, known: bool = False) -> Iterator[str]:
    """Where our value differs from Django's; what says that it is unknown differs only if `known` is asked for."""
    if isinstance(ours, dict) and set(ours) == {"unknown"} and not known:
        return
    if isinstance(truth, dict) and isinstance(ours, dict):
        for key in sorted({*truth, *ours}):
            if key not in truth or key not in ours:
                yield f"{path}.{key}: only {'Django' if key in truth else 'we'} say so"
            else:
                yield from wrong(truth[key], ours[key], f"{path}.{key}", known=known)
    elif isinstance(truth, list) and isinstance(ours, list) and len(truth) == len(ours):
        for i, (one, other) in enumerate(zip(truth, ours, strict=True)):
            yield from wrong(one, other, f"{path}[{i}]", known=known)
    elif truth != ours:
        yield f"{path}: Django {truth!r}, we {ours!r}"


@pytest.mark.parametrize(("found", "django"), each_fixture_and_django(loads))
def test_states_are_djangos(found: Fixture, django: Django, tmp_path: Path) -> None:
    truth = django.states(found.project)
    project = opened(found, django, environment(found, django, tmp_path))
    for source, state in (("from_models", project.models_state), ("from_migrations", project.replayed[0])):
        ours = by_label(state_json(state, found.apps, project.version), found.apps)
        known = (found.name, django.series) not in PARTLY_UNKNOWN
        assert not list(wrong(by_label(truth[source], found.apps), ours, source, known=known))


@pytest.mark.parametrize(("found", "django"), each_fixture_and_django(loads))
def test_the_plan_is_djangos(found: Fixture, django: Django, tmp_path: Path) -> None:
    project = opened(found, django, environment(found, django, tmp_path))
    assert [list(key) for key in plan_for(project.graph)] == [list(key) for key in django.graph(found.project)["plan"]]


@pytest.mark.parametrize(("found", "django"), each_fixture_and_django(loads))
def test_states_without_an_environment_are_never_wrong(found: Fixture, django: Django) -> None:
    truth = django.states(found.project)
    project = opened(found, django, None)
    for source, state in (("from_models", project.models_state), ("from_migrations", project.replayed[0])):
        ours = by_label(state_json(state, found.apps, project.version), found.apps)
        theirs = by_label(truth[source], found.apps)
        for key in theirs.keys() & ours.keys():
            known = {field["name"]: field for field in ours[key]["fields"]}
            for field in theirs[key]["fields"]:
                if field["name"] in known:
                    assert not list(wrong(field, known[field["name"]], f"{source} {key} {field['name']}"))


@pytest.mark.parametrize("environments", ["with", "without"])
@pytest.mark.parametrize(("found", "django"), each_fixture_and_django(lambda f: loads(f) and not f.conflicts))
def test_check_says_what_django_says(found: Fixture, django: Django, environments: str, tmp_path: Path) -> None:
    with copied(found.project) as copy:
        made = django.makemigrations(copy, ["--check", "--dry-run", "--noinput"])
    project = opened(found, django, environment(found, django, tmp_path) if environments == "with" else None)
    project.as_command = True
    report = app.check(project)
    missing = any(item.code == "MG101" for item in report.diagnostics)
    if environments == "with":
        assert missing == (made.code == 1)
    elif made.code == 0:
        assert not missing, [item.message for item in report.diagnostics]
