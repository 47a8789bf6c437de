"""Django's questions on a terminal: what the differ asks in, what a person types out.

Prompts go where the log goes. Before them, the lines of the models that a question is about go to the error stream:
what Django prints stays as it is. A typed default is evaluated by our own interpreter, never by Python's. Leaving the
prompt ends the run with Django's statuses.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from migration_guard import versions
from migration_guard.cli.speaking import Ended, Voice
from migration_guard.diff import Ignore, Refused
from migration_guard.project.typed import Mistake, typed_value
from migration_guard.values import NONE, Value

if TYPE_CHECKING:
    from migration_guard.project.project import Project
    from migration_guard.state.model import Field, Model
    from migration_guard.values import Origin

LEFT, GAVE_UP = 1, 3
CONTEXT = 2
"""How many lines before and after the one in question are shown."""

_NOW_FOR_NULLS = "Provide a one-off default now (will be set on all existing rows with a null value for this column)"
_QUIT = "Quit and manually define a default value in models.py."


class Terminal:
    """Asks a person. With `dry_run` no defaults are asked for: None stands for them."""

    def __init__(self, project: Project, voice: Voice, *, dry_run: bool = False) -> None:
        self.project = project
        self.voice = voice
        self.dry_run = dry_run

    # Questions of the differ

    def rename_model(self, old: Model, new: Model) -> bool:
        self.show(new.origin)
        return self.yes(f"Was the model {old.app_label}.{old.name} renamed to {new.name}? [y/N]")

    def rename_field(self, app_label: str, model_name: str, old_name: str, new_name: str, field: Field) -> bool:
        kind = field.call.func.name
        self.show(field.origin)
        return self.yes(f"Was {model_name}.{old_name} renamed to {model_name}.{new_name} (a {kind})? [y/N]")

    def not_null_addition(self, app_label: str, model_name: str, field_name: str) -> Value | Refused:
        if self.dry_run:
            return NONE
        self.show_field(app_label, model_name, field_name)
        self.choose(
            f"It is impossible to add a non-nullable field '{field_name}' to {model_name} without specifying a "
            "default. This is because the database needs something to populate existing rows.\n"
            "Please select a fix:",
            (_NOW_FOR_NULLS, _QUIT),
        )
        return self.default()

    def not_null_alteration(self, app_label: str, model_name: str, field_name: str) -> Value | Refused | Ignore:
        if self.dry_run:
            return NONE
        self.show_field(app_label, model_name, field_name)
        choice = self.choose(
            f"It is impossible to change a nullable field '{field_name}' on {model_name} to non-nullable without "
            "providing a default. This is because the database needs something to populate existing rows.\n"
            "Please select a fix:",
            (
                _NOW_FOR_NULLS,
                "Ignore for now. Existing rows that contain NULL values will have to be handled manually, for "
                "example with a RunPython or RunSQL operation.",
                _QUIT,
            ),
        )
        return Ignore() if choice == 2 else self.default()

    def auto_now_add_addition(self, app_label: str, model_name: str, field_name: str) -> Value | Refused:
        if self.dry_run:
            return NONE
        self.show_field(app_label, model_name, field_name)
        self.choose(
            f"It is impossible to add the field '{field_name}' with 'auto_now_add=True' to {model_name} without "
            "providing a default. This is because the database needs something to populate existing rows.\n",
            ("Provide a one-off default now which will be set on all existing rows", _QUIT),
        )
        return self.default("timezone.now")

    def unique_callable_default(self, app_label: str, model_name: str, field_name: str) -> Refused | None:
        if self.dry_run:
            return None
        self.show_field(app_label, model_name, field_name)
        major, minor = self.project.version
        howto = f"https://docs.djangoproject.com/en/{major}.{minor}/howto/writing-migrations/"
        self.choose(
            f"Callable default on unique field {model_name}.{field_name} will not generate unique values upon "
            "migrating.\nPlease choose how to proceed:\n",
            (
                "Continue making this migration as the first step in writing a manual migration to generate unique "
                f"values described here: {howto}#migrations-that-add-unique-fields.",
                "Quit and edit field options in models.py.",
            ),
        )
        return None

    def merge(self, app_label: str) -> bool:
        return self.yes(
            "\nMerging will only work if the operations printed above do not conflict\n"
            "with each other (working on different fields or models)\n"
            "Should these migration branches be merged? [y/N]"
        )

    # What a question is about

    def show_field(self, app_label: str, model_name: str, field_name: str) -> None:
        model = self.project.models_state.get((app_label, model_name.lower()))
        field = model.fields.get(field_name) if model is not None else None
        self.show(field.origin if field is not None else None)

    def show(self, origin: Origin | None) -> None:
        """The place in the code and the lines around it."""
        from migration_guard import app
        from migration_guard.cli.presenting import FileLines
        from migration_guard.report.harmless import line as harmless

        place = app.locator().locate(origin) if origin is not None else None
        if place is None or not place.line:
            return
        lines = FileLines()
        near = [replace(place, line=number) for number in range(place.line - CONTEXT, place.line + CONTEXT + 1)]
        shown = [(each.line, lines.line(each)) for each in near if each.line > 0]
        width = len(str(place.line + CONTEXT))
        self.voice.complain(f"\n{harmless(str(place))}")
        for number, text in shown:
            if text is not None:
                mark = ">" if number == place.line else " "
                self.voice.complain(f"{mark} {number:{width}} | {harmless(text)}".rstrip())

    # Ways to ask

    def read(self, prompt: str) -> str:
        """One line. Where nobody can answer any more, the run ends."""
        self.voice.log(prompt, end="")
        try:
            return input()
        except EOFError:
            self.voice.complain("\nNo answer: the input has ended. Use --noinput, or state the answers with --answers.")
            raise Ended(LEFT) from None

    def yes(self, question: str) -> bool:
        answer = self.read(f"{question} ")
        if not answer:
            return False
        while not answer or answer[0].lower() not in "yn":
            answer = self.read("Please answer yes or no: ")
        return answer[0].lower() == "y"

    def choose(self, question: str, choices: Sequence[str]) -> int:
        """The number of a choice; the last choice is always to quit."""
        self.voice.log(question)
        for number, choice in enumerate(choices, start=1):
            self.voice.log(f" {number}) {choice}")
        prompt = "Select an option: "
        while True:
            try:
                answer = int(self.read(prompt))
            except ValueError:
                answer = 0
            except KeyboardInterrupt:
                raise self.cancelled() from None
            if answer == len(choices):
                raise Ended(GAVE_UP)
            if 0 < answer < len(choices):
                return answer
            prompt = "Please select a valid option: "

    def default(self, suggested: str = "") -> Value:
        """A default value, typed as Python."""
        self.voice.log("Please enter the default value as valid Python.")
        if suggested:
            self.voice.log(f"Accept the default '{suggested}' by pressing 'Enter' or provide another value.")
        self.voice.log(
            "The datetime and django.utils.timezone modules are available, so it is possible to provide e.g. "
            "timezone.now as a value."
        )
        self.voice.log("Type 'exit' to exit this prompt")
        prompt = f"[default: {suggested}] >>> " if suggested else ">>> "
        while True:
            try:
                code = self.read(prompt) or suggested
            except KeyboardInterrupt:
                raise self.cancelled() from None
            if not code:
                self.voice.log("Please enter some code, or 'exit' (without quotes) to exit.")
            elif code == "exit":
                raise Ended(LEFT)
            else:
                value = self.evaluated(code)
                if not isinstance(value, Mistake):
                    return value
                named = versions.PROMPT_NAMES_ERRORS(self.project.version)
                self.voice.log(str(value) if named else f"Invalid input: {value.message}")

    def evaluated(self, code: str) -> Value | Mistake:
        use_tz = self.project.settings.get_or("USE_TZ", True) is not False
        return typed_value(self.project.interpreter, code, use_tz=use_tz)

    def cancelled(self) -> Ended:
        self.voice.log("\nCancelled.")
        return Ended(LEFT)
