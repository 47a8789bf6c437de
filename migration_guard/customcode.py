"""What classes that are not Django's own say about SQL: the types of fields, and what operations do to a database.

In: an interpreter. Out: functions from fields to `CustomField` and from operations to `Override`. What a class
overrides is worked out where that is possible, and is a doubt where it is not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace

from migration_guard.evaluate.interpreter import Interpreter
from migration_guard.evaluate.objects import (
    Class,
    External,
    Function,
    Instance,
    Native,
    NativeFunction,
    Object,
    Raised,
    Stuck,
)
from migration_guard.project.natives.fields import COLUMN_METHODS, DATABASE, LOOKUPS, VALUE_METHODS
from migration_guard.sql.dialect import (
    AS_DJANGO,
    Answers,
    Connection,
    CustomField,
    Django,
    Moment,
    OwnWords,
    Parts,
    Sends,
    Surroundings,
)
from migration_guard.sql.statements import NoPreview
from migration_guard.state.fieldtypes import FIELD_TYPES
from migration_guard.state.model import Field
from migration_guard.state.operations import DatabaseOperation, Operation, RunPython
from migration_guard.state.signatures import signature
from migration_guard.values import Call, Ref, Unknown, Value, plain

_OPAQUE = ("db_type_parameters", "get_attname_column")
_PLAIN = CustomField()


def custom_field(interpreter: Interpreter) -> Callable[[Field], CustomField]:
    """Answers for the fields of a project; each class is looked at once."""
    known: dict[str, CustomField] = {}

    def answer(field: Field) -> CustomField:
        path = field.call.func.path
        if path in FIELD_TYPES or path.startswith("django.db.models."):
            return _PLAIN
        if path not in known:
            maker = _maker(interpreter, path)
            if isinstance(maker, Function):  # the class hangs on the arguments
                return _look(interpreter, _made_by(interpreter, maker, field), path)
            known[path] = _look(interpreter, maker, path)
        return known[path]

    return answer


def _made_by(interpreter: Interpreter, maker: Function, field: Field) -> Class | Unknown:
    """The class of a field that a function makes."""
    try:
        made = _call(interpreter, maker, field.call)
    except (Stuck, Raised) as error:
        return Unknown(str(error))
    return made.cls if isinstance(made, Instance) else Unknown(f"what {field.call.func.path}() returns is not a field")


def _asked(interpreter: Interpreter, cls: Class) -> Callable[[Field, str, Connection, Answers], object]:
    """What calls a method of a field's class."""

    def call(field: Field, method: str, connection: Connection, answers: Answers) -> object:
        instance = _instance(interpreter, cls, field)
        instance.attrs[DATABASE] = {name: _whatever(answer) for name, answer in answers.items()}
        return _send(interpreter, instance, method, _wrapper(connection))

    return call


def _prepared(interpreter: Interpreter, cls: Class) -> Callable[[Field, object, Connection], object]:
    """What asks a field's class for the value that it sends to a database."""

    def prepare(field: Field, value: object, connection: Connection) -> object:
        instance, wrapper = _instance(interpreter, cls, field), _wrapper(connection)

        def get_db_prep_value(value: object, connection: object = None, prepared: object = False) -> object:
            return value if prepared else _send(interpreter, instance, "get_prep_value", value)

        def get_db_prep_save(value: object, connection: object = None) -> object:
            return _send(interpreter, instance, "get_db_prep_value", value, wrapper)

        answers = (_first_argument, get_db_prep_value, get_db_prep_save)
        instance.attrs[DATABASE] = dict(zip(VALUE_METHODS, answers, strict=True))
        # The value is made what Django's classes make of it later on, be it this field or one that it makes for that.
        wrapper.attrs[DATABASE] = dict.fromkeys(VALUE_METHODS, _first_argument)
        return _send(interpreter, instance, "get_db_prep_save", value, wrapper)

    return prepare


def _first_argument(value: object, *args: object, **kwargs: object) -> object:
    return value


def _whatever(answer: Callable[[], object]) -> Callable[..., object]:
    return lambda *args, **kwargs: answer()


def _wrapper(connection: Connection) -> Instance:
    return Instance(Class("DatabaseWrapper", "django.db.backends", "DatabaseWrapper"), attrs=dict(connection))


def _send(interpreter: Interpreter, instance: Instance, method: str, *arguments: object) -> object:
    try:
        found = interpreter.call(interpreter.getattr(instance, method), list(arguments), {})
    except (Stuck, Raised) as error:
        found = Unknown(str(error))
    if isinstance(found, Unknown):
        raise NoPreview(
            f"what {method}() of {instance.cls.module}.{instance.cls.name} returns is not known: {found.reason}"
        )
    return found


def _instance(interpreter: Interpreter, cls: Class, field: Field) -> Instance:
    """The field as its class makes it, or at least with the attributes that Django's class would have."""
    attributes = {name: _object(interpreter, value) for name, value in field.attrs.items()}
    try:
        maker = _maker(interpreter, field.call.func.path)
        made = _call(interpreter, maker if isinstance(maker, Function) else cls, field.call)
    except (Stuck, Raised):
        made = None
    return Instance(cls, attrs={**attributes, **(made.attrs if isinstance(made, Instance) else {})})


def _call(interpreter: Interpreter, maker: Object, call: Call) -> Object:
    arguments = {name: _object(interpreter, value) for name, value in call.kwargs.items()}
    return interpreter.call(maker, [_object(interpreter, value) for value in call.args], arguments)


def _object(interpreter: Interpreter, value: Value) -> object:
    """A constant, or something that is made of constants, as a field that another one holds."""
    if isinstance(value, Call):
        try:
            return _call(interpreter, interpreter.lookup(value.func.path), value)
        except (Stuck, Raised) as error:
            return Unknown(str(error))
    marker = object()
    found = plain(value, marker)
    return Unknown("it is not a constant") if found is marker else found


def _found(interpreter: Interpreter, path: str) -> Class | Unknown:
    """A class by its path."""
    found = _maker(interpreter, path)
    return Unknown(f"{path} is not a class") if isinstance(found, Function) else found


def _maker(interpreter: Interpreter, path: str) -> Class | Function | Unknown:
    """A class by its path, or a function that makes one."""
    try:
        found = interpreter.lookup(path)
    except (Stuck, Raised):
        found = None
    if isinstance(found, (Class, Function)):
        return found
    missing = found.missing if isinstance(found, External) else None
    return missing or Unknown(f"the class {path} could not be read")


def _own(cls: Class) -> list[Class]:
    return [base for base in cls.mro if not base.module.startswith("django.")]


def _overrides(classes: Iterable[Class], name: str) -> Object | None:
    return next((cls.namespace[name] for cls in classes if name in cls.namespace), None)


def _look(interpreter: Interpreter, cls: Class | Unknown, path: str) -> CustomField:
    if isinstance(cls, Unknown):
        return CustomField(doubt=cls)
    own = _own(cls)
    if any(base.doubts for base in own):
        return CustomField(doubt=Unknown(f"a base class of {path} could not be read"))
    for name in _OPAQUE:
        if _overrides(own, name) is not None:
            return CustomField(doubt=Unknown(f"{path} has a {name}() of its own"))
    methods = frozenset(name for name in COLUMN_METHODS if _first(cls, name) in own)
    prepare = _prepared(interpreter, cls) if any(_first(cls, name) in own for name in VALUE_METHODS) else None
    empty = interpreter.getattr(cls, "empty_strings_allowed") if _first(cls, "empty_strings_allowed") in own else None
    allowed = empty if isinstance(empty, bool) else None
    said = CustomField(None, methods, _asked(interpreter, cls), prepare, allowed)
    if _overrides(own, "get_internal_type") is not None:
        return _internal_type(interpreter, cls, path, said)
    return said


def _first(cls: Class, name: str) -> Class | None:
    """The class that has the last word on an attribute."""
    return next((base for base in cls.mro if name in base.namespace), None)


def _internal_type(interpreter: Interpreter, cls: Class, path: str, said: CustomField) -> CustomField:
    try:
        value = interpreter.call(interpreter.getattr(Instance(cls), "get_internal_type"), [], {})
    except (Stuck, Raised):
        value = None
    if isinstance(value, str):
        return replace(said, internal_type=str(value))
    return CustomField(doubt=Unknown(f"what get_internal_type() of {path} returns is not known"))


def base_field(interpreter: Interpreter, path: str) -> str:
    """Django's class that a field class derives from; "" where it is Django's own, or could not be read."""
    if path in FIELD_TYPES:
        return ""
    cls = _found(interpreter, path)
    if isinstance(cls, Unknown):
        return ""
    names = (f"django.db.models.{base.name}" for base in cls.mro if base.module.startswith("django."))
    return next((name for name in names if name in FIELD_TYPES), "")


_OF_A_FUNCTION = ("function", "template", "arg_joiner", "output_field")


def custom_function(interpreter: Interpreter) -> Callable[[str], Mapping[str, Value] | Unknown]:
    """What a class derived from Django's Func says of itself."""

    def answer(path: str) -> Mapping[str, Value] | Unknown:
        cls = _found(interpreter, path)
        if isinstance(cls, Unknown):
            return cls
        own = _own(cls)
        names = {name for base in own for name in base.namespace if not name.startswith("__")}
        extra = names - {*_OF_A_FUNCTION, "arity", "name", "lookup_name"}
        derived = any(base.module.startswith("django.") and base.name == "Func" for base in cls.mro)
        if extra or not derived or any(base.doubts for base in own):
            return Unknown(f"{path} writes its SQL in its own way")
        try:
            return {
                name: interpreter.export(interpreter.getattr(cls, name)) for name in _OF_A_FUNCTION if name in names
            }
        except (Stuck, Raised):
            return Unknown(f"what {path} says of itself is not known")

    return answer


def returned_value(interpreter: Interpreter) -> Callable[[Ref, Moment], Value]:
    """What functions of the project return, where that can be followed and hangs on no database."""

    def asked() -> None:
        raise Stuck(_INSIDE)

    def answer(function: Ref, moment: Moment) -> Value:
        try:
            with _hooked(interpreter, "empty database", asked), _hooked(interpreter, "moment", moment):
                found = interpreter.lookup(function.path)
                if isinstance(found, External):
                    return found.missing or Unknown(f"{function.path} could not be read")
                return interpreter.export(interpreter.call(found, [], {}))
        except (Stuck, Raised) as error:
            return error.unknown if isinstance(error, Stuck) else Unknown(str(error))

    return answer


def registered_transform(interpreter: Interpreter) -> Callable[[str, str], Ref | None]:
    """The transforms that the program has registered while its models were read."""

    def answer(path: str, name: str) -> Ref | None:
        registered = interpreter.remembered.get(LOOKUPS)
        return registered.get((path, name)) if isinstance(registered, dict) else None

    return answer


def operation_override(interpreter: Interpreter) -> Callable[[Operation, Surroundings], Parts | Unknown]:
    """Answers for operations whose class is not one of Django's."""

    def answer(operation: Operation, around: Surroundings) -> Parts | Unknown:
        call = _own_call(operation)
        return AS_DJANGO if call is None else _operation(interpreter, call, around)

    return answer


def own_words(interpreter: Interpreter) -> Callable[[Operation], OwnWords]:
    """What operations whose class is not one of Django's say of themselves."""

    def answer(operation: Operation) -> OwnWords:
        call = _own_call(operation)
        cls = None if call is None else _found(interpreter, call.func.path)
        if call is None or not isinstance(cls, Class):
            return OwnWords()
        try:
            made = _made(interpreter, cls, call)
            reduces, reversible = (interpreter.getattr(made, name) for name in ("reduces_to_sql", "reversible"))
            described = _overrides(_own(cls), "describe") is not None
            text = interpreter.call(interpreter.getattr(made, "describe"), [], {}) if described else None
        except (Stuck, Raised):
            return OwnWords()
        description = text if isinstance(text, str) else None
        return OwnWords(reduces is not False, reversible is not False, description)

    return answer


def _own_call(operation: Operation) -> Call | None:
    """How an operation is written, unless its class is one of Django's."""
    call = operation.call
    if call is None or isinstance(operation, (DatabaseOperation, RunPython)):
        return None
    path = call.func.path
    return None if path.startswith("django.") or signature(path) is not None else call


def _made(interpreter: Interpreter, cls: Class, call: Call) -> Instance:
    made = _call(interpreter, cls, call)
    if not isinstance(made, Instance):
        raise Stuck(_INSIDE)
    return made


def _operation(interpreter: Interpreter, call: Call, around: Surroundings) -> Parts | Unknown:
    path, name = call.func.path, "database_backwards" if around.backwards else "database_forwards"
    cls = _found(interpreter, path)
    if isinstance(cls, Unknown):
        return cls
    if _overrides(_own(cls), name) is None:
        return AS_DJANGO
    try:
        return _followed(interpreter, _made(interpreter, cls, call), name, around)
    except (Stuck, Raised) as error:
        return Unknown(f"{path} has a {name}() of its own: {error}")
    except NoPreview as doubt:
        return Unknown(doubt.reason)


_INSIDE = Unknown("it looks into the database or the state")


def _followed(interpreter: Interpreter, made: Instance, name: str, around: Surroundings) -> Parts:
    """What a method does, statement by statement; Stuck where it looks at more than which tables there are."""
    parts: list[Django | Sends] = []

    def reached(hook: str) -> None:
        if hook != name:
            raise Stuck(Unknown(f"it goes to {hook}()"))
        parts.append(Django())

    def execute(interp: Interpreter, args: list[Object], kwargs: dict[str, Object]) -> None:
        text, parameters = [*args[1:], *kwargs.values(), ()][:2]
        if not isinstance(text, str) or not isinstance(parameters, (list, tuple, dict, type(None))):
            raise Stuck(Unknown("the SQL that it sends is not known"))
        parts.append(Sends(text, parameters))

    def table_names(*_: object) -> object:
        found = around.tables()
        return _INSIDE if found is None else list(found)

    made.doubts = (_INSIDE,)  # of what Django's operations can do, only a part is modelled
    made.attrs["allow_migrate_model"] = Native("allow_migrate_model", _allowed, "static")
    wrapper = _wrapper(around.connection)
    wrapper.cls.doubts = (_INSIDE,)
    wrapper.attrs["introspection"] = _stand_in("DatabaseIntrospection", table_names=table_names)
    editor = _stand_in("DatabaseSchemaEditor")
    editor.cls.namespace["execute"] = Native("execute", execute)
    editor.attrs["connection"] = wrapper
    arguments = [around.app_label, editor, _state(around, False), _state(around, True)]
    with _hooked(interpreter, "database", reached):
        interpreter.call(interpreter.getattr(made, name), arguments, {})
    return tuple(parts)


@contextmanager
def _hooked(interpreter: Interpreter, name: str, function: Callable[..., object]) -> Iterator[None]:
    """A hook for a while. Operations ask for tables, which other operations made: this happens within itself."""
    before = interpreter.hooks.get(name)
    interpreter.hooks[name] = function
    try:
        yield
    finally:
        if before is None:
            del interpreter.hooks[name]
        else:
            interpreter.hooks[name] = before


def _stand_in(name: str, **methods: Callable[..., object]) -> Instance:
    """An object of Django's of which only some methods are known."""
    made = Instance(Class(name, "django.db", name, doubts=(_INSIDE,)))
    for method, answer in methods.items():
        made.attrs[method] = Native(method, _answering(answer), "static")
    return made


def _answering(answer: Callable[..., object]) -> NativeFunction:
    return lambda interp, args, kwargs: answer(*args, **kwargs)


def _state(around: Surroundings, after: bool) -> Instance:
    """The state before or after an operation: which table a model has."""

    def get_model(app_label: object, model_name: object = None) -> object:
        if isinstance(app_label, str) and model_name is None:
            app_label, _, model_name = app_label.partition(".")
        if not isinstance(app_label, str) or not isinstance(model_name, str):
            raise Stuck(_INSIDE)
        model, options = _stand_in("Model"), _stand_in("Options")
        table = around.table_of(app_label, model_name, after)
        options.attrs |= {"app_label": app_label, "model_name": model_name.lower(), "can_migrate": table is not None}
        options.attrs |= {} if table is None else {"db_table": table}
        model.attrs["_meta"] = options
        return model

    state = _stand_in("ProjectState", clear_delayed_apps_cache=lambda: None)
    state.attrs["apps"] = _stand_in("StateApps", get_model=get_model)
    return state


def _allowed(interp: Interpreter, args: list[Object], kwargs: dict[str, Object]) -> Object:
    """`allow_migrate_model(alias, model)`: not for proxies and other models without a table of their own."""
    options = args[-1].attrs.get("_meta") if isinstance(args[-1], Instance) else None
    if not isinstance(options, Instance):
        raise Stuck(_INSIDE)
    return options.attrs["can_migrate"]
