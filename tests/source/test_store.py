"""The store gives the same answers with a cache, without one, and with a cache that lies."""

from __future__ import annotations

import json
import os
import stat
import sys
import time
from pathlib import Path

import pytest

from migration_guard.source import lower_ast, pool
from migration_guard.source import store as stores
from migration_guard.source.errors import SourceError
from migration_guard.source.seal import default_cache_dir
from migration_guard.source.store import Store

TEXT = "x = ['é', 1.5, f(2)]\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "models.py"
    path.write_text(TEXT, encoding="utf-8")
    return path


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache"


def entries(cache: Path) -> list[Path]:
    return sorted((cache / "ir").iterdir())


def refuse(data: bytes, edited: bool) -> object:
    raise AssertionError("parsed again")


@pytest.mark.parametrize("edited", [False, True])
def test_second_load_parses_nothing(file: Path, cache: Path, edited: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    first = Store(cache).load(file, edited=edited)
    monkeypatch.setattr(pool, "lower", refuse)
    second = Store(cache).load(file, edited=not edited)
    assert first == second
    assert first.ir == lower_ast.lower(TEXT)
    assert json.loads(entries(cache)[0].read_text(encoding="utf-8"))["ir"] == first.ir


def test_content_is_the_key(file: Path, cache: Path) -> None:
    store = Store(cache)
    before = store.load(file)
    file.write_text("y = 1\n")
    after = store.load(file)
    assert before.digest != after.digest and after.ir["body"][0][2] == [["name", "y"]]
    assert store.module(Path("other.py"), TEXT.encode()).ir == before.ir


def body_of(entry: bytes) -> bytes:
    return entry[: stores.HEAD_LENGTH] + b'{"version":1,"body":[["pass",0]]}}'


DAMAGE = {
    "empty": lambda entry: b"",
    "truncated": lambda entry: entry[:-10],
    "one bit": lambda entry: entry[:-20] + bytes([entry[-20] ^ 1]) + entry[-19:],
    "not JSON": lambda entry: b"\xff\x00" * 100,
    "other body": body_of,
    "unsigned": lambda entry: entry.replace(entry[8:40], b"0" * 32),
    "pickle": lambda entry: b"\x80\x04K\x01.",
}


@pytest.mark.parametrize("kind", DAMAGE)
def test_damaged_entry_is_replaced(file: Path, cache: Path, kind: str) -> None:
    expected = Store(cache).load(file)
    (entry,) = entries(cache)
    good = entry.read_bytes()
    entry.write_bytes(DAMAGE[kind](good))
    assert Store(cache).load(file) == expected
    assert entry.read_bytes() == good


def test_entry_under_another_name_is_a_miss(file: Path, cache: Path) -> None:
    Store(cache).load(file)
    (entry,) = entries(cache)
    other = file.with_name("other.py")
    other.write_text("y = 2\n")
    digest = Store(None).load(other).digest
    entry.rename(entry.with_name(digest))
    assert Store(cache).load(other).ir == lower_ast.lower("y = 2\n")


def test_oversized_entry_is_a_miss(file: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = Store(cache).load(file)
    monkeypatch.setattr(stores, "MAX_ENTRY_BYTES", 10)
    assert Store(cache).load(file) == expected


def test_new_key_makes_old_entries_foreign(file: Path, cache: Path) -> None:
    expected = Store(cache).load(file)
    before = entries(cache)[0].read_bytes()
    (cache / "key").write_bytes(b"short")
    assert Store(cache).load(file) == expected
    assert entries(cache)[0].read_bytes() != before
    assert len((cache / "key").read_bytes()) == 32


@pytest.mark.skipif(sys.platform == "win32", reason="modes are POSIX")
def test_key_is_private(file: Path, cache: Path) -> None:
    Store(cache).load(file)
    assert stat.S_IMODE((cache / "key").stat().st_mode) == 0o600


def test_cache_dir_that_is_a_file(file: Path, cache: Path) -> None:
    cache.write_text("not a folder")
    assert Store(cache).load(file) == Store(None).load(file)


def test_deleted_entries_folder_comes_back(file: Path, cache: Path) -> None:
    Store(cache).load(file)
    for entry in entries(cache):
        entry.unlink()
    (cache / "ir").rmdir()
    Store(cache).load(file)
    assert len(entries(cache)) == 1


def test_purge(file: Path, cache: Path) -> None:
    store = Store(cache)
    store.prefetch([file])
    store.purge()
    assert entries(cache) == []
    assert store.load(file) == Store(None).load(file)


def test_eviction(file: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Store(cache).load(file)
    (old,) = entries(cache)
    past = time.time() - 40 * stores.DAY
    os.utime(old, (past, past))
    file.write_text("y = 1\n")
    Store(cache).load(file)
    assert old in entries(cache), "swept at most once a day"
    os.utime(cache / "swept", (past, past))
    file.write_text("z = 1\n")
    Store(cache).load(file)
    assert old not in entries(cache) and len(entries(cache)) == 2
    os.utime(cache / "swept", (past, past))
    monkeypatch.setattr(stores, "MAX_CACHE_BYTES", 0)
    file.write_text("w = 1\n")
    Store(cache).load(file)
    assert entries(cache) == []


@pytest.mark.parametrize("content", [b"x = (", b"\xff"])
def test_broken_file(file: Path, cache: Path, content: bytes) -> None:
    file.write_bytes(content)
    store = Store(cache)
    store.prefetch([file])
    with pytest.raises(SourceError):
        store.load(file)


def test_unreadable_file(tmp_path: Path) -> None:
    for path in (tmp_path / "absent.py", tmp_path, Path("a\0b")):
        with pytest.raises(SourceError, match="cannot be read"):
            Store(None).load(path)


def test_what_json_cannot_hold_is_not_stored(file: Path, cache: Path) -> None:
    file.write_text("x = 0x" + "f" * 9000 + "\n")
    assert Store(cache).load(file) == Store(cache).load(file)


@pytest.mark.parametrize("processes", [1, 2])
def test_prefetch(tmp_path: Path, cache: Path, processes: int, monkeypatch: pytest.MonkeyPatch) -> None:
    files = [tmp_path / f"m{number}.py" for number in range(30)]
    for number, path in enumerate(files):
        path.write_text(f"x = {number}\n" if number != 7 else "x = (")
    monkeypatch.setattr(pool, "_processes", lambda size, edited: processes)
    Store(cache).prefetch([*files, tmp_path / "absent.py"])
    assert len(entries(cache)) == 29
    monkeypatch.setattr(pool, "lower", refuse)
    assert Store(cache).load(files[3]).ir["body"][0][3] == ["const", 3]


def test_prefetch_without_processes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*args: object, **kwargs: object) -> object:
        raise OSError("no semaphores")

    path = tmp_path / "m.py"
    path.write_text(TEXT)
    monkeypatch.setattr(pool, "_processes", lambda size, edited: 2)
    monkeypatch.setattr("concurrent.futures.ProcessPoolExecutor", fail)
    store = Store(None)
    store.prefetch([path])
    monkeypatch.setattr(pool, "lower", refuse)
    assert store.load(path).path == path


def test_default_cache_dir(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    variable = "LOCALAPPDATA" if sys.platform == "win32" else "XDG_CACHE_HOME"
    monkeypatch.delenv("MIGRATION_GUARD_CACHE", raising=False)
    monkeypatch.setenv(variable, str(tmp_path))
    assert default_cache_dir() == tmp_path / "migration_guard"
    monkeypatch.setenv(variable, "relative")
    assert default_cache_dir() == Path.home() / ".cache" / "migration_guard"
    monkeypatch.setenv("MIGRATION_GUARD_CACHE", "/elsewhere")
    assert default_cache_dir() == Path("/elsewhere")
