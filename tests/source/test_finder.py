"""The finder and the environment, on small trees; `tree` maps paths to contents, a None makes a folder."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from migration_guard.source.environment import Environment
from migration_guard.source.finder import Finder, Found, is_stdlib
from migration_guard.source.listings import unchanged

SITE = ".venv/lib/python3.11/site-packages"
CFG = {".venv/pyvenv.cfg": "home = /nowhere/bin\nversion = 3.11.7\n"}


@pytest.fixture(autouse=True)
def no_active_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("VIRTUAL_ENV", raising=False)
    monkeypatch.delenv("UV_PROJECT_ENVIRONMENT", raising=False)


def tree(root: Path, files: dict[str, str | None]) -> Path:
    for name, content in files.items():
        path = root / name
        (path if content is None else path.parent).mkdir(parents=True, exist_ok=True)
        if content is not None:
            path.write_text(content)
    return root


def summary(root: Path, found: Found | None) -> str | None:
    if found is None:
        return None
    places = [found.path] if found.path else list(found.search_paths)
    shown = " ".join(place.relative_to(root).as_posix() for place in places)
    return f"{found.kind} {shown}{'' if found.first_party else ' (third party)'}"


PROJECT = {
    "shop/__init__.py": "",
    "shop/models.py": "",
    "shop/models/__init__.py": "",
    "shop/sub/deep.py": "",
    "shop/note.txt": "",
    "shop/migrations/0001_initial.py": "",
    "single.py": "",
    "data/readme": "",
    f"{SITE}/django/__init__.py": "",
    f"{SITE}/django/db/__init__.py": "",
    f"{SITE}/shop/__init__.py": "",
    f"{SITE}/ns/one/__init__.py": "",
    "src/ns/two.py": "",
    f"{SITE}/django-stubs/__init__.pyi": "",
    f"{SITE}/dir.py": None,
    f"{SITE}/compiled.cpython-311-x86_64-linux-gnu.so": "",
}

ANSWERS = {
    "shop": "package shop/__init__.py",
    "shop.models": "package shop/models/__init__.py",
    "shop.sub": "namespace shop/sub",
    "shop.sub.deep": "module shop/sub/deep.py",
    "shop.note": None,
    "shop.migrations.0001_initial": "module shop/migrations/0001_initial.py",
    "single": "module single.py",
    "single.x": None,
    "data": "namespace data",
    "django.db": f"package {SITE}/django/db/__init__.py (third party)",
    "django.nope.x": None,
    "ns": f"namespace src/ns {SITE}/ns",
    "ns.two": "module src/ns/two.py",
    "ns.one": f"package {SITE}/ns/one/__init__.py (third party)",
    "django-stubs": None,
    "dir": None,
    "compiled": None,
    "": None,
    ".": None,
    "shop..models": None,
    "shop.": None,
    "../shop": None,
}


@pytest.mark.parametrize("name", ANSWERS)
def test_find(tmp_path: Path, name: str) -> None:
    tree(tmp_path, {**CFG, **PROJECT})
    finder = Finder([tmp_path, tmp_path / "src"], Environment.discover(None, tmp_path))
    assert summary(tmp_path, finder.find(name)) == ANSWERS[name]


def test_each_folder_is_listed_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tree(tmp_path, PROJECT)
    listed: list[str] = []
    scandir = os.scandir
    monkeypatch.setattr(os, "scandir", lambda path: (listed.append(path), scandir(path))[1])
    finder = Finder([tmp_path])
    for name in ("shop.models", "shop.sub.deep", "shop.a", "shop.b", "nope"):
        finder.find(name)
    assert len(listed) == len(set(listed))


def test_consulted_notices_changes(tmp_path: Path) -> None:
    tree(tmp_path, {**CFG, **PROJECT})
    finder = Finder([tmp_path], Environment.discover(None, tmp_path))
    finder.find("shop.models")
    seen = dict(finder.consulted)
    assert str(tmp_path / "shop") in seen and str(tmp_path / ".venv/pyvenv.cfg") in seen
    assert unchanged(seen)
    os.utime(tmp_path / "shop", (1, 1))
    assert not unchanged(seen)


@pytest.mark.skipif(sys.platform == "win32", reason="needs symbolic links")
def test_links(tmp_path: Path) -> None:
    tree(tmp_path, {"real/__init__.py": ""})
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "real/again").symlink_to("..")
    (tmp_path / "alias").symlink_to("real")
    finder = Finder([tmp_path])
    assert summary(tmp_path, finder.find("alias")) == "package alias/__init__.py"
    assert finder.find("loop") is None
    assert finder.find("real" + ".again.real" * 20) is not None


def test_unreadable(tmp_path: Path) -> None:
    assert Finder([tmp_path / "absent", tmp_path / "a\0b"]).find("x") is None


def test_stdlib() -> None:
    assert is_stdlib("os.path") and is_stdlib("datetime") and not is_stdlib("django.db")


# Discovery


def discovered(root: Path, python: Path | None = None, project: str = ".") -> list[str]:
    environment = Environment.discover(python, root / project)
    return [path.relative_to(root).as_posix() for path in environment.paths] if environment else []


def test_in_project_and_parents(tmp_path: Path) -> None:
    tree(tmp_path, {**CFG, f"{SITE}/a.py": "", "backend/app/x.py": ""})
    assert discovered(tmp_path) == [SITE]
    assert discovered(tmp_path, project="backend") == [], "outside of a repository, only the project itself"
    tree(tmp_path, {".git/HEAD": ""})
    assert discovered(tmp_path, project="backend/app") == [SITE]


def test_git_root_ends_the_search(tmp_path: Path) -> None:
    tree(tmp_path, {**CFG, f"{SITE}/a.py": "", "repo/.git": "gitdir: x"})
    assert discovered(tmp_path, project="repo") == []


def test_virtual_env_variable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tree(tmp_path, {**CFG, f"{SITE}/a.py": "", "other/pyvenv.cfg": "", "other/lib/python3.9/site-packages/b.py": ""})
    monkeypatch.setenv("VIRTUAL_ENV", str(tmp_path / "other"))
    assert discovered(tmp_path) == ["other/lib/python3.9/site-packages"]
    monkeypatch.setenv("VIRTUAL_ENV", str(tmp_path / "gone"))
    assert discovered(tmp_path) == [SITE]


@pytest.mark.parametrize("python", ["v/bin/python", "v/bin/python3.12", "v"])
def test_given_python(tmp_path: Path, python: str) -> None:
    tree(
        tmp_path,
        {
            "v/pyvenv.cfg": "version_info = 3.12.1.final.0\n",
            "v/bin/python": "",
            "v/bin/python3.12": "",
            "v/lib/python3.12/site-packages/a.py": "",
            "v/lib/python3.9/site-packages/a.py": "",
        },
    )
    assert discovered(tmp_path, tmp_path / python) == ["v/lib/python3.12/site-packages"]


def test_windows_layout(tmp_path: Path) -> None:
    tree(tmp_path, {"v/pyvenv.cfg": "", "v/Scripts/python.exe": "", "v/Lib/site-packages/a.py": ""})
    assert discovered(tmp_path, tmp_path / "v/Scripts/python.exe") == ["v/Lib/site-packages"]


def test_interpreter_that_is_no_environment(tmp_path: Path) -> None:
    tree(tmp_path, {"usr/bin/python3.11": "", "usr/lib/python3/dist-packages/a.py": ""})
    tree(tmp_path, {"usr/local/lib/python3.11/dist-packages/b.py": "", "usr/lib/python3.9/site-packages/c.py": ""})
    assert discovered(tmp_path, tmp_path / "usr/bin/python3.11") == [
        "usr/lib/python3/dist-packages",
        "usr/local/lib/python3.11/dist-packages",
    ]


def test_system_site_packages(tmp_path: Path) -> None:
    cfg = f"home = {tmp_path / 'base/bin'}\ninclude-system-site-packages = true\nversion = 3.11.2\n"
    tree(tmp_path, {".venv/pyvenv.cfg": cfg, f"{SITE}/a.py": "", "base/lib/python3.11/site-packages/b.py": ""})
    assert discovered(tmp_path) == [SITE, "base/lib/python3.11/site-packages"]


@pytest.mark.skipif(sys.platform == "win32", reason="needs symbolic links")
def test_lib64_link_counts_once(tmp_path: Path) -> None:
    tree(tmp_path, {**CFG, f"{SITE}/a.py": ""})
    (tmp_path / ".venv/lib64").symlink_to("lib")
    assert discovered(tmp_path) == [SITE]


def test_nothing_there(tmp_path: Path) -> None:
    assert discovered(tmp_path) == []
    assert discovered(tmp_path, tmp_path / "bin/python") == []


# Installed in other places


def test_path_files(tmp_path: Path) -> None:
    pth = f"# comment\n\n{tmp_path / 'plain'}\n../relative\nimport os; os.system('false')\n/absent/folder\n"
    tree(tmp_path, {**CFG, f"{SITE}/z.pth": pth, f"{SITE}/legacy.egg-link": f"{tmp_path / 'egg'}\n.\n"})
    tree(tmp_path, {"plain/p.py": "", ".venv/lib/python3.11/relative/r.py": "", "egg/e.py": ""})
    finder = Finder([], Environment.discover(None, tmp_path))
    assert summary(tmp_path, finder.find("p")) == "module plain/p.py (third party)"
    assert summary(tmp_path, finder.find("r")) == "module .venv/lib/python3.11/relative/r.py (third party)"
    assert summary(tmp_path, finder.find("e")) == "module egg/e.py (third party)"


@pytest.mark.parametrize("annotation", ["", ": dict[str, str]"])
def test_setuptools_editable_finder(tmp_path: Path, annotation: str) -> None:
    text = (
        "import sys\n"
        f"MAPPING{annotation} = {{'pkg': {str(tmp_path / 'work/pkg')!r}, 'solo': {str(tmp_path / 'work/solo')!r},"
        f" 'ns.inner': {str(tmp_path / 'work/inner')!r}, 'bad': f()}}\n"
        f"NAMESPACES{annotation} = {{'ns': [{str(tmp_path / 'work/ns')!r}]}}\n"
    )
    line = "import __editable___pkg_1_0_finder; __editable___pkg_1_0_finder.install()\n"
    tree(tmp_path, {**CFG, f"{SITE}/__editable___pkg_1_0_finder.py": text, f"{SITE}/__editable__.pkg.pth": line})
    tree(tmp_path, {"work/pkg/__init__.py": "", "work/pkg/models.py": "", "work/solo.py": ""})
    tree(tmp_path, {"work/inner/__init__.py": "", "work/ns/other.py": ""})
    finder = Finder([], Environment.discover(None, tmp_path))
    assert summary(tmp_path, finder.find("pkg.models")) == "module work/pkg/models.py (third party)"
    assert summary(tmp_path, finder.find("solo")) == "module work/solo.py (third party)"
    assert summary(tmp_path, finder.find("ns.inner")) == "package work/inner/__init__.py (third party)"
    assert summary(tmp_path, finder.find("ns.other")) == "module work/ns/other.py (third party)"
    assert finder.find("bad") is None


DISTRIBUTIONS = {
    "Django": (
        "Django-5.2.1.dist-info/METADATA",
        "Metadata-Version: 2.1\nName: Django\nVersion: 5.2.1\n\nVersion: 9\n",
    ),
    "django-foo.bar": ("django_foo_bar-1.0.dist-info/METADATA", "Name: django-foo-bar\nVersion: 1.0\n"),
    "Old_Egg": ("old_egg-0.3-py3.8.egg-info/PKG-INFO", "Version: 0.3\n"),
    "flat": ("flat-2.egg-info", "Version: 2\n"),
    "developed": ("developed.egg-info/PKG-INFO", "Version: 0.1.dev0\r\n\r\nbody"),
}


@pytest.mark.parametrize("name", DISTRIBUTIONS)
def test_distribution_version(tmp_path: Path, name: str) -> None:
    path, text = DISTRIBUTIONS[name]
    tree(tmp_path, {**CFG, f"{SITE}/{path}": text, f"{SITE}/django_extras-1.dist-info/METADATA": "Version: 1\n"})
    environment = Environment.discover(None, tmp_path)
    assert environment is not None
    expected = text.partition("Version: ")[2] if name != "Django" else "5.2.1"
    assert environment.distribution_version(name) == expected.split()[0]
    assert environment.distribution_version("absent") is None
