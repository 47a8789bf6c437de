"""A small project whose migrations go through most operations, as source text for real Django and for us."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

SETTINGS = """
SECRET_KEY = "x"
USE_TZ = True
INSTALLED_APPS = ["shop"]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
"""

INITIAL = """
    migrations.CreateModel("Author", [
        ("id", models.BigAutoField(primary_key=True, auto_created=True)),
        ("name", models.CharField(max_length=50, unique=True)),
        ("slug", models.SlugField()),
        ("born", models.DateField(null=True)),
        ("rank", models.PositiveIntegerField(default=1)),
        ("data", models.JSONField(null=True)),
        ("fee", models.DecimalField(max_digits=6, decimal_places=2, default=0)),
        ("mentor", models.ForeignKey("self", models.SET_NULL, null=True)),
    ], options={"unique_together": {("name", "slug")}}),
    migrations.CreateModel("Book", [
        ("id", models.BigAutoField(primary_key=True, auto_created=True)),
        ("title", models.TextField(db_index=True)),
        ("author", models.ForeignKey("shop.Author", models.CASCADE, related_name="books")),
        ("others", models.ManyToManyField("shop.Author", related_name="more")),
    ]),
    migrations.CreateModel("Proxy", [], options={"proxy": True}, bases=("shop.book",)),
    migrations.CreateModel("Special", [
        ("book_ptr", models.OneToOneField("shop.Book", models.CASCADE, parent_link=True, primary_key=True)),
        ("n", models.IntegerField()),
    ], bases=("shop.book",)),
"""

STEPS = (
    'migrations.AddField("Book", "pages", models.IntegerField(default=0)),',
    'migrations.AddField("Book", "note", models.CharField(max_length=9, null=True)),',
    'migrations.AddField("Book", "code", models.UUIDField(default="0" * 32, unique=True), preserve_default=False),',
    'migrations.AlterField("Book", "note", models.CharField(max_length=20, default="it\'s", db_index=True)),',
    'migrations.AlterField("Author", "rank", models.IntegerField(null=True)),',
    'migrations.AlterField("Author", "name", models.CharField(max_length=60)),',
    'migrations.RenameField("Author", "rank", "grade"),',
    'migrations.RenameField("Book", "author", "writer"),',
    'migrations.AddIndex("Book", models.Index(fields=["title", "-pages"], name="book_idx")),',
    'migrations.AddIndex("Book", models.Index(fields=["pages"], name="long_idx", '
    'condition=models.Q(pages__gt=9, note__startswith="a%"))),',
    'migrations.AddIndex("Book", models.Index(models.functions.Lower("note").desc(), "pages", name="low_idx")),',
    'migrations.AddConstraint("Book", models.CheckConstraint(name="some", **{CONDITION: '
    'models.Q(pages__gte=0) | ~models.Q(note="x") & models.Q(pages__in=[1, 2])})),',
    'migrations.AddConstraint("Book", models.UniqueConstraint(fields=["title"], name="one", '
    "condition=models.Q(pages__isnull=False))),",
    'migrations.AddConstraint("Author", models.UniqueConstraint(fields=["slug", "born"], name="two")),',
    'migrations.RemoveConstraint("Book", "some"),',
    'migrations.RenameModel("Author", "Writer"),',
    'migrations.AlterModelTable("Book", "volumes"),',
    'migrations.RemoveIndex("Book", "book_idx"),',
    'migrations.AddField("Book", "tags", models.ManyToManyField("shop.Book")),',
    'migrations.AlterOrderWithRespectTo("Book", "writer"),',
    "migrations.RunSQL(\"UPDATE x SET a = 1,  -- one\\n  b = 'c  \\nd'; -- no\\nSELECT ';'\", \"SELECT 2\"),",
    "migrations.RunPython(migrations.RunPython.noop, migrations.RunPython.noop),",
    'migrations.RunSQL([("SELECT %s, %s", [1, "a"]), "SELECT 1"], migrations.RunSQL.noop),',
    'migrations.SeparateDatabaseAndState(database_operations=[migrations.AddField("Book", "extra", '
    "models.FloatField(null=True))]),",
    'migrations.AlterField("Writer", "id", models.CharField(max_length=9, primary_key=True)),',
    'migrations.RemoveField("Book", "pages"),',
    'migrations.RemoveField("Book", "note"),\n    migrations.AddField("Book", "note", models.TextField(default="")),',
    'migrations.DeleteModel("Special"),',
    'migrations.CreateModel("Again", [], options={"proxy": True}, bases=("shop.proxy",)),\n'
    '    migrations.CreateModel("Heir", [("book_ptr", models.OneToOneField("shop.Book", models.CASCADE, '
    'parent_link=True, primary_key=True))], bases=("shop.again",)),',
)


def write_shop(root: Path, condition: str) -> list[str]:
    """The project's files; the names of its migrations."""
    return write_migrations(root, "shop", (INITIAL, *STEPS), condition)


def write_migrations(root: Path, app: str, steps: Sequence[str], condition: str) -> list[str]:
    """A project of one app without models, a migration for each step; the names of the migrations."""
    folder = root / app / "migrations"
    folder.mkdir(parents=True)
    (root / "settings.py").write_text(SETTINGS.replace("shop", app))
    (root / "manage.py").write_text("import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'settings')\n")
    for file in (root / app / "__init__.py", root / app / "models.py", folder / "__init__.py"):
        file.write_text("")
    names = []
    for place, text in enumerate(steps, start=1):
        name = f"{place:04}_step"
        after = f'("{app}", "{names[-1]}")' if names else ""
        (folder / f"{name}.py").write_text(
            "import datetime\nfrom django.db import migrations, models\nimport django.db.models.functions\n\n\n"
            f"class Migration(migrations.Migration):\n    dependencies = [{after}]\n    operations = [\n"
            f"    {text.replace('CONDITION', repr(condition))}\n    ]\n"
        )
        names.append(name)
    return names
