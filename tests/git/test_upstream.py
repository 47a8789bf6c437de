"""The base to compare with: stated, told by a CI service, or the default branch; never another one in silence."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from migration_guard.git import GitError, Repository
from migration_guard.upstream import find_base, pushed_from

ZEROS = "0" * 40
IDENTITY = ("-c", "user.name=A", "-c", "user.email=a@example.com")


def git(folder: Path, *words: str) -> str:
    environment = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    done = subprocess.run(
        ["git", *IDENTITY, *words], cwd=folder, env=environment, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def commit(folder: Path, name: str) -> str:
    (folder / name).write_text(name)
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", name)
    return git(folder, "rev-parse", "HEAD")


@pytest.fixture
def remote(tmp_path: Path) -> Path:
    folder = tmp_path / "remote"
    folder.mkdir()
    git(folder, "init", "-q", "-b", "main")
    for name in ("one", "two", "three"):
        commit(folder, name)
    git(folder, "branch", "develop", "HEAD~1")
    return folder


@pytest.fixture
def clone(remote: Path, tmp_path: Path) -> Path:
    git(tmp_path, "clone", "-q", str(remote), "clone")
    folder = tmp_path / "clone"
    git(folder, "checkout", "-q", "-b", "feature", "HEAD~1")
    commit(folder, "four")
    return folder


def test_what_is_stated_wins(clone: Path) -> None:
    repository = Repository.at(clone)
    found = find_base(repository, "origin/develop", {"GITHUB_BASE_REF": "main"})
    assert (found.ref, found.commit.sha) == ("origin/develop", git(clone, "rev-parse", "origin/develop"))
    with pytest.raises(GitError, match="git knows no commit 'nowhere'"):
        find_base(repository, "nowhere", {"GITHUB_BASE_REF": "main"})


@pytest.mark.parametrize(
    ("environ", "ref"),
    [
        ({"GITHUB_BASE_REF": "develop"}, "origin/develop"),
        ({"GITHUB_BASE_REF": "", "GITHUB_EVENT_NAME": "push"}, "origin/main"),
        ({"CI_MERGE_REQUEST_TARGET_BRANCH_NAME": "develop"}, "origin/develop"),
        ({"SYSTEM_PULLREQUEST_TARGETBRANCH": "refs/heads/develop"}, "origin/develop"),
        ({"BITBUCKET_PR_DESTINATION_BRANCH": "develop"}, "origin/develop"),
        ({"CHANGE_TARGET": "develop"}, "origin/develop"),
        ({"TRAVIS_BRANCH": "develop", "TRAVIS_PULL_REQUEST": "12"}, "origin/develop"),
        ({"TRAVIS_BRANCH": "develop", "TRAVIS_PULL_REQUEST": "false"}, "origin/main"),
        ({}, "origin/main"),
    ],
)
def test_ci_services(clone: Path, environ: dict[str, str], ref: str) -> None:
    assert find_base(Repository.at(clone), None, environ).ref == ref


def test_a_named_base_that_was_not_fetched_is_an_error(clone: Path) -> None:
    with pytest.raises(GitError, match=r"GITHUB_BASE_REF\), 'release', is not in this clone") as caught:
        find_base(Repository.at(clone), None, {"GITHUB_BASE_REF": "release"})
    assert caught.value.hint == "fetch it first: git fetch origin +refs/heads/release:refs/remotes/origin/release"


@pytest.mark.parametrize("name", ["--upload-pack=touch x", "-q", "$(touch x)", "a b", "main\nx", "../../etc", "@{-1}x"])
def test_names_are_never_options(clone: Path, name: str) -> None:
    with pytest.raises(GitError, match="is not in this clone"):
        find_base(Repository.at(clone), None, {"GITHUB_BASE_REF": name})
    assert not (clone / "x").exists()


def test_an_id_helps_where_the_branch_is_missing(clone: Path) -> None:
    sha = git(clone, "rev-parse", "origin/develop")
    environ = {"CI_MERGE_REQUEST_TARGET_BRANCH_NAME": "gone", "CI_MERGE_REQUEST_DIFF_BASE_SHA": sha}
    assert find_base(Repository.at(clone), None, environ).commit.sha == sha


def test_the_merge_queue(clone: Path, tmp_path: Path) -> None:
    sha = git(clone, "rev-parse", "origin/develop")
    event = tmp_path / "event.json"
    environ = {"GITHUB_EVENT_NAME": "merge_group", "GITHUB_EVENT_PATH": str(event)}
    event.write_text(json.dumps({"merge_group": {"base_sha": sha, "base_ref": "refs/heads/develop"}}))
    assert find_base(Repository.at(clone), None, environ).commit.sha == sha
    event.write_text(json.dumps({"merge_group": {"base_sha": ZEROS, "base_ref": "refs/heads/develop"}}))
    assert find_base(Repository.at(clone), None, environ).ref == "origin/develop"
    event.write_text(json.dumps({"merge_group": {"base_sha": "f" * 40, "base_ref": "refs/heads/gone"}}))
    with pytest.raises(GitError):
        find_base(Repository.at(clone), None, environ)
    for broken in ("[]", "{", '{"merge_group": 1}', ""):
        event.write_text(broken)
        assert find_base(Repository.at(clone), None, environ).ref == "origin/main"


def test_pushes(clone: Path, tmp_path: Path) -> None:
    repository, event = Repository.at(clone), tmp_path / "event.json"
    sha = git(clone, "rev-parse", "HEAD~1")
    environ = {"GITHUB_EVENT_NAME": "push", "GITHUB_EVENT_PATH": str(event)}
    event.write_text(json.dumps({"before": sha}))
    found = pushed_from(repository, environ)
    assert found is not None and found.commit.sha == sha
    for before in (ZEROS, "f" * 40, "--help", 3, None):
        event.write_text(json.dumps({"before": before}))
        assert pushed_from(repository, environ) is None
    assert pushed_from(repository, {"CI_COMMIT_BEFORE_SHA": sha}) == found
    assert pushed_from(repository, {}) is None


def test_a_shallow_clone_says_what_to_fetch(remote: Path, tmp_path: Path) -> None:
    git(tmp_path, "clone", "-q", "--depth=1", "--branch", "develop", remote.as_uri(), "shallow")
    repository = Repository.at(tmp_path / "shallow")
    with pytest.raises(GitError) as caught:
        find_base(repository, None, {"GITHUB_BASE_REF": "main"})
    assert "git fetch origin +refs/heads/main" in str(caught.value.hint) and "--unshallow" in str(caught.value.hint)
    git(tmp_path / "shallow", "fetch", "-q", "--depth=1", "origin", "+refs/heads/main:refs/remotes/origin/main")
    base = find_base(repository, None, {"GITHUB_BASE_REF": "main"})
    with pytest.raises(GitError, match="no common ancestor in this shallow clone"):
        repository.changed_since(base.commit)
