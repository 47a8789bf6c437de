"""From a State to canonical JSON: every model and field with its values as Django's migration writer would print them.

In: a State, the app labels to show (None: all), the Django version. Out: plain lists and dicts. What is not known is
`{"unknown": reason}`, as small as it can be; what Django itself refuses to print is a text that begins with "!!".
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, TypeAlias

from migration_guard.state.model import Field, Model, State
from migration_guard.values import Call, Const, Map, Ref, Seq, Unknown, Value, assert_never, unknowns
from migration_guard.versions import Version
from migration_guard.write.literal import Literal, Refusal, literal, type_name

Json: TypeAlias = str | dict[str, "Json"] | list["Json"]


def state_json(state: State, apps: Collection[str] | None, version: Version) -> list[dict[str, Json]]:
    """The models of these apps, sorted by app label and name."""
    chosen = [model for model in state if apps is None or model.app_label in apps]
    return [model_json(model, version) for model in sorted(chosen, key=lambda model: model.key)]


def model_json(model: Model, version: Version) -> dict[str, Json]:
    """One model. Where bases could not be read, options and managers may be inherited from them: they are unknown."""
    options: Json = {name: value_json(value, version) for name, value in sorted(model.options.items())}
    managers: Json = [[name, value_json(manager, version)] for name, manager in model.managers]
    if model.incomplete:
        options = managers = unknown_json(model.incomplete[0].reason)
    return {
        "app_label": model.app_label,
        "name": model.name,
        "fields": [field_json(name, field, version) for name, field in model.fields.items()],
        "options": options,
        "bases": [_base_json(base, version) for base in model.bases],
        "managers": managers,
    }


def field_json(name: str, field: Field, version: Version) -> dict[str, Json]:
    """One field: its class' path as deconstructed, and its arguments."""
    call, doubt = field.call, _doubt(field)
    if doubt is not None:
        unknown = unknown_json(doubt)
        return {"name": name, "path": unknown, "args": unknown, "kwargs": unknown}
    return {
        "name": name,
        "path": call.func.path,
        "args": [value_json(arg, version) for arg in call.args],
        "kwargs": _values_json(call.kwargs, version),
    }


def value_json(value: Value, version: Version) -> Json:
    """A value's text; unknown when anything in it is."""
    written = literal(value, version)
    match written:
        case Literal(certain=False):
            return unknown_json(f"{_first_uncertain(value)} could not be read")
        case Literal():
            return written.text
        case Refusal(error=None):
            return unknown_json(written.message)
        case Refusal() if any(True for _ in unknowns(value)):
            return unknown_json(next(unknowns(value)).reason)
        case Refusal():
            first_line = written.message.split("\n")[0]
            return f"!! {written.error}: {first_line}: {type_name(value)!r}"


def unknown_json(reason: str) -> dict[str, Json]:
    return {"unknown": reason}


def _values_json(values: Mapping[str, Value], version: Version) -> dict[str, Json]:
    return {name: value_json(value, version) for name, value in values.items()}


def _base_json(base: Value, version: Version) -> Json:
    if isinstance(base, Const) and isinstance(base.value, str):
        return str(base.value)
    return value_json(base, version)


def _doubt(field: Field) -> str | None:
    """Why neither the field's class nor the form of its arguments is known."""
    if isinstance(field.unknown, Unknown):
        return field.unknown.reason
    if not field.call.func.certain:
        return f"{field.call.func.path} could not be read"
    return None


def _first_uncertain(value: Value) -> str:
    match value:
        case Ref():
            return "" if value.certain else value.path
        case Call():
            inner: tuple[Value, ...] = (value.func, *value.args, *value.kwargs.values())
        case Seq():
            inner = value.items
        case Map():
            inner = tuple(part for pair in value.items for part in pair)
        case Const() | Unknown():
            return ""
        case _:
            assert_never(value)
    return next((found for found in map(_first_uncertain, inner) if found), "")


def state_text(state: State, apps: Collection[str] | None, version: Version) -> str:
    """The same facts for people: a paragraph per model."""
    lines: list[str] = []
    for model in state_json(state, apps, version):
        lines.append(f"{model['app_label']}.{model['name']}")
        for field in _list(model["fields"]):
            kwargs = field["kwargs"].items() if isinstance(field["kwargs"], dict) else ()
            arguments = [*map(_shown, field["args"]), *(f"{name}={_shown(value)}" for name, value in kwargs)]
            lines.append(f"    {field['name']}: {_shown(field['path'])}({', '.join(arguments)})")
        options = model["options"]
        lines += [
            f"    Meta.{name} = {_shown(value)}"
            for name, value in (options.items() if isinstance(options, dict) else ())
        ]
    return "\n".join(lines) + "\n" if lines else ""


def _list(value: Json) -> list[Any]:
    return value if isinstance(value, list) else []


def _shown(value: Json) -> str:
    if isinstance(value, dict):
        return f"<unknown: {value.get('unknown')}>"
    return str(value)
