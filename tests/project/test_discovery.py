from __future__ import annotations

from pathlib import Path

import pytest

from migration_guard.project.discovery import dotted_name, find_projects, module_file, project_at, with_settings_paths

MANAGE = "import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'proj.settings')\n"


def tree(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    (tmp_path / ".git").mkdir()
    return tmp_path


def test_own_then_above_then_below(repo: Path) -> None:
    tree(repo, {"backend/manage.py": MANAGE, "backend/shop/models.py": "", "other/manage.py": MANAGE})
    assert [r.path for r in find_projects(repo / "backend")] == [repo / "backend"]
    assert [r.path for r in find_projects(repo / "backend/shop")] == [repo / "backend"]
    assert [r.path for r in find_projects(repo)] == [repo / "backend", repo / "other"]
    assert [r.path for r in project_at(repo / "other")] == [repo / "other"]
    assert [r.path for r in project_at(repo / "other/manage.py")] == [repo / "other"]
    assert [r.path for r in find_projects(repo, exclude=["oth*"])] == [repo / "backend"]


def test_above_without_a_checkout(tmp_path: Path) -> None:
    tree(tmp_path, {"site/manage.py": MANAGE, "site/shop/sub/x.py": ""})
    assert [r.path for r in find_projects(tmp_path / "site/shop/sub")] == [tmp_path / "site"]


def test_what_is_not_entered(repo: Path) -> None:
    tree(
        repo,
        {
            "node_modules/x/manage.py": MANAGE,
            ".tox/manage.py": MANAGE,
            "myenv/pyvenv.cfg": "",
            "myenv/lib/manage.py": MANAGE,
            "{{cookiecutter.name}}/manage.py": MANAGE,
            "flask/manage.py": "from flask_script import Manager\n",
            "a/manage.py": MANAGE,
            "a/conf/project_template/manage.py": MANAGE,
        },
    )
    assert [r.path for r in find_projects(repo)] == [repo / "a"]


def test_no_manage_script(repo: Path) -> None:
    tree(repo, {"shop/models.py": ""})
    (found,) = find_projects(repo)
    assert (found.path, found.manage) == (repo, None)
    assert "no manage.py" in found.reason


def test_source_roots(repo: Path) -> None:
    tree(
        repo,
        {
            "pyproject.toml": '[project]\nname="x"\n[tool.setuptools.packages.find]\nwhere=["lib"]\n'
            '[tool.pytest.ini_options]\npythonpath=["plugins"]\n',
            "lib/a/__init__.py": "",
            "plugins/p.py": "",
            "src/b/__init__.py": "",
            "sandbox/manage.py": MANAGE
            + "import sys\nsys.path.insert(0, os.path.join(os.path.dirname(__file__), 'apps'))\n",
            "sandbox/apps/c.py": "",
        },
    )
    (found,) = find_projects(repo / "sandbox")
    names = [root.relative_to(repo).as_posix() for root in found.source_roots]
    assert names == ["sandbox/apps", "sandbox", "lib", "plugins", "src", "."]
    assert module_file("b", found.source_roots) == repo / "src/b/__init__.py"
    assert dotted_name(repo / "sandbox/apps/c.py", found.source_roots) == "c"


def test_paths_stated_by_settings(repo: Path) -> None:
    tree(
        repo,
        {
            "manage.py": MANAGE,
            "proj/settings/__init__.py": "from .base import *\n",
            "proj/settings/base.py": "import sys\nfrom pathlib import Path\n"
            "BASE = Path(__file__).resolve().parents[2]\nsys.path.append(str(BASE / 'apps'))\n",
            "apps/shop/models.py": "",
        },
    )
    (found,) = find_projects(repo)
    found = with_settings_paths(found, repo / "proj/settings/__init__.py")
    assert found.source_roots == (repo, repo / "apps")
