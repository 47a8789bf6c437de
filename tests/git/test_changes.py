"""What changed: since the merge base, in the index, in the working tree; and that asking changes nothing."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from migration_guard.git import Change, Repository, Status

IDENTITY = ("-c", "user.name=A", "-c", "user.email=a@example.com")


def git(folder: Path, *words: str) -> str:
    environment = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    done = subprocess.run(
        ["git", *IDENTITY, *words], cwd=folder, env=environment, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def save(folder: Path, files: dict[str, str | None], message: str = "") -> None:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink() if text is None else path.write_text(text)
    if message:
        git(folder, "add", "-A")
        git(folder, "commit", "-q", "-m", message)


LONG = "".join(f"line {number}\n" for number in range(20))


@pytest.fixture
def top(tmp_path: Path) -> Path:
    folder = tmp_path / "top"
    folder.mkdir()
    git(folder, "init", "-q", "-b", "main")
    save(folder, {"kept": "k", "edited": "e", "gone": "g", "long": LONG, ".gitignore": "ignored\n"}, "one")
    git(folder, "checkout", "-q", "-b", "feature")
    save(folder, {"edited": "E", "gone": None, "long": None, "sub/renamed": LONG + "x\n", "tab\tnew\n": "n"}, "two")
    git(folder, "checkout", "-q", "main")
    save(folder, {"theirs": "t"}, "three")
    git(folder, "checkout", "-q", "feature")
    return folder


def short(changes: tuple[Change, ...]) -> dict[str, str]:
    return {change.path: change.status.value + (f" {change.old_path}" if change.old_path else "") for change in changes}


COMMITTED = {"edited": "M", "gone": "D", "sub/renamed": "R long", "tab\tnew\n": "A"}


def test_since_the_merge_base(top: Path) -> None:
    repository = Repository.at(top)
    main = repository.commit("main")
    assert short(repository.changed_since(main)) == COMMITTED
    save(top, {"kept": "K", "new": "n", "ignored": "i", "edited": None})
    assert short(repository.changed_since(main)) == {**COMMITTED, "edited": "D", "kept": "M", "new": "A"}
    assert short(repository.changed_since(main, staged=True)) == COMMITTED
    git(top, "add", "kept")
    assert short(repository.changed_since(main, staged=True)) == {**COMMITTED, "kept": "M"}


def test_from_a_subfolder(top: Path) -> None:
    save(top, {"sub/new": "n", "new": "n"})
    below = Repository.at(top / "sub")
    assert short(below.changed_since(below.commit("main"))) == {**COMMITTED, "sub/new": "A", "new": "A"}


def test_the_index_and_the_working_tree(top: Path) -> None:
    repository = Repository.at(top)
    assert repository.staged_changes() == () and repository.unstaged() == () and repository.untracked() == ()
    save(top, {"edited": "staged"})
    git(top, "add", "edited")
    save(top, {"edited": "later", "kept": None, "new": "n"})
    assert short(repository.staged_changes()) == {"edited": "M"}
    assert short(repository.unstaged()) == {"edited": "M", "kept": "D"}
    assert repository.untracked() == ("new",)
    (staged,) = repository.staged_changes()
    assert staged.after == git(top, "rev-parse", ":edited") == repository.unstaged()[0].before


def test_before_the_first_commit(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    save(tmp_path, {"a": "a", "b": "b"})
    git(tmp_path, "add", "a")
    repository = Repository.at(tmp_path)
    assert short(repository.staged_changes()) == {"a": "A"}
    assert repository.untracked() == ("b",)


def test_conflicts_are_named(top: Path) -> None:
    git(top, "checkout", "-q", "main")
    save(top, {"edited": "other"}, "four")
    subprocess.run(["git", *IDENTITY, "merge", "-q", "feature"], cwd=top, capture_output=True, check=False)
    changes = Repository.at(top).unstaged()
    assert (Status.UNMERGED, "edited") in {(change.status, change.path) for change in changes}


def test_nothing_is_disturbed(top: Path) -> None:
    save(top, {"kept": "K", "new": "n"})
    os.utime(top / "edited", (1, 1))  # looks changed until git has read it
    index = top / ".git" / "index"
    before = index.read_bytes(), index.stat().st_mtime_ns
    repository = Repository.at(top)
    (
        repository.unstaged(),
        repository.staged_changes(),
        repository.untracked(),
        repository.changed_since(repository.commit("main")),
    )
    assert (index.read_bytes(), index.stat().st_mtime_ns) == before
    assert short(repository.unstaged()) == {"kept": "M"}


def test_a_worktree_and_a_submodule(top: Path, tmp_path: Path) -> None:
    git(top, "worktree", "add", "-q", str(tmp_path / "tree"), "-b", "other", "main")
    save(tmp_path / "tree", {"kept": "tree"})
    tree = Repository.at(tmp_path / "tree")
    assert short(tree.changed_since(tree.commit("main"))) == {"kept": "M"}
    outer = tmp_path / "outer"
    outer.mkdir()
    git(outer, "init", "-q", "-b", "main")
    save(outer, {"a": "a"}, "one")
    git(outer, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(top), "inner")
    assert short(Repository.at(outer).staged_changes()) == {".gitmodules": "A"}
    save(outer / "inner", {"kept": "changed"})
    inside = Repository.at(outer / "inner" / "sub")
    assert inside.top.resolve() == (outer / "inner").resolve()
    assert short(inside.unstaged()) == {"kept": "M"}
    assert Repository.at(outer).unstaged() == ()
