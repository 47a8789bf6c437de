"""All or nothing on disk: conflicts, failures half way, read-only folders, two runs at once."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from migration_guard.write import files
from migration_guard.write.files import Applied, Create, Delete, NotApplied, Replace, apply_changes, writing


def tree(root: Path) -> dict[str, str]:
    return {str(path.relative_to(root)): path.read_text() for path in root.rglob("*") if path.is_file()}


def test_new_folders_become_packages(tmp_path: Path) -> None:
    target = tmp_path / "a" / "migrations" / "0001_initial.py"
    inits = (tmp_path / "a" / "__init__.py", target.parent / "__init__.py")
    assert apply_changes([Create(target, "é = 1\n")]) == Applied((target,), inits)
    assert target.read_bytes() == "é = 1\n".encode()
    assert set(tree(tmp_path)) == {"a/__init__.py", "a/migrations/__init__.py", "a/migrations/0001_initial.py"}


def test_an_existing_folder_without_init_gets_one(tmp_path: Path) -> None:
    (tmp_path / "migrations").mkdir()
    target = tmp_path / "migrations" / "0001.py"
    assert apply_changes([Create(target, "")]) == Applied((target,), (target.parent / "__init__.py",))
    assert apply_changes([Create(target.with_name("0002.py"), "")]) == Applied((target.with_name("0002.py"),))


def test_nothing_is_overwritten_and_nothing_else_is_written(tmp_path: Path) -> None:
    (tmp_path / "b.py").write_text("mine")
    result = apply_changes([Create(tmp_path / "x" / "a.py", "new"), Create(tmp_path / "b.py", "new")])
    assert result == NotApplied(f"{tmp_path / 'b.py'} exists already; nothing was written", tmp_path / "b.py")
    assert tree(tmp_path) == {"b.py": "mine"} and not (tmp_path / "x").exists()


def test_two_new_files_of_one_name(tmp_path: Path) -> None:
    assert isinstance(apply_changes([Create(tmp_path / "a.py", "1"), Create(tmp_path / "a.py", "2")]), NotApplied)
    assert tree(tmp_path) == {}


def test_a_file_that_appears_meanwhile_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a").mkdir()
    move = files._move_to_free_place

    def late(temporary: Path, path: Path) -> None:
        if path.name == "b.py":
            path.write_text("somebody else's")
        move(temporary, path)

    monkeypatch.setattr(files, "_move_to_free_place", late)
    result = apply_changes([Create(tmp_path / "a" / "a.py", "1"), Create(tmp_path / "new" / "b.py", "2")])
    assert isinstance(result, NotApplied)
    assert tree(tmp_path) == {"new/b.py": "somebody else's"}


def test_replace_and_delete_are_undone_together(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one, two = tmp_path / "one.py", tmp_path / "two.py"
    one.write_text("1")
    two.write_text("2")
    one.chmod(0o755)

    def fail(temporary: Path, path: Path) -> None:
        raise OSError(28, "No space left on device", str(path))

    changes = [Replace(one, "changed", b"1"), Delete(two, b"2"), Create(tmp_path / "three.py", "3", package=False)]
    with monkeypatch.context() as patched:
        patched.setattr(files, "_move_to_free_place", fail)
        result = apply_changes(changes)
    message = f"cannot write {tmp_path / 'three.py'}: No space left on device; nothing was written"
    assert result == NotApplied(message, tmp_path / "three.py")
    assert tree(tmp_path) == {"one.py": "1", "two.py": "2"} and os.access(one, os.X_OK)
    assert isinstance(apply_changes(changes), Applied)
    assert tree(tmp_path) == {"one.py": "changed", "three.py": "3"} and os.access(one, os.X_OK)


def test_interrupted_runs_leave_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(temporary: Path, path: Path) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(files, "_move_to_free_place", interrupt)
    with pytest.raises(KeyboardInterrupt):
        apply_changes([Create(tmp_path / "a" / "a.py", "1")])
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_changed_since_it_was_read(tmp_path: Path) -> None:
    path = tmp_path / "a.py"
    path.write_text("new")
    for change in (Replace(path, "x", b"old"), Delete(path, b"old"), Delete(tmp_path / "gone.py", b"")):
        result = apply_changes([change])
        assert isinstance(result, NotApplied) and "has changed in the meantime" in result.message
    assert tree(tmp_path) == {"a.py": "new"}


def test_a_renamed_file_may_take_a_freed_name(tmp_path: Path) -> None:
    path = tmp_path / "a.py"
    path.write_text("old")
    assert isinstance(apply_changes([Delete(path, b"old"), Create(path, "new", package=False)]), Applied)
    assert tree(tmp_path) == {"a.py": "new"}


def test_a_read_only_folder_is_one_clear_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "migrations"
    folder.mkdir(mode=0o555)
    (folder / "__init__.py").touch() if os.access(folder, os.W_OK) else None
    write_new = files._write_new

    def denied(path: Path, content: bytes) -> None:
        if path.parent == folder:  # root, who may run the tests, may write anywhere
            raise PermissionError(13, "Permission denied", str(path))
        write_new(path, content)

    monkeypatch.setattr(files, "_write_new", denied)
    result = apply_changes([Create(tmp_path / "a.py", "", package=False), Create(folder / "0001.py", "")])
    message = f"cannot write {folder / '0001.py'}: Permission denied; nothing was written"
    assert isinstance(result, NotApplied) and result.message == message
    assert not (tmp_path / "a.py").exists()


def test_without_hard_links_names_are_reserved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def unsupported(*_: object) -> None:
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr(files.os, "link", unsupported)
    assert isinstance(apply_changes([Create(tmp_path / "a.py", "1", package=False)]), Applied)
    assert tree(tmp_path) == {"a.py": "1"}


HOLD = """
import sys
from pathlib import Path
from migration_guard.write.files import writing
with writing(Path(sys.argv[1])) as mine:
    print(mine, flush=True)
    sys.stdin.read()
"""


def test_one_writes_and_the_other_is_told(tmp_path: Path) -> None:
    command = [sys.executable, "-c", HOLD, str(tmp_path)]
    root = Path(__file__).resolve().parent.parent.parent
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=root) as other:
        assert other.stdout is not None and other.stdout.readline() == "True\n"
        with writing(tmp_path) as mine:
            assert mine is False
        other.communicate()
    with writing(tmp_path) as mine:
        assert mine is True
    assert list(tmp_path.iterdir()) == []
