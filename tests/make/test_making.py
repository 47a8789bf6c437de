"""What Django cannot be asked about: answers given in advance, what is not known, all or nothing, one run at a time."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from migration_guard import app
from migration_guard.cli.run import run
from migration_guard.project.typed import Mistake, typed_value
from migration_guard.values import Const, Ref
from migration_guard.write import files as files_module
from migration_guard.write.files import writing
from tests.make.scenes import POST, SETTINGS, SHOP, lay_out, migration, scene

REQUIRED = POST + "    body = models.TextField()\n"
RENAMED = POST.replace("title", "headline")
UNKNOWN = "from nowhere import to_be_found\n" + POST + "    size = models.IntegerField(default=to_be_found())\n"


def make(folder: Path, files: Mapping[str, str], *args: str, command: str = "makemigrations") -> tuple[int, Path]:
    root = lay_out(folder, files)
    return run([command, "--project", str(root), "--no-cache", "--django-version", "5.2.1", *args]), root


def made(root: Path) -> list[str]:
    return sorted(
        path.relative_to(root).as_posix()
        for path in root.rglob("migrations/*.py")
        if path.stem[:1] == "0" and path.stem > "0001_x"
    )


def test_answers_in_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    answers = tmp_path / "answers.toml"
    answers.write_text(
        '[renames]\n"blog.Post.headline" = "title"\n[defaults]\n"blog.post.body" = "\'x\' * 3"\n"blog.Post.n" = 7\n'
    )
    files = scene(RENAMED + "    body = models.TextField()\n    n = models.IntegerField()\n")
    status, root = make(tmp_path, files, "--noinput", "--answers", str(answers))
    assert status == 0, capsys.readouterr()
    (name,) = made(root)
    text = (root / name).read_text()
    assert "RenameField" in text and "default='xxx'" in text and "default=7" in text


def test_answers_in_the_configuration(tmp_path: Path) -> None:
    config = '[tool.migration_guard.answers]\nignore-nulls = ["blog.Post.note"]\nrenames = {"blog.Article" = "Post"}\n'
    files = scene(POST.replace("Post", "Article")) | {"pyproject.toml": config}
    status, root = make(tmp_path, files, "--noinput")
    assert status == 0 and made(root) == ["blog/migrations/0002_rename_post_article.py"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("renames = 1", "must be a table"),
        ('[rename]\n"a.B" = "C"', "unknown key `rename`"),
        ('[defaults]\n"blog.Post" = "1"', "names no field"),
        ('[defaults]\n"blog.Post.body" = "1 +"', "SyntaxError"),
        ("= 1", "not valid TOML"),
    ],
)
def test_wrong_answers(tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, said: str) -> None:
    answers = tmp_path / "answers.toml"
    answers.write_text(text)
    status, root = make(tmp_path, scene(REQUIRED), "--noinput", "--answers", str(answers))
    assert status == 2 and not made(root)
    assert said in capsys.readouterr().err


def test_hints_of_renames(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, _ = make(tmp_path, scene(POST.replace("note", "remark")), "--noinput")
    assert status == 0 and "looks like a rename" in capsys.readouterr().err


def test_what_is_not_known_is_left_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = scene(UNKNOWN, SHOP) | {"shop/migrations/__init__.py": ""}
    status, root = make(tmp_path, files, "--noinput")
    said = capsys.readouterr()
    assert status == 1 and (root / "shop/migrations/0001_initial.py").exists()
    assert not made(root) and "Migrations for 'shop'" in said.out
    assert "blog/models.py:" in said.err and "no migration was made for app 'blog'" in said.err


PROXIES = """
from django.apps import apps
from django.db import migrations

def make():
    found = apps.get_app_config("blog").found_when_ready
    return [migrations.CreateModel(item.__name__, fields=[], options={"proxy": True}) for item in found]

class Migration(migrations.Migration):
    dependencies = [("blog", "0001_initial")]
    operations = make()
"""


@pytest.mark.parametrize(
    ("make_them", "more", "status"),
    [
        (PROXIES, "", 0),
        (PROXIES, SHOP, 1),  # the new model may be one of those
        (PROXIES.replace("migrations.CreateModel", "migrations.DeleteModel"), "", 0),
        (PROXIES + "    operations += make()\n", "", 0),
    ],
)
def test_migrations_that_make_models_of_names_that_are_not_known(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], make_them: str, more: str, status: int
) -> None:
    """They touch no model that is known; any other operation that is not known may have made the change already."""
    files = scene(POST + "    n = models.IntegerField(null=True)\n" + more, blog__migrations__0002_x=make_them)
    done, root = make(tmp_path, files, "--noinput")
    said = capsys.readouterr()
    assert done == status and "found_when_ready" in said.err
    assert ("No changes detected, as far as can be known" in said.out) is (make_them is not PROXIES)
    assert ("blog/migrations/0003_post_n.py" in made(root)) is (make_them is PROXIES and not more)


CONFIGURED = (
    SETTINGS
    + """
import configparser, os
config = configparser.RawConfigParser()
config.read_dict({"locale": {"code": "en"}})
if path := os.environ.get("SITE_CONFIG"):
    config.read(path)
if "SITE_LANGUAGE" in os.environ:
    config.set("locale", "code", os.environ["SITE_LANGUAGE"])
LANGUAGE_CODE = config.get("locale", "code")
"""
)


@pytest.mark.parametrize(("code", "status"), [("en", 0), ("de", 1)])
def test_what_depends_on_the_machine(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], code: str, status: int
) -> None:
    """A default that only a configured machine changes does not stop the rest."""
    language = "    language = models.CharField(max_length=9, default={})\n"
    post = "from django.conf import settings\n" + POST + language.format("settings.LANGUAGE_CODE")
    before = migration(
        "0001_initial", f"AddField('post', 'language', models.CharField(max_length=9, default={code!r}))"
    )
    files = scene(post + "    n = models.IntegerField(null=True)\n", blog__migrations__0002_x=before)
    done, root = make(tmp_path, files | {"proj/settings.py": CONFIGURED}, "--noinput")
    said = capsys.readouterr().err
    assert done == status and "settings.LANGUAGE_CODE is not known" in said
    assert ("blog/migrations/0003_post_n.py" in made(root)) is (status == 0)
    assert ("no migration was made" in said) is (status == 1)


def test_all_or_none(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """One file cannot be put in its place: those of other apps are not left behind."""
    move = files_module._move_to_free_place

    def fail(temporary: Path, path: Path) -> None:
        if path.name == "0001_initial.py":
            raise OSError(28, "No space left on device", str(path))
        move(temporary, path)

    monkeypatch.setattr(files_module, "_move_to_free_place", fail)
    files = scene(POST + "    n = models.IntegerField(null=True)\n", SHOP) | {"shop/migrations/__init__.py": ""}
    status, root = make(tmp_path, files, "--noinput")
    said = capsys.readouterr()
    assert status == 1 and not made(root) and not (root / "shop/migrations/0001_initial.py").exists()
    assert "Migrations for" not in said.out and "nothing was written" in said.err


def test_values_that_django_refuses(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, root = make(tmp_path, scene(POST + "    n = models.IntegerField(default=lambda: 1)\n"), "--noinput")
    assert status == 1 and not made(root) and "Cannot serialize function: lambda" in capsys.readouterr().err


def test_instances_that_django_cannot_serialize(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    thing = "class Thing:\n    pass\n\n\n"
    status, root = make(tmp_path, scene(thing + POST + "    n = models.JSONField(default=Thing())\n"), "--noinput")
    said = capsys.readouterr().err
    assert status == 1 and not made(root)
    assert "Cannot serialize: <blog.models.Thing object>" in said and "hint: Give its class a deconstruct()" in said


def test_managers_that_django_cannot_find(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    managers = "class Pages(models.Manager):\n    use_in_migrations = True\n"
    unnamed = "    objects = Pages.from_queryset(models.QuerySet)()\n"
    status, root = make(tmp_path, scene(managers + POST + unnamed), "--noinput")
    assert status == 1 and not made(root) and "Could not find manager PagesFromQuerySet" in capsys.readouterr().err


def test_a_dry_run_leaves_everything_as_it_is(tmp_path: Path) -> None:
    """No file, no lock and no folder is made, not even for a moment: it works in a read-only checkout."""
    root = lay_out(tmp_path, scene(POST + "    n = models.IntegerField(default=1)\n", SHOP))

    def stamps() -> dict[Path, int]:
        return {path: path.stat().st_mtime_ns for path in (root, *root.rglob("*"))}

    before = stamps()
    assert run(["makemigrations", "--project", str(root), "--no-cache", "--noinput", "--dry-run", "shop", "blog"]) == 0
    assert stamps() == before


def test_one_run_at_a_time(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = scene(POST + "    n = models.IntegerField(null=True)\n")
    root = lay_out(tmp_path, files)
    with writing(root) as free:
        assert free
        assert run(["makemigrations", "--project", str(root), "--no-cache", "--noinput"]) == 1
        assert "another run" in capsys.readouterr().err and not made(root)
        assert run(["makemigrations", "--project", str(root), "--no-cache", "--noinput", "--dry-run"]) == 0
    assert run(["makemigrations", "--project", str(root), "--no-cache", "--noinput"]) == 0 and made(root)


def test_afterwards_nothing_is_missing(tmp_path: Path) -> None:
    files = scene(RENAMED + "    n = models.IntegerField(default=1, unique=True)\n", SHOP)
    status, root = make(tmp_path / "refused", files, "--noinput", "--answers", os.devnull, "blog", "shop")
    assert status == 3 and not made(root)  # the renamed field needs a default
    files = scene(POST + "    n = models.IntegerField(default=1, unique=True)\n", SHOP)
    status, root = make(tmp_path, files, "--noinput", "blog", "shop")
    assert status == 0
    for command in (["makemigrations", "--check"], ["check", "--select", "MG1"]):
        assert run([*command, "--project", str(root), "--no-cache", "--django-version", "5.2"]) == 0


def test_branches_that_do_not_commute(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    branches = {
        "blog__migrations__0002_a": migration("0001_initial", 'AlterField("post", "title", models.TextField())'),
        "blog__migrations__0002_b": migration("0001_initial", 'RemoveField("post", "title")'),
    }
    files = scene(POST, **branches)
    status, root = make(tmp_path, files, "--merge", "--noinput")
    said = capsys.readouterr().err
    assert status == 1 and "post.title" in said and "0002_b: Remove field title from post" in said
    answers = tmp_path / "answers.toml"
    answers.write_text('merge = ["blog"]')
    assert run(["makemigrations", "--merge", "--noinput", "--project", str(root), "--answers", str(answers)]) == 0
    assert "blog/migrations/0003_merge_0002_a_0002_b.py" in made(root)


def test_branches_with_code(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Nobody knows what code touches: the merge is made, as Django makes it, and the reader is told."""
    branches = {
        "blog__migrations__0002_a": migration("0001_initial", "RunPython(migrations.RunPython.noop)"),
        "blog__migrations__0002_b": migration("0001_initial", 'AlterField("post", "title", models.TextField())'),
    }
    status, _ = make(tmp_path, scene(POST, **branches), "--merge", "--noinput")
    assert status == 0 and "0002_a: Raw Python operation may touch anything" in capsys.readouterr().err


def test_a_bug_is_no_refusal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Status 3 is Django's for a question without an answer."""

    def fail(*given: object) -> None:
        raise KeyError("a bug")

    monkeypatch.setattr("migration_guard.making.plan_changes", fail)
    status, _ = make(tmp_path, scene(REQUIRED), "--noinput")
    assert status == 70 and "a bug in migration_guard: KeyError" in capsys.readouterr().err


def test_typed_expressions(tmp_path: Path) -> None:
    project = app.open_project(app.Options(project=lay_out(tmp_path, scene()), cache=False))
    interpreter = project.interpreter
    assert typed_value(interpreter, "timezone.now") == Ref("django.utils.timezone", "now")
    assert typed_value(interpreter, " 'a' 'b'") == Const("ab")
    assert typed_value(interpreter, "[1, 2][-1]") == Const(2)
    assert typed_value(interpreter, "...") != Const(2)
    for text in ("__import__('os').system('true')", "open('x')", "x = 1", "1; 2", "import os", "()()", "(" * 3000):
        assert isinstance(typed_value(interpreter, text), Mistake), text
    moment = typed_value(interpreter, "timezone.now()")
    assert isinstance(moment, Const) and moment.value.tzinfo is not None


def test_names_that_cannot_be_followed_are_written_as_imported(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    imported = "from elsewhere.ids import make_id, Check\n"
    field = "    key = models.CharField(max_length=9, default=make_id)\n"
    status, root = make(tmp_path / "named", scene(imported + POST + field), "--noinput")
    said = capsys.readouterr().err
    assert status == 0 and "elsewhere.ids.make_id could not be read" in said
    text = (root / made(root)[0]).read_text()
    assert "import elsewhere.ids\n" in text and "default=elsewhere.ids.make_id" in text
    called = field.replace("default=make_id", "default='', validators=[Check(1)]")
    status, root = make(tmp_path / "called", scene(imported + POST + called), "--noinput")
    assert status == 1 and not made(root)
