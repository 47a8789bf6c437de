from __future__ import annotations

from pathlib import Path

import pytest
from opened import open_project

from migration_guard.config import Config
from migration_guard.evaluate.objects import Raised
from migration_guard.project.defaults import contrib_apps, global_settings
from migration_guard.project.settings import databases
from migration_guard.values import Unknown


def settings_of(folder: Path, text: str, **more: object) -> object:
    return open_project(folder, {"proj/__init__.py": "", "proj/settings.py": text}, **more).settings  # type: ignore[arg-type]


def value(folder: Path, text: str, name: str = "X", **more: object) -> object:
    return settings_of(folder, text, **more).get(name)  # type: ignore[attr-defined]


def test_the_module_over_the_defaults(tmp_path: Path) -> None:
    settings = open_project(
        tmp_path, {"proj/settings.py": "USE_TZ = False\nAPPS = ['a']\nINSTALLED_APPS = APPS + ['b']\n"}
    ).settings
    assert settings.get("USE_TZ") is False
    assert settings.get("INSTALLED_APPS") == ["a", "b"]
    assert settings.get("AUTH_USER_MODEL") == "auth.User"
    assert settings.get("MIGRATION_MODULES") == {}
    assert settings.has("USE_TZ") and not settings.has("AUTH_USER_MODEL")
    with pytest.raises(Raised, match="has no attribute 'NOPE'"):
        settings.get("NOPE")
    assert settings.get_or("NOPE", 3) == 3
    assert isinstance(settings.read("NOPE"), Unknown)


def test_split_settings(tmp_path: Path) -> None:
    files = {
        "proj/settings/__init__.py": "from .base import *\n"
        "try:\n    from .local import *\nexcept ImportError:\n    pass\n",
        "proj/settings/base.py": "from .parts import THIRD\nINSTALLED_APPS = ['a', *THIRD]\nINSTALLED_APPS += ['z']\n",
        "proj/settings/parts.py": "THIRD = ['b']\n",
    }
    assert open_project(tmp_path, files).settings.get("INSTALLED_APPS") == ["a", "b", "z"]


def test_stated_values_win(tmp_path: Path) -> None:
    config = Config(settings_values={"X": 2, "Y": [1]})
    opened = open_project(tmp_path, {"proj/settings.py": "X = 1\n"}, config=config)
    assert (opened.settings.get("X"), opened.settings.get("Y")) == (2, [1])


def test_unknown_says_why_and_what_to_do(tmp_path: Path) -> None:
    found = value(tmp_path, "import os\nX = os.environ['X']\n")
    assert isinstance(found, Unknown)
    assert found.reason.startswith("settings.X is not known: the environment variable X has no default")
    assert found.remedy and "env:X" in found.remedy


def test_an_unreadable_star_import_leaves_doubt(tmp_path: Path) -> None:
    opened = open_project(tmp_path, {"proj/settings.py": "from elsewhere.settings import *\nX = 1\n"})
    assert opened.settings.get("X") == 1
    found = opened.settings.get("AUTH_USER_MODEL")
    assert isinstance(found, Unknown)
    assert "elsewhere.settings" in found.reason


def test_no_settings_and_missing_settings(tmp_path: Path) -> None:
    none = open_project(tmp_path, {}, module=None).settings
    assert none.get("AUTH_USER_MODEL") == "auth.User"
    assert isinstance(none.get("DEFAULT_AUTO_FIELD"), Unknown)
    assert isinstance(none.get("ANYTHING"), Unknown)
    missing = open_project(tmp_path, {"proj/__init__.py": ""}, module="proj.nowhere").settings
    assert missing.problem is not None
    assert missing.problem.reason == "the settings module proj.nowhere was not found"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("import os\nX = os.environ.get('X', 'd')\n", "d"),
        ("import environ\nenv = environ.Env()\nX = env('X', default='d')\n", "d"),
        ("import environ\nenv = environ.Env(X=(bool, False))\nenviron.Env.read_env('.env')\nX = env('X')\n", False),
        ("import environ\nenv = environ.Env()\nX = env.list('X', default=['a'])\n", ["a"]),
        ("from environs import Env\nenv = Env()\nenv.read_env()\nX = env.int('X', 3)\n", 3),
        ("from decouple import config\nX = config('X', default='1', cast=int)\n", 1),
        ("from decouple import config\nX = config('X', default='no', cast=bool)\n", False),
        ("from decouple import config, Csv\nX = config('X', default='a, b', cast=Csv())\n", ["a", "b"]),
    ],
)
def test_environment_libraries_have_their_defaults(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, expected: object
) -> None:
    monkeypatch.setenv("X", "of this process")
    assert value(tmp_path, text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "import environ\nenv = environ.Env()\nX = env('X')\n",
        "import environ\nenv = environ.Env(X=bool)\nX = env('X')\n",
        "from environs import Env\nX = Env().str('X')\n",
        "from decouple import config\nX = config('X')\n",
        "from pydantic_settings import BaseSettings\nclass S(BaseSettings):\n    X: str\nX = S().X\n",
    ],
)
def test_without_a_default_it_is_unknown_unless_stated(tmp_path: Path, text: str) -> None:
    assert isinstance(value(tmp_path, text), Unknown)
    if "pydantic" not in text:
        stated = value(tmp_path, text, config=Config(values={"env:X": "true"}))
        assert stated == (True if "bool" in text else "true")


def test_pydantic_defaults(tmp_path: Path) -> None:
    text = "from pydantic_settings import BaseSettings\nclass S(BaseSettings):\n    X: bool = True\ns = S()\nX = s.X\n"
    assert value(tmp_path, text) is True


CONFIGURATIONS = """
from configurations import Configuration, values
class Base(Configuration):
    X = 'base'
    DEBUG = values.BooleanValue(False)
    INSTALLED_APPS = ['a']
    @property
    def Y(self):
        return self.INSTALLED_APPS + ['p']
class Dev(Base):
    X = 'dev'
    INSTALLED_APPS = Base.INSTALLED_APPS + ['b']
"""


def test_django_configurations(tmp_path: Path) -> None:
    settings = open_project(tmp_path, {"proj/settings.py": CONFIGURATIONS}, configuration="Dev").settings
    assert settings.get("X") == "dev"
    assert settings.get("INSTALLED_APPS") == ["a", "b"]
    assert settings.get("Y") == ["a", "b", "p"]
    assert settings.get("DEBUG") is False
    assert settings.get("USE_I18N") is True


def test_dynaconf_files_may_override(tmp_path: Path) -> None:
    files = {
        "proj/settings.py": "X = 1\nY = 2\nimport dynaconf\nsettings = dynaconf.DjangoDynaconf(__name__)\n",
        "settings.toml": "[default]\nx = 3\n",
    }
    settings = open_project(tmp_path, files).settings
    assert isinstance(settings.get("X"), Unknown)
    assert settings.get("Y") == 2


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("DATABASES = {'default': {'ENGINE': 'django.db.backends.mysql'}}\n", "django.db.backends.mysql"),
        (
            "import environ\nDATABASES = {'default': environ.Env().db('U', default='postgres:///x')}\n",
            "django.db.backends.postgresql",
        ),
        (
            "import dj_database_url\nDATABASES = {'default': dj_database_url.config(default='sqlite:///x')}\n",
            "django.db.backends.sqlite3",
        ),
        ("import dj_database_url\nDATABASES = {'default': dj_database_url.config()}\n", Unknown),
        ("import os\nDATABASES = {'default': {'ENGINE': os.environ['E']}}\n", Unknown),
    ],
)
def test_databases(tmp_path: Path, text: str, expected: object) -> None:
    found = databases(open_project(tmp_path, {"proj/settings.py": text}).settings)["default"]
    assert found == expected or (expected is Unknown and isinstance(found, Unknown))


def test_swappables(tmp_path: Path) -> None:
    text = "AUTH_USER_MODEL = 'users.User'\nSHOP_CART_MODEL = 'shop.Cart'\nX_MODEL = 3\n"
    settings = open_project(tmp_path, {"proj/settings.py": text}).settings
    assert settings.swappable_values() == {"AUTH_USER_MODEL": "users.User", "SHOP_CART_MODEL": "shop.Cart"}


def test_defaults_by_version() -> None:
    assert global_settings((5, 2))["DEFAULT_AUTO_FIELD"] == "django.db.models.AutoField"
    assert global_settings((6, 0))["DEFAULT_AUTO_FIELD"] == "django.db.models.BigAutoField"
    assert global_settings((4, 2))["USE_TZ"] is False
    assert "USE_L10N" not in global_settings((5, 0))
    assert ("af", "Afrikaans") in global_settings((4, 2))["LANGUAGES"]
    assert contrib_apps((5, 2))["django.contrib.admin"].configs["AdminConfig"] == "django.db.models.AutoField"
