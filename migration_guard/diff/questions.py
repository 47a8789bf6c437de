"""What the differ asks: Django's questions as a protocol, and the answers that need no terminal.

Names and fields in, decisions out. Asking a person is the command line's business; so is printing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol, TypeAlias, TypeVar, cast

from migration_guard.diff.plan import Note, Refused
from migration_guard.state.model import Field, Model
from migration_guard.values import NONE, Value

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Ignore:
    """A NULL column becomes NOT NULL without a default: rows with NULL are somebody else's business."""

    note: Note | None = None


Default: TypeAlias = Value | Refused
"""A one-off default, or no answer."""


class Answers(Protocol):
    """Whoever answers the questions of the differ. Model names are lower case, as Django shows them."""

    def rename_model(self, old: Model, new: Model) -> bool:
        """Was the model renamed?"""

    def rename_field(self, app_label: str, model_name: str, old_name: str, new_name: str, field: Field) -> bool:
        """Was the field renamed?"""

    def not_null_addition(self, app_label: str, model_name: str, field_name: str) -> Default:
        """The default for the existing rows of a new NOT NULL column."""

    def not_null_alteration(self, app_label: str, model_name: str, field_name: str) -> Default | Ignore:
        """The default for the NULLs of a column that becomes NOT NULL."""

    def auto_now_add_addition(self, app_label: str, model_name: str, field_name: str) -> Default:
        """The default for the existing rows of a new `auto_now_add` column."""

    def unique_callable_default(self, app_label: str, model_name: str, field_name: str) -> Refused | None:
        """A new unique column whose callable default gives every row the same value: go on?"""

    def merge(self, app_label: str) -> bool:
        """Merge the branches?"""


def not_migrated(model_name: str, field_name: str, reason: str) -> str:
    """The words with which Django gives up under --noinput."""
    return f"Field '{field_name}' on model '{model_name}' not migrated: {reason}."


@dataclass(frozen=True, slots=True)
class NonInteractive:
    """`--noinput`: nothing was renamed, and a default that only a person can give is refused."""

    def rename_model(self, old: Model, new: Model) -> bool:
        return False

    def rename_field(self, app_label: str, model_name: str, old_name: str, new_name: str, field: Field) -> bool:
        return False

    def not_null_addition(self, app_label: str, model_name: str, field_name: str) -> Default:
        reason = "it is impossible to add a non-nullable field without specifying a default"
        return Refused(not_migrated(model_name, field_name, reason), app_label, f"{model_name}.{field_name}")

    def not_null_alteration(self, app_label: str, model_name: str, field_name: str) -> Default | Ignore:
        told = f"Field '{field_name}' on model '{model_name}' given a default of NOT PROVIDED and must be corrected."
        return Ignore(Note(told))

    def auto_now_add_addition(self, app_label: str, model_name: str, field_name: str) -> Default:
        reason = "it is impossible to add a field with 'auto_now_add=True' without specifying a default"
        return Refused(not_migrated(model_name, field_name, reason), app_label, f"{model_name}.{field_name}")

    def unique_callable_default(self, app_label: str, model_name: str, field_name: str) -> Refused | None:
        return None

    def merge(self, app_label: str) -> bool:
        return True


@dataclass(frozen=True, slots=True)
class DryRun(NonInteractive):
    """`--dry-run` and `check`: what is missing matters, not with which default; Django then plans with None."""

    def not_null_addition(self, app_label: str, model_name: str, field_name: str) -> Default:
        return NONE

    def not_null_alteration(self, app_label: str, model_name: str, field_name: str) -> Default | Ignore:
        return NONE

    def auto_now_add_addition(self, app_label: str, model_name: str, field_name: str) -> Default:
        return NONE


@dataclass(frozen=True, slots=True)
class Scripted:
    """Answers given in advance; what they do not say, `otherwise` answers.

    `renamed` maps a new name to the old one: "app.NewModel" to "OldModel", "app.Model.new" to "old". `defaults` maps
    "app.Model.field" to its one-off default; `ignored` are such fields for which NULLs are dealt with elsewhere. Case
    matters nowhere.
    """

    otherwise: Answers
    renamed: Mapping[str, str] = field(default_factory=dict)
    defaults: Mapping[str, Value] = field(default_factory=dict)
    ignored: frozenset[str] = frozenset()
    merged: frozenset[str] | None = None

    def _renamed(self, new: str, old: str) -> bool | None:
        said = {key.lower(): value.lower().rpartition(".")[2] for key, value in self.renamed.items()}
        if new.lower() in said:
            return said[new.lower()] == old.lower()
        return None

    def _default(self, *path: str) -> Value | None:
        wanted = ".".join(path).lower()
        return next((value for key, value in self.defaults.items() if key.lower() == wanted), None)

    def rename_model(self, old: Model, new: Model) -> bool:
        said = self._renamed(f"{new.app_label}.{new.name}", old.name)
        return self.otherwise.rename_model(old, new) if said is None else said

    def rename_field(self, app_label: str, model_name: str, old_name: str, new_name: str, field: Field) -> bool:
        said = self._renamed(f"{app_label}.{model_name}.{new_name}", old_name)
        return self.otherwise.rename_field(app_label, model_name, old_name, new_name, field) if said is None else said

    def not_null_addition(self, app_label: str, model_name: str, field_name: str) -> Default:
        said = self._default(app_label, model_name, field_name)
        return self.otherwise.not_null_addition(app_label, model_name, field_name) if said is None else said

    def not_null_alteration(self, app_label: str, model_name: str, field_name: str) -> Default | Ignore:
        said = self._default(app_label, model_name, field_name)
        if said is not None:
            return said
        if f"{app_label}.{model_name}.{field_name}".lower() in {name.lower() for name in self.ignored}:
            return Ignore()
        return self.otherwise.not_null_alteration(app_label, model_name, field_name)

    def auto_now_add_addition(self, app_label: str, model_name: str, field_name: str) -> Default:
        said = self._default(app_label, model_name, field_name)
        return self.otherwise.auto_now_add_addition(app_label, model_name, field_name) if said is None else said

    def unique_callable_default(self, app_label: str, model_name: str, field_name: str) -> Refused | None:
        return self.otherwise.unique_callable_default(app_label, model_name, field_name)

    def merge(self, app_label: str) -> bool:
        return self.otherwise.merge(app_label) if self.merged is None else app_label in self.merged


@dataclass(slots=True)
class Remembered:
    """Answers that are asked for once: a question that was heard before is answered as it was then."""

    otherwise: Answers
    heard: dict[tuple[str, ...], object] = field(default_factory=dict)

    def _once(self, key: tuple[str, ...], ask: Callable[[], T]) -> T:
        if key not in self.heard:
            self.heard[key] = ask()
        return cast("T", self.heard[key])

    def rename_model(self, old: Model, new: Model) -> bool:
        key = ("rename_model", old.app_label, old.name, new.name)
        return self._once(key, lambda: self.otherwise.rename_model(old, new))

    def rename_field(self, app_label: str, model_name: str, old_name: str, new_name: str, field: Field) -> bool:
        key = ("rename_field", app_label, model_name, old_name, new_name)
        return self._once(key, lambda: self.otherwise.rename_field(app_label, model_name, old_name, new_name, field))

    def not_null_addition(self, app_label: str, model_name: str, field_name: str) -> Default:
        names = (app_label, model_name, field_name)
        return self._once(("not_null_addition", *names), lambda: self.otherwise.not_null_addition(*names))

    def not_null_alteration(self, app_label: str, model_name: str, field_name: str) -> Default | Ignore:
        names = (app_label, model_name, field_name)
        return self._once(("not_null_alteration", *names), lambda: self.otherwise.not_null_alteration(*names))

    def auto_now_add_addition(self, app_label: str, model_name: str, field_name: str) -> Default:
        names = (app_label, model_name, field_name)
        return self._once(("auto_now_add_addition", *names), lambda: self.otherwise.auto_now_add_addition(*names))

    def unique_callable_default(self, app_label: str, model_name: str, field_name: str) -> Refused | None:
        names = (app_label, model_name, field_name)
        return self._once(("unique_callable_default", *names), lambda: self.otherwise.unique_callable_default(*names))

    def merge(self, app_label: str) -> bool:
        return self._once(("merge", app_label), lambda: self.otherwise.merge(app_label))
