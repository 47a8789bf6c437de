"""What is staged and what a merge would give, as git itself makes them; and that nothing is disturbed."""

from __future__ import annotations

import os
import random
import subprocess
from pathlib import Path

import pytest

from migration_guard import disk
from migration_guard.disk import laid_over
from migration_guard.git import Repository
from migration_guard.overlays import merged_overlay, staged_overlay, tree_overlay

IDENTITY = ("-c", "user.name=A", "-c", "user.email=a@example.com", "-c", "core.autocrlf=false")


def git(folder: Path, *words: str, check: bool = True) -> str:
    environment = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    done = subprocess.run(
        ["git", *IDENTITY, *words], cwd=folder, env=environment, capture_output=True, text=True, check=check
    )
    return done.stdout.strip() if check else str(done.returncode)


def save(folder: Path, files: dict[str, str | None], message: str = "") -> None:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink() if text is None else path.write_text(text)
    if message:
        git(folder, "add", "-A")
        git(folder, "commit", "-q", "-m", message, "--allow-empty")


def tree(folder: Path) -> dict[str, bytes]:
    """Everything below a folder that is not git's."""
    found: dict[str, bytes] = {}
    todo = [folder]
    while todo:
        for entry in disk.scandir(todo.pop()):
            if entry.is_dir() and entry.name != ".git":
                todo.append(Path(entry.path))
            elif entry.is_file() and entry.name != ".git":
                found[os.path.relpath(entry.path, folder)] = disk.read_bytes(entry.path)
    return found


def text(seed: object, lines: int = 14) -> str:
    return "".join(f"{seed} line {number}\n" for number in range(lines))


FILES = {"a.py": text("a"), "app/b.py": text("b"), "app/c.py": text("c"), "app/sub/d.py": text("d"), "gone.py": "x\n"}


def edited(content: str, line: int, word: str) -> str:
    lines = content.splitlines(keepends=True)
    lines[line % len(lines)] = f"{word}\n"
    return "".join(lines)


def change(folder: Path, random: random.Random, word: str) -> None:
    """One to four random changes: edits at several places, additions, deletions, renames."""
    for number in range(random.randint(1, 4)):
        names = sorted(name for name in tree(folder))
        name = random.choice(names)
        content = (folder / name).read_text()
        what = random.choice(["edit", "edit", "edit", "add", "delete", "rename", "both"])
        if what in ("edit", "both"):
            content = edited(content, random.choice([0, 6, 12]), f"{word} {number}")
            save(folder, {name: content})
        if what == "add":
            save(folder, {f"app/{random.choice([word, 'same'])}{number}.py": text(word)})
        if what == "delete" and len(names) > 2:
            save(folder, {name: None})
        if what in ("rename", "both"):
            save(folder, {name: None, f"app/{word}_{number}.py": content})


@pytest.mark.parametrize("seed", [*range(16), 114, 210, 320])
def test_a_merge_is_as_git_makes_it(seed: int, tmp_path: Path) -> None:
    top, chance = tmp_path / "top", random.Random(seed)
    top.mkdir()
    git(top, "init", "-q", "-b", "main")
    save(top, dict(FILES), "one")
    git(top, "checkout", "-q", "-b", "feature")
    change(top, chance, "ours")
    save(top, {}, "ours")
    git(top, "checkout", "-q", "main")
    change(top, chance, "theirs")
    save(top, {}, "theirs")
    git(top, "checkout", "-q", "feature")
    before = git(top, "status", "--porcelain"), git(top, "rev-parse", "HEAD")
    repository = Repository.at(top)
    merged = merged_overlay(repository, repository.commit("main"))
    with laid_over(merged.overlay):
        found = tree(top)
    assert before == (git(top, "status", "--porcelain"), git(top, "rev-parse", "HEAD"))
    clean = git(top, "merge", "-q", "--no-edit", "main", check=False) == "0"
    if clean:
        assert not merged.conflicts and found == tree(top)
    else:
        assert merged.conflicts


def test_uncommitted_work_is_united_too(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q", "-b", "main")
    save(tmp_path, dict(FILES), "one")
    git(tmp_path, "checkout", "-q", "-b", "feature")
    git(tmp_path, "checkout", "-q", "main")
    save(tmp_path, {"a.py": edited(FILES["a.py"], 0, "theirs"), "new.py": "n\n"}, "two")
    git(tmp_path, "checkout", "-q", "feature")
    save(tmp_path, {"a.py": edited(FILES["a.py"], 12, "ours"), "mine.py": "m\n"})
    repository = Repository.at(tmp_path)
    merged = merged_overlay(repository, repository.commit("main"))
    with laid_over(merged.overlay):
        found = tree(tmp_path)
    assert found["a.py"].decode() == edited(edited(FILES["a.py"], 0, "theirs"), 12, "ours")
    assert {"new.py", "mine.py"} <= found.keys() and not merged.conflicts
    assert not (tmp_path / "new.py").exists()


def test_both_versions_of_the_same_lines_are_kept(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q", "-b", "main")
    save(tmp_path, {"a.py": "one\n"}, "one")
    git(tmp_path, "checkout", "-q", "-b", "feature")
    save(tmp_path, {"a.py": "one\nours\n", "same.py": "1\n"}, "ours")
    git(tmp_path, "checkout", "-q", "main")
    save(tmp_path, {"a.py": "one\ntheirs\n", "same.py": "2\n"}, "theirs")
    git(tmp_path, "checkout", "-q", "feature")
    repository = Repository.at(tmp_path)
    merged = merged_overlay(repository, repository.commit("main"))
    assert sorted(merged.conflicts) == ["a.py", "same.py"]
    with laid_over(merged.overlay):
        assert tree(tmp_path) == {"a.py": b"one\nours\ntheirs\n", "same.py": b"1\n"}


def test_what_is_staged(tmp_path: Path) -> None:
    top = tmp_path / "top"
    top.mkdir()
    git(top, "init", "-q", "-b", "main")
    save(top, {**FILES, ".gitignore": "local.py\n"}, "one")
    save(top, {"a.py": "staged\n", "gone.py": None, "new/e.py": "e\n", "half.py": "h\n"})
    git(top, "add", "-A")
    save(top, {"a.py": "later\n", "app/b.py": None, "untracked/f.py": "f\n", "local.py": "kept\n", "gone.py": "back\n"})
    git(top, "add", "-N", "untracked/f.py")
    save(top, {"app/other.py": "o\n"})
    wanted = tmp_path / "wanted"
    git(top, "checkout-index", "-a", f"--prefix={wanted}/")
    (wanted / "untracked" / "f.py").unlink(missing_ok=True)
    for inside in (top, top / "app"):
        with laid_over(staged_overlay(Repository.at(inside))):
            found = tree(top)
        assert found.pop("local.py") == b"kept\n"
        assert found == tree(wanted)
    assert (top / "a.py").read_text() == "later\n"


def test_a_clean_index_needs_no_overlay(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q", "-b", "main")
    save(tmp_path, dict(FILES), "one")
    assert not staged_overlay(Repository.at(tmp_path)).files


def test_through_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    git(tmp_path / "real", "init", "-q", "-b", "main")
    save(tmp_path / "real", dict(FILES), "one")
    save(tmp_path / "real", {"a.py": "later\n"})
    (tmp_path / "link").symlink_to("real")
    with laid_over(staged_overlay(Repository.at(tmp_path / "link"))):
        assert disk.read_text(tmp_path / "link" / "a.py") == disk.read_text(tmp_path / "real" / "a.py") == FILES["a.py"]


def test_another_commit(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q", "-b", "main")
    save(tmp_path, dict(FILES), "one")
    before = tree(tmp_path)
    save(tmp_path, {"a.py": None, "b.py": FILES["a.py"], "gone.py": None, "new.py": "n\n", "app/c.py": "c\n"}, "two")
    save(tmp_path, {"untracked.py": "u\n"})
    repository = Repository.at(tmp_path)
    with laid_over(tree_overlay(repository, repository.commit("HEAD~1"))):
        assert tree(tmp_path) == before
