"""Questions to real repositories; names that would be options; nothing of the repository is changed or run."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from migration_guard.git import GitError, Repository

WHO = {
    f"GIT_{role}_{what}": value
    for role in ("AUTHOR", "COMMITTER")
    for what, value in (("NAME", "A"), ("EMAIL", "a@example.com"))
}


def git(folder: Path, *words: str) -> str:
    environment = {**os.environ, **WHO, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    done = subprocess.run(["git", *words], cwd=folder, env=environment, capture_output=True, text=True, check=True)
    return done.stdout.strip()


@pytest.fixture
def top(tmp_path: Path) -> Path:
    """main: a.py, app/b.py, app/sub/c.py, a link, names of every kind; feature: one file more."""
    folder = tmp_path / "top"
    (folder / "app" / "sub").mkdir(parents=True)
    (folder / "a.py").write_bytes(b"")
    (folder / "app" / "b.py").write_bytes(b"b\r\n\xff")
    (folder / "app" / "sub" / "c.py").write_text("blob 3\nsize\n")
    (folder / "app" / "tab\tand\nline é.py").write_text("odd")
    (folder / "app" / "link.py").symlink_to("b.py")
    (folder / "app[1]").mkdir()
    (folder / "app[1]" / "d.py").write_text("d")
    git(folder, "init", "-q", "-b", "main")
    git(folder, "config", "core.autocrlf", "false")
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", "one")
    git(folder, "checkout", "-q", "-b", "feature")
    (folder / "app" / "e.py").write_text("e")
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", "two")
    return folder


def test_finding_a_repository(top: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert Repository.at(top / "app").top.resolve() == top.resolve()
    with pytest.raises(GitError, match="is not in a git repository"):
        Repository.at(tmp_path)
    with pytest.raises(GitError, match="is not a folder"):
        Repository.at(tmp_path / "nowhere")
    monkeypatch.setenv("GIT_DIR", ".git")  # as in a hook
    assert Repository.at(top / "app").top.resolve() == top.resolve()
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(GitError, match="git was not found"):
        Repository.at(top)


def test_commits(top: Path) -> None:
    repository = Repository.at(top)
    main, feature = repository.commit("main"), repository.commit("HEAD")
    assert (main.name, main.sha) == ("main", git(top, "rev-parse", "main"))
    assert repository.commit("refs/heads/main").sha == repository.commit("feature~1").sha == main.sha
    assert repository.commit(main.sha[:10]).sha == main.sha
    assert [commit.sha for commit in repository.merge_bases(feature, main)] == [main.sha]
    assert repository.current_branch() == "feature"
    git(top, "tag", "-a", "-m", "x", "v1")
    assert repository.commit("v1").sha == feature.sha
    git(top, "checkout", "-q", main.sha)
    assert repository.current_branch() is None


@pytest.mark.parametrize(
    "name",
    [
        "",
        "nowhere",
        "-h",
        "--help",
        "--output=x",
        "--all",
        "main..feature",
        "main:a.py",
        "a b",
        "x\n",
        "main\0",
        "*",
        ":/one",
    ],
)
def test_names_that_are_no_commits(top: Path, name: str) -> None:
    repository = Repository.at(top)
    assert repository.find_commit(name) is None
    with pytest.raises(GitError, match="git knows no commit"):
        repository.commit(name)


def test_files_and_contents(top: Path) -> None:
    repository = Repository.at(top)
    main = repository.commit("main")
    odd = "app/tab\tand\nline é.py"
    assert set(repository.files(main)) == {"a.py", "app/b.py", "app/sub/c.py", odd, "app[1]/d.py"}
    assert set(repository.files_in(main, "app")) == {"b.py", "tab\tand\nline é.py"}
    assert set(repository.files_in(main, "app[1]")) == {"d.py"}
    assert set(repository.files_in(repository.commit("feature"), "app")) == {"b.py", "e.py", "tab\tand\nline é.py"}
    assert repository.files_in(main, "nowhere") == {} and repository.contents(()) == {}
    contents = repository.contents(repository.files(main).values())
    expected = {
        "a.py": b"",
        "app/b.py": b"b\r\n\xff",
        "app/sub/c.py": b"blob 3\nsize\n",
        odd: b"odd",
        "app[1]/d.py": b"d",
    }
    assert contents == expected
    assert Repository.at(top / "app").files_in(main, "app") == repository.files_in(main, "app")


def test_folders_that_look_like_options(top: Path) -> None:
    repository = Repository.at(top)
    assert repository.files_in(repository.commit("main"), "--name-only") == {}


def test_a_content_that_is_not_there(top: Path) -> None:
    from migration_guard.git import Blob

    with pytest.raises(GitError, match="has no content for x"):
        Repository.at(top).contents([Blob("x", "0" * 40)])


def test_paths(top: Path, tmp_path: Path) -> None:
    repository = Repository.at(top)
    assert repository.relative(top / "app" / "sub") == "app/sub"
    assert repository.relative(top) == "."
    assert repository.relative(tmp_path) is None
    (tmp_path / "link").symlink_to(top / "app")
    assert repository.relative(tmp_path / "link" / "b.py") == "app/b.py"
    paths = [top / "app" / "b.py", top / "c.py", tmp_path / "link" / "b.py", tmp_path / "d.py"]
    assert repository.relatives(paths) == dict(zip(paths, ["app/b.py", "c.py", "app/b.py", None], strict=True))


def test_the_default_base(top: Path) -> None:
    repository = Repository.at(top)
    assert repository.default_base().name == "main"
    git(top, "update-ref", "refs/remotes/origin/develop", "feature")
    git(top, "update-ref", "refs/remotes/origin/master", "feature")
    assert repository.default_base().name == "origin/master"
    git(top, "symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/develop")
    assert repository.default_base().name == "origin/develop"


def test_no_default_base(top: Path) -> None:
    git(top, "branch", "-m", "main", "trunk")
    with pytest.raises(GitError, match="no base branch") as error:
        Repository.at(top).default_base()
    assert error.value.hint and "git fetch origin" in error.value.hint


def test_histories_apart(top: Path) -> None:
    git(top, "checkout", "-q", "--orphan", "other")
    git(top, "commit", "-q", "-m", "unrelated")
    repository = Repository.at(top)
    with pytest.raises(GitError, match="have no common ancestor"):
        repository.merge_bases(repository.commit("HEAD"), repository.commit("main"))


def test_two_merge_bases(top: Path) -> None:
    git(top, "checkout", "-q", "main")
    git(top, "commit", "-q", "--allow-empty", "-m", "three")
    one, other = git(top, "rev-parse", "main"), git(top, "rev-parse", "feature")
    git(top, "merge", "-q", "--no-ff", "-m", "m", other)
    git(top, "checkout", "-q", "feature")
    git(top, "merge", "-q", "--no-ff", "-m", "n", one)
    repository = Repository.at(top)
    found = repository.merge_bases(repository.commit("main"), repository.commit("feature"))
    assert {commit.sha for commit in found} == {one, other}


def test_a_shallow_clone(top: Path, tmp_path: Path) -> None:
    git(tmp_path, "clone", "-q", "--depth=1", "--branch=feature", top.as_uri(), "clone")
    repository = Repository.at(tmp_path / "clone")
    assert repository.is_shallow()
    with pytest.raises(GitError) as error:
        repository.commit("origin/main")
    assert error.value.hint == "fetch it: git fetch origin main:refs/remotes/origin/main"
    with pytest.raises(GitError) as error:
        repository.commit("v1.0")
    assert error.value.hint and "shallow" in error.value.hint


def test_mentions(top: Path) -> None:
    (top / "app" / "new.py").write_text("x = 1\ny = '0002_word'\n# 0002_word_more\n# -e\n")
    (top / ".gitignore").write_text("ignored.py\n")
    (top / "ignored.py").write_text("0002_word")
    (top / "a.txt").write_text("0002_word")
    repository = Repository.at(top)
    assert repository.mentions("0002_word") == (("app/new.py", 2),)
    assert repository.mentions("-e") == (("app/new.py", 4),)
    assert repository.mentions("nothing") == ()


def test_nothing_is_run_and_nothing_changes(top: Path) -> None:
    """A repository's configuration may name programs: none of them is started, and the index stays as it is."""
    trap = top.parent / "trap.sh"
    trap.write_text(f"#!/bin/sh\ntouch '{top.parent / 'sprung'}'\n")
    trap.chmod(0o755)
    for name in ("core.fsmonitor", "core.pager", "pager.grep", "diff.external", "core.editor", "core.sshCommand"):
        git(top, "config", name, str(trap))
    (top / "app" / "b.py").write_text("touched")
    index = (top / ".git" / "index").read_bytes()
    repository = Repository.at(top)
    main = repository.default_base()
    repository.contents(repository.files(main).values())
    repository.merge_bases(repository.commit("HEAD"), main)
    repository.mentions("touched")
    assert not (top.parent / "sprung").exists()
    assert (top / ".git" / "index").read_bytes() == index
