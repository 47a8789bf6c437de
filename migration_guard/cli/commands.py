"""All commands by name. A command's module is imported when it is asked for: start-up time is a feature.

In: nothing. Out: the group that `run` invokes.
"""

from __future__ import annotations

import click

from migration_guard import __version__
from migration_guard.cli.options import Group

CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 100}

COMMANDS = {
    "check": "check",
    "ci": "ci",
    "comment": "ci",
    "explain": "hazards",
    "hook": "hook",
    "init": "initial",
    "makemigrations": "make",
    "optimizemigration": "squash",
    "rebase": "rebase",
    "rules": "hazards",
    "showmigrations": "show",
    "sqlmigrate": "sqlmigrate",
    "squashmigrations": "squash",
    "state": "show",
}
"""The module of this package in which each command is found under its name."""


@click.group("migration-guard", cls=Group, later=COMMANDS, context_settings=CONTEXT)
@click.version_option(__version__, prog_name="migration-guard", message="%(prog)s %(version)s")
def cli() -> None:
    """Check Django migrations by reading the project's source. Nothing of the project is run."""
