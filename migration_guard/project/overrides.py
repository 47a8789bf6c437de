"""A project's own `makemigrations` command: what it changes in Django before the command runs.

Some projects replace the command to have `deconstruct()` leave out help texts or choices. In: the installed apps. Out:
the same change made to the interpreter's native classes, and the model options that the command no longer compares.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from migration_guard.evaluate.interpreter import Interpreter
from migration_guard.evaluate.objects import Class, External, Function, Instance, Native, Object, Raised, Stuck
from migration_guard.project.apps import InstalledApps
from migration_guard.project.natives.declare import native_class
from migration_guard.source.errors import SourceError
from migration_guard.state.apply import ALTER_OPTION_KEYS
from migration_guard.values import Unknown

if TYPE_CHECKING:
    from collections.abc import Mapping

COMMAND = "django.core.management.commands.makemigrations"
OPERATIONS = "django.db.migrations.operations.models"


def command_names() -> dict[str, Object]:
    """Django's own command, as a base class that does nothing."""
    command = native_class(COMMAND, "Command")
    for name in ("__init__", "add_arguments", "handle", "execute", "log", "write_migration_files"):
        command.namespace[name] = Native(name, lambda interp, args, kwargs: None)
    return {"Command": command}


def apply_override(interp: Interpreter, apps: InstalledApps) -> frozenset[str]:
    """Run what the project's command does before Django's; the names of model options that it leaves out."""
    module = override_module(interp, apps)
    if module is None:
        return frozenset()
    operations: Mapping[str, Object] = interp.natives[OPERATIONS]
    alter = operations["AlterModelOptions"]
    assert isinstance(alter, Class)
    interp.setattr(alter, "ALTER_OPTION_KEYS", list(ALTER_OPTION_KEYS))
    try:
        interp.eager_modules.add(module)
        loaded = interp.module(module)
        if isinstance(loaded, External):
            return frozenset()
        interp.run(loaded)
        command = interp.member(loaded, "Command")
        if isinstance(command, Class) and isinstance(command.find("handle"), Function):
            interp.call(interp.getattr(Instance(command), "handle"), [], {})
    except Stuck as stuck:
        interp.note(stuck.unknown)
    except (Raised, SourceError) as error:
        interp.note(Unknown(f"the command {module} is not understood: {error}"))
    left = interp.getattr(alter, "ALTER_OPTION_KEYS")
    return frozenset(ALTER_OPTION_KEYS) - frozenset(left) if isinstance(left, list) else frozenset()


def override_module(interp: Interpreter, apps: InstalledApps) -> str | None:
    """The command of the first installed app that has one: it hides Django's."""
    for app in apps:
        dotted = f"{app.name}.management.commands.makemigrations"
        if app.found and interp.finder.find(dotted) is not None:
            return dotted
    return None
