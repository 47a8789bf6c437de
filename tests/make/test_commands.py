"""Options, words, exit statuses and files of the writing commands, against Django's."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.django_oracle import DJANGOS, Django
from tests.make.scenes import POST, SHOP, Run, in_turn, migration, ours, scene, theirs

FIELD = POST + "    n = models.IntegerField(default=1)\n"
REQUIRED = POST + "    n = models.IntegerField()\n"
ADDED = 'AddField("post", "a", models.IntegerField(default=1))'
OTHER = 'AddField("post", "b", models.IntegerField(default=1))'
BRANCHES = {
    "blog__migrations__0002_a": migration("0001_initial", ADDED),
    "blog__migrations__0003_b": migration("0001_initial", OTHER),
}
CHAIN = BRANCHES | {"blog__migrations__0003_b": migration("0002_a", OTHER)}
BOTH = POST + "    a = models.IntegerField(default=1)\n    b = models.IntegerField(default=1)\n"
AFTER = {"blog__migrations__0002_a": migration("0001_initial", ADDED)}
SQUASHED = {
    "blog__migrations__0002_a": AFTER["blog__migrations__0002_a"],
    "blog__migrations__0001_squashed_0002_a": migration("0001_initial", ADDED).replace(
        "    dependencies = [('blog', '0001_initial')]",
        "    replaces = [('blog', '0001_initial'), ('blog', '0002_a')]\n    dependencies = []",
    ),
    "blog__migrations__0003_b": migration("0002_a", OTHER),
}
WITH_CODE = {
    "blog__migrations__0002_a": migration("0001_initial", ADDED).replace(
        "class Migration", "def forwards(apps, editor):\n    pass\n\nclass Migration"
    ),
    "blog__migrations__0003_code": migration("0002_a", "RunPython(migrations.RunPython.noop)", 'RunSQL("select 1")'),
}
OPERATIONS = """
from django.db import migrations
from django.db.migrations.operations.base import Operation

class Mark(Operation):
    def __init__(self, first, second=2, third=None, *, fourth=4):
        self.first = first
    def state_forwards(self, app_label, state): pass
    def database_forwards(self, *given): pass

class Add(migrations.AddField):
    pass

class Code(migrations.RunPython):
    pass

def forwards(apps, editor): pass
"""
OWN_OPERATIONS = """
from django.db import migrations, models
from blog.operations import Add, Code, Mark, forwards

class Migration(migrations.Migration):
    dependencies = [("blog", "0001_initial")]
    operations = [
        Mark("x", 3, fourth=[1, 2]),
        Mark(third=(1,), first={"a": 1}),
        Add("post", "a", models.IntegerField(default=1)),
        Code(forwards, migrations.RunPython.noop, elidable=False),
    ]
"""
WITH_OWN = {"blog__operations": OPERATIONS, "blog__migrations__0002_a": OWN_OPERATIONS}
ONE = POST + "    a = models.IntegerField(default=1)\n"

MAKE = {
    "nothing": (scene(), []),
    "nothing in one": (scene(), ["blog"]),
    "nothing, quietly": (scene(), ["-v", "0"]),
    "a field": (scene(FIELD), []),
    "a field, quietly": (scene(FIELD), ["-v", "0"]),
    "dry": (scene(FIELD), ["--dry-run"]),
    "dry, in full": (scene(FIELD), ["--dry-run", "-v", "3"]),
    "check": (scene(FIELD), ["--check"]),
    "check, nothing": (scene(), ["--check"]),
    "named": (scene(FIELD), ["-n", "my_name"]),
    "badly named": (scene(FIELD), ["-n", "my-name"]),
    "no header": (scene(FIELD), ["--no-header"]),
    "scriptable": (scene(FIELD), ["--scriptable"]),
    "unknown label": (scene(FIELD), ["nowhere"]),
    "app without migrations, unasked": (scene(FIELD, SHOP), []),
    "app without migrations, asked": (scene(FIELD, SHOP), ["shop"]),
    "both": (scene(FIELD, SHOP), ["shop", "blog"]),
    "empty": (scene(FIELD), ["--empty", "blog"]),
    "empty, named": (scene(FIELD), ["--empty", "blog", "--name", "data"]),
    "empty, of a new app": (scene(FIELD, SHOP), ["--empty", "shop"]),
    "empty, of nothing": (scene(FIELD), ["--empty"]),
    "required": (scene(REQUIRED), []),
    "required, dry": (scene(REQUIRED), ["--dry-run"]),
    "required, quietly": (scene(REQUIRED), ["-v", "0"]),
    "null to not null": (scene(POST.replace(", null=True", "")), []),
    "update": (scene(FIELD), ["--update"]),
    "update the second": (scene(ONE + "    b = models.TextField(default='')\n", **AFTER), ["--update"]),
    "update, named": (scene(ONE + "    b = models.TextField(default='')\n", **AFTER), ["--update", "-n", "more"]),
    "update, dry": (scene(FIELD), ["--update", "--dry-run"]),
    "update what others need": (
        scene(
            FIELD,
            SHOP,
            shop__migrations__0001_initial=migration("0001_initial"),
        )
        | {"shop/migrations/__init__.py": ""},
        ["--update", "blog"],
    ),
    "a folder of migrations that is no package": (
        scene(FIELD, SHOP, shop__migrations__0001_initial=migration("0001_initial")),
        ["--update", "blog"],
    ),
    "a folder of migrations that is no package, asked": (
        scene(FIELD, SHOP, shop__migrations__0002_x=migration("0001_initial")),
        ["shop"],
    ),
    "update nothing": (scene(POST, SHOP), ["--update", "shop"]),
    "conflict": (scene(BOTH, **BRANCHES), []),
    "conflict elsewhere": (scene(BOTH, SHOP, **BRANCHES), ["shop"]),
    "merge": (scene(BOTH, **BRANCHES), ["--merge"]),
    "merge, named": (scene(BOTH, **BRANCHES), ["--merge", "-n", "joined"]),
    "merge, dry": (scene(BOTH, **BRANCHES), ["--merge", "--dry-run", "-v", "3"]),
    "merge, scriptable": (scene(BOTH, **BRANCHES), ["--merge", "--scriptable"]),
    "merge nothing": (scene(BOTH), ["--merge"]),
}
SQUASH = {
    "all": (scene(ONE, **AFTER), ["blog", "0002"]),
    "from the second": (scene(BOTH, **CHAIN), ["blog", "0002", "0003"]),
    "named": (scene(ONE, **AFTER), ["blog", "0002", "--squashed-name", "all", "--no-header"]),
    "not optimized": (scene(ONE, **AFTER), ["blog", "0002", "--no-optimize"]),
    "nothing to optimize": (scene(ONE, **AFTER), ["blog", "0001"]),
    "quietly": (scene(ONE, **AFTER), ["blog", "0002", "-v", "0"]),
    "no such": (scene(ONE, **AFTER), ["blog", "0009"]),
    "several": (scene(ONE, **AFTER), ["blog", "000"]),
    "backwards": (scene(ONE, **AFTER), ["blog", "0002", "0001"]),
    "no migrations": (scene(ONE, SHOP, **AFTER), ["shop", "0001"]),
    "no such app": (scene(ONE, **AFTER), ["nowhere", "0001"]),
    "squashed already": (scene(BOTH, **SQUASHED), ["blog", "0003"]),
    "exists": (scene(ONE, **AFTER), ["blog", "0001", "0002", "--squashed-name", "initial"]),
    "with operations of its own": (scene(ONE, **WITH_OWN), ["blog", "0002"]),
    "with operations of its own, again": (scene(ONE, **WITH_OWN), ["blog", "0001", "0002"]),
    "with code": (scene(ONE, **WITH_CODE), ["blog", "0003"]),
}  # fmt: skip
TWICE = {"blog__migrations__0002_a": migration("0001_initial", ADDED, 'RemoveField("post", "a")')}
OWN_CODE = {
    "blog__migrations__0002_a": migration(
        "0001_initial", ADDED, 'RemoveField("post", "a")', "RunPython(forwards)"
    ).replace("class Migration", "def forwards(apps, editor):\n    pass\n\nclass Migration")
}
OPTIMIZE = {
    "shorter": (scene(POST, **TWICE), ["blog", "0002"]),
    "check": (scene(POST, **TWICE), ["blog", "0002", "--check"]),
    "nothing": (scene(ONE, **AFTER), ["blog", "0002"]),
    "no such": (scene(ONE, **AFTER), ["blog", "0009"]),
    "no migrations": (scene(ONE, SHOP, **AFTER), ["shop", "0001"]),
    "no such app": (scene(POST, **TWICE), ["nowhere", "0001"]),
    "own code": (scene(POST, **OWN_CODE), ["blog", "0002"]),
}

NEWEST = DJANGOS[-1:]


def compare(folder: Path, files: dict[str, str], django: Django, args: list[str]) -> None:
    expected, got = theirs(folder, files, django, args), ours(folder, files, django, args)
    assert "Traceback" not in expected.stderr
    assert (got.code, got.files, got.stdout) == (expected.code, expected.files, expected.stdout)
    assert first_line(got) == first_line(expected)


def first_line(run: Run) -> str:
    """What was said first on the error stream: hints may follow, and warnings of Django's go before."""
    lines = [line for line in run.stderr.splitlines() if line.strip()]
    return lines[0].partition(" (did you")[0] if lines else ""


@pytest.mark.parametrize(("name", "django"), in_turn(MAKE), ids=str)
def test_makemigrations(tmp_path: Path, name: str, django: Django) -> None:
    files, args = MAKE[name]
    compare(tmp_path, files, django, ["makemigrations", "--noinput", *args])


@pytest.mark.parametrize(("name", "django"), in_turn(SQUASH), ids=str)
def test_squashmigrations(tmp_path: Path, name: str, django: Django) -> None:
    files, args = SQUASH[name]
    compare(tmp_path, files, django, ["squashmigrations", "--noinput", *args])


@pytest.mark.parametrize(("name", "django"), in_turn(OPTIMIZE), ids=str)
def test_optimizemigration(tmp_path: Path, name: str, django: Django) -> None:
    files, args = OPTIMIZE[name]
    compare(tmp_path, files, django, ["optimizemigration", *args])


@pytest.mark.parametrize("django", NEWEST, ids=str)
@pytest.mark.parametrize("typed", ["y\n", "n\n", "\n"])
def test_merging_and_squashing_ask(tmp_path: Path, typed: str, django: Django) -> None:
    files = scene(BOTH, **BRANCHES)
    args = ["makemigrations", "--merge"]
    assert ours(tmp_path / "m", files, django, args, typed) == theirs(tmp_path / "m", files, django, args, typed)
    files = scene(ONE, **AFTER)
    args = ["squashmigrations", "blog", "0002"]
    got, expected = ours(tmp_path / "s", files, django, args, typed), theirs(tmp_path / "s", files, django, args, typed)
    prompt = "Do you wish to proceed? [y/N] "  # Python's input() puts it on the error stream
    assert (got.code, got.files, got.stdout.replace(prompt, "")) == (expected.code, expected.files, expected.stdout)
