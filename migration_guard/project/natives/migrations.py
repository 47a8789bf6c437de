"""`django.db.migrations` and the operations of `django.contrib.postgres`: classes whose instances keep their arguments.

In: what a migration file writes. Out: instances with the attributes that Django's operations have. Nothing is applied.
"""

from __future__ import annotations

from migration_guard.evaluate.objects import Bound, Class, EnumMember, Instance, Native, Object, Stuck
from migration_guard.project.natives.declare import Interp, adapt, as_data, hook, method, native_class, truth
from migration_guard.values import Ref, SettingsReference, Unknown

OPERATIONS = "django.db.migrations.operations"
POSTGRES_OPERATIONS = "django.contrib.postgres.operations"
REQUIRED = object()
Signature = tuple[tuple[str, Object], ...]

OPERATION = native_class(OPERATIONS + ".base", "Operation", namespace={
    "reversible": True, "reduces_to_sql": True, "atomic": False, "elidable": False, "serialization_expand_args": [],
    "category": None,
})  # fmt: skip

SIGNATURES: dict[str, Signature] = {}
"""Arguments of each operation in positional order, with defaults (`REQUIRED` where there is none)."""


def _signature(text: str) -> Signature:
    """ "name fields options=None" as pairs; defaults are None, False or True."""
    defaults = {"None": None, "False": False, "True": True}
    parts = (word.partition("=") for word in text.split())
    return tuple((name, defaults[default] if default else REQUIRED) for name, _, default in parts)


def _operation(module: str, name: str, signature: str | None, *bases: Class, **namespace: Object) -> Class:
    cls = native_class(module, name, bases or (OPERATION,), namespace)
    if signature is None:
        return cls
    SIGNATURES[name] = own = _signature(signature)

    @method(cls, "__init__")
    def _init(interp: Interp, self: Instance, *args: Object, **kwargs: Object) -> None:
        _keep(self, name, own, args, kwargs)

    return cls


def _keep(self: Instance, name: str, signature: Signature, args: tuple[Object, ...], kwargs: dict[str, Object]) -> None:
    names = [argument for argument, _ in signature]
    given = dict(zip(names, args, strict=False)) | kwargs
    for argument, default in signature:
        value = given.get(argument, default)
        if value is REQUIRED:
            value = Unknown(f"{name} is not given its {argument}", self.origin)
        self.attrs[argument] = value


_models, _fields, _special = (f"{OPERATIONS}.{part}" for part in ("models", "fields", "special"))
MODEL_OPERATION = native_class(_models, "ModelOperation", (OPERATION,))
MODEL_OPTION = native_class(_models, "ModelOptionOperation", (MODEL_OPERATION,))
TOGETHER = native_class(_models, "AlterTogetherOptionOperation", (MODEL_OPTION,))
INDEX_OPERATION = native_class(_models, "IndexOperation", (OPERATION,))
FIELD_OPERATION = native_class(_fields, "FieldOperation", (OPERATION,))
ADD_INDEX = _operation(_models, "AddIndex", "model_name index", INDEX_OPERATION)
REMOVE_INDEX = _operation(_models, "RemoveIndex", "model_name name", INDEX_OPERATION)
ADD_CONSTRAINT = _operation(_models, "AddConstraint", "model_name constraint", INDEX_OPERATION)
CREATE_EXTENSION = _operation(POSTGRES_OPERATIONS, "CreateExtension", "name hints=None")
COLLATION = native_class(POSTGRES_OPERATIONS, "CollationOperation", (OPERATION,))
NOT_IN_TRANSACTION = native_class(POSTGRES_OPERATIONS, "NotInTransactionMixin")
_NOOP = Native("noop", adapt(lambda interp, *args, **kwargs: None), "static", Ref(_special, "RunPython.noop"))
RUN_PYTHON = _operation(
    _special, "RunPython", "code reverse_code=None atomic=None hints=None elidable=False", noop=_NOOP
)
RUN_SQL = _operation(
    _special, "RunSQL", "sql reverse_sql=None state_operations=None hints=None elidable=False", noop=""
)
COLLATION_SIGNATURE = "name locale provider=None deterministic=True"

OPERATION_CLASSES: tuple[Class, ...] = (
    OPERATION, MODEL_OPERATION, MODEL_OPTION, TOGETHER, INDEX_OPERATION, FIELD_OPERATION, ADD_INDEX, REMOVE_INDEX,
    ADD_CONSTRAINT, RUN_PYTHON, RUN_SQL, CREATE_EXTENSION, COLLATION, NOT_IN_TRANSACTION,
    _operation(_models, "CreateModel", "name fields options=None bases=None managers=None", MODEL_OPERATION),
    _operation(_models, "DeleteModel", "name", MODEL_OPERATION),
    _operation(_models, "RenameModel", "old_name new_name", MODEL_OPERATION),
    _operation(_models, "AlterModelTable", "name table", MODEL_OPTION),
    _operation(_models, "AlterModelTableComment", "name table_comment", MODEL_OPTION),
    _operation(_models, "AlterUniqueTogether", "name unique_together", TOGETHER),
    _operation(_models, "AlterIndexTogether", "name index_together", TOGETHER),
    _operation(_models, "AlterOrderWithRespectTo", "name order_with_respect_to", MODEL_OPTION),
    _operation(_models, "AlterModelOptions", "name options", MODEL_OPTION),
    _operation(_models, "AlterModelManagers", "name managers", MODEL_OPTION),
    _operation(_models, "RenameIndex", "model_name new_name old_name=None old_fields=None", INDEX_OPERATION),
    _operation(_models, "RemoveConstraint", "model_name name", INDEX_OPERATION),
    _operation(_models, "AlterConstraint", "model_name name constraint", INDEX_OPERATION),
    _operation(_fields, "AddField", "model_name name field preserve_default=True", FIELD_OPERATION),
    _operation(_fields, "RemoveField", "model_name name", FIELD_OPERATION),
    _operation(_fields, "AlterField", "model_name name field preserve_default=True", FIELD_OPERATION),
    _operation(_fields, "RenameField", "model_name old_name new_name", FIELD_OPERATION),
    _operation(_special, "SeparateDatabaseAndState", "database_operations=None state_operations=None"),
    *(_operation(POSTGRES_OPERATIONS, name, "hints=None", CREATE_EXTENSION) for name in (
        "BloomExtension", "BtreeGinExtension", "BtreeGistExtension", "CITextExtension", "CryptoExtension",
        "HStoreExtension", "TrigramExtension", "UnaccentExtension")),
    _operation(POSTGRES_OPERATIONS, "AddIndexConcurrently", "model_name index", NOT_IN_TRANSACTION, ADD_INDEX),
    _operation(POSTGRES_OPERATIONS, "RemoveIndexConcurrently", "model_name name", NOT_IN_TRANSACTION, REMOVE_INDEX),
    _operation(POSTGRES_OPERATIONS, "CreateCollation", COLLATION_SIGNATURE, COLLATION),
    _operation(POSTGRES_OPERATIONS, "RemoveCollation", COLLATION_SIGNATURE, COLLATION),
    _operation(POSTGRES_OPERATIONS, "AddConstraintNotValid", "model_name constraint", ADD_CONSTRAINT),
    _operation(POSTGRES_OPERATIONS, "ValidateConstraint", "model_name name"),
)  # fmt: skip


@method(OPERATION, "__init__")
def _nothing(interp: Interp, self: Instance, *args: Object, **kwargs: Object) -> None:
    """What custom operations call through `super()`."""


def _reaches_django(name: str) -> None:
    """What Django's own operation does to a database, for whoever follows an operation that calls `super()`."""

    @method(OPERATION, name)
    def reached(interp: Interp, self: Instance, *args: Object, **kwargs: Object) -> None:
        follow = hook(interp, "database")
        if follow is not None:
            follow(name)


for _name in ("database_forwards", "database_backwards"):
    _reaches_django(_name)


@method(OPERATION, "state_forwards")
def _state_forwards(interp: Interp, self: Instance, *args: Object, **kwargs: Object) -> None:
    """What Django's own operation does to the state, for whoever follows a `state_forwards` that calls `super()`."""
    follow = hook(interp, "state_forwards")
    if follow is not None:
        follow(self)


def _lowered(name: str) -> None:
    """`model_name_lower` and its like, which operations work out from their arguments."""

    @method(OPERATION, f"{name}_lower", "property")
    def _lower(interp: Interp, self: Instance) -> Object:
        value = self.attrs.get(name)
        return value.lower() if isinstance(value, str) else Unknown(f"the {name} of the operation is not known")


for _name in ("name", "model_name", "old_name", "new_name"):
    _lowered(_name)


@method(OPERATION, "deconstruct")
def _deconstruct(interp: Interp, self: Instance) -> Object:
    """As written; Django's operations write themselves with keywords, which is the writer's business."""
    return f"{self.cls.module}.{self.cls.name}", self.args, dict(self.kwargs)


def operation_class(cls: Class) -> Class | None:
    """The nearest of Django's own operation classes that a class is or derives from."""
    return next((base for base in cls.mro if base.native and base.name in SIGNATURES), None)


def operation_arguments(operation: Instance) -> tuple[str, dict[str, Object]] | None:
    """The name of Django's operation that an instance is (a subclass of), and its arguments by name."""
    cls = operation_class(operation.cls)
    if cls is None:
        return None
    return cls.name, {name: operation.attrs[name] for name, _ in SIGNATURES[cls.name] if name in operation.attrs}


# Migration

MIGRATION = native_class("django.db.migrations.migration", "Migration", namespace={
    "operations": [], "dependencies": [], "run_before": [], "replaces": [], "initial": None, "atomic": True,
})  # fmt: skip


@method(MIGRATION, "__init__")
def _migration_init(interp: Interp, self: Instance, name: Object, app_label: Object) -> None:
    self.attrs.update(name=name, app_label=app_label)
    for attribute in ("operations", "dependencies", "run_before", "replaces"):
        self.attrs[attribute] = list(interp.iterate(interp.getattr(self.cls, attribute)))


class SwappableTuple(tuple[Object, ...]):
    """`migrations.swappable_dependency(settings.NAME)`: ("app_label", "__first__"), and the setting's name or None."""

    setting: str | None = None


def _swappable_dependency(interp: Interp, value: Object) -> Object:
    value = as_data(value.value if isinstance(value, EnumMember) else value)
    if not isinstance(value, str):
        raise Stuck(value if isinstance(value, Unknown) else Unknown("a swappable dependency's setting is not known"))
    dependency = SwappableTuple((str(value.partition(".")[0]), "__first__"))
    if isinstance(value, SettingsReference):
        dependency.setting = value.setting_name
    elif value == interp.settings("AUTH_USER_MODEL"):
        # A setting's value is a plain string; Django tells this one by comparison.
        dependency.setting = "AUTH_USER_MODEL"
    return dependency


SWAPPABLE_DEPENDENCY = Native(
    "swappable_dependency",
    adapt(_swappable_dependency),
    "static",
    Ref("django.db.migrations.migration", "swappable_dependency"),
)


def is_noop(code: Object) -> bool:
    """Whether `RunPython`'s code is `RunPython.noop`."""
    return code is _NOOP or (isinstance(code, Bound) and code.func is _NOOP)


def is_elidable(operation: Instance) -> bool | None:
    return truth(operation.attrs.get("elidable", False))
