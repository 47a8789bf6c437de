"""What models import from Django besides models: settings, apps, translations, signals, decorators, `models.Model`.

In: calls of the program. Out: plain text for lazy text, models by their labels, decorated classes. What depends on a
running project is Unknown. The hook `get_model(label)` of the interpreter gives model classes.
"""

from __future__ import annotations

import datetime
import re
import unicodedata
from collections.abc import Callable

from migration_guard.evaluate.builtins import TYPES
from migration_guard.evaluate.objects import (
    Class,
    EnumMember,
    External,
    Instance,
    Module,
    Native,
    Object,
    Raised,
    Regex,
    Stuck,
)
from migration_guard.evaluate.operators import pure, unwrap
from migration_guard.evaluate.patterns import compiled
from migration_guard.project.natives.declare import PATH, Interp, adapt, as_data, function, hook, method, native_class
from migration_guard.project.natives.expressions import deconstruct_as_written
from migration_guard.project.natives.migrations import SWAPPABLE_DEPENDENCY
from migration_guard.values import Ref, SettingsReference, Unknown

# Models

MODEL_BASE = native_class("django.db.models.base", "ModelBase", (TYPES["type"],))
MODEL = native_class("django.db.models.base", "Model")
MODEL.meta = MODEL_BASE
MODEL.canonical = Ref("django.db.models", "Model")


def _no_rows(name: str) -> Callable[..., Object]:
    def answer(interp: Interp, self: Instance, *args: Object, **kwargs: Object) -> Object:
        return Unknown(f"{name}() of a model works on rows")

    return answer


for _name in (
    "save",
    "delete",
    "clean",
    "full_clean",
    "clean_fields",
    "validate_unique",
    "refresh_from_db",
    "save_base",
    "serializable_value",
    "get_deferred_fields",
    "__init__",
    "__str__",
    "__repr__",
    "__eq__",
    "__hash__",
):
    method(MODEL, _name)(_no_rows(_name))
method(MODEL, "check", "class")(lambda interp, cls, **kwargs: [])
method(MODEL, "from_db", "class")(lambda interp, cls, *args: Unknown("from_db() of a model works on rows"))


# Settings and apps

LAZY_SETTINGS = native_class("django.conf", "LazySettings")
SETTINGS = Instance(LAZY_SETTINGS)


@method(LAZY_SETTINGS, "__getattr__")
def _setting(interp: Interp, self: Instance, name: str) -> Object:
    if name.startswith("__"):
        raise Raised("AttributeError", name)
    return interp.settings(name)


APPS_CLASS = native_class("django.apps.registry", "Apps")
APPS = Instance(
    APPS_CLASS, {"apps_ready": True}, doubts=(Unknown("the registry of apps exists in a running project only"),)
)


def model_by_label(interp: Interp, label: Object) -> Object:
    """A model class from "app_label.ModelName"; the label itself where nobody knows the class: relations take both."""
    label = as_data(label.value if isinstance(label, EnumMember) else label)
    ask = hook(interp, "get_model")
    if isinstance(label, str) and ask is not None:
        found = ask(label)
        return label if found is None else found
    return label


@method(APPS_CLASS, "get_model")
def _get_model(
    interp: Interp, self: Instance, app_label: Object, model_name: Object = None, require_ready: Object = True
) -> Object:
    if isinstance(app_label, Unknown) or isinstance(model_name, Unknown):
        return app_label if isinstance(app_label, Unknown) else model_name
    return model_by_label(interp, app_label if model_name is None else f"{app_label}.{model_name}")


@method(APPS_CLASS, "is_installed")
def _is_installed(interp: Interp, self: Instance, app_name: Object) -> Object:
    installed = interp.settings("INSTALLED_APPS")
    if isinstance(installed, Unknown) or not isinstance(app_name, str):
        return installed if isinstance(installed, Unknown) else Unknown("which app is asked for is not known")
    names = [name for name in interp.iterate(installed) if isinstance(name, str)]
    return any(name == app_name or name.startswith(app_name + ".apps.") for name in names)


@method(APPS_CLASS, "get_models")
def _get_models(interp: Interp, self: Instance, *args: Object, **kwargs: Object) -> Object:
    return Unknown("all the models there are exist in a running project only")


@function("django.utils.module_loading", "module_has_submodule")
def _module_has_submodule(interp: Interp, package: Object, module_name: Object) -> Object:
    if not isinstance(package, Module) or not isinstance(module_name, str):
        return Unknown("which module is asked for is not known")
    return package.package and interp.finder.find(f"{package.name}.{module_name}") is not None


@function("django.contrib.auth", "get_user_model")
def _get_user_model(interp: Interp) -> Object:
    return model_by_label(interp, interp.settings("AUTH_USER_MODEL"))


@function("django.utils.module_loading", "import_string")
def _import_string(interp: Interp, dotted_path: Object) -> Object:
    if not isinstance(dotted_path, str):
        raise Stuck(
            as_data(dotted_path) if isinstance(dotted_path, Unknown) else Unknown("what is imported is not known")
        )
    return interp.lookup(dotted_path)


# Text

_TEXT_FIRST = (
    "gettext",
    "gettext_lazy",
    "gettext_noop",
    "ugettext",
    "ugettext_lazy",
    "ugettext_noop",
    "ngettext",
    "ngettext_lazy",
    "ungettext",
    "ungettext_lazy",
)
_TEXT_SECOND = ("pgettext", "pgettext_lazy", "npgettext", "npgettext_lazy")


def _text(name: str, position: int) -> Native:
    def give(interp: Interp, *args: Object, **kwargs: Object) -> Object:
        named = kwargs.get("message", kwargs.get("singular"))
        return args[position] if len(args) > position else named

    return Native(name, adapt(give), "static", Ref("django.utils.translation", name))


TRANSLATIONS: dict[str, Object] = {name: _text(name, 0) for name in _TEXT_FIRST} | {
    name: _text(name, 1) for name in _TEXT_SECOND
}
"""Migrations hold the untranslated text, so a lazy text is its text."""


@function("django.utils.text", "format_lazy")
def _format_lazy(interp: Interp, template: Object, *args: Object, **kwargs: Object) -> Object:
    return interp.call(interp.getattr(template, "format"), list(args), kwargs)


@function("django.utils.text", "slugify")
def _slugify(interp: Interp, value: Object, allow_unicode: Object = False) -> Object:
    """A text in lower case, of letters, digits, underscores, and single hyphens for spaces."""
    text = as_data(value)
    if isinstance(text, Unknown) or not isinstance(allow_unicode, bool):
        return text if isinstance(text, Unknown) else Unknown("how a text is made a slug is not known")
    form = unicodedata.normalize("NFKC" if allow_unicode else "NFKD", str(text))
    form = form if allow_unicode else form.encode("ascii", "ignore").decode("ascii")
    kept = "".join(sign for sign in form.lower() if sign.isalnum() or sign.isspace() or sign in "_-")
    return "-".join(part for part in kept.replace("-", " ").split() if part).strip("-_")


@function("django.utils.text", "capfirst")
def _capfirst(interp: Interp, x: Object) -> Object:
    text = as_data(x)
    return text[:1].upper() + text[1:] if isinstance(text, str) else text


@function("django.utils.version", "get_version_tuple")
def _version_tuple(interp: Interp, version: Object) -> Object:
    if not isinstance(version, str):
        return Unknown("the version is not known")
    numbers = re.match(r"\d+(?:\.\d+)*", version)
    return tuple(int(part) for part in numbers[0].split(".")) if numbers else ()


def _same(module: str, name: str) -> Native:
    return Native(name, adapt(lambda interp, value=None, *args, **kwargs: value), "static", Ref(module, name))


@function("django.utils.functional", "lazy")
def _lazy(interp: Interp, func: Object, *resultclasses: Object) -> Object:
    return func


def _decorator(module: str, name: str) -> Native:
    """`@name(...)` that leaves what it decorates as it is."""
    identity = Native(name, adapt(lambda interp, decorated: decorated), "static")
    return Native(name, adapt(lambda interp, *args, **kwargs: identity), "static", Ref(module, name))


@function("django.utils.deconstruct", "deconstructible")
def _deconstructible(interp: Interp, *args: Object, path: Object = None) -> Object:
    def decorate(interp: Interp, cls: Object) -> Object:
        if isinstance(cls, Class):
            method(cls, "deconstruct")(_deconstruct_importable)
            cls.namespace.pop(PATH, None)
            if isinstance(path, str):
                cls.namespace[PATH] = path
        return cls

    return decorate(interp, args[0]) if args else Native("deconstructible", adapt(decorate), "static")


def _deconstruct_importable(interp: Interp, self: Instance) -> Object:
    """Django looks whether the class is where it is said to be: not for nested classes, and not for a wrong `path`."""
    path, args, kwargs = deconstruct_as_written(interp, self)
    module, _, name = path.rpartition(".")
    place = interp.require(module)
    if isinstance(place, External) and place.missing is not None:
        raise Stuck(place.missing)
    if isinstance(place, Module) and _lacks(interp, place, name):
        raise Raised("ValueError", f"Could not find object {name} in {module}.")
    return path, args, kwargs


def _lacks(interp: Interp, module: Module, name: str) -> bool:
    if module.native is not None and name not in module.native and module.path is None:
        return True
    try:
        interp.getattr(module, name)
    except Stuck:
        return False
    except Raised:
        return module.state != "running"
    return False


def _compile(interp: Interp, pattern: Object, flags: Object = 0) -> Object:
    return compiled(pattern, flags)


@function("django.core.validators", "int_list_validator")
def _int_list_validator(
    interp: Interp, sep: Object = ",", message: Object = None, code: Object = "invalid", allow_negative: Object = False
) -> Object:
    if not isinstance(sep, str) or not isinstance(allow_negative, bool):
        return Unknown("the arguments of int_list_validator() are not known")
    sign = "(-)?" if allow_negative else ""
    pattern = Regex(rf"^{sign}\d+(?:{re.escape(sep)}{sign}\d+)*\Z", 0)
    cls = interp.lookup("django.core.validators.RegexValidator")
    return interp.call(cls, [pattern], {"message": message, "code": code})


# Time zones


def _zone(interp: Interp) -> Object:
    return interp.call(interp.lookup("zoneinfo.ZoneInfo"), [interp.settings("TIME_ZONE")], {})


@function("django.utils.timezone", "get_fixed_timezone")
def _fixed_timezone(interp: Interp, offset: Object) -> Object:
    """Minutes, or a timedelta."""
    offset = unwrap(offset)
    if isinstance(offset, datetime.timedelta):
        offset = int(offset.total_seconds() // 60)
    if not isinstance(offset, (int, float)):
        raise Stuck(Unknown("the offset of a time zone is not known"))
    hours, minutes = divmod(abs(int(offset)), 60)
    name = f"{'-' if offset < 0 else '+'}{hours:02d}{minutes:02d}"
    return pure(datetime.timezone, datetime.timedelta(minutes=offset), name)


@function("django.utils.timezone", "make_aware")
def _make_aware(interp: Interp, value: Object, timezone: Object = None, **kwargs: Object) -> Object:
    zone = unwrap(_zone(interp) if timezone is None else timezone)
    if kwargs or not isinstance(value, datetime.datetime) or not isinstance(zone, datetime.tzinfo):
        raise Stuck(Unknown("the moment or the time zone given to make_aware() is not known"))
    if value.tzinfo is not None:
        raise Raised("ValueError", f"make_aware expects a naive datetime, got {value}")
    return value.replace(tzinfo=zone)


# Lazy objects, references to settings

LAZY_OBJECT = native_class("django.utils.functional", "LazyObject")


@method(LAZY_OBJECT, "deconstruct")
def _deconstruct_wrapped(interp: Interp, self: Instance) -> Object:
    """A lazy object is written as what its `_setup()` wraps."""
    interp.call(interp.getattr(self, "_setup"), [], {})
    wrapped = self.attrs.get("_wrapped")
    if not isinstance(wrapped, Instance):
        raise Stuck(Unknown(f"what {self.cls.name} wraps is not known", self.origin))
    return interp.call(interp.getattr(wrapped, "deconstruct"), [], {})


def _made_at_once(interp: Interp, args: list[Object], kwargs: dict[str, Object]) -> Object:
    """`SimpleLazyObject(function)` is written, and works, as what the function returns."""
    return interp.call(args[0] if args else kwargs.get("func"), [], {})


SIMPLE_LAZY_OBJECT = native_class(
    "django.utils.functional",
    "SimpleLazyObject",
    (LAZY_OBJECT,),
    {"__construct__": Native("SimpleLazyObject", _made_at_once, "static")},
)


def _settings_reference(interp: Interp, value: Object, setting_name: Object) -> Object:
    value, setting_name = unwrap(value), unwrap(setting_name)
    if not isinstance(value, str) or not isinstance(setting_name, str):
        raise Stuck(Unknown("which setting is meant is not known"))
    return SettingsReference(value, setting_name)


SETTINGS_REFERENCE = native_class(
    "django.conf",
    "SettingsReference",
    (TYPES["str"],),
    {"__construct__": Native("SettingsReference", adapt(_settings_reference), "static")},
)


# Signals

SIGNAL = native_class("django.dispatch.dispatcher", "Signal")


@method(SIGNAL, "connect")
def _connect(
    interp: Interp,
    self: Instance,
    receiver: Object,
    sender: Object = None,
    weak: Object = True,
    dispatch_uid: Object = None,
) -> None:
    """Receivers of `class_prepared` may add to models: the hook of that name is told (receiver, sender or None)."""
    if self.attrs.get("name") == "class_prepared":
        prepared = hook(interp, "class_prepared")
        if prepared is not None:
            prepared(receiver, sender)


@method(SIGNAL, "disconnect")
def _disconnect(interp: Interp, self: Instance, *args: Object, **kwargs: Object) -> None:
    """Who is still connected does not matter: nothing is sent."""


for _name in ("send", "send_robust"):
    method(SIGNAL, _name)(lambda interp, self, *args, **kwargs: Unknown("who receives a signal is not known"))


@function("django.db.models.fields.json", "KT")
def _key_text(interp: Interp, lookup: Object) -> Object:
    """`KT("data__key")`: the text at a path of keys inside a JSON field."""
    if not isinstance(lookup, str):
        raise Stuck(Unknown("which key is asked for is not known"))
    transform: Object
    transform, *keys = lookup.split("__")
    if not keys:
        raise Raised("ValueError", "Lookup must contain key or index transforms.")
    cls = interp.lookup("django.db.models.fields.json.KeyTextTransform")
    for key in keys:
        transform = interp.call(cls, [key, transform], {})
    return transform


FRAMEWORK: dict[str, Object] = {
    "django.db.models.base:Model": MODEL,
    "django.db.models.base:ModelBase": MODEL_BASE,
    "django.conf:LazySettings": LAZY_SETTINGS,
    "django.conf:SettingsReference": SETTINGS_REFERENCE,
    "django.utils.timezone:get_default_timezone": Native(
        "get_default_timezone", adapt(_zone), "static", Ref("django.utils.timezone", "get_default_timezone")
    ),
    "django.utils.timezone:get_current_timezone": Native(
        "get_current_timezone", adapt(_zone), "static", Ref("django.utils.timezone", "get_current_timezone")
    ),
    "django.utils.timezone:get_fixed_timezone": _fixed_timezone,
    "django.utils.timezone:make_aware": _make_aware,
    "django.utils.functional:LazyObject": LAZY_OBJECT,
    "django.utils.functional:SimpleLazyObject": SIMPLE_LAZY_OBJECT,
    "django.apps.registry:Apps": APPS_CLASS,
    "django.dispatch.dispatcher:Signal": SIGNAL,
    "django.dispatch.dispatcher:receiver": _decorator("django.dispatch.dispatcher", "receiver"),
    "django.contrib.auth:get_user_model": _get_user_model,
    "django.utils.module_loading:import_string": _import_string,
    "django.utils.module_loading:module_has_submodule": _module_has_submodule,
    "django.utils.text:format_lazy": _format_lazy,
    "django.utils.text:slugify": _slugify,
    "django.utils.text:capfirst": _capfirst,
    "django.utils.version:get_version_tuple": _version_tuple,
    "django.utils.text:_format_lazy": _format_lazy,
    "django.utils.functional:lazy": _lazy,
    "django.utils.functional:lazystr": _same("django.utils.functional", "lazystr"),
    "django.utils.functional:keep_lazy": _decorator("django.utils.functional", "keep_lazy"),
    "django.utils.functional:keep_lazy_text": _same("django.utils.functional", "keep_lazy_text"),
    "django.utils.decorators:method_decorator": _decorator("django.utils.decorators", "method_decorator"),
    "django.utils.deconstruct:deconstructible": _deconstructible,
    "django.utils.regex_helper:_lazy_re_compile": Native("_lazy_re_compile", adapt(_compile), "static"),
    "django.utils.encoding:force_str": _same("django.utils.encoding", "force_str"),
    "django.utils.encoding:smart_str": _same("django.utils.encoding", "smart_str"),
    "django.utils.safestring:mark_safe": _same("django.utils.safestring", "mark_safe"),
    "django.core.validators:int_list_validator": _int_list_validator,
    "django.db.migrations.migration:swappable_dependency": SWAPPABLE_DEPENDENCY,
    **{f"django.utils.translation:{name}": value for name, value in TRANSLATIONS.items()},
}
"""By "module:qualname" of where Django defines them."""

VALUES: dict[str, Object] = {
    "django.db.models.fields.json.KT": _key_text,
    "django.conf.settings": SETTINGS,
    "django.apps.apps": APPS,
    "django.apps.registry.apps": APPS,
}
"""Module attributes that are neither classes nor functions."""


# swapper (https://github.com/openwisp/django-swappable-models): the settings of swappable models, by convention


def _setting_name(app_label: Object, model: Object) -> str:
    if not isinstance(app_label, str) or not isinstance(model, str):
        raise Stuck(Unknown("the model that swapper is asked for is not known"))
    return f"{re.sub(r'[^0-9a-zA-Z]', '_', app_label)}_{model}_MODEL".upper()


def _swapped_label(interp: Interp, app_label: Object, model: Object) -> Object:
    name = _setting_name(app_label, model)
    try:
        value = as_data(interp.settings(name))
    except Raised:
        return f"{app_label}.{model}"
    return (
        SettingsReference(value, name) if isinstance(value, str) and not isinstance(value, SettingsReference) else value
    )


def _is_swapped(interp: Interp, app_label: Object, model: Object) -> Object:
    label = _swapped_label(interp, app_label, model)
    return label if isinstance(label, Unknown) or label != f"{app_label}.{model}" else False


def _swapper(name: str, fn: Callable[..., Object]) -> Native:
    return Native(name, adapt(fn), "static", Ref("swapper", name))


SWAPPER: dict[str, Object] = {
    "swappable_setting": _swapper("swappable_setting", lambda interp, label, model: _setting_name(label, model)),
    "get_model_name": _swapper("get_model_name", _swapped_label),
    "is_swapped": _swapper("is_swapped", _is_swapped),
    "load_model": _swapper("load_model", lambda interp, app_label, model, **kwargs: model_by_label(
        interp, _swapped_label(interp, app_label, model))),
    "dependency": _swapper("dependency", lambda interp, app_label, model, **kwargs: SWAPPABLE_DEPENDENCY.fn(
        interp, [_swapped_label(interp, app_label, model)], {})),
    "set_app_prefix": _swapper("set_app_prefix", lambda interp, app_label, prefix: None),
}  # fmt: skip
