"""`init`: writes the configuration, the hook and the workflow for a project, and shows what it wrote."""

from __future__ import annotations

import difflib
import os
from pathlib import Path

import click

from migration_guard.cli.options import Command, Common, common
from migration_guard.cli.progress import ProgressLine
from migration_guard.cli.run import CLEAN, complain, write

REFUSED = 1


@click.command(cls=Command)
@click.option("--dry-run", is_flag=True, help="Only show what would be written.")
@click.option("--config/--no-config", default=True, help="[tool.migration_guard] in pyproject.toml.")
@click.option("--hook/--no-hook", default=True, help="An entry in .pre-commit-config.yaml.")
@click.option("--workflow/--no-workflow", default=None, help="A workflow of GitHub Actions; where .github exists.")
@common
def init(common: Common, dry_run: bool, config: bool, hook: bool, workflow: bool | None) -> int:
    """Set this project up: configuration, hook and workflow. What is there already stays as it is."""
    from migration_guard import app, initialising
    from migration_guard.diagnostics import printable
    from migration_guard.write.files import NotApplied

    with ProgressLine() as progress:
        projects = app.open_projects(common.options(progress))
    top = _top(projects[0].root.path)
    if workflow is None:
        workflow = (top / ".github").is_dir()
    names = (initialising.CONFIGURATION, initialising.HOOKS, initialising.WORKFLOW)
    wanted = [name for name, asked in zip(names, (config, hook, workflow), strict=True) if asked]
    setups = initialising.plan_setup(projects, top, wanted)
    if not dry_run:
        written = initialising.write_setup(setups)
        if isinstance(written, NotApplied):
            return complain(written.message, REFUSED)
    for setup in setups:
        shown = app.shown_path(setup.path)
        if setup.after is None:
            write(printable(f"{shown} stays as it is: {setup.reason}") + "\n")
            continue
        verb = "create" if setup.before is None else "change"
        write(printable(f"Would {verb} {shown}:" if dry_run else f"{verb.capitalize()}d {shown}:") + "\n")
        old, new = (setup.before or "").splitlines(), setup.after.splitlines()
        lines = list(difflib.unified_diff(old, new, n=1, lineterm=""))[2:] if setup.before is not None else new
        write("".join(f"    {printable(line)}\n" for line in lines if not line.startswith("@@")))
    return CLEAN


def _top(project: Path) -> Path:
    """The folder of the repository, or of the project where there is none."""
    folders = (folder for folder in (project, *project.parents) if os.path.lexists(folder / ".git"))
    return next(folders, project)
