"""What git knows of a repository: commits, trees and blobs, read with git's own plumbing.

In: folders, names of commits, paths. Out: bytes, names and ids, or a `GitError` that says what to do. The working
tree is never written, the index only by `stage`; nothing is checked out, and no hook or file-system monitor of the
repository is run. No name given can become an option: what looks like one is refused.
"""

from __future__ import annotations

import enum
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from migration_guard.diagnostics import UsageError, printable

# A monitor is a program that the repository's own configuration names.
SAFE = ("--no-optional-locks", "-c", "core.fsmonitor=false", "-c", f"core.hooksPath={os.devnull}")
TIMEOUT = 120
RAW = ("--raw", "-z", "--no-abbrev", "--no-color", "--no-ext-diff", "--no-textconv", "--ignore-submodules=all")
FILES = frozenset({"100644", "100755", "100664"})
NO_FILES = frozenset({"120000", "160000"})
"""Modes of links and of submodules."""
DEFAULT_BASES = ("origin/main", "origin/master", "main", "master")


class GitError(UsageError):
    """What was asked of git cannot be had: no repository, no such commit, no common history."""


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit, and the name under which somebody asked for it."""

    name: str
    sha: str

    def __str__(self) -> str:
        return self.name


class Status(enum.Enum):
    """What became of a file."""

    ADDED = "A"
    CHANGED = "M"
    DELETED = "D"
    RENAMED = "R"
    UNMERGED = "U"


@dataclass(frozen=True, slots=True)
class Change:
    """A file that differs between two states: its path now (of a deleted one: its last), and before a rename.

    `before` and `after` are the ids of the contents, where git has them: what is only in the working tree has none.
    """

    status: Status
    path: str
    old_path: str | None = None
    before: str | None = None
    after: str | None = None


@dataclass(frozen=True, slots=True)
class Blob:
    """A file of a tree: its path from the top of the repository, with slashes, and the id of its content."""

    path: str
    sha: str


class Repository:
    """A repository with a working tree."""

    def __init__(self, top: Path, place: Path | None = None) -> None:
        self.top = top
        self.place = place or top
        """The same folder by the name under which it was come to, perhaps through links."""

    @staticmethod
    def at(folder: Path) -> Repository:
        """The repository that a folder is in."""
        if not _may_be_in_one(folder):
            raise GitError(f"{folder} is not in a git repository")
        done = _git(folder, ["rev-parse", "--show-cdup", "--show-toplevel"])
        up, _, top = os.fsdecode(done.stdout).rstrip("\n").partition("\n")
        if done.returncode or not top:
            said = _said(done)
            if "not a git repository" in said:
                raise GitError(f"{folder} is not in a git repository")
            raise GitError(f"git cannot read the repository of {folder}: {said}")
        return Repository(Path(top), Path(os.path.abspath(folder / up)))

    # Commits

    def commit(self, ref: str) -> Commit:
        """The commit that a branch, a tag, a remote branch or an id stands for."""
        found = self.find_commit(ref)
        if found is None:
            raise GitError(f"git knows no commit {printable(ref)!r}", self._how_to_get(ref))
        return found

    def find_commit(self, ref: str) -> Commit | None:
        """The same, or None where there is none."""
        if not ref or ref.startswith("-") or not ref.isprintable() or any(c in ref for c in " ?*[\\:"):
            return None
        done = self._run(["rev-parse", "--verify", "--quiet", f"{ref}^{{commit}}"])
        return Commit(ref, _line(done.stdout)) if done.returncode == 0 else None

    def default_base(self) -> Commit:
        """The branch that others merge into: the remote's default branch, else a main or master."""
        remote = self._run(["symbolic-ref", "--quiet", "--short", "refs/remotes/origin/HEAD"])
        names = [_line(remote.stdout)] if remote.returncode == 0 else []
        for name in (*names, *DEFAULT_BASES):
            found = self.find_commit(name)
            if found is not None:
                return found
        hint = "name one, or fetch it: git fetch origin main:refs/remotes/origin/main"
        raise GitError(f"there is no base branch to compare with (none of {', '.join(DEFAULT_BASES)})", hint)

    def remotes(self) -> tuple[str, ...]:
        """The names of the remotes, "origin" first."""
        names = os.fsdecode(self._run(["remote"]).stdout).split()
        return tuple(sorted(names, key=lambda name: (name != "origin", name)))

    def current_branch(self) -> str | None:
        """The short name of the branch that is checked out; None in the middle of a rebase and the like."""
        done = self._run(["symbolic-ref", "--quiet", "--short", "HEAD"])
        return _line(done.stdout) if done.returncode == 0 else None

    def rebase_under_way(self) -> bool:
        """Whether git itself is in the middle of a rebase."""
        done = self._run(["rev-parse", "--git-path", "rebase-merge", "--git-path", "rebase-apply"])
        return any((self.top / os.fsdecode(place)).is_dir() for place in done.stdout.splitlines())

    def merge_bases(self, one: Commit, other: Commit) -> tuple[Commit, ...]:
        """The best common ancestors: one, or several after merges in both directions."""
        done = self._run(["merge-base", "--all", one.sha, other.sha])
        found = tuple(Commit(sha, sha) for sha in os.fsdecode(done.stdout).split())
        if found:
            return found
        if self.is_shallow():
            hint = "fetch the history: git fetch --unshallow origin, or git fetch --deepen=100 origin"
            raise GitError(f"{one} and {other} have no common ancestor in this shallow clone", hint)
        if done.returncode > 1:
            raise GitError(f"git cannot compare {one} and {other}: {_said(done)}")
        raise GitError(f"{one} and {other} have no common ancestor", "are they of the same project?")

    def is_shallow(self) -> bool:
        """Whether history was cut off when this was cloned."""
        return _line(self._run(["rev-parse", "--is-shallow-repository"]).stdout) == "true"

    def _how_to_get(self, ref: str) -> str | None:
        if ref.startswith("-"):
            return "names of commits do not begin with a dash"
        remote, _, branch = ref.partition("/")
        if branch and remote == "origin":
            return f"fetch it: git fetch origin {printable(branch)}:refs/remotes/{printable(ref)}"
        if self.is_shallow():
            return "this clone is shallow; fetch the commit first: git fetch origin NAME"
        return None

    # Changes

    def changed_since(self, base: Commit, *, staged: bool = False) -> tuple[Change, ...]:
        """What this branch changed since it left `base`: up to the working tree with its new files, or to the index.

        Changes that `base` has got meanwhile are not counted: the comparison is with the merge base.
        """
        fork = self.merge_bases(self.commit("HEAD"), base)[0]
        return self.changed_from(fork, staged=staged)

    def changed_from(self, commit: Commit, *, staged: bool = False) -> tuple[Change, ...]:
        """What differs between a commit and the working tree with its new files, or the index."""
        if staged:
            return self._changes(["diff-index", "--cached", *RAW, "-M", commit.sha, "--"])
        found = self._in_working_tree(["-M", commit.sha])
        return (*found, *(Change(Status.ADDED, path) for path in self.untracked()))

    def staged_changes(self) -> tuple[Change, ...]:
        """What the next commit changes; everything, before the first."""
        empty = _line(self._checked(["hash-object", "-t", "tree", "--stdin"], b"").stdout)
        start = self.find_commit("HEAD") or Commit("nothing", empty)
        return self._changes(["diff-index", "--cached", *RAW, "-M", start.sha, "--"])

    def unstaged(self) -> tuple[Change, ...]:
        """Where the working tree differs from the index. `before` is the id of what is staged."""
        return self._in_working_tree(["--no-renames"])

    def between(self, before: Commit, after: Commit) -> tuple[Change, ...]:
        """What differs between two commits."""
        return self._changes(["diff-tree", "-r", *RAW, "-M", before.sha, after.sha, "--"])

    def untracked(self) -> tuple[str, ...]:
        """Files that git does not know and is not told to ignore."""
        done = self._checked(["ls-files", "-z", "--others", "--exclude-standard", "--full-name"])
        return tuple(os.fsdecode(path) for path in done.stdout.split(b"\0") if path and not path.endswith(b"/"))

    def _in_working_tree(self, arguments: Sequence[str]) -> tuple[Change, ...]:
        """`git diff`, on a copy of the index: what it learns of the working tree it would write into the real one."""
        index = self.top / os.fsdecode(self._run(["rev-parse", "--git-path", "index"]).stdout).rstrip("\n")
        with tempfile.TemporaryDirectory(prefix="migration_guard-") as folder:
            copy = os.path.join(folder, "index")
            with suppress(FileNotFoundError):  # before anything was added there is none
                shutil.copy2(index, copy)
            done = self._checked(["diff", *RAW, *arguments, "--"], index=copy)
        return tuple(_raw_changes(done.stdout))

    def _changes(self, arguments: Sequence[str]) -> tuple[Change, ...]:
        return tuple(_raw_changes(self._checked(arguments).stdout))

    def fetch(self, remote: str, branch: str, depth: int | None = 0) -> bool:
        """Fetch a branch of a remote; with a depth that much history, with None all of it. Whether that worked."""
        ref = f"refs/heads/{branch}"
        if self._run(["check-ref-format", ref]).returncode or remote not in self.remotes():
            return False
        how = ["--unshallow"] if depth is None else [f"--depth={depth}"] if depth else []
        options = ["--quiet", "--no-tags", "--no-recurse-submodules", "--no-write-fetch-head"]
        done = self._run(["fetch", *options, *how, "--", remote, f"+{ref}:refs/remotes/{remote}/{branch}"])
        return done.returncode == 0

    def stage(self, paths: Iterable[str]) -> None:
        """Add these paths to the index, removals included. Nothing else here ever writes there."""
        given = "".join(f"{path}\0" for path in paths)
        options = ["--pathspec-from-file=-", "--pathspec-file-nul"]
        self._checked(["--literal-pathspecs", "add", "-A", *options], os.fsencode(given))

    # Trees and blobs

    def relative(self, path: Path) -> str | None:
        """A path as git writes it, None where it is outside the repository."""
        try:
            return path.resolve().relative_to(self.top.resolve()).as_posix()
        except ValueError:
            return None

    def relatives(self, paths: Iterable[Path]) -> dict[Path, str | None]:
        """Many paths as git writes them: each folder is followed through its links once."""
        paths = list(paths)
        folders = {folder: self.relative(folder) for folder in {path.parent for path in paths}}
        return {
            path: None if (found := folders[path.parent]) is None else (PurePosixPath(found) / path.name).as_posix()
            for path in paths
        }

    def files(self, commit: Commit, folder: str = "") -> Mapping[str, Blob]:
        """The files of a commit below a folder, by path. Links and submodules are no files."""
        where = [f"{folder.rstrip('/')}/"] if folder not in ("", ".") else []
        done = self._checked(["--literal-pathspecs", "ls-tree", "-r", "-z", "--full-tree", commit.sha, "--", *where])
        return {blob.path: blob for blob in _entries(done.stdout)}

    def files_below(self, commit: Commit, folders: Iterable[str]) -> Mapping[str, Blob]:
        """The files of a commit below any of some folders, by path."""
        where = sorted({f"{folder.rstrip('/')}/" if folder not in ("", ".") else "." for folder in folders})
        if not where:
            return {}
        done = self._checked(["--literal-pathspecs", "ls-tree", "-r", "-z", "--full-tree", commit.sha, "--", *where])
        return {blob.path: blob for blob in _entries(done.stdout)}

    def files_in(self, commit: Commit, folder: str) -> Mapping[str, Blob]:
        """The files directly in a folder, by file name."""
        found = self.files(commit, folder)
        parent = PurePosixPath(folder)
        return {PurePosixPath(path).name: blob for path, blob in found.items() if PurePosixPath(path).parent == parent}

    def contents(self, blobs: Iterable[Blob]) -> Mapping[str, bytes]:
        """The content of blobs, by path: one process for all of them."""
        wanted = list(blobs)
        if not wanted:
            return {}
        done = self._checked(["cat-file", "--batch"], "".join(f"{blob.sha}\n" for blob in wanted).encode())
        return {blob.path: content for blob, content in zip(wanted, _batch(done.stdout, wanted), strict=True)}

    def mentions(self, word: str, suffix: str = ".py") -> tuple[tuple[str, int], ...]:
        """Where a word occurs in the working tree (ignored files aside): path from the top, and line."""
        arguments = ["grep", "--untracked", "-I", "-n", "-z", "-w", "-F", "-e", word, "--", f":(glob)**/*{suffix}"]
        done = self._run(arguments)
        found = []
        for line in done.stdout.split(b"\n") if done.returncode == 0 else ():
            path, _, rest = line.partition(b"\0")
            number = rest.partition(b"\0")[0]
            if number.isdigit():
                found.append((os.fsdecode(path), int(number)))
        return tuple(found)

    def _run(
        self, arguments: Sequence[str], given: bytes | None = None, index: str | None = None
    ) -> subprocess.CompletedProcess[bytes]:
        return _git(self.top, arguments, given, index)

    def _checked(
        self, arguments: Sequence[str], given: bytes | None = None, index: str | None = None
    ) -> subprocess.CompletedProcess[bytes]:
        done = self._run(arguments, given, index)
        if done.returncode:
            raise GitError(f"git {' '.join(arguments[:2])} failed: {_said(done)}")
        return done


def merge_file(ours: Path, before: Path, theirs: Path, *, union: bool = False) -> tuple[bytes, bool]:
    """Three texts united as `git merge` does it, and whether no lines were changed on both sides.

    With `union` both versions of such lines are kept. What is no text at all is ours, and not clean.
    """
    options = ["--union"] if union else []
    done = _git(ours.parent, ["merge-file", "-p", "-q", *options, ours.name, before.name, theirs.name])
    if done.returncode < 0 or done.returncode > 127:
        return ours.read_bytes(), False
    return done.stdout, done.returncode == 0


def _raw_changes(output: bytes) -> Iterator[Change]:
    """The records of `--raw -z`: ":mode mode id id STATUS", a path, and for renames a second one."""
    fields = iter(output.split(b"\0"))
    for head in fields:
        if not head.startswith(b":"):
            continue
        old_mode, new_mode, before, after, letter = head[1:].decode("ascii").split()
        path = os.fsdecode(next(fields))
        old_path = None
        if letter[0] in "RC":
            old_path, path = path, os.fsdecode(next(fields))
        if {old_mode, new_mode} & NO_FILES and not {old_mode, new_mode} & FILES:
            continue
        status = _STATUS.get(letter[0], Status.CHANGED)
        yield Change(status, path, old_path if status is Status.RENAMED else None, _known(before), _known(after))


_STATUS = {**{status.value: status for status in Status}, "C": Status.ADDED}


def _known(sha: str) -> str | None:
    return sha if sha.strip("0") else None


def moment(start: Path, names: Iterable[str] = ()) -> tuple[str, ...]:
    """What tells one state of a repository's branches from another, read without git: HEAD, and refs by name.

    Empty outside a repository. Commits never change, so that nothing else that is read from them needs to be told.
    """
    for folder in (start, *start.parents):
        place = folder / ".git"
        if os.path.lexists(place):
            return tuple(_moment(place, names))
    return ()


def _moment(place: Path, names: Iterable[str]) -> Iterator[str]:
    pointed = "" if place.is_dir() else _small(place).removeprefix("gitdir:").strip()
    own = (place.parent / pointed) if pointed else place
    common = own / (_small(own / "commondir").strip() or ".")
    head = _small(own / "HEAD").strip()
    yield head
    told = ["refs/remotes/origin/HEAD", *(f"refs/{kind}{name}" for name in names for kind in ("", *_KINDS))]
    for ref in (head.removeprefix("ref:").strip(), *told):
        if ".." not in ref and not os.path.isabs(ref):
            yield _small(common / ref)
    for file in (common / "packed-refs", common / "shallow", own / "index"):
        try:
            status = os.stat(file)
            yield f"{status.st_mtime_ns} {status.st_size}"
        except OSError:
            yield ""


_KINDS = ("heads/", "remotes/", "tags/")


def _small(file: Path) -> str:
    try:
        with open(file, "rb") as opened:
            return os.fsdecode(opened.read(4096))
    except OSError:
        return ""


def _entries(listing: bytes) -> Iterator[Blob]:
    for entry in listing.split(b"\0"):
        head, tab, path = entry.partition(b"\t")
        if tab:
            mode, kind, sha = head.decode("ascii").split()
            if kind == "blob" and mode != "120000":
                yield Blob(os.fsdecode(path), sha)


def _batch(output: bytes, wanted: Sequence[Blob]) -> Iterator[bytes]:
    """The answers of `cat-file --batch`: a line "id kind size", the content, a newline; or "id missing"."""
    at = 0
    for blob in wanted:
        end = output.index(b"\n", at)
        head = output[at:end].split()
        if len(head) != 3:
            raise GitError(f"git has no content for {blob.path}", "is this a partial clone? fetch it first: git fetch")
        size = int(head[2])
        yield output[end + 1 : end + 1 + size]
        at = end + 1 + size + 1


def _git(
    folder: Path, arguments: Sequence[str], given: bytes | None = None, index: str | None = None
) -> subprocess.CompletedProcess[bytes]:
    # Hooks are run with these set; the repository meant here is the one that `folder` is in.
    kept = {name: value for name, value in os.environ.items() if name not in ("GIT_DIR", "GIT_WORK_TREE", "GIT_PREFIX")}
    environment = {**kept, "LC_ALL": "C", "GIT_TERMINAL_PROMPT": "0", "GIT_PAGER": "cat"}
    if index is not None:
        environment["GIT_INDEX_FILE"] = index
    try:
        return subprocess.run(
            ["git", *SAFE, *arguments],
            cwd=folder,
            env=environment,
            input=given,
            stdin=subprocess.DEVNULL if given is None else None,
            capture_output=True,
            timeout=TIMEOUT,
            check=False,
        )
    except FileNotFoundError:
        if not folder.is_dir():
            raise GitError(f"{folder} is not a folder") from None
        raise GitError("git was not found", "is it installed and on the PATH?") from None
    except NotADirectoryError:
        raise GitError(f"{folder} is not a folder") from None
    except subprocess.TimeoutExpired:
        raise GitError(f"git {arguments[0]} took more than {TIMEOUT} seconds") from None
    except OSError as error:
        raise GitError(f"git cannot be run: {error.strerror or error}") from None


def _may_be_in_one(folder: Path) -> bool:
    """Whether git is worth asking: it takes longer than to look."""
    full = Path(os.path.abspath(folder))
    if "GIT_DIR" in os.environ or not full.is_dir():
        return True
    return any(os.path.lexists(parent / ".git") for parent in (full, *full.parents))


def _said(done: subprocess.CompletedProcess[bytes]) -> str:
    words = " ".join(os.fsdecode(done.stderr).split())
    return printable(words.removeprefix("fatal: ")[:300]) or f"status {done.returncode}"


def _line(output: bytes) -> str:
    return os.fsdecode(output).strip()
