"""Source stubs of the models and migrations of django.contrib, for projects whose Django cannot be read.

    python tools/contrib_stubs.py write DIR     run under a Django: writes DIR/django/contrib/...
    python tools/contrib_stubs.py facts         prints what the stubs state, as JSON, to compare Djangos with each other

Facts only: each model's own fields as Django deconstructs them, its options, bases and managers, and the migrations as
Django's writer prints them. No code of Django's is copied; methods are left out.
"""

from __future__ import annotations

import importlib
import inspect
import json
import pkgutil
import re
import sys
from pathlib import Path
from typing import Any

APPS = ["contenttypes", "auth", "sessions", "admin", "sites", "flatpages", "redirects"]
MODULES = [
    *(f"django.contrib.{app}.models" for app in APPS),
    "django.contrib.auth.base_user",
    "django.contrib.sessions.base_session",
    "django.contrib.sites.managers",
]
CONFIGS = [*APPS, "postgres", "gis", "staticfiles", "messages", "sitemaps", "humanize", "admindocs", "syndication"]
HEADER = '"""Stub: what migrations know of {0}. Made by tools/contrib_stubs.py from an installed Django."""\n'
CONSTANTS = (
    "USERNAME_FIELD",
    "EMAIL_FIELD",
    "REQUIRED_FIELDS",
    "is_anonymous",
    "is_authenticated",
    "use_in_migrations",
)


def set_up() -> None:
    import django
    from django.conf import settings

    installed = [f"django.contrib.{app}" for app in APPS]
    settings.configure(INSTALLED_APPS=installed, SITE_ID=1, USE_I18N=False, SECRET_KEY="x", USE_TZ=True)
    django.setup()


# One module


class Stub:
    """The text of one module, its imports collected on the way."""

    def __init__(self, module: Any) -> None:
        self.module = module
        self.imports = {"from django.db import models"}

    def text(self) -> str:
        blocks = [self.cls(value) for value in self.classes()]
        functions = [f"\ndef {name}(*args): ...\n" for name in self.functions("".join(blocks))]
        text = "\n".join([HEADER.format(self.module.__name__), *sorted(self.imports), "", *functions, *blocks])
        return "\n".join(line.rstrip() for line in text.splitlines()) + "\n"

    def functions(self, text: str) -> list[str]:
        """Functions of the module that fields refer to."""
        own = [v for v in vars(self.module).values() if inspect.isfunction(v) and v.__module__ == self.module.__name__]
        return [function.__name__ for function in own if re.search(rf"\b{function.__name__}\b", text)]

    def classes(self) -> list[type]:
        """Classes of the module that models are made of, in the order of their definition."""
        from django.db import models

        own = [v for v in vars(self.module).values() if isinstance(v, type) and v.__module__ == self.module.__name__]
        bases = {base for value in own if issubclass(value, models.Model) for base in value.__mro__}
        return [v for v in own if v in bases or issubclass(v, (models.Model, models.Manager))]

    def name(self, cls: type) -> str:
        from django.db import models

        if cls is models.Model:
            return "models.Model"
        if cls is models.Manager:
            return "models.Manager"
        if cls.__module__ == self.module.__name__:
            return cls.__qualname__
        self.imports.add(f"from {cls.__module__} import {cls.__qualname__}")
        return cls.__qualname__

    def cls(self, cls: type) -> str:
        bases = ", ".join(self.name(base) for base in cls.__bases__ if base is not object)
        lines = [f"\nclass {cls.__qualname__}({bases}):" if bases else f"\nclass {cls.__qualname__}:"]
        body = [
            f"{name} = {vars(cls)[name]!r}" for name in CONSTANTS if isinstance(vars(cls).get(name), (bool, str, list))
        ]
        if self.has_arguments(cls):
            body += [f"def __init__{inspect.signature(vars(cls)['__init__'])}:", "    super().__init__()"]
        if hasattr(cls, "_meta"):
            body = [*self.fields(cls), *self.managers(cls), *body, *self.meta(cls)]
        return "\n".join([*lines, *(f"    {line}" for line in body or ["pass"])]) + "\n"

    def has_arguments(self, cls: type) -> bool:
        """Whether a manager is made with arguments of its own."""
        init = vars(cls).get("__init__")
        if init is None or hasattr(cls, "_meta"):
            return False
        kinds = {parameter.kind for parameter in list(inspect.signature(init).parameters.values())[1:]}
        return inspect.Parameter.POSITIONAL_OR_KEYWORD in kinds

    def value(self, value: Any) -> str:
        from django.db.migrations.writer import MigrationWriter

        text, imports = MigrationWriter.serialize(value)
        self.imports |= {line for line in imports if line != f"import {self.module.__name__}"}
        return text.replace(f"{self.module.__name__}.", "")

    def fields(self, cls: Any) -> list[str]:
        inherited = {
            field.creation_counter for base in cls.__mro__[1:] if hasattr(base, "_meta") for field in own_fields(base)
        }
        own = sorted(
            (f for f in own_fields(cls) if f.creation_counter not in inherited), key=lambda f: f.creation_counter
        )
        return [f"{field.name} = {self.value(field)}" for field in own if not field.auto_created]

    def managers(self, cls: Any) -> list[str]:
        lines = []
        for manager in cls._meta.local_managers:
            if not getattr(manager, "auto_created", False):
                arguments = ", ".join(self.value(arg) for arg in manager._constructor_args[0])
                lines.append(f"{manager.name} = {self.name(type(manager))}({arguments})")
        return lines

    def meta(self, cls: Any) -> list[str]:
        options = dict(cls._meta.original_attrs)
        if cls._meta.abstract:
            options["abstract"] = True
        return (
            ["", "class Meta:", *(f"    {name} = {self.value(value)}" for name, value in options.items())]
            if options
            else []
        )


def own_fields(cls: Any) -> list[Any]:
    meta = cls._meta
    return [*meta.local_fields, *meta.local_many_to_many]


# Apps and migrations


def config_text(name: str) -> str | None:
    from django.core.exceptions import ImproperlyConfigured

    try:
        module = importlib.import_module(f"{name}.apps")
    except (ImportError, ImproperlyConfigured):
        return None  # gis, without GDAL
    from django.apps import AppConfig

    lines = [HEADER.format(module.__name__), "from django.apps import AppConfig", ""]
    found = [
        v
        for v in vars(module).values()
        if isinstance(v, type) and issubclass(v, AppConfig) and v.__module__ == module.__name__
    ]
    for cls in found:
        base = cls.__bases__[0].__name__
        lines.append(f"\nclass {cls.__name__}({base}):")
        known = ("default", "default_auto_field", "name", "label", "verbose_name", "default_site")
        lines += [
            f"    {key} = {str(value) if not isinstance(value, (str, bool)) else value!r}"
            for key, value in vars(cls).items()
            if key in known and isinstance(value, (str, bool))
        ]
    return "\n".join(lines) + "\n"


def migration_texts(app: str) -> dict[str, str]:
    from django.db.migrations.writer import MigrationWriter

    package = importlib.import_module(f"django.contrib.{app}.migrations")
    texts = {"__init__": ""}
    for info in pkgutil.iter_modules(package.__path__):
        module = importlib.import_module(f"{package.__name__}.{info.name}")
        writer = MigrationWriter(module.Migration(info.name, app), include_header=False)
        text = writer.as_string().replace(f"{module.__name__}.", "").replace(f"import {module.__name__}\n", "")
        text = "\n".join(line for line in text.splitlines() if not line.startswith("#"))
        functions = [
            v
            for k, v in vars(module).items()
            if callable(v) and getattr(v, "__module__", "") == module.__name__ and not isinstance(v, type)
        ]
        stubs = "".join(f"def {function.__name__}(*args): ...\n\n\n" for function in functions)
        head, _, rest = text.partition("class Migration")
        texts[info.name] = (
            HEADER.format(module.__name__) + head.lstrip("\n").rstrip() + f"\n\n\n{stubs}class Migration{rest}\n"
        )
    return texts


def files() -> dict[str, str]:
    """Path relative to the stubs' root -> text."""
    found: dict[str, str] = {"django/__init__.py": HEADER.format("Django"), "django/contrib/__init__.py": ""}
    for name in MODULES:
        module = importlib.import_module(name)
        found[name.replace(".", "/") + ".py"] = Stub(module).text()
    for app in CONFIGS:
        name = f"django.contrib.{app}"
        found[f"django/contrib/{app}/__init__.py"] = ""
        text = config_text(name)
        if text is not None:
            found[f"django/contrib/{app}/apps.py"] = text
    for app in APPS:
        try:
            texts = migration_texts(app)
        except ModuleNotFoundError:
            continue
        found.update({f"django/contrib/{app}/migrations/{name}.py": text for name, text in texts.items()})
    return found


def main(argv: list[str]) -> None:
    set_up()
    if argv[0] == "facts":
        print(json.dumps(files(), indent=1, sort_keys=True))
        return
    for path, text in files().items():
        target = Path(argv[1]) / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)


if __name__ == "__main__":
    main(sys.argv[1:])
