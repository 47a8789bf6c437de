"""Options that all commands share, and click commands that take Django's `-v 2` as well as `-v`.

In: what was typed. Out: a `Common` in the click context's object. Nothing here looks at a project.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from migration_guard.app import Options
    from migration_guard.cli.progress import ProgressLine

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Common:
    """What every command knows. `verbosity` counts as Django's does: 1 is normal."""

    project: Path | None = None
    settings: str | None = None
    python: Path | None = None
    django_version: str | None = None
    cache: bool = True
    verbosity: int = 1
    colour: bool = False

    @property
    def verbose(self) -> bool:
        return self.verbosity > 1

    def options(self, progress: ProgressLine) -> Options:
        """What opening a project needs of these."""
        from migration_guard import app

        return app.Options(
            project=self.project,
            settings=self.settings,
            python=self.python,
            django_version=self.django_version,
            cache=self.cache,
            progress=progress.step,
        )


_OPTIONS = (
    click.option("--project", type=click.Path(path_type=Path), metavar="DIR", help="The project's folder."),
    click.option("--settings", metavar="MODULE", help="The settings module, as a dotted path."),
    click.option(
        "--python",
        type=click.Path(path_type=Path),
        metavar="PATH",
        help="An interpreter or environment whose packages are read (never run).",
    ),
    click.option("--django-version", metavar="X.Y", help="The Django version that the project targets."),
    click.option("--no-cache", is_flag=True, help="Neither read nor write the cache."),
    click.option("-v", "--verbose", "more", count=True, help="Say more; -v 2 means the same as -v."),
    click.option("--verbosity", type=click.IntRange(0, 3), help="As Django counts: 0 to 3, 1 being normal."),
    click.option("--no-color", is_flag=True, help="No colours, whatever the terminal can do."),
)


def gathered(
    name: str, options: Sequence[Callable[[Any], Any]], value: Callable[[dict[str, Any]], object]
) -> Callable[[F], F]:
    """A decorator that gives a command some options as one argument, `name`; `value` takes it out of what was given."""

    def decorate(function: F) -> F:
        def wrapped(*args: Any, **given: Any) -> Any:
            found = value(given)
            return function(*args, **{name: found}, **given)

        wrapped.__name__, wrapped.__doc__ = function.__name__, function.__doc__
        wrapped.__click_params__ = getattr(function, "__click_params__", [])  # type: ignore[attr-defined]
        result: Any = wrapped
        for option in reversed(options):
            result = option(result)
        return result  # type: ignore[no-any-return]

    return decorate


def _common(given: dict[str, Any]) -> Common:
    verbosity = given.pop("verbosity")
    return Common(
        project=given.pop("project"),
        settings=given.pop("settings"),
        python=given.pop("python"),
        django_version=given.pop("django_version"),
        cache=not given.pop("no_cache"),
        verbosity=min(3, (1 if verbosity is None else verbosity) + given.pop("more")),
        colour=not given.pop("no_color") and colour_wanted(),
    )


common = gathered("common", _OPTIONS, _common)
"""Gives a command the options that all share, as one argument `common`."""


def colour_wanted() -> bool:
    """NO_COLOR and FORCE_COLOR (https://no-color.org, https://force-color.org), else whether a terminal listens."""
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return sys.stdout.isatty() and os.environ.get("TERM") != "dumb"


class Command(click.Command):
    """A command that understands Django's `-v N`, which no app label can be mistaken for."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        return super().parse_args(ctx, _verbosity(args))


class WithDjangosStatuses(Command):
    """A command that ends with status 3 where Django does: a bug of ours must end otherwise."""

    def invoke(self, ctx: click.Context) -> Any:
        from migration_guard.cli.run import Broken

        try:
            return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit, click.Abort, BrokenPipeError):
            raise
        except Exception as error:
            raise Broken(error) from error


def _verbosity(args: list[str]) -> list[str]:
    result: list[str] = []
    rest = iter(args)
    for word in rest:
        if word == "--":
            return [*result, word, *rest]
        if result and result[-1] == "-v" and word in ("0", "1", "2", "3"):
            result[-1] = f"--verbosity={word}"
        elif word in ("-v0", "-v1", "-v2", "-v3"):
            result.append(f"--verbosity={word[2]}")
        else:
            result.append(word)
    return result


class Group(click.Group):
    """A group whose complaint about an unknown command names the closest one.

    `later` names commands that are imported when they are asked for, each with its module in this package.
    """

    command_class = Command

    def __init__(self, *args: Any, later: Mapping[str, str] | None = None, **given: Any) -> None:
        super().__init__(*args, **given)
        self.later = dict(later or {})

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted({*super().list_commands(ctx), *self.later})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name in self.later:
            module = import_module(f"{__package__}.{self.later.pop(cmd_name)}")
            self.add_command(getattr(module, cmd_name))
        return super().get_command(ctx, cmd_name)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and not args[0].startswith("-") and self.get_command(ctx, args[0]) is None:
            from migration_guard.diagnostics import printable, suggestion

            hint = suggestion(args[0], self.list_commands(ctx)) or f"commands: {', '.join(self.list_commands(ctx))}"
            raise click.UsageError(f"No such command '{printable(args[0])}' ({hint})", ctx)
        return super().resolve_command(ctx, args)


def words(values: tuple[str, ...]) -> tuple[str, ...]:
    """Values of an option that may be given several times, or once with commas."""
    return tuple(word for value in values for word in value.replace(",", " ").split())
