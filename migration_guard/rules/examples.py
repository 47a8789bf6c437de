"""Examples of rules as files: one text with sections in, a small project out.

A section begins with `--- NAME ---`. NAME is a path (`shop/models.py`), or a migration such as `shop.0002_price`,
whose section holds attributes of the class (`atomic = False`), imports and functions, if any, and then its operations,
one after the other. The migrations of an app depend on each other in the order of their names, and on `needs app.name`
lines. `base NAME` is a file as the base ref has it. Nothing is written here.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass, field

SECTION = re.compile(r"^--- (base )?(\S+) ---$", re.MULTILINE)
MIGRATION = re.compile(r"(\w+)\.(\d\w*)")
ATTRIBUTE = re.compile(r"(atomic|initial|replaces|run_before|dependencies) = ")
ENGINES = {
    "postgresql": "django.db.backends.postgresql",
    "mysql": "django.db.backends.mysql",
    "mariadb": "django.db.backends.mysql",
    "sqlite": "django.db.backends.sqlite3",
    "oracle": "django.db.backends.oracle",
}

SETTINGS = """\
SECRET_KEY = "example"
INSTALLED_APPS = [{apps}]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
DATABASES = {{"default": {{"ENGINE": "{engine}", "NAME": "example"}}}}
ROOT_URLCONF = "proj.urls"
"""
MANAGE = """\
import os
import sys

from django.core.management import execute_from_command_line

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "proj.settings")
execute_from_command_line(sys.argv)
"""


@dataclass(frozen=True, slots=True)
class Files:
    """Paths and texts: of the working tree, and those that the base ref has otherwise. Migrations in order."""

    now: dict[str, str] = field(default_factory=dict)
    base: dict[str, str] = field(default_factory=dict)
    migrations: list[tuple[str, str]] = field(default_factory=list)


def files_of(text: str, databases: tuple[str, ...] = ("postgresql",), config: str = "") -> Files:
    """All files of an example, with the settings and packages that it takes for granted."""
    found = Files()
    sections = list(_sections(text))
    for is_base, name, body in sections:
        place = found.base if is_base else found.now
        match = MIGRATION.fullmatch(name)
        if match is None:
            place[name] = body
            continue
        app, migration = match.groups()
        if not is_base:
            found.migrations.append((app, migration))
        place[f"{app}/migrations/{migration}.py"] = _migration(
            app, migration, body, [other for _, other, _ in sections]
        )
    apps = sorted({path.split("/")[0] for path in (*found.now, *found.base) if "/" in path} - {"proj", "templates"})
    for app in apps:
        for path in (f"{app}/__init__.py", f"{app}/migrations/__init__.py", f"{app}/models.py"):
            found.now.setdefault(path, "")
    contrib = ("django.contrib.contenttypes", "django.contrib.auth", "django.contrib.postgres")
    engine = ENGINES[databases[0].partition(":")[0]]
    names = ", ".join(f'"{app}"' for app in (*contrib, *apps))
    found.now.setdefault("manage.py", MANAGE)
    found.now.setdefault("proj/__init__.py", "")
    found.now.setdefault("proj/urls.py", "urlpatterns = []\n")
    found.now.setdefault("proj/settings.py", SETTINGS.format(apps=names, engine=engine))
    listed = ", ".join(f'"{database}"' for database in databases)
    found.now["pyproject.toml"] = f"[tool.migration_guard]\ndatabases = [{listed}]\n{config}"
    return found


def _sections(text: str) -> Iterator[tuple[bool, str, str]]:
    text = textwrap.dedent(text)
    marks = list(SECTION.finditer(text))
    for mark, after in zip(marks, [*marks[1:], None], strict=True):
        body = text[mark.end() : after.start() if after is not None else len(text)]
        yield mark[1] is not None, mark[2], body.strip("\n") + "\n"


def _migration(app: str, name: str, body: str, others: list[str]) -> str:
    """A whole migration file from attributes, top-level code, and operations."""
    earlier = sorted({other for other in others if other.startswith(f"{app}.") and other < f"{app}.{name}"})
    needed = [("app", "name")][:0] + [tuple(other.split(".", 1)) for other in earlier[-1:]]
    attributes, top, operations = [], [], []
    lines = body.splitlines()
    start = next((at for at, line in enumerate(lines) if _begins_operations(line)), len(lines))
    for line in lines[:start]:
        if line.startswith("needs "):
            needed.append(tuple(line.removeprefix("needs ").strip().split(".", 1)))
        elif ATTRIBUTE.match(line):
            attributes.append(line)
        else:
            top.append(line)
    operations = lines[start:]
    head = "from django.db import migrations, models\n"
    above = "\n".join(top).strip("\n")
    given = any(line.startswith("dependencies = ") for line in attributes)
    parts = [head, above and f"{above}\n", "\nclass Migration(migrations.Migration):"]
    parts += [f"    {line}" for line in attributes]
    if not given:
        parts.append(f"    dependencies = [{', '.join(map(repr, needed))}]".replace("'", '"'))
    parts += ["", "    operations = [", *(f"        {line}" if line else "" for line in operations), "    ]", ""]
    return "\n".join(part for part in parts if part is not None)


def _begins_operations(line: str) -> bool:
    """An expression at the margin, not a statement: operations are written as such."""
    if not line or line[0] in " )]}#@" or line.startswith("needs ") or ATTRIBUTE.match(line):
        return False
    return re.match(r"(from|import|def|class|if|for|with|try|return|async)\b", line) is None and (
        re.match(r"[\w.]+ *(\(|$)", line) is not None
    )
