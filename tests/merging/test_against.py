"""Branches that are clean alone and not together: caught before the merge, repaired as told, and Django is content."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from typing import Any

import pytest
from django_oracle import DJANGOS, Project, copied

from migration_guard.cli.run import run
from tests.rebase.repositories import MANAGE, Work, adding, initial, model, models, started

DJANGO = next(item for item in DJANGOS if item.series == "5.2")
WIDE = "\n\nclass Between(models.Model):\n" + "".join(f"    # {number}\n" for number in range(12)) + "    pass\n"
"""What keeps changes of two sides apart, so that git unites them without asking."""


def blog(first: tuple[str, ...] = (), second: tuple[str, ...] = ()) -> str:
    return models(model("Post", *first), WIDE, model("Comment", *second))


def created(name: str) -> str:
    return (
        f"        migrations.CreateModel('{name}', [('id', models.BigAutoField("
        "auto_created=True, primary_key=True, serialize=False, verbose_name='ID'))]),\n"
    )


BASE = {
    "blog/models.py": blog(),
    "blog/migrations/0001_initial.py": initial("Post").replace(
        "    operations = [\n", "    operations = [\n" + created("Between") + created("Comment")
    ),
}


class Against:
    """A work tree, and what the commands and Django say of it."""

    def __init__(self, work: Work) -> None:
        self.work = work
        work.commit({"manage.py": MANAGE, **BASE}, "start")
        work.git("branch", "-f", "main", "HEAD")

    def on(self, branch: str, files: dict[str, str | bytes | None]) -> None:
        """Commit on a branch (made from main where it is new) and come back to feature."""
        known = branch in self.work.git("branch", "--format=%(refname:short)").split()
        self.work.git("checkout", "-q", *([branch] if known else ["-b", branch, "main"]))
        self.work.commit(files)
        self.work.git("checkout", "-q", "feature")

    def command(self, *words: str) -> tuple[int, str]:
        self.work.capsys.readouterr()
        status = run([*words, "--project", str(self.work.root), "--django-version", "5.2"])
        return status, "".join(self.work.capsys.readouterr())

    def check(self, *refs: str) -> tuple[int, list[dict[str, Any]], dict[str, Any]]:
        words = [word for ref in refs for word in ("--against", ref)]
        before = self.work.tree(), self.work.git("status", "--porcelain"), self.work.git("rev-parse", "HEAD")
        status, said = self.command("check", "--format", "json", "--select", "MG1", *words)
        assert before == (self.work.tree(), self.work.git("status", "--porcelain"), self.work.git("rev-parse", "HEAD"))
        document = json.loads(said)
        return status, [item for item in document["findings"] if item["fails"]], document

    def repair(self, hint: str) -> None:
        """Run the first command that the hint names."""
        (line,) = re.findall(r"run: migration-guard ([^;]*)", hint)
        status, said = self.command(*shlex.split(line))
        assert status in (0, 1), said  # 1: the models lack what the other branch brings, which is said
        self.work.git("add", "-A")
        self.work.git("commit", "-q", "-m", "repaired")

    def merged(self, *branches: str) -> None:
        """Merge, and let our check and Django judge."""
        for branch in branches:
            self.work.git("merge", "-q", "--no-edit", branch)
        assert self.check()[:2] == (0, [])
        self.django_is_content()

    def django_is_content(self) -> None:
        with copied(Project(self.work.root, "proj.settings")) as copy:
            for command in (["makemigrations", "--check", "--dry-run"], ["migrate", "-v0"]):
                ran = DJANGO.manage(copy, command)
                assert ran.code == 0, ran.stdout + ran.stderr


@pytest.fixture
def against(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Against:
    return Against(started(tmp_path / "work", capsys))


OURS: dict[str, str | bytes | None] = {
    "blog/models.py": blog(("own",)),
    "blog/migrations/0002_post_own.py": adding("post", "own", ("blog", "0001_initial")),
}
THEIRS: dict[str, str | bytes | None] = {
    "blog/models.py": blog((), ("theirs",)),
    "blog/migrations/0002_comment_theirs.py": adding("comment", "theirs", ("blog", "0001_initial")),
}


def test_two_branches_conflict(against: Against) -> None:
    against.on("feature", OURS)
    against.on("main", THEIRS)
    assert against.check()[:2] == (0, [])
    status, (found,), document = against.check("main")
    assert (status, found["code"], found["subject"]) == (1, "MG102", "blog")
    assert "0002_comment_theirs, 0002_post_own in blog" in found["message"]
    assert found["details"][-1].startswith("only together with main (")
    assert found["hint"] == (
        "run: migration-guard rebase blog --onto main; "
        "or: git merge main, then migration-guard makemigrations --merge blog"
    )
    assert [item["code"] for item in document["findings"]] == ["MG102", "MG104"]
    against.repair(found["hint"])
    assert against.work.migrations() == ["0001_initial", "0003_post_own"]
    assert against.check("main")[:2] == (0, [])
    against.merged("main")


def test_the_other_way_to_repair(against: Against) -> None:
    against.on("feature", OURS)
    against.on("main", THEIRS)
    assert against.check("main")[0] == 1
    against.work.git("merge", "-q", "--no-edit", "main")
    assert against.command("makemigrations", "--merge", "--noinput", "blog")[0] == 0
    against.work.git("add", "-A")
    against.work.git("commit", "-q", "-m", "merged")
    assert against.check("main")[:2] == (0, [])
    against.merged()


def test_lines_that_both_sides_changed_do_not_hide_the_conflict(against: Against) -> None:
    against.on("feature", {**OURS, "blog/models.py": blog(("own",))})
    theirs = adding("post", "theirs", ("blog", "0001_initial"))
    against.on("main", {"blog/models.py": blog(("theirs",)), "blog/migrations/0002_post_theirs.py": theirs})
    status, (found,), document = against.check("main")
    assert (status, found["code"]) == (1, "MG102")
    assert any("git cannot unite by itself: blog/models.py" in caution for caution in document["cautions"])


def test_three_branches(against: Against) -> None:
    against.on("feature", OURS)
    against.on("one", THEIRS)
    between = WIDE.replace("    pass\n", "    third = models.TextField(default='')\n")
    against.on(
        "two",
        {
            "blog/models.py": blog().replace(WIDE, between),
            "blog/migrations/0002_between_third.py": adding("between", "third", ("blog", "0001_initial")),
        },
    )
    assert against.check("main")[:2] == (0, [])
    for refs, names in (
        (["one"], "0002_comment_theirs, 0002_post_own"),
        (["two"], "0002_between_third, 0002_post_own"),
        (["one", "two"], "0002_between_third, 0002_comment_theirs, 0002_post_own"),
    ):
        status, found, _ = against.check(*refs)
        assert status == 1 and names in found[0]["message"]
    # The first gets in, the second follows after its repair, then it is our turn.
    against.work.git("checkout", "-q", "main")
    against.work.git("merge", "-q", "--no-edit", "one")
    against.work.git("checkout", "-q", "two")
    against.repair(against.check("main")[1][0]["hint"])
    against.work.git("checkout", "-q", "main")
    against.work.git("merge", "-q", "--no-edit", "two")
    against.work.git("checkout", "-q", "feature")
    against.repair(against.check("main")[1][0]["hint"])
    assert against.work.migrations() == ["0001_initial", "0004_post_own"]
    against.merged("main")


def test_dependencies_between_apps(against: Against) -> None:
    shop = {
        "shop/models.py": models(model("Item", "own")),
        "shop/migrations/0002_item_own.py": adding("item", "own", ("shop", "0001_initial"), ("blog", "0002_post_own")),
    }
    against.on("feature", {**OURS, **shop})
    against.on("main", THEIRS)
    (found,) = against.check("main")[1]
    against.repair(found["hint"])
    assert '("blog", "0003_post_own")' in against.work.read("shop/migrations/0002_item_own.py")
    assert against.check("main")[:2] == (0, [])
    against.merged("main")


def test_a_squashed_migration(against: Against) -> None:
    """Main squashes and goes on; the branch goes on from what was squashed."""
    against.on("main", THEIRS)
    against.work.git("merge", "-q", "main")
    against.on(
        "feature",
        {
            "blog/models.py": blog(("own",), ("theirs",)),
            "blog/migrations/0003_post_own.py": adding("post", "own", ("blog", "0002_comment_theirs")),
        },
    )
    against.work.git("checkout", "-q", "main")
    status, said = against.command("squashmigrations", "blog", "0002", "--noinput")
    assert status == 0, said
    against.work.git("add", "-A")
    against.work.git("commit", "-q", "-m", "squashed")
    against.work.git("checkout", "-q", "feature")
    assert against.check("main")[:2] == (0, [])
    last = next(name for name in _names(against, "main") if "squashed" in name)
    against.on(
        "main",
        {
            "blog/models.py": blog((), ("theirs", "later")),
            "blog/migrations/0003_comment_later.py": adding("comment", "later", ("blog", last)),
        },
    )
    status, (found,), _ = against.check("main")
    assert (status, found["code"]) == (1, "MG102")
    against.repair(found["hint"])
    assert against.check("main")[:2] == (0, [])
    against.merged("main")


def _names(against: Against, branch: str) -> list[str]:
    listed = against.work.git("ls-tree", "--name-only", branch, "blog/migrations/").split()
    return [Path(name).stem for name in listed]


def test_models_that_only_differ_together(against: Against) -> None:
    """Main adds a field to a mixin, the branch a model that inherits from it: nobody's migration has that column."""
    mixin = "\n\nclass Dated(models.Model):\n    {}\n\n    class Meta:\n        abstract = True\n"
    start = {
        "shop/dated.py": models(mixin.format("pass")),
        "shop/models.py": "from shop.dated import Dated\n" + models("\n\nclass Item(Dated):\n    pass\n"),
    }
    against.on("main", {**start})
    against.work.git("merge", "-q", "main")
    second = adding("x", "x", ("shop", "0001_initial")).partition("        migrations.AddField")[0] + created("Order")
    against.on(
        "feature",
        {
            "shop/models.py": start["shop/models.py"] + "\n\nclass Order(Dated):\n    pass\n",
            "shop/migrations/0002_order.py": second + "    ]\n",
        },
    )
    against.on(
        "main",
        {
            "shop/dated.py": models(mixin.format("at = models.TextField(default='')")),
            "shop/migrations/0002_item_at.py": adding("item", "at", ("shop", "0001_initial")),
        },
    )
    assert against.check()[:2] == (0, [])
    (conflict,) = against.check("main")[1]
    against.repair(conflict["hint"])
    status, (drift,), _ = against.check("main")
    assert (status, drift["code"], drift["subject"]) == (1, "MG101", "shop.0004_order_at")
    assert drift["hint"] == "merge main, then run: migration-guard makemigrations shop"
    assert drift["details"][-1].startswith("only together with main (")
    against.work.git("merge", "-q", "--no-edit", "main")
    assert against.command("makemigrations", "--noinput", "shop")[0] == 0
    against.work.git("add", "-A")
    against.work.git("commit", "-q", "-m", "mended")
    assert against.check("main")[:2] == (0, [])
    against.merged()


def test_whose_fault_it_is(against: Against) -> None:
    against.on("feature", {"shop/models.py": models(model("Item", "forgotten"))})
    against.on("main", {"blog/models.py": blog((), ("forgotten",))})
    status, found, _ = against.check("main")
    assert status == 1
    details = {item["subject"].partition(".")[0]: item["details"] for item in found}
    assert details["shop"] == []
    assert len(details["blog"]) == 1 and details["blog"][0].endswith("has this already, without this branch")


def test_one_name_on_both_sides(against: Against) -> None:
    against.on("feature", {**OURS, "blog/migrations/0002_more.py": OURS["blog/migrations/0002_post_own.py"]})
    against.work.commit({"blog/migrations/0002_post_own.py": None})
    theirs = THEIRS["blog/migrations/0002_comment_theirs.py"]
    against.on("main", {"blog/models.py": THEIRS["blog/models.py"], "blog/migrations/0002_more.py": theirs})
    status, found, _ = against.check("main")
    assert status == 1 and "MG112" in {item["code"] for item in found}
    taken = next(item for item in found if item["code"] == "MG112")
    assert taken["place"]["file"].endswith("blog/migrations/0002_more.py") and taken["subject"] == "blog.0002_more"


def test_what_cannot_be_compared_is_an_error(against: Against, tmp_path: Path) -> None:
    against.on("feature", OURS)
    for words, said in (
        (["--against", "nowhere"], "git knows no commit 'nowhere'"),
        (["--against", "--help"], "git knows no commit '--help'"),
    ):
        status, output = against.command("check", *words)
        assert status == 2 and said in output
    against.work.git("checkout", "-q", "--orphan", "lonely")
    against.work.git("commit", "-q", "-m", "lonely")
    status, output = against.command("check", "--against", "main")
    assert status == 2 and "have no common ancestor" in output
    shallow = tmp_path / "shallow"
    against.work.git("clone", "-q", "--depth=1", "--branch=feature", against.work.root.as_uri(), str(shallow))
    status = run(["check", "--against", "main", "--project", str(shallow)])
    said = against.work.capsys.readouterr().err
    assert status == 2 and "git knows no commit 'main'" in said and "this clone is shallow" in said


def test_uncommitted_work_counts(against: Against) -> None:
    against.on("main", THEIRS)
    against.work.write(OURS)
    status, (found,), _ = against.check("main")
    assert (status, found["code"]) == (1, "MG102")


def test_what_the_other_side_brings_is_not_judged(against: Against) -> None:
    """Hazards are those of this branch: what is on main already is deployed, or somebody else's to answer for."""
    against.on("feature", {"shop/views.py": "x = 1\n"})
    against.on("main", THEIRS)
    status, said = against.command("check", "--against", "main", "-v")
    assert status == 0 and "migrations judged: 0 new since main" in said, said
