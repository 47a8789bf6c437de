"""Names of migrations: the part that each operation contributes, the suggested whole, numbers.

Operations and names in, strings out.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime

from migration_guard.diff.values_of import called_name
from migration_guard.state.operations import (
    AddConstraint,
    AddField,
    AddIndex,
    AlterConstraint,
    AlterField,
    AlterIndexTogether,
    AlterModelManagers,
    AlterModelOptions,
    AlterModelTable,
    AlterModelTableComment,
    AlterOrderWithRespectTo,
    AlterUniqueTogether,
    CreateModel,
    DatabaseOperation,
    DeleteModel,
    Operation,
    RemoveConstraint,
    RemoveField,
    RemoveIndex,
    RenameField,
    RenameIndex,
    RenameModel,
    ValidateConstraint,
)
from migration_guard.values import plain

MAX_NAME_LENGTH = 52


def name_fragment(operation: Operation) -> str | None:
    """What an operation contributes to the name of its migration, None if nothing."""
    match operation:
        case CreateModel(name=name):
            return name.lower()
        case DeleteModel(name=name):
            return f"delete_{name.lower()}"
        case RenameModel(old_name=old, new_name=new):
            return f"rename_{old.lower()}_{new.lower()}"
        case AddField(model_name=model, name=name):
            return f"{model.lower()}_{name.lower()}"
        case RemoveField(model_name=model, name=name) | RemoveIndex(model_name=model, name=name):
            return f"remove_{model.lower()}_{name.lower()}"
        case RemoveConstraint(model_name=model, name=name):
            return f"remove_{model.lower()}_{name.lower()}"
        case AlterField(model_name=model, name=name):
            return f"alter_{model.lower()}_{name.lower()}"
        case RenameField(model_name=model, old_name=old, new_name=new):
            return f"rename_{old.lower()}_{model.lower()}_{new.lower()}"
        case _:
            return _option_fragment(operation)


def _option_fragment(operation: Operation) -> str | None:
    match operation:
        case AlterModelTable(name=name):
            return f"alter_{name.lower()}_table"
        case AlterModelTableComment(name=name):
            return f"alter_{name.lower()}_table_comment"
        case AlterUniqueTogether(name=name):
            return f"alter_{name.lower()}_unique_together"
        case AlterIndexTogether(name=name):
            return f"alter_{name.lower()}_index_together"
        case AlterOrderWithRespectTo(name=name):
            return f"alter_{name.lower()}_order_with_respect_to"
        case AlterModelOptions(name=name):
            return f"alter_{name.lower()}_options"
        case AlterModelManagers(name=name):
            return f"alter_{name.lower()}_managers"
        case _:
            return _index_fragment(operation)


def _index_fragment(operation: Operation) -> str | None:
    match operation:
        case AddIndex(model_name=model, index=value):
            name = called_name(value)
            return f"{model.lower()}_{name.lower()}" if name else None
        case AddConstraint(model_name=model, constraint=value, validate=validate):
            name = called_name(value)
            return f"{model.lower()}_{name.lower()}{'' if validate else '_not_valid'}" if name else None
        case AlterConstraint(model_name=model, name=name):
            return f"alter_{model.lower()}_{name.lower()}"
        case ValidateConstraint(model_name=model, name=name):
            return f"{model.lower()}_validate_{name.lower()}"
        case RenameIndex(model_name=model, old_name=old, new_name=new, old_fields=fields):
            if old:
                return f"rename_{old.lower()}_{new.lower()}"
            return f"rename_{model.lower()}_{'_'.join(plain(fields) or ())}_{new.lower()}"
        case DatabaseOperation():
            return _database_fragment(operation)
        case _:
            return None


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


def _database_fragment(operation: DatabaseOperation) -> str | None:
    name = plain(operation.arguments["name"]) if "name" in operation.arguments else _EXTENSIONS.get(operation.kind)
    if not isinstance(name, str):
        return None
    match operation.kind:
        case "CreateCollation":
            return f"create_collation_{name.lower()}"
        case "RemoveCollation":
            return f"remove_collation_{name.lower()}"
        case _:
            return f"create_extension_{name}"


def timestamp(now: datetime) -> str:
    """The fallback of names, as Django writes it."""
    return now.strftime("%Y%m%d_%H%M")


def suggest_name(operations: Sequence[Operation], initial: bool, now: datetime) -> str:
    """The name of a migration without its number."""
    if initial:
        return "initial"
    fragments = [re.sub(r"\W+", "_", fragment) for operation in operations if (fragment := name_fragment(operation))]
    if not fragments or len(fragments) != len(operations):
        return f"auto_{timestamp(now)}"
    name = fragments[0]
    for fragment in fragments[1:]:
        longer = f"{name}_{fragment}"
        if len(longer) > MAX_NAME_LENGTH:
            return f"{name}_and_more"
        name = longer
    return name


def parse_number(name: str) -> int | None:
    """The number of a migration; of a squashed one ("0001_squashed_0004_x"), that of the last it replaces."""
    squashed = re.search(r".*_squashed_(\d+)", name)
    if squashed:
        return int(squashed[1])
    numbered = re.match(r"^\d+", name)
    return int(numbered[0]) if numbered else None
