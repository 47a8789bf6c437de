"""From an operation to the line with which `makemigrations` and `migrate --plan` announce it.

In: an Operation and the Django version. Out: `Operation.describe()`, and with the category's symbol in front where
Django prints one. Nothing else about the operation is judged here.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

from migration_guard import versions
from migration_guard.state import operations as ops
from migration_guard.state.operations import Operation
from migration_guard.values import Call, Const, Map, Ref, Seq, Unknown, Value, assert_never, plain
from migration_guard.versions import Version

_ADDITION = (ops.CreateModel, ops.AddField, ops.AddIndex, ops.AddConstraint)
_REMOVAL = (ops.DeleteModel, ops.RemoveField, ops.RemoveIndex, ops.RemoveConstraint)


def formatted_description(operation: Operation, version: Version) -> str:
    """The line that announces an operation: after its category's symbol, or after a hyphen in older versions."""
    mark = symbol(operation) if versions.CATEGORY_SYMBOLS(version) else "-"
    return f"{mark} {describe(operation, version)}"


def symbol(operation: Operation) -> str:
    """The symbol of an operation's category: + - ~ p s, or ? for a mixture and what is not known."""
    match operation:
        case ops.RunPython():
            return "p"
        case ops.RunSQL():
            return "s"
        case ops.SeparateDatabaseAndState() | ops.CustomOperation():
            return "?"
        case ops.DatabaseOperation():
            return "-" if operation.kind.startswith("Remove") else "+"
        case _ if isinstance(operation, _ADDITION):
            return "+"
        case _ if isinstance(operation, _REMOVAL):
            return "-"
        case _:
            return "~"


def describe(operation: Operation, version: Version) -> str:
    """One line on what the operation does, in Django's words."""
    match operation:
        case ops.CreateModel() | ops.DeleteModel() | ops.RenameModel():
            return _of_models(operation)
        case ops.AddField() | ops.RemoveField() | ops.AlterField() | ops.RenameField():
            return _of_fields(operation)
        case ops.AddIndex() | ops.RemoveIndex() | ops.RenameIndex():
            return _of_indexes(operation)
        case ops.AddConstraint() | ops.RemoveConstraint() | ops.AlterConstraint() | ops.ValidateConstraint():
            return _of_constraints(operation)
        case ops.SeparateDatabaseAndState():
            return "Custom state/database change combination"
        case ops.RunSQL():
            return "Raw SQL operation"
        case ops.RunPython():
            return "Raw Python operation"
        case ops.DatabaseOperation():
            return _of_databases(operation)
        case ops.CustomOperation():
            return _of_custom(operation)
        case _:
            return _of_options(operation)


def _of_models(operation: ops.CreateModel | ops.DeleteModel | ops.RenameModel) -> str:
    match operation:
        case ops.CreateModel():
            proxy = "proxy " if plain(operation.options.get("proxy", Const(False))) else ""
            return f"Create {proxy}model {operation.name}"
        case ops.DeleteModel():
            return f"Delete model {operation.name}"
        case ops.RenameModel():
            return f"Rename model {operation.old_name} to {operation.new_name}"
        case _:
            assert_never(operation)


def _of_fields(operation: ops.AddField | ops.RemoveField | ops.AlterField | ops.RenameField) -> str:
    match operation:
        case ops.AddField():
            return f"Add field {operation.name} to {operation.model_name}"
        case ops.RemoveField():
            return f"Remove field {operation.name} from {operation.model_name}"
        case ops.AlterField():
            return f"Alter field {operation.name} on {operation.model_name}"
        case ops.RenameField():
            return f"Rename field {operation.old_name} on {operation.model_name} to {operation.new_name}"
        case _:
            assert_never(operation)


def _of_indexes(operation: ops.AddIndex | ops.RemoveIndex | ops.RenameIndex) -> str:
    match operation:
        case ops.AddIndex():
            return _added_index(operation)
        case ops.RemoveIndex():
            verb = "Concurrently remove" if operation.concurrently else "Remove"
            return f"{verb} index {operation.name} from {operation.model_name}"
        case ops.RenameIndex():
            old, model, new = operation.old_name, operation.model_name, operation.new_name
            if old:
                return f"Rename index {old} on {model} to {new}"
            return f"Rename unnamed index for {shown(operation.old_fields)} on {model} to {new}"
        case _:
            assert_never(operation)


def _added_index(operation: ops.AddIndex) -> str:
    index, model = operation.index, operation.model_name
    expressions = index.args if isinstance(index, Call) else ()
    name, fields = _keyword(index, "name"), _keyword(index, "fields")
    names = ", ".join(str(field) for field in fields) if isinstance(fields, (list, tuple)) else ""
    if operation.concurrently:
        return f"Concurrently create index {name} on field(s) {names} of model {model}"
    if expressions:
        return f"Create index {name} on {', '.join(map(_expression, expressions))} on model {model}"
    return f"Create index {name} on field(s) {names} of model {model}"


def _of_constraints(
    operation: ops.AddConstraint | ops.RemoveConstraint | ops.AlterConstraint | ops.ValidateConstraint,
) -> str:
    match operation:
        case ops.AddConstraint():
            kind = "constraint" if operation.validate else "not valid constraint"
            return f"Create {kind} {_keyword(operation.constraint, 'name')} on model {operation.model_name}"
        case ops.RemoveConstraint():
            return f"Remove constraint {operation.name} from model {operation.model_name}"
        case ops.AlterConstraint():
            return f"Alter constraint {operation.name} on {operation.model_name}"
        case ops.ValidateConstraint():
            return f"Validate constraint {operation.name} on model {operation.model_name}"
        case _:
            assert_never(operation)


_EXTENSIONS = {
    "BloomExtension": "bloom",
    "BtreeGinExtension": "btree_gin",
    "BtreeGistExtension": "btree_gist",
    "CITextExtension": "citext",
    "CryptoExtension": "pgcrypto",
    "HStoreExtension": "hstore",
    "TrigramExtension": "pg_trgm",
    "UnaccentExtension": "unaccent",
}


def _of_databases(operation: ops.DatabaseOperation) -> str:
    name = plain(operation.arguments.get("name", Const(None)))
    match operation.kind:
        case "CreateCollation" | "RemoveCollation":
            return f"{operation.kind[:6]} collation {name}"
        case kind:
            return f"Creates extension {_EXTENSIONS.get(kind, name)}"


def _of_custom(operation: ops.CustomOperation) -> str:
    """What operations without a description of their own say."""
    call = operation.call
    if call is None:
        return "Custom operation"
    args = ", ".join(map(shown, call.args)) + ("," if len(call.args) == 1 else "")
    kwargs = ", ".join(f"{name!r}: {shown(value)}" for name, value in call.kwargs.items())
    return f"{call.func.name}: (({args}), {{{kwargs}}})"


_OfOptions: TypeAlias = (
    ops.AlterModelTable
    | ops.AlterModelTableComment
    | ops.AlterUniqueTogether
    | ops.AlterIndexTogether
    | ops.AlterOrderWithRespectTo
    | ops.AlterModelOptions
    | ops.AlterModelManagers
)


def _of_options(operation: _OfOptions) -> str:
    match operation:
        case ops.AlterModelTable():
            table = plain(operation.table)
            return f"Rename table for {operation.name} to {'(default)' if table is None else table}"
        case ops.AlterModelTableComment():
            return f"Alter {operation.name} table comment"
        case ops.AlterUniqueTogether():
            return _together("unique_together", operation.name, operation.unique_together)
        case ops.AlterIndexTogether():
            return _together("index_together", operation.name, operation.index_together)
        case ops.AlterOrderWithRespectTo():
            return f"Set order_with_respect_to on {operation.name} to {plain(operation.order_with_respect_to)}"
        case ops.AlterModelOptions():
            return f"Change Meta options on {operation.name}"
        case ops.AlterModelManagers():
            return f"Change managers on {operation.name}"
        case _:
            assert_never(operation)


def _together(option: str, name: str, value: Value) -> str:
    count = len(value.items) if isinstance(value, Seq) else 0
    return f"Alter {option} for {name} ({count} constraint(s))"


def _keyword(value: Value, name: str) -> object:
    return plain(value.kwargs.get(name, Const(None))) if isinstance(value, Call) else None


def _expression(value: Value) -> str:
    """`str()` of an expression of an index, as Django's expressions show themselves."""
    match value:
        case Const(value=str() as name):
            return f"F({name})"
        case Call() if value.func.name == "F":
            return f"F({plain(value.args[0]) if value.args else plain(value.kwargs.get('name', Const('')))})"
        case Call() if value.func.name == "OrderBy":
            inner = value.args[0] if value.args else value.kwargs.get("expression", Const(""))
            descending = bool(plain(value.kwargs.get("descending", Const(False))))
            return f"OrderBy({_expression(inner)}, descending={descending})"
        case Call() if value.func.name == "CombinedExpression" and len(value.args) == 3:
            left, connector, right = value.args
            return f"{_expression(left)} {plain(connector)} {_expression(right)}"
        case Call() if value.func.name == "Value":
            return f"Value({', '.join(shown(arg) for arg in value.args)})"
        case Call():
            inner_texts = [_expression(arg) for arg in value.args]
            return f"{value.func.name}({', '.join([*inner_texts, *_extra(value)])})"
        case _:
            return shown(value)


def _extra(call: Call) -> Iterable[str]:
    return (f"{name}={shown(value)}" for name, value in sorted(call.kwargs.items(), key=lambda item: item[0]))


def shown(value: Value) -> str:
    """`repr()` of a value, roughly, for texts that people read."""
    marker = object()
    known = plain(value, marker)
    match value:
        case _ if known is not marker:
            return repr(known)
        case Call():
            return _expression(value)
        case Ref():
            return value.path
        case Seq() | Map():
            return "..."
        case Unknown() | Const():
            return "?"
        case _:
            assert_never(value)
