from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from opened import Opened, open_project

from migration_guard.config import Config
from migration_guard.project.apps import InstalledApp, tree_apps
from migration_guard.source.environment import Environment
from migration_guard.values import Unknown

CONFIG = "from django.apps import AppConfig\n"
ENTRIES: dict[str, dict[str, str]] = {
    "plain": {"plain/__init__.py": "", "plain/models.py": "", "plain/migrations/__init__.py": ""},
    "single": {"single/apps.py": CONFIG + "class A(AppConfig):\n    name = 'single'\n    label = 'one'\n"},
    "off": {"off/apps.py": CONFIG + "class A(AppConfig):\n    name = 'off'\n    label = 'x'\n    default = False\n"},
    "several": {
        "several/apps.py": CONFIG
        + "class A(AppConfig):\n    name = 'several'\n    label = 'sa'\n"
        + "class B(A):\n    label = 'sb'\n    default = True\n"
    },
    "undecided": {
        "undecided/apps.py": CONFIG
        + "class A(AppConfig):\n    name = 'undecided'\nclass B(AppConfig):\n    name = 'undecided'\n    label = 'ub'\n"
    },
    "dotted.apps.Special": {
        "dotted/apps.py": CONFIG
        + "class A(AppConfig):\n    name = 'dotted'\nclass Special(A):\n    label = 'special'\n"
        + "    default_auto_field = 'django.db.models.BigAutoField'\n"
    },
    "nested.inner": {
        "nested/__init__.py": "",
        "nested/inner/apps.py": "from nested.shared import Base\nclass InnerConfig(Base):\n    name = 'nested.inner'\n",
        "nested/shared.py": CONFIG + "class Base(AppConfig):\n    default = False\n    label = 'deep'\n",
    },
    "inherits": {
        "inherits/apps.py": CONFIG
        + "class Base(AppConfig):\n    default = False\n    default_auto_field = 'django.db.models.SmallAutoField'\n"
        + "class C(Base):\n    default = True\n    name = 'inherits'\n"
    },
    "imported": {
        "imported/apps.py": "from imported.configs import *\n",
        "imported/configs.py": CONFIG + "class Found(AppConfig):\n    name = 'imported'\n    label = 'found'\n",
    },
    "elsewhere.Config": {
        "elsewhere.py": CONFIG + "class Config(AppConfig):\n    name = 'target.pkg'\n    path = '/tmp'\n",
        "target/__init__.py": "",
        "target/pkg/__init__.py": "",
        "target/pkg/models/__init__.py": "",
    },
    "computed": {
        "computed/apps.py": CONFIG
        + "import computed\nclass A(AppConfig):\n    name = computed.__name__\n    label = f'{name}_x'\n"
    },
    "module_app": {"module_app.py": ""},
    "namespace_app": {"namespace_app/models.py": ""},
    "proj.admin.SiteConfig": {
        "proj/admin.py": "from django.contrib.admin.apps import AdminConfig\nclass SiteConfig(AdminConfig):\n    pass\n"
    },
    "django.contrib.auth.apps.AuthConfig": {},
    "django.contrib.contenttypes": {},
    "django.contrib.sessions": {},
    "django.contrib.flatpages": {},
}
SETTINGS = """
INSTALLED_APPS = {entries!r}
DEFAULT_AUTO_FIELD = 'django.db.models.AutoField'
SECRET_KEY = 'x'
MIGRATION_MODULES = {{'one': None, 'sb': 'proj.sb_migrations'}}
"""
PROBE = """
import json, sys
from django.apps import AppConfig
from django.apps.registry import Apps
from django.conf import settings
from django.db.migrations.loader import MigrationLoader
def one(entry):
    try:
        config = AppConfig.create(entry)
    except Exception as error:
        return type(error).__name__
    from django.utils.module_loading import module_has_submodule
    models = config.name + '.models' if module_has_submodule(config.module, 'models') else None
    path = None if type(config) is AppConfig else type(config).__module__ + '.' + type(config).__qualname__
    modules = settings.MIGRATION_MODULES
    return [config.label, config.name, path, models, config.default_auto_field, config.path,
            modules[config.label] if config.label in modules else config.name + '.migrations']
print(json.dumps([one(entry) for entry in settings.INSTALLED_APPS]))
"""


def files_of(entries: dict[str, dict[str, str]]) -> dict[str, str]:
    files = {name: text for group in entries.values() for name, text in group.items()}
    for name in list(files):
        if name.endswith("/apps.py"):
            files.setdefault(name.removesuffix("apps.py") + "__init__.py", "")
    return {**files, "proj/__init__.py": "", "proj/settings.py": SETTINGS.format(entries=list(entries))}


def django_says(folder: Path) -> list[object]:
    environ = {"PYTHONPATH": str(folder), "DJANGO_SETTINGS_MODULE": "proj.settings", "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run([sys.executable, "-c", PROBE], env=environ, capture_output=True, text=True, check=True)
    found: list[object] = json.loads(done.stdout)
    return found


def as_row(app: InstalledApp) -> list[object]:
    return [
        app.label, app.name, app.config, app.models_module, app.default_auto_field, str(app.path), app.migrations_module
    ]  # fmt: skip


def environment() -> Environment:
    found = Environment.discover(Path(sys.executable), Path.cwd())
    assert found is not None
    return found


def test_as_django_makes_them(tmp_path: Path) -> None:
    opened = open_project(tmp_path, files_of(ENTRIES), environment=environment())
    assert [as_row(app) for app in opened.apps] == django_says(tmp_path)
    assert opened.apps.problems == ()
    assert all(app.certain for app in opened.apps)


WRONG = {
    "twice": {
        "twice/apps.py": CONFIG
        + "class A(AppConfig):\n    name = 'twice'\n    default = True\n"
        + "class B(AppConfig):\n    name = 'twice'\n    default = True\n"
    },
    "nameless.apps.A": {"nameless/apps.py": CONFIG + "class A(AppConfig):\n    pass\n"},
    "noclass.apps.Nope": {"noclass/apps.py": CONFIG},
    "notconfig.apps.Thing": {"notconfig/apps.py": "class Thing:\n    pass\n"},
}


def test_what_django_refuses_is_a_problem(tmp_path: Path) -> None:
    opened = open_project(tmp_path, files_of(WRONG), environment=environment())
    assert all(isinstance(row, str) for row in django_says(tmp_path))
    assert [problem.entry for problem in opened.apps.problems] == [
        "twice",
        "nameless",
        "noclass.apps.Nope",
        "notconfig.apps.Thing",
    ]
    assert opened.apps.apps == ()


def opened_with(folder: Path, settings: str, files: dict[str, str] | None = None, **more: object) -> Opened:
    files = {"proj/__init__.py": "", "proj/settings.py": settings, **(files or {})}
    return open_project(folder, files, **more)  # type: ignore[arg-type]


def test_two_apps_with_one_label(tmp_path: Path) -> None:
    files = {"a/shop/__init__.py": "", "b/shop/__init__.py": "", "a/__init__.py": "", "b/__init__.py": ""}
    apps = opened_with(tmp_path, "INSTALLED_APPS = ['a.shop', 'b.shop']\n", files).apps
    assert [app.name for app in apps] == ["a.shop"]
    assert [problem.message for problem in apps.problems] == ["two installed apps have the label 'shop'"]


def test_without_an_environment(tmp_path: Path) -> None:
    entries = ["django.contrib.admin", "wagtail.images", "rest_framework", "oscar.apps.order.apps.OrderConfig"]
    apps = opened_with(tmp_path, f"INSTALLED_APPS = {entries!r}\n").apps
    assert [(app.label, app.name, app.certain, app.found) for app in apps] == [
        ("admin", "django.contrib.admin", True, False),
        ("wagtailimages", "wagtail.images", False, False),
        ("rest_framework", "rest_framework", False, False),
        ("order", "oscar.apps.order", False, False),
    ]
    assert apps.apps[0].models_module == "django.contrib.admin.models"
    assert len(apps.notes) == 3


def test_a_config_whose_base_cannot_be_read(tmp_path: Path) -> None:
    files = {
        "shop/__init__.py": "",
        "shop/apps.py": "from vendor.apps import VendorConfig\nclass ShopConfig(VendorConfig):\n    name = 'shop'\n",
    }
    (app,) = opened_with(tmp_path, "INSTALLED_APPS = ['shop']\n", files).apps
    assert (app.label, app.config) == ("shop", "shop.apps.ShopConfig")
    assert isinstance(app.default_auto_field, Unknown)


def test_migration_modules(tmp_path: Path) -> None:
    files = {
        "a/__init__.py": "",
        "b/__init__.py": "",
        "c/__init__.py": "",
        "c/migrations/0001.py": "",
        "moved/__init__.py": "",
    }
    text = "INSTALLED_APPS = ['a', 'b', 'c']\nMIGRATION_MODULES = {'a': None, 'b': 'moved'}\n"
    a, b, c = opened_with(tmp_path, text, files).apps
    assert (a.migrations_module, a.migrations_kind, a.migrations_explicit) == (None, "disabled", True)
    assert (b.migrations_kind, b.migrations_dirs) == ("package", (tmp_path / "moved",))
    assert (c.migrations_kind, c.migrations_module) == ("namespace", "c.migrations")


def test_parts_of_the_list_that_are_not_known(tmp_path: Path) -> None:
    text = "import os\nINSTALLED_APPS = ['a', os.environ['EXTRA'], 'b']\n"
    apps = opened_with(tmp_path, text, {"a/__init__.py": "", "b/__init__.py": ""}).apps
    assert [app.label for app in apps] == ["a", "b"]
    assert len(apps.incomplete) == 1


TREE = {
    "shop/__init__.py": "",
    "shop/models.py": "",
    "blog/migrations/__init__.py": "",
    "blog/__init__.py": "",
    "pack/__init__.py": "",
    "pack/wiki/__init__.py": "",
    "pack/wiki/models/__init__.py": "",
    "docs/conf.py": "",
    "old/models.py": "",
}


def test_no_settings_apps_from_the_tree(tmp_path: Path) -> None:
    opened = open_project(tmp_path, TREE, module=None)
    own = [app for app in opened.apps if not app.name.startswith("django.")]
    assert [app.name for app in own] == ["blog", "old", "pack.wiki", "shop"]
    assert opened.apps.notes[-1] == "INSTALLED_APPS is not known; 4 app(s) were discovered from the tree."
    assert all(not app.certain for app in opened.apps)
    assert opened.apps.by_label("auth") is not None
    assert list(tree_apps(opened.root, ["pack/*"])) == ["blog", "old", "shop"]


def test_stated_apps(tmp_path: Path) -> None:
    config = Config(settings_values={"INSTALLED_APPS": ["shop"]})
    apps = open_project(tmp_path, TREE, module=None, config=config).apps
    assert [(app.label, app.certain) for app in apps] == [("shop", True)]


def test_containing_app(tmp_path: Path) -> None:
    files = {"a/__init__.py": "", "a/b/__init__.py": ""}
    apps = opened_with(tmp_path, "INSTALLED_APPS = ['a', 'a.b']\n", files).apps
    names = {module: getattr(apps.containing(module), "name", None) for module in ("a.models", "a.b.models", "ab")}
    assert names == {"a.models": "a", "a.b.models": "a.b", "ab": None}


@pytest.mark.parametrize("known", [True, False])
def test_plugins_by_entry_points(tmp_path: Path, known: bool) -> None:
    site = tmp_path / "env" / "lib" / "python3.12" / "site-packages"
    info = site / "plug-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Name: plug\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[shop.plugin]\nplug = plug.app:Config\n[other]\nx = y\n")
    (site / "plug" / "app").mkdir(parents=True)
    (tmp_path / "env" / "pyvenv.cfg").write_text("version = 3.12.1\n")
    text = (
        "from importlib.metadata import entry_points\n"
        "INSTALLED_APPS = [e.module for e in entry_points(group='shop.plugin')]\n"
    )
    env = Environment.discover(tmp_path / "env", tmp_path) if known else None
    apps = opened_with(tmp_path, text, environment=env).apps
    if known:
        assert [app.name for app in apps] == ["plug.app"]
    else:
        assert apps.incomplete
