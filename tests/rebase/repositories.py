"""Small projects in real git repositories, with two branches whose migrations conflict.

In: files as texts. Out: a `Work` on disk, with what git and the command say of it. Nothing of the user's own git
configuration is used.
"""

from __future__ import annotations

import os
import subprocess
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from migration_guard.cli.run import run

ENVIRONMENT = {
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_SYSTEM": os.devnull,
    "GIT_AUTHOR_NAME": "A",
    "GIT_AUTHOR_EMAIL": "a@example.com",
    "GIT_COMMITTER_NAME": "A",
    "GIT_COMMITTER_EMAIL": "a@example.com",
}

SETTINGS = """\
SECRET_KEY = "x"
INSTALLED_APPS = ["django.contrib.contenttypes", "django.contrib.auth", "blog", "shop"]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
"""
MANAGE = 'import os\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", "proj.settings")\n'


def model(name: str, *fields: str) -> str:
    """A model with text fields."""
    body = "".join(f"    {field} = models.TextField(default='')\n" for field in fields) or "    pass\n"
    return f"\n\nclass {name}(models.Model):\n{body}"


def models(*texts: str) -> str:
    return "from django.db import models\n" + "".join(texts)


def initial(name: str) -> str:
    return textwrap.dedent(f"""\
        from django.db import migrations, models


        class Migration(migrations.Migration):

            initial = True

            dependencies = [
            ]

            operations = [
                migrations.CreateModel(
                    name='{name}',
                    fields=[
                        ('id', models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ],
                ),
            ]
        """)


def adding(model_name: str, field: str, *dependencies: tuple[str, str], extra: str = "") -> str:
    """A migration that adds a text field; layout and comments as no tool would write them."""
    items = "".join(f'        ("{app}", "{name}"),  # after {name}\n' for app, name in dependencies)
    return (
        "# A comment at the top\n"
        "from django.db import migrations, models\n\n\n"
        "class Migration(migrations.Migration):\n\n"
        f"    dependencies = [ # why?\n{items}    ]\n{extra}\n"
        "    operations = [\n"
        f"        migrations.AddField('{model_name}', '{field}',\n"
        "                            models.TextField(default='')),   # wide\n"
        "    ]\n"
    )


START = {
    "manage.py": MANAGE,
    "proj/__init__.py": "",
    "proj/settings.py": SETTINGS,
    "blog/__init__.py": "",
    "blog/models.py": models(model("Post")),
    "blog/migrations/__init__.py": "",
    "blog/migrations/0001_initial.py": initial("Post"),
    "shop/__init__.py": "",
    "shop/models.py": models(model("Item")),
    "shop/migrations/__init__.py": "",
    "shop/migrations/0001_initial.py": initial("Item"),
}


@dataclass(frozen=True)
class Work:
    """A working tree."""

    root: Path
    capsys: pytest.CaptureFixture[str]

    def git(self, *words: str, fails: bool = False) -> str:
        done = subprocess.run(
            ["git", *words],
            cwd=self.root,
            env={**os.environ, **ENVIRONMENT},
            capture_output=True,
            text=True,
            check=False,
        )
        assert fails or done.returncode == 0, done.stderr
        return done.stdout

    def write(self, files: Mapping[str, str | bytes | None]) -> None:
        for name, text in files.items():
            path = self.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            if text is None:
                path.unlink()
            else:
                path.write_bytes(text if isinstance(text, bytes) else text.encode())

    def commit(self, files: Mapping[str, str | bytes | None], message: str = "change") -> None:
        """Commit these files, or everything; what else is in the working tree stays as it is."""
        self.write(files)
        self.git("add", "-A", "--", *files)
        self.git("commit", "-q", "--allow-empty", "-m", message)

    def rebase(self, *words: str, status: int = 0) -> str:
        """Run the command; what it says on both streams."""
        self.capsys.readouterr()
        found = run(["rebase", *words, "--project", str(self.root), "--no-cache", "--django-version", "5.2"])
        said = "".join(self.capsys.readouterr())
        assert found == status, said
        return said

    def tree(self) -> dict[str, bytes]:
        """All files but git's own."""
        return {
            path.relative_to(self.root).as_posix(): path.read_bytes()
            for path in sorted(self.root.rglob("*"))
            if path.is_file() and ".git" not in path.relative_to(self.root).parts and path.suffix != ".pyc"
        }

    def migrations(self, app: str = "blog") -> list[str]:
        return sorted(path.stem for path in (self.root / app / "migrations").glob("[0-9]*.py"))

    def read(self, name: str) -> str:
        return (self.root / name).read_bytes().decode()


def started(root: Path, capsys: pytest.CaptureFixture[str]) -> Work:
    """A repository with one commit on main, and a branch "feature" that is checked out."""
    work = Work(root, capsys)
    root.mkdir(parents=True, exist_ok=True)
    work.git("init", "-q", "-b", "main")
    work.commit(START)
    work.git("checkout", "-q", "-b", "feature")
    return work


def chained(work: Work, length: int) -> None:
    """On the branch: `length` migrations of blog, each with a field."""
    fields = [f"own{number}" for number in range(length)]
    files: dict[str, str | bytes | None] = {"blog/models.py": models(model("Post", *fields))}
    last = "0001_initial"
    for number, field in enumerate(fields, 2):
        name = f"{number:04}_post_{field}"
        files[f"blog/migrations/{name}.py"] = adding("post", field, ("blog", last))
        last = name
    work.commit(files, "the branch's own")


def upstream(work: Work, *, merged: bool, count: int = 1) -> None:
    """On main: `count` migrations of blog. Merged into the branch, its models joined by hand, or not."""
    work.git("checkout", "-q", "main")
    fields = [f"base{number}" for number in range(count)]
    files: dict[str, str | bytes | None] = {}
    last = "0001_initial"
    for number, field in enumerate(fields, 2):
        name = f"{number:04}_post_{field}"
        files[f"blog/migrations/{name}.py"] = adding("post", field, ("blog", last))
        last = name
    work.commit({"blog/models.py": models(model("Post", *fields)), **files}, "the base's")
    work.git("checkout", "-q", "feature")
    if merged:
        merge(work, fields)


def merge(work: Work, fields: list[str]) -> None:
    """Merge main, with the models that both sides want."""
    own = [f"own{number}" for number in range(work.read("blog/models.py").count("own"))]
    work.git("merge", "-q", "main", fails=True)
    work.commit({"blog/models.py": models(model("Post", *own, *fields))}, "merged")
