"""What is declined, in words, with every file as it was."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.rebase.repositories import Work, adding, chained, initial, model, models, started, upstream


@pytest.fixture
def work(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Work:
    return started(tmp_path / "project", capsys)


def declines(work: Work, *words: str, status: int = 1) -> str:
    before = work.tree()
    said = work.rebase(*words, status=status)
    assert work.tree() == before, said
    return said


def merging(*names: str) -> str:
    items = ", ".join(f"('blog', '{name}')" for name in names)
    return (
        "from django.db import migrations\n\n\nclass Migration(migrations.Migration):\n"
        f"    dependencies = [{items}]\n    operations = []\n"
    )


def squashing(*names: str) -> str:
    items = ", ".join(f"('blog', '{name}')" for name in names)
    text = adding("post", "own0", ("blog", "0001_initial"))
    return text.replace("    dependencies", f"    replaces = [{items}]\n    dependencies", 1)


def test_nothing_to_do(work: Work) -> None:
    assert "blog has no migrations that are not in main" in declines(work, "blog", status=0)
    chained(work, 2)
    assert "blog.0002_post_own0 follows 0001_initial already" in declines(work, "blog", status=0)
    assert "one leaf node, 0003_post_own1" in declines(work, "blog", "--onto", "0003_post_own1", status=0)


def test_history_that_is_merged_already(work: Work) -> None:
    chained(work, 1)
    upstream(work, merged=True)
    work.git("checkout", "-q", "main")
    work.git("merge", "-q", "feature")
    work.git("update-ref", "refs/remotes/origin/main", "main")
    assert "all migrations of blog are in origin/main already" in declines(work, "blog")
    said = declines(work, "blog", "--onto", "0002_post_base0")
    assert "blog.0002_post_own0 is in origin/main already" in said and "makemigrations --merge" in said


def test_a_merge_migration_in_the_chain(work: Work) -> None:
    chained(work, 1)
    upstream(work, merged=True)
    work.write({"blog/migrations/0003_merge.py": merging("0002_post_own0", "0002_post_base0")})
    said = declines(work, "blog")
    assert "blog.0003_merge depends on 0002_post_base0 of main as well: a merge inside the chain" in said


def test_a_chain_that_begins_with_a_merge(work: Work) -> None:
    chained(work, 1)
    upstream(work, merged=True)
    work.git("checkout", "-q", "main")
    work.git("merge", "-q", "feature")
    work.git("checkout", "-q", "-b", "next")
    work.write({"blog/migrations/0003_merge.py": merging("0002_post_own0", "0002_post_base0")})
    assert "blog has several leaf nodes in main: 0002_post_base0, 0002_post_own0" in declines(work, "blog")


def test_a_branch_that_is_not_one_line(work: Work) -> None:
    chained(work, 2)
    work.write({"blog/migrations/0003_other.py": adding("post", "x", ("blog", "0002_post_own0"))})
    upstream(work, merged=False)
    assert "0003_other and 0003_post_own1 both follow blog.0002_post_own0" in declines(work, "blog")
    work.write({"blog/migrations/0003_other.py": adding("post", "x", ("blog", "0001_initial"))})
    assert "0002_post_own0 and 0003_other begin separate lines of blog" in declines(work, "blog")
    both = merging("0003_other", "0003_post_own1")
    work.write({"blog/migrations/0004_merge.py": both})
    assert "blog.0004_merge merges 0003_other and 0003_post_own1" in declines(work, "blog")


def test_squashed_migrations(work: Work) -> None:
    chained(work, 1)
    upstream(work, merged=False)
    squash = "blog/migrations/0001_squashed_0002_post_own0.py"
    whole = squashing("0001_initial", "0002_post_own0").replace('("blog", "0001_initial"),', "")
    work.write({squash: whole})
    words = (
        "blog.0001_squashed_0002_post_own0 is a squashed migration, and not all that it replaces is the branch's own"
    )
    assert words in declines(work, "blog")
    work.write({squash: squashing("0002_post_own0", "0003_gone")})
    assert "a part of what it replaces is gone" in declines(work, "blog")
    work.write({squash: None, "shop/migrations/0002_all.py": squashing("0002_post_own0")})
    assert "blog.0002_post_own0 is replaced by shop.0002_all, a squashed migration" in declines(work, "blog")


def test_squashes_of_what_is_not_a_part_of_the_line(work: Work) -> None:
    chained(work, 3)
    upstream(work, merged=False)
    work.write({"blog/migrations/0002_squashed_0003_post_own1.py": squashing("0003_post_own1", "0002_post_own0")})
    assert "does not replace a part of the line" in declines(work, "blog")


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({"blog/migrations/0002_own.py": None, "blog/migrations/mine.py": ""}, "blog.mine has no number"),
        (
            {"blog/migrations/0002_own.py": None, "blog/migrations/0002_first.py": initial("Other")},
            "depends on no other migration of blog",
        ),
        (
            {"blog/migrations/0002_own.py": adding("post", "base0", ("blog", "0001_initial"))},
            'after the rebase blog.0003_own could not be applied: blog.Post already has a field "base0"',
        ),
        (
            {"shop/migrations/0001_initial.py": initial("Item").replace("= [\n    ]", "= [('blog', '0002_own')]")},
            "shop.0001_initial names a migration that would be renamed, and is not the branch's own",
        ),
        ({"blog/migrations/0003_own.py": "", "blog/migrations/0003_own/__init__.py": ""}, "no Migration class"),
    ],
)
def test_what_stands_in_the_way(work: Work, files: Mapping[str, str | None], words: str) -> None:
    own = adding("post", "own", ("blog", "0001_initial"))
    work.write({"blog/migrations/0002_own.py": own, "blog/models.py": models(model("Post", "own"))})
    upstream(work, merged=True)
    made = {name: own if text == "" and name.endswith("mine.py") else text for name, text in files.items()}
    work.write(made)
    assert words in declines(work, "blog")


NOT_LITERAL = {
    "joined": ('        ("blog", "0001" "_initial"),', "is not written there as a plain string"),
    "named": ("        PARENT,", "is not written there as a plain string"),
    "name": ('        ("blog", NAME),', "is not written there as a plain string"),
    "starred": ("        *PARENTS,", ""),
}


@pytest.mark.parametrize("kind", NOT_LITERAL)
def test_dependencies_that_are_not_literal(work: Work, kind: str) -> None:
    item, words = NOT_LITERAL[kind]
    text = adding("post", "own", ("blog", "0001_initial"))
    text = text.replace('        ("blog", "0001_initial"),', item)
    head = 'NAME = "0001_initial"\nPARENT = ("blog", NAME)\nPARENTS = [PARENT, PARENT]\n'
    work.write({"blog/migrations/0002_own.py": text.replace("\n\n\nclass", f"\n{head}\n\nclass", 1)})
    upstream(work, merged=False)
    said = declines(work, "blog")
    assert "0002_own.py:" in said and "dependencies" in said and words in said
    assert "hint: edit it by hand" in said


def test_dependencies_that_change_later(work: Work) -> None:
    text = adding("post", "own", ("blog", "0001_initial"))
    text += '\n\nMigration.dependencies = [("blog", "0001_initial"), ("shop", "0001_initial")]\n'
    work.write({"blog/migrations/0002_own.py": text})
    upstream(work, merged=False)
    declines(work, "blog")


def test_names_of_bases(work: Work) -> None:
    chained(work, 1)
    upstream(work, merged=True)
    assert "git knows no commit 'no-such'" in declines(work, "blog", "--onto", "no-such", status=2)
    said = declines(work, "blog", "--onto", "origin/main", status=2)
    assert "git fetch origin main:refs/remotes/origin/main" in said
    said = declines(work, "blog", "--onto=--output=x", status=2)
    assert "do not begin with a dash" in said
    assert "may be any of 0002_post_base0, 0002_post_own0" in declines(work, "blog", "--onto", "0002")
    assert "lies before several leaf nodes" in declines(work, "blog", "--onto", "0001_initial")
    work.git("branch", "0002_post_base0")
    assert "is a migration of blog and a commit as well" in declines(work, "blog", "--onto", "0002_post_base0")
    assert "Rebased blog onto refs/heads/main" in work.rebase("blog", "--onto", "refs/heads/main")


def test_the_same_migration_on_both_sides(work: Work) -> None:
    same = adding("post", "same", ("blog", "0001_initial"))
    work.commit({"blog/migrations/0002_same.py": same, "blog/models.py": models(model("Post", "same"))})
    work.git("checkout", "-q", "main")
    work.commit({"blog/migrations/0002_same.py": f"# picked\n{same}"})
    work.git("checkout", "-q", "feature")
    assert "both sides have a migration blog.0002_same with the same operations" in declines(work, "blog")


def test_a_conflict_inside_a_migration(work: Work) -> None:
    work.commit({"blog/migrations/0002_x.py": adding("post", "a", ("blog", "0001_initial"))})
    work.git("checkout", "-q", "main")
    work.commit({"blog/migrations/0002_x.py": adding("post", "b", ("blog", "0001_initial"))})
    work.git("checkout", "-q", "feature")
    work.git("merge", "-q", "main", fails=True)
    assert "0002_x.py:" in declines(work, "blog")


def test_a_base_whose_links_cannot_be_read(work: Work) -> None:
    chained(work, 1)
    work.git("checkout", "-q", "main")
    text = adding("post", "base", ("blog", "0001_initial")).replace('"0001_initial"', "FIRST")
    work.commit({"blog/migrations/0002_base.py": text})
    work.git("checkout", "-q", "feature")
    said = declines(work, "blog")
    assert "blog.0002_base of the base cannot be read: dependencies (line 8)" in said and "merge it first" in said


def test_shallow_clones(work: Work, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    chained(work, 1)
    upstream(work, merged=False)
    shallow = Work(tmp_path / "shallow", capsys)
    work.git("clone", "-q", "--depth=1", "--no-single-branch", work.root.as_uri(), str(shallow.root))
    shallow.git("update-ref", "refs/remotes/origin/feature", "HEAD")
    said = declines(shallow, "blog", "--onto", "origin/main", status=2)
    assert "no common ancestor in this shallow clone" in said and "git fetch --unshallow origin" in said


def test_apps_of_others_and_unknown_ones(work: Work) -> None:
    assert "does not belong to the project" in declines(work, "auth")
    assert "No installed app with label 'blgo'" in declines(work, "blgo", status=2)


def test_a_failure_while_writing_leaves_all_as_it_was(work: Work, monkeypatch: pytest.MonkeyPatch) -> None:
    from migration_guard.write import files

    chained(work, 3)
    upstream(work, merged=True)
    move = files._move_to_free_place

    def fail(temporary: Path, path: Path) -> None:
        if path.name.startswith("0004"):
            raise OSError(28, "No space left on device", str(path))
        move(temporary, path)

    monkeypatch.setattr(files, "_move_to_free_place", fail)
    assert "No space left on device; nothing was written" in declines(work, "blog")


def test_other_migrations_that_are_not_fully_known(work: Work) -> None:
    chained(work, 1)
    upstream(work, merged=True)
    text = adding("item", "tag", ("shop", "0001_initial"))
    unknown = text.replace("# why?", "unknown('blog', '0002_post_own0'),")
    work.write({"shop/migrations/0002_tag.py": "from nowhere import unknown\n" + unknown})
    said = declines(work, "blog")
    assert "0002_tag.py names a migration that would be renamed, and is not fully known" in said
