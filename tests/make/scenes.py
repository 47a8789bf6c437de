"""Small projects for the commands that write migrations, and both tools run on them: ours and real Django's.

A scene is a set of files; a run is a command in a copy of it, perhaps on a terminal with answers typed in advance.
"""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
import termios
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.django_oracle import DJANGOS, ROOT, Django, Project

SETTINGS = """
SECRET_KEY = "x"
USE_TZ = True
INSTALLED_APPS = ["shop", "blog"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
"""
MANAGE = """
import os, sys
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "proj.settings")
from django.core.management import execute_from_command_line
if __name__ == "__main__":
    execute_from_command_line(sys.argv)
"""
INITIAL = """
from django.db import migrations, models

class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [
        migrations.CreateModel("Post", [
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("title", models.CharField(max_length=20)),
            ("note", models.CharField(max_length=20, null=True)),
        ]),
    ]
"""
POST = """
class Post(models.Model):
    title = models.CharField(max_length=20)
    note = models.CharField(max_length=20, null=True)
"""
SHOP = """
class Shop(models.Model):
    name = models.CharField(max_length=20)
"""


def migration(dependency: str, *operations: str, app: str = "blog") -> str:
    """A migration file with one dependency."""
    lines = "".join(f"        migrations.{operation},\n" for operation in operations)
    return (
        "from django.db import migrations, models\n\nclass Migration(migrations.Migration):\n"
        f"    dependencies = [({app!r}, {dependency!r})]\n    operations = [\n{lines}    ]\n"
    )


def scene(post: str = POST, shop: str | None = None, **others: str) -> dict[str, str]:
    """The files of a project with an app `blog` that has migrations, and an app `shop` that has none."""
    head = "import uuid\nfrom django.db import models\n"
    files = {
        "manage.py": MANAGE,
        "proj/__init__.py": "",
        "proj/settings.py": SETTINGS,
        "shop/__init__.py": "",
        "shop/models.py": head + (shop or ""),
        "blog/__init__.py": "",
        "blog/models.py": head + post,
        "blog/migrations/__init__.py": "",
        "blog/migrations/0001_initial.py": INITIAL,
    }
    return files | {name.replace("__", "/") + ".py": text for name, text in others.items()}


def in_turn(cases: Iterable[str]) -> list[tuple[str, Django]]:
    """Each case with one Django: all with all would take minutes, and versions hardly differ here."""
    return [(name, DJANGOS[place % len(DJANGOS)]) for place, name in enumerate(cases)]


@dataclass(frozen=True, slots=True)
class Run:
    """How a command ended: its status, what it printed, and the files that are new, changed or (None) gone."""

    code: int
    stdout: str
    stderr: str
    files: Mapping[str, str | None]


def lay_out(folder: Path, files: Mapping[str, str]) -> Path:
    root = folder / "site"
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


def ours(folder: Path, files: Mapping[str, str], django: Django, args: Sequence[str], typed: str | None = None) -> Run:
    """Our command."""
    root = lay_out(folder / "ours", files)
    command, *rest = args
    known = ["--project", str(root), "--no-cache", "--django-version", django.version]
    argv = [sys.executable, "-m", "migration_guard", command, *known, *rest]
    return _run(root, argv, {"PYTHONPATH": str(ROOT)}, typed)


def theirs(
    folder: Path, files: Mapping[str, str], django: Django, args: Sequence[str], typed: str | None = None
) -> Run:
    """Django's."""
    root = lay_out(folder / "theirs", files)
    paths = os.pathsep.join([str(root), *map(str, django.sites(Project(root, "proj.settings")))])
    return _run(root, [str(django.python), "-s", "manage.py", *args], {"PYTHONPATH": paths}, typed)


def _run(root: Path, argv: Sequence[str], environment: Mapping[str, str], typed: str | None) -> Run:
    kept = {name: value for name, value in os.environ.items() if not re.match(r"DJANGO_|PYTHON|VIRTUAL_ENV", name)}
    # No formatter on the path: what is compared is what Django's writer gives.
    env = {**kept, **environment, "PYTHONDONTWRITEBYTECODE": "1", "PATH": "/usr/bin:/bin", "TERM": "xterm"}
    before = _sources(root)
    if typed is None:
        done = subprocess.run(
            argv, cwd=root, env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120, check=False
        )
        code, stdout, stderr = done.returncode, done.stdout, done.stderr
    else:
        code, stdout = _on_terminal(root, argv, env, typed)
        stderr = ""
    after = _sources(root)
    changed = {name: _same(after.get(name), root) for name in {*before, *after} if before.get(name) != after.get(name)}
    return Run(code, _same(stdout, root) or "", _same(stderr, root) or "", dict(sorted(changed.items())))


def _on_terminal(root: Path, argv: Sequence[str], env: Mapping[str, str], typed: str) -> tuple[int, str]:
    """Run on a pseudo-terminal that does not echo; the answers are typed ahead."""
    ours_end, its_end = pty.openpty()
    modes = termios.tcgetattr(its_end)
    modes[1] &= ~termios.OPOST
    modes[3] &= ~termios.ECHO
    termios.tcsetattr(its_end, termios.TCSANOW, modes)
    os.write(ours_end, typed.encode() + b"\x04")
    process = subprocess.Popen(
        argv, cwd=root, env=env, stdin=its_end, stdout=its_end, stderr=subprocess.DEVNULL, start_new_session=True
    )
    os.close(its_end)
    said = b""
    while True:
        try:
            part = os.read(ours_end, 65536)
        except OSError:  # the other end is closed
            break
        if not part:
            break
        said += part
    os.close(ours_end)
    return process.wait(timeout=60), said.decode()


def _sources(root: Path) -> dict[str, str]:
    return {path.relative_to(root).as_posix(): path.read_text() for path in sorted(root.rglob("*.py"))}


def _same(text: str | None, root: Path) -> str | None:
    """Without what differs between two runs: the place and the time."""
    if text is None:
        return None
    text = re.sub(r" on \d{4}-\d\d-\d\d \d\d:\d\d", " on DATE", text.replace(str(root), "ROOT"))
    return re.sub(r"_\d{8}_\d{4}", "_DATE", text)
