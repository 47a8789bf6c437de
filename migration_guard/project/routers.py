"""DATABASE_ROUTERS: which models, and which operations by hand, are let into a database.

In: an interpreter and the settings. Out: what `allow_migrate` of the program's own routers answers. Where they cannot
be followed everything is let in, as without routers, and a note says so.
https://docs.djangoproject.com/en/stable/topics/db/multi-db/#allow_migrate
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

from migration_guard.evaluate.interpreter import Interpreter
from migration_guard.evaluate.objects import Class, Object, Raised, Stuck
from migration_guard.project.settings import Settings
from migration_guard.values import Unknown


class Routers:
    """The routers of a project, asked for one database."""

    def __init__(self, interpreter: Interpreter, settings: Settings, alias: str) -> None:
        self.interpreter = interpreter
        self.settings = settings
        self.alias = alias
        self.notes: dict[str, None] = {}
        """Why what they answer is not known."""
        self._answers: dict[tuple[str, tuple[tuple[str, str], ...]], bool] = {}

    def allow_migrate(self, app_label: str, hints: Mapping[str, Object]) -> bool:
        """Whether an app's model (the hint `model_name`), or an operation with other hints, is let in."""
        if not self._routers:
            return True
        key = app_label, tuple((name, repr(value)) for name, value in hints.items())
        if key not in self._answers:
            self._answers[key] = self._asked(app_label, hints)
        return self._answers[key]

    def _asked(self, app_label: str, hints: Mapping[str, Object]) -> bool:
        if "model_name" in hints:
            hints = {**hints, "model": Unknown("a router looks at the class of the model")}
        try:
            for router in self._routers:
                try:
                    method = self.interpreter.getattr(router, "allow_migrate")
                except Raised:
                    continue
                allowed = self.interpreter.call(method, [self.alias, app_label], dict(hints))
                if isinstance(allowed, Unknown):
                    raise Stuck(allowed)
                if allowed is not None:
                    return self.interpreter.truth(allowed)
        except Stuck as stuck:
            self.notes[f"DATABASE_ROUTERS are not followed for {app_label}: {stuck.unknown.reason}"] = None
        except Raised as raised:
            self.notes[f"DATABASE_ROUTERS are not followed for {app_label}: a router raises {raised}"] = None
        return True

    @cached_property
    def _routers(self) -> list[Object]:
        value = self.settings.get_or("DATABASE_ROUTERS", [])
        found: list[Object] = []
        for item in value if isinstance(value, (list, tuple)) else [value]:
            try:
                found.append(self._made(item))
            except (Stuck, Raised) as error:
                reason = error.unknown.reason if isinstance(error, Stuck) else str(error)
                self.notes[f"a router of DATABASE_ROUTERS is not followed: {reason}"] = None
        return found

    def _made(self, item: Object) -> Object:
        if isinstance(item, Unknown):
            raise Stuck(item)
        if not isinstance(item, str):
            return item
        cls = self.interpreter.lookup(item)
        if not isinstance(cls, Class):
            raise Stuck(Unknown(f"{item} could not be read"))
        return self.interpreter.call(cls, [], {})
