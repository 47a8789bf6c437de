"""What names Django's modules have, and what they stand for: the data behind `project/natives/catalogue.py`.

    python tools/django_names.py probe > names-5.2.json      run under each Django (better with GDAL and GEOS)
    python tools/django_names.py merge OUT names-4.2.json ...  merge the probes of all versions, in order, into OUT/

Facts only: names, module and bases of each class, the path that `@deconstructible(path=...)` was given, constants.
"""

from __future__ import annotations

import enum
import importlib
import inspect
import json
import pkgutil
import re
import sys
import types
from pathlib import Path
from typing import Any

SKIP = re.compile(
    r"\.(tests?|locale|management\.commands|migrations\.\d+.*|jinja2|checks\.\w+|conf\.\w+_template)(\.|$)"
    r"|^django\.(test|db\.backends\.(oracle|mysql)|__main__|core\.servers|core\.mail\.backends|contrib\.gis\.(utils\.srs|maps))"
)
WANTED = re.compile(
    r"^django\.(db\.(models|migrations|utils|transaction)|core\.(validators|exceptions|files|serializers|checks|cache|mail"
    r"|management\.base|paginator|signing|signals)|utils|conf$|apps|dispatch|forms|urls|http|shortcuts|views\.generic"
    r"|template\.defaultfilters|contrib\.(auth|contenttypes|sessions|admin|sites|flatpages|redirects|postgres|gis\.db"
    r"|gis\.geos|gis\.measure|humanize|messages|staticfiles|syndication|sitemaps)|$)|^django(\.db|\.core|\.contrib|\.template|\.views)?$"
)

# Of these, class attributes that are constants are kept: code of models reads them.
WITH_CONSTANTS = ("django.db.models", "django.contrib.postgres", "django.contrib.gis.db", "django.core.validators")


def probe() -> None:
    import django
    from django.conf import settings

    apps = ["auth", "contenttypes", "sessions", "admin", "sites", "flatpages", "redirects", "postgres", "messages"]
    installed = [f"django.contrib.{app}" for app in apps]
    settings.configure(
        INSTALLED_APPS=installed, SITE_ID=1, USE_TZ=True, SECRET_KEY="x", ROOT_URLCONF="x", STATIC_URL="/s/"
    )
    django.setup()
    modules: dict[str, dict[str, Any]] = {}
    classes: dict[str, Any] = {}
    names = [info.name for info in pkgutil.walk_packages(django.__path__, "django.", onerror=lambda name: None)]
    for name in ["django", *names]:
        if SKIP.search(name) or not WANTED.search(name):
            continue
        try:
            module = importlib.import_module(name)
        except Exception as error:
            print(f"{name}: {error!r}"[:150], file=sys.stderr)
            continue
        modules[name] = dict(filter(None, (entry(name, key, value, classes) for key, value in vars(module).items())))
    json.dump(
        {"version": list(django.VERSION[:2]), "modules": modules, "classes": classes},
        sys.stdout,
        indent=0,
        sort_keys=True,
    )


def entry(module: str, key: str, value: Any, classes: dict[str, Any]) -> tuple[str, Any] | None:
    if key.startswith("__") and key != "__version__":
        return None
    if isinstance(value, types.ModuleType):
        return key, ["m", value.__name__]
    if isinstance(value, type):
        return key, ["c", note_class(value, classes)]
    if (
        isinstance(value, (types.FunctionType, types.BuiltinFunctionType))
        or type(value).__name__ == "_lru_cache_wrapper"
    ):
        owner, name = getattr(value, "__module__", None), getattr(value, "__qualname__", key)
        return (key, ["f", f"{owner}:{name}"]) if owner and "<" not in name else (key, ["f", f"{module}:{key}"])
    if value is None or type(value) in (bool, int, float, str):
        return key, ["v", value]
    if isinstance(value, re.Pattern) or (type(value) in (list, tuple, dict) and len(value) < 40):
        try:
            return key, ["p", plain(value)]
        except TypeError:
            pass
    return key, ["o", note_class(type(value), classes), *constructor(value)]


def constructor(value: Any) -> list[Any]:
    """The arguments of a deconstructible instance, where they are constants or patterns."""
    try:
        given = object.__getattribute__(value, "__dict__").get("_constructor_args")
    except AttributeError:
        return []
    if not (isinstance(given, tuple) and len(given) == 2 and isinstance(given[1], dict)):
        return []
    try:
        return [[plain(item) for item in given[0]], {key: plain(item) for key, item in given[1].items()}]
    except TypeError:
        return []


def plain(value: Any) -> Any:
    if isinstance(value, re.Pattern) and isinstance(value.pattern, str):
        return {"regex": value.pattern, "flags": value.flags & ~re.compile("").flags}
    if value is None or type(value) in (bool, int, float, str):
        return value
    if type(value).__name__ == "__proxy__":
        return str(value)
    if isinstance(value, (list, tuple)):
        return {type(value).__name__: [plain(item) for item in value]}
    if isinstance(value, dict):
        return {"dict": [[plain(key), plain(item)] for key, item in value.items()]}
    raise TypeError


def note_class(cls: type, classes: dict[str, Any]) -> str:
    path = f"{cls.__module__}:{cls.__qualname__}"
    if path in classes or not cls.__module__.startswith("django"):
        return path
    classes[path] = row = {"bases": []}
    row["bases"] = [note_class(base, classes) for base in cls.__bases__ if base is not object]
    if "deconstruct" in vars(cls):
        row["deconstruct"] = deconstruct_path(cls)
    if type(cls).__name__ == "ModelBase":
        row["model"] = True
    if issubclass(cls, enum.Enum) and list(cls):
        row["members"] = {m.name: m.value for m in cls if isinstance(m.value, (int, str))}
    constants = {
        k: v for k, v in vars(cls).items() if not k.startswith("_") and (v is None or type(v) in (bool, int, str))
    }
    if constants and path.startswith(WITH_CONSTANTS) and not issubclass(cls, enum.Enum):
        row["constants"] = constants
    methods = sorted(k for k, v in vars(cls).items() if inspect.isfunction(v) and not k.startswith("_"))
    if methods and wants_methods(cls):
        row["methods"] = methods
    return path


def wants_methods(cls: type) -> bool:
    """Classes whose methods projects reach through `super()` while their models are being made."""
    return any(base.__name__ in ("QuerySet", "BaseManager", "Storage", "BaseExpression") for base in cls.__mro__)


def deconstruct_path(cls: type) -> Any:
    """True for plain `@deconstructible`, its path where one was given, "own" for a method written by hand."""
    method = vars(cls)["deconstruct"]
    cells = dict(zip(method.__code__.co_freevars, (c.cell_contents for c in method.__closure__ or ()), strict=False))
    if cells.get("klass") is not cls:
        return "own"
    return cells["path"] or True


def merge(out: str, files: list[str]) -> None:
    """One table with a bit per version: left out where all versions agree."""
    probes = [json.loads(Path(file).read_text()) for file in files]
    every = (1 << len(probes)) - 1
    table: dict[str, Any] = {"versions": [probe["version"] for probe in probes], "modules": {}, "classes": {}}
    for kind in ("modules", "classes"):
        found: dict[str, dict[str, dict[str, int]]] = {}
        for bit, probed in enumerate(probes):
            for name, rows in probed[kind].items():
                for key, value in rows.items() if kind == "modules" else [("", rows)]:
                    masks = found.setdefault(name, {}).setdefault(key, {})
                    text = json.dumps(value, sort_keys=True)
                    masks[text] = masks.get(text, 0) | 1 << bit
        for name, rows in sorted(found.items()):
            packed = {
                key: [[json.loads(text), mask] for text, mask in masks.items()] for key, masks in sorted(rows.items())
            }
            short = {
                key: (value[0][0] if len(value) == 1 and value[0][1] == every else {"per": value})
                for key, value in packed.items()
            }
            table[kind][name] = short if kind == "modules" else short[""]
    write(Path(out), table)


def write(out: Path, table: dict[str, Any]) -> None:
    """`db.json` for what every project touches; `rest.json` for the rest."""
    out.mkdir(parents=True, exist_ok=True)
    for part in ("db", "rest"):
        chosen = {
            kind: {name: value for name, value in table[kind].items() if name.startswith("django.db") == (part == "db")}
            for kind in ("modules", "classes")
        }
        text = json.dumps({"versions": table["versions"], **chosen}, separators=(",", ":"), sort_keys=True)
        (out / f"{part}.json").write_text(text.replace('"],"', '"],\n"').replace('},"django', '},\n"django') + "\n")


if __name__ == "__main__":
    if sys.argv[1] == "probe":
        probe()
    else:
        merge(sys.argv[2], sys.argv[3:])
