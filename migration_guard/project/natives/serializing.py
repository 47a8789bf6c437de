"""`MigrationWriter.register_serializer`: classes whose instances are written as something else.

In: a class and its serializer, both of the program. Out: instances of the class exported as what the serializer hands
on to `serializer_factory`; one that puts text together itself is not followed.
https://docs.djangoproject.com/en/stable/topics/migrations/#custom-serializers
"""

from __future__ import annotations

from migration_guard.evaluate.export import no_serializer
from migration_guard.evaluate.objects import Class, Instance, Object, Raised, Stuck
from migration_guard.project.natives.declare import Interp, function, method, native_class
from migration_guard.values import TRUE, Call, Ref, Unknown, Value, plain

MODULE = "django.db.migrations.serializer"
WRITER = native_class("django.db.migrations.writer", "MigrationWriter")
SERIALIZER = native_class(MODULE, "BaseSerializer")
_WRITTEN = native_class(MODULE, "_Written")
"""What serializing a value gives here: the value itself, instead of its text and imports."""


@method(SERIALIZER, "__init__")
def _init(interp: Interp, self: Instance, value: Object) -> None:
    self.attrs["value"] = value


@method(SERIALIZER, "serialize")
def _serialize(interp: Interp, self: Instance) -> Object:
    return Instance(_WRITTEN, {"value": self.attrs.get("value")})


@function(MODULE, "serializer_factory")
def SERIALIZER_FACTORY(interp: Interp, value: Object) -> Object:
    """The serializer of a value: any of Django's own, all of which write the value as it is."""
    return Instance(SERIALIZER, {"value": value})


@method(WRITER, "serialize", "static")
def _serialized(interp: Interp, value: Object) -> Object:
    return Unknown("the text that Django writes for a value is not known while models are read")


@method(WRITER, "register_serializer", "static")
def _register(interp: Interp, cls: Object, serializer: Object) -> None:
    if not isinstance(cls, Class) or cls.native or not isinstance(serializer, Class):
        return

    def export(interp: Interp, obj: Instance) -> Value:
        try:
            found = interp.call(interp.getattr(interp.call(serializer, [obj], {}), "serialize"), [], {})
        except Stuck as stuck:
            return stuck.unknown
        except Raised as raised:
            return Unknown(f"the serializer of {cls.name} raises {raised}", obj.origin)
        if isinstance(found, Instance) and found.cls is _WRITTEN:
            value: Value = interp.export(found.attrs["value"])
            return value
        return Unknown(f"what the serializer of {cls.name} writes is not followed", obj.origin)

    interp.exporters.append((cls, export))


POSTGRES = "django.contrib.postgres"
RANGES = (
    "psycopg.types.range.Range",
    *(f"psycopg2._range.{name}" for name in ("NumericRange", "DateRange", "DateTimeRange", "DateTimeTZRange")),
)
"""Ranges of the drivers, which `django.contrib.postgres` can write where it is installed."""


def range_value(interp: Interp, obj: Instance) -> Value:
    """https://docs.djangoproject.com/en/stable/ref/contrib/postgres/fields/#range-fields"""
    apps = interp.settings("INSTALLED_APPS")
    if isinstance(apps, (list, tuple)) and not any(isinstance(app, str) and app.startswith(POSTGRES) for app in apps):
        return no_serializer(obj)
    module = obj.cls.module.replace("psycopg2._range", "psycopg2.extras")
    lower, upper, bounds = (interp.export(obj.attrs.get(name)) for name in ("_lower", "_upper", "_bounds"))
    if not plain(bounds):
        return Call(Ref(module, obj.cls.qualname), (), {"empty": TRUE}, obj.origin)
    return Call(Ref(module, obj.cls.qualname), (lower, upper, bounds), {}, obj.origin)


SERIALIZING_CLASSES: tuple[Class, ...] = (WRITER, SERIALIZER)
