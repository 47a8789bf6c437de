"""Both tools on the two states of a project: Django in a forked worker, ours in this process; what each writes.

In: a `Pair` and a Django. Out: `Steps`, one for each time that migrations are made; `difference` tells how they differ.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from migration_guard import app, making
from migration_guard.diff import Answers, NonInteractive, Refused
from migration_guard.state.model import Field, Model
from migration_guard.values import Const, Value
from migration_guard.versions import SORTED_DEPENDENCIES_IN_FILES
from tests.django_oracle import Django, OracleError, Project
from tests.make.random_edits import Pair
from tests.make.random_models import APPS, files

SCRIPT = """
import contextlib, io
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.core.management.commands import makemigrations
from django.db.migrations import questioner

class Obliging(questioner.MigrationQuestioner):
    def __init__(self, specified_apps=None, dry_run=None, **others):
        super().__init__(specified_apps=specified_apps, dry_run=dry_run)
    def ask_rename(self, *asked): return True
    def ask_rename_model(self, *asked): return True
    def ask_not_null_addition(self, *asked): return 1
    def ask_not_null_alteration(self, *asked): return 1
    def ask_auto_now_add_addition(self, *asked): return 1
    def ask_unique_callable_default_addition(self, *asked): return 1

if OBLIGING:
    makemigrations.NonInteractiveMigrationQuestioner = Obliging
answer = ""
with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
    try:
        call_command("makemigrations", *LABELS, interactive=False, include_header=False, skip_checks=False)
    except SystemCheckError:
        answer = INVALID
    except SystemExit as stop:
        answer = "refused" if stop.code == 3 else f"status {stop.code}"
    except Exception as error:
        answer = f"{type(error).__name__}: {error}"
"""


INVALID = "invalid"


class Obliging(NonInteractive):
    """Says yes to everything, and gives 1 for what is missing."""

    def rename_model(self, old: Model, new: Model) -> bool:
        return True

    def rename_field(self, app_label: str, model_name: str, old_name: str, new_name: str, field: Field) -> bool:
        return True

    def not_null_addition(self, app_label: str, model_name: str, field_name: str) -> Value | Refused:
        return Const(1)

    not_null_alteration = not_null_addition
    auto_now_add_addition = not_null_addition


@dataclass(frozen=True)
class Outcome:
    """How a run ended ("" is well), the migrations that are there afterwards, and what `check` said before (ours)."""

    ended: str
    migrations: Mapping[str, str]
    checked: str = ""


@dataclass(frozen=True)
class Step:
    """One time that migrations are made."""

    name: str
    django: Outcome
    ours: Outcome
    sorts: bool = True
    """Whether this Django writes dependencies in a fixed order."""


def lay(root: Path, texts: Mapping[str, str]) -> None:
    for name, text in texts.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def migrations(root: Path) -> dict[str, str]:
    found = sorted(root.glob("*/migrations/0*.py"))
    return {path.relative_to(root).as_posix(): path.read_text() for path in found}


def django_makes(root: Path, django: Django, obliging: bool) -> Outcome:
    """`makemigrations` of the real one."""
    script = f"OBLIGING, LABELS, INVALID = {obliging!r}, {APPS!r}, {INVALID!r}\n{SCRIPT}"
    try:
        ended: str = django.evaluate(Project(root, "site1.settings"), script)
    except OracleError:  # the models cannot even be imported
        ended = INVALID
    return Outcome(ended, migrations(root))


def we_make(root: Path, django: Django, obliging: bool) -> Outcome:
    """`makemigrations` of ours."""
    options = app.Options(project=root, settings="site1.settings", django_version=django.version, cache=False)
    project = app.open_project(options)
    troubles = making.obstacles(project, APPS) + making.obstacles_to_states(project, APPS)
    if troubles:
        return Outcome(troubles[0], migrations(root))
    missing = bool(app.check(project, APPS, select=("MG101",)).diagnostics)
    answers: Answers = Obliging() if obliging else NonInteractive()
    at = making.Clock(*[datetime.datetime(2026, 1, 1, tzinfo=datetime.timezone.utc)] * 2)
    plan = making.plan_changes(project, making.Request(APPS, header=False), answers, at)
    if isinstance(plan, Refused):
        return Outcome("refused" if plan.status == 3 else plan.message, migrations(root))
    if plan.left_out:
        return Outcome(f"left out: {plan.left_out[0]}", migrations(root))
    making.write_files([new for made in plan.files.values() for new in made])
    disagreed = (
        "" if missing is bool(plan.files) else f"check said that migrations are {'' if missing else 'not '}missing"
    )
    return Outcome("", migrations(root), disagreed)


def steps(place: Path, pair: Pair, django: Django) -> list[Step]:
    """Migrations from nothing, those of the edits, and once more: nothing should be missing then."""
    found: list[Step] = []
    theirs, ours = place / "django", place / "ours"
    for name, site in (("initial", pair.before), ("edits", pair.after), ("again", pair.after)):
        for root in (theirs, ours):
            lay(root, files(site))
        expected = django_makes(theirs, django, pair.obliging)
        if expected.ended == INVALID:
            return found
        sorts = SORTED_DEPENDENCIES_IN_FILES(django.number)
        found.append(Step(name, expected, we_make(ours, django, pair.obliging), sorts))
        if difference(found) or expected.ended:
            return found
    return found


def difference(found: list[Step]) -> str:
    """How the last step differs, if it does."""
    if not found:
        return ""
    step = found[-1]
    expected, got = step.django, step.ours
    if expected.ended.startswith(("AssertionError", "AttributeError")):
        return ""  # Django broke, and did not refuse
    if expected.ended not in ("", "refused"):
        return "" if got.ended else f"{step.name}: Django ended with {expected.ended!r}, we made migrations"
    if expected.ended != got.ended:
        return f"{step.name}: Django ended with {expected.ended!r}, we with {got.ended!r}"
    if got.checked:
        return f"{step.name}: {got.checked}"
    names = sorted({*expected.migrations, *got.migrations})
    texts = [(name, expected.migrations.get(name, ""), got.migrations.get(name, "")) for name in names]
    return "\n".join(
        f"--- {name} ({step.name}), Django:\n{theirs}\n--- ours:\n{ours}"
        for name, theirs, ours in texts
        if (theirs != ours if step.sorts else _sorted(theirs) != _sorted(ours))
    )


def _sorted(text: str) -> str:
    """Without the order of the dependencies, which in older versions is that of a set."""
    return re.sub(r"(?ms)(?<=^    dependencies = \[\n).*?(?=^    \]$)", _sorted_lines, text, count=1)


def _sorted_lines(found: re.Match[str]) -> str:
    return "".join(sorted(found[0].splitlines(keepends=True)))
