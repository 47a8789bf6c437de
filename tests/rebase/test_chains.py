"""Chains that are moved: real repositories, and Django's word on the result."""

from __future__ import annotations

from pathlib import Path

import pytest
from django_oracle import DJANGOS, Project

from tests.rebase.repositories import Work, adding, chained, initial, merge, model, models, started, upstream


@pytest.fixture
def work(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Work:
    return started(tmp_path / "project", capsys)


def judged(work: Work) -> None:
    """Django loads the graph, finds one leaf node in each app and nothing to migrate: the oldest and the newest."""
    for django in {DJANGOS[0], DJANGOS[-1]}:
        project = Project.at(work.root)
        graph = django.graph(project)
        assert not graph["conflicts"], f"{django}: {graph['conflicts']}"
        ran = django.manage(project, ["makemigrations", "--check", "--dry-run"])
        assert (ran.code, ran.stdout.strip()) == (0, "No changes detected"), f"{django}: {ran}"


@pytest.mark.parametrize("length", [1, 2, 3])
@pytest.mark.parametrize("count", [1, 3])
def test_a_chain_after_a_merge(work: Work, length: int, count: int) -> None:
    chained(work, length)
    upstream(work, merged=True, count=count)
    before = work.tree()
    said = work.rebase("blog")
    after = work.tree()
    assert f"Rebased blog onto main, after {count + 1:04}_post_base{count - 1}:" in said
    assert "No changes detected in app 'blog'" in said
    parent, fork = f"{count + 1:04}_post_base{count - 1}", "0001_initial"
    for number in range(length):
        old, new = f"{number + 2:04}_post_own{number}", f"{number + 2 + count:04}_post_own{number}"
        text = before.pop(f"blog/migrations/{old}.py")
        # Byte for byte the old text, but for the one name; the comment beside it is nobody's business.
        expected = text.replace(f'"{fork}")'.encode(), f'"{parent}")'.encode())
        assert after.pop(f"blog/migrations/{new}.py") == expected != text
        parent, fork = new, old
    assert after == before
    judged(work)
    work.git("add", "-A")
    staged = work.git("diff", "--cached", "--name-status", "--find-renames").split()
    assert len(staged) == 3 * length and all(word.startswith("R") for word in staged[::3]), "git sees renames"
    assert "follows" in work.rebase("blog")


def test_a_base_that_is_not_merged_yet(work: Work) -> None:
    chained(work, 2)
    upstream(work, merged=False, count=2)
    index = work.git("ls-files", "--stage")
    said = work.rebase("blog")
    assert "0003_post_base1 is not in the working tree yet" in said
    assert "No changes detected in app 'blog' (without what comes with main)" in said
    assert work.migrations() == ["0001_initial", "0004_post_own0", "0005_post_own1"]
    assert work.git("ls-files", "--stage") == index, "the index is the user's"
    work.commit({}, "rebased")
    merge(work, ["base0", "base1"])
    judged(work)
    assert work.rebase("blog").startswith("blog.0004_post_own0 follows 0003_post_base1 already")


def test_a_base_that_is_half_merged(work: Work) -> None:
    chained(work, 1)
    upstream(work, merged=True)
    work.git("checkout", "-q", "main")
    later = adding("post", "late", ("blog", "0002_post_base0"))
    work.commit(
        {"blog/migrations/0003_late.py": later, "blog/models.py": models(model("Post", "base0", "late"))}, "later"
    )
    work.git("checkout", "-q", "feature")
    said = work.rebase("blog")
    assert "0003_late is not in the working tree yet" in said and "No changes detected" in said
    assert work.migrations() == ["0001_initial", "0002_post_base0", "0004_post_own0"]


def test_in_the_middle_of_gits_own_rebase(work: Work) -> None:
    chained(work, 2)
    upstream(work, merged=False)
    work.git("rebase", "main", fails=True)
    work.write({"blog/models.py": models(model("Post", "own0", "own1", "base0"))})
    assert "git is in the middle of a rebase" in work.rebase("blog")
    assert work.migrations() == ["0001_initial", "0002_post_base0", "0003_post_own0", "0004_post_own1"]
    judged(work)


def test_both_sides_took_the_same_name(work: Work) -> None:
    same = "blog/migrations/0002_change.py"
    last = "blog/migrations/0003_own.py"
    work.commit(
        {
            same: adding("post", "own", ("blog", "0001_initial")),
            last: adding("post", "two", ("blog", "0002_change")),
            "blog/models.py": models(model("Post", "own", "two")),
        }
    )
    work.git("checkout", "-q", "main")
    work.commit(
        {same: adding("post", "base", ("blog", "0001_initial")), "blog/models.py": models(model("Post", "base"))}
    )
    work.git("checkout", "-q", "feature")
    work.rebase("blog")
    assert work.migrations() == ["0001_initial", "0003_change", "0004_own"]
    assert '("blog", "0002_change"),  # after 0001_initial' in work.read("blog/migrations/0003_change.py")
    assert '("blog", "0003_change")' in work.read("blog/migrations/0004_own.py")
    work.commit({}, "rebased")
    work.git("merge", "-q", "main", fails=True)
    work.commit({"blog/models.py": models(model("Post", "own", "two", "base"))}, "merged")
    judged(work)


def test_uncommitted_migrations_are_the_branchs_own(work: Work) -> None:
    upstream(work, merged=True)
    work.write(
        {
            "blog/migrations/0002_mine.py": adding("post", "mine", ("blog", "0001_initial")),
            "blog/models.py": models(model("Post", "base0", "mine")),
        }
    )
    work.rebase("blog")
    assert work.migrations() == ["0001_initial", "0002_post_base0", "0003_mine"]
    judged(work)


def test_other_apps_that_name_the_chain(work: Work) -> None:
    chained(work, 2)
    shop = adding("item", "tag", ("blog", "0003_post_own1"), ("shop", "0001_initial"))
    first = adding("item", "label", ("shop", "0002_tag"), extra='    run_before = [("blog", "0003_post_own1")]\n')
    work.commit(
        {
            "shop/migrations/0002_tag.py": shop.replace("0003_post_own1", "0002_post_own0"),
            "shop/migrations/0003_label.py": first,
            "shop/models.py": models(model("Item", "tag", "label")),
        }
    )
    upstream(work, merged=True, count=2)
    said = work.rebase("blog")
    assert "shop.0002_tag: new names" in said and "shop.0003_label: new names" in said
    assert '("blog", "0004_post_own0"),  # after 0002_post_own0' in work.read("shop/migrations/0002_tag.py")
    assert '[("blog", "0005_post_own1")]' in work.read("shop/migrations/0003_label.py")
    assert "0002_post_own0 is still named in" in said and "0002_tag.py" in said
    judged(work)


def test_swappable_dependencies_names_and_modules(work: Work) -> None:
    one = (
        "from importlib import import_module\n"
        "from django.conf import settings\nfrom django.db import migrations, models\n\n"
        'APP = "blog"\n\n\n'
        "class Migration(migrations.Migration):\n"
        "    dependencies = (\n"
        "        migrations.swappable_dependency(settings.AUTH_USER_MODEL),\n"
        "        (APP, r'0001_initial'),\n"
        "    )\n"
        "    operations = [migrations.AddField('post', 'one', models.TextField(default=''))]\n\n\n"
        "def forwards(apps, schema_editor):\n    pass\n"
    )
    two = one.replace("r'0001_initial'", "'0002_one'").replace("'one'", "'two'")
    two += '\n\nold = import_module("blog.migrations.0002_one").forwards\n'
    work.commit(
        {
            "blog/migrations/0002_one.py": one,
            "blog/migrations/0003_two.py": two,
            "blog/models.py": models(model("Post", "one", "two")),
            "blog/tests.py": 'MIGRATE_TO = [("blog", "0002_one")]\n',
        }
    )
    upstream(work, merged=False)
    work.git("merge", "-q", "main", fails=True)
    work.commit({"blog/models.py": models(model("Post", "one", "two", "base0"))})
    said = work.rebase("blog")
    assert "0002_one is still named in blog/tests.py:1" in said
    assert work.read("blog/migrations/0003_one.py") == one.replace("0001_initial", "0002_post_base0")
    assert work.read("blog/migrations/0004_two.py") == two.replace("0002_one", "0003_one")
    judged(work)


@pytest.mark.parametrize("onto", ["0002_post_base0", "0002_post_b"])
def test_onto_a_migration_of_the_working_tree(work: Work, onto: str) -> None:
    chained(work, 2)
    upstream(work, merged=True)
    work.rebase("blog", "--onto", onto)
    assert work.migrations() == ["0001_initial", "0002_post_base0", "0003_post_own0", "0004_post_own1"]
    judged(work)


def test_without_git(work: Work) -> None:
    chained(work, 1)
    upstream(work, merged=True)
    (work.root / ".git").rename(work.root.parent / "elsewhere")
    assert "is not in a git repository" in work.rebase("blog", status=2)
    work.rebase("blog", "--onto", "0002_post_base0")
    assert work.migrations() == ["0001_initial", "0002_post_base0", "0003_post_own0"]


def test_encodings_line_ends_and_the_last_line(work: Work) -> None:
    texts = {
        "0002_a": adding("post", "a", ("blog", "0001_initial")).replace("\n", "\r\n").encode("utf-8-sig"),
        "0003_b": ("# coding: latin-1\n# \xe9\n" + adding("post", "b", ("blog", "0002_a")))
        .rstrip("\n")
        .encode("latin-1"),
        "0004_c": (
            "# ż \x0c\n" + adding("post", "c", ("blog", "0003_b")).replace("\n    dep", "\r\n\n    dep")
        ).encode(),
    }
    work.commit(
        {
            "blog/models.py": models(model("Post", "a", "b", "c")),
            **{f"blog/migrations/{name}.py": data for name, data in texts.items()},
        }
    )
    upstream(work, merged=False)
    work.git("merge", "-q", "main", fails=True)
    work.commit({"blog/models.py": models(model("Post", "a", "b", "c", "base0"))})
    work.rebase("blog")
    after = work.tree()
    for number, (old, new, fork, parent) in enumerate(
        [
            ("0002_a", "0003_a", b"0001_initial", b"0002_post_base0"),
            ("0003_b", "0004_b", b"0002_a", b"0003_a"),
            ("0004_c", "0005_c", b"0003_b", b"0004_b"),
        ]
    ):
        expected = texts[old].replace(b'"%s")' % fork, b'"%s")' % parent)
        assert after[f"blog/migrations/{new}.py"] == expected, number
    judged(work)


def test_the_file_of_django_linear_migrations(work: Work) -> None:
    chained(work, 2)
    conflict = b"<<<<<<< HEAD\n0002_post_base0\n=======\n0003_post_own1\n>>>>>>> main\n"
    upstream(work, merged=True)
    work.write({"blog/migrations/max_migration.txt": conflict})
    assert "max_migration.txt: new names" in work.rebase("blog")
    assert work.read("blog/migrations/max_migration.txt") == "0004_post_own1\n"


def test_a_dry_run_writes_nothing(work: Work) -> None:
    chained(work, 2)
    upstream(work, merged=True)
    before = work.tree()
    said = work.rebase("blog", "--dry-run", "-v", "2")
    assert "Would rebase blog onto main" in said and '+        ("blog", "0002_post_base0"),' in said
    assert work.tree() == before


def test_drift_is_reported_and_the_rebase_done(work: Work) -> None:
    chained(work, 1)
    upstream(work, merged=True)
    work.write({"blog/models.py": models(model("Post", "own0", "base0", "forgotten"))})
    said = work.rebase("blog", status=1)
    assert "Add field forgotten to post" in said and work.migrations()[-1] == "0003_post_own0"


def test_models_with_conflict_markers(work: Work) -> None:
    chained(work, 1)
    upstream(work, merged=False)
    work.git("merge", "-q", "main", fails=True)
    assert "<<<<<<<" in work.read("blog/models.py")
    assert "could not be checked: blog.models is not valid Python" in work.rebase("blog")
    assert work.migrations() == ["0001_initial", "0002_post_base0", "0003_post_own0"]


def test_what_both_sides_change(work: Work) -> None:
    def altering(length: int) -> str:
        text = adding("post", "text", ("blog", "0002_text"))
        return text.replace("AddField", "AlterField").replace("TextField(", f"CharField(max_length={length}, ")

    start = models("\n\nclass Post(models.Model):\n    text = models.CharField(max_length=LENGTH, default='')\n")
    work.git("checkout", "-q", "main")
    work.commit({"blog/migrations/0002_text.py": adding("post", "text", ("blog", "0001_initial"))})
    work.git("branch", "-f", "feature")
    work.commit({"blog/migrations/0003_base.py": altering(5), "blog/models.py": start.replace("LENGTH", "5")})
    work.git("checkout", "-q", "feature")
    work.commit({"blog/migrations/0003_own.py": altering(6)})
    work.git("merge", "-q", "main")
    work.commit({"blog/models.py": start.replace("LENGTH", "6")})
    said = work.rebase("blog")
    assert "both sides change post.text (0003_base and 0003_own): the branch's own change now comes last" in said
    judged(work)


@pytest.mark.parametrize("kept", [True, False])
def test_a_base_that_was_squashed(work: Work, kept: bool) -> None:
    """The chain begins after a migration that the base has squashed, and perhaps removed."""
    work.git("checkout", "-q", "main")
    work.commit(
        {
            "blog/migrations/0002_old.py": adding("post", "old", ("blog", "0001_initial")),
            "blog/models.py": models(model("Post", "old")),
        }
    )
    work.git("checkout", "-q", "-B", "feature")
    own = adding("post", "own", ("blog", "0002_old"))
    work.commit({"blog/migrations/0003_own.py": own, "blog/models.py": models(model("Post", "old", "own"))})
    work.git("checkout", "-q", "main")
    squash = initial("Post").replace(
        "verbose_name='ID')),",
        "verbose_name='ID')),\n                ('old', models.TextField(default='')),",
    )
    squash = squash.replace(
        "    initial", "    replaces = [('blog', '0001_initial'), ('blog', '0002_old')]\n    initial"
    )
    removed = {} if kept else {"blog/migrations/0001_initial.py": None, "blog/migrations/0002_old.py": None}
    work.commit(
        {
            "blog/migrations/0001_squashed_0002_old.py": squash,
            "blog/migrations/0003_base.py": adding("post", "base", ("blog", "0001_squashed_0002_old")),
            "blog/models.py": models(model("Post", "old", "base")),
            **removed,
        }
    )
    work.git("checkout", "-q", "feature")
    work.git("merge", "-q", "main", fails=True)
    work.commit({"blog/models.py": models(model("Post", "old", "own", "base"))})
    assert "depends on 0003_base instead of 0002_old" in work.rebase("blog")
    assert work.migrations()[-1] == "0004_own"
    judged(work)


def test_a_squash_alone_is_no_conflict(work: Work) -> None:
    chained(work, 1)
    work.git("checkout", "-q", "main")
    squash = initial("Post").replace("    initial", "    replaces = [('blog', '0001_initial')]\n    initial")
    work.commit({"blog/migrations/0001_squashed_0001_initial.py": squash})
    work.git("checkout", "-q", "feature")
    assert "follows 0001_squashed_0001_initial already" in work.rebase("blog")


@pytest.mark.parametrize("merged", [True, False])
@pytest.mark.parametrize("kept", [True, False])
def test_the_branchs_own_squash(work: Work, kept: bool, merged: bool) -> None:
    """A squash of the branch's own migrations moves with them; what is gone from the disk keeps its name."""
    chained(work, 3)
    names = ["0002_post_own0", "0003_post_own1"]
    items = ", ".join(f"('blog', '{name}')" for name in names)
    squash = adding("post", "own0", ("blog", "0001_initial"), extra=f"    replaces = [{items}]  # both\n")
    second = "    migrations.AddField('post', 'own1', models.TextField(default='')),\n    ]\n"
    files: dict[str, str | bytes | None] = {
        "blog/migrations/0002_squashed_0003_post_own1.py": squash[: squash.rindex("    ]")] + second
    }
    if not kept:
        files |= {f"blog/migrations/{name}.py": None for name in names}
        third = adding("post", "own2", ("blog", "0002_squashed_0003_post_own1"))
        files["blog/migrations/0004_post_own2.py"] = third
    work.commit(files, "squashed")
    upstream(work, merged=merged)
    said = work.rebase("blog")
    if not merged:
        work.commit({}, "rebased")
        merge(work, ["base0"])
    if kept:
        own = ["0003_post_own0", "0003_squashed_0004_post_own1", "0004_post_own1", "0005_post_own2"]
        moved, after = own[1], items.replace(names[1], "0004_post_own1").replace(names[0], "0003_post_own0")
    else:
        own = ["0003_squashed_0003_post_own1", "0004_post_own2"]
        moved, after = own[0], items
    assert work.migrations() == ["0001_initial", "0002_post_base0", *own], said
    text = work.read(f"blog/migrations/{moved}.py")
    assert f"replaces = [{after}]  # both" in text and '("blog", "0002_post_base0"),  # after 0001_initial' in text
    judged(work)


def test_two_apps_one_after_the_other(work: Work) -> None:
    """Each app's chain is moved on its own; they may name each other."""
    work.commit(
        {
            "blog/migrations/0002_a.py": adding("post", "a", ("blog", "0001_initial")),
            "shop/migrations/0002_b.py": adding("item", "b", ("shop", "0001_initial"), ("blog", "0002_a")),
            "blog/migrations/0003_c.py": adding("post", "c", ("blog", "0002_a"), ("shop", "0002_b")),
        }
    )
    work.git("checkout", "-q", "main")
    work.commit(
        {
            "blog/migrations/0002_x.py": adding("post", "x", ("blog", "0001_initial")),
            "shop/migrations/0002_y.py": adding("item", "y", ("shop", "0001_initial"), ("blog", "0002_x")),
        }
    )
    work.git("checkout", "-q", "feature")
    work.git("merge", "-q", "main")
    work.commit(
        {"blog/models.py": models(model("Post", "a", "c", "x")), "shop/models.py": models(model("Item", "b", "y"))}
    )
    work.rebase("blog")
    work.rebase("shop")
    assert work.migrations() == ["0001_initial", "0002_x", "0003_a", "0004_c"]
    assert work.migrations("shop") == ["0001_initial", "0002_y", "0003_b"]
    judged(work)
