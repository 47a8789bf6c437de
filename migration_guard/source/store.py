"""The IR of files, by the hash of their content: lowered once, read back ever after.

In: paths, or bytes that came from elsewhere (a git blob). Out: `Module`s. It keeps JSON in a cache folder, signed with
a key that lives there too, so that a damaged or foreign entry is a miss and a poisoned one is merely wrong data, never
code. Without a folder, or with one that cannot be written, everything works and only takes longer. Deleting the
folder is always safe.
"""

from __future__ import annotations

import gc
import json
import os
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from hashlib import blake2b
from hmac import compare_digest
from pathlib import Path
from typing import Any

from migration_guard.disk import read_bytes
from migration_guard.source import pool
from migration_guard.source.errors import SourceError
from migration_guard.source.ir import VERSION
from migration_guard.source.seal import MAC_BYTES, secret, signature, write_whole

IR = dict[str, Any]

DAY = 86_400
KEEP_DAYS = 30
MAX_CACHE_BYTES = 256 * 2**20
MAX_ENTRY_BYTES = 64 * 2**20
FEW_BYTES = 20_000
"""How much source LibCST reads at once: what somebody may be editing. Both front ends make the same IR of it."""
HEAD = '{{"mac":"{}","of":"{}","ir":'
DIGEST_BYTES = 20
HEAD_LENGTH = len(HEAD.format("0" * 2 * MAC_BYTES, "0" * 2 * DIGEST_BYTES))


@dataclass(frozen=True, slots=True)
class Module:
    """A file and what it says. `digest` is the hash of its bytes."""

    path: Path
    digest: str
    ir: IR


class Store:
    """Modules by content. `cache_dir` is None for a store that forgets."""

    def __init__(self, cache_dir: Path | None) -> None:
        self.root = cache_dir
        self._entries = None if cache_dir is None else os.path.join(cache_dir, "ir")
        self._secret = None if cache_dir is None else secret(cache_dir, "ir")
        self._fetched: dict[str, IR] = {}
        self._swept = False

    def load(self, path: Path, *, edited: bool = False) -> Module:
        """The module in a file. `edited` says that the file's text may be changed later, which needs LibCST.

        Raises `SourceError` when the file cannot be read or is not Python.
        """
        return self.module(path, _read(path), edited=edited)

    def module(self, path: Path, data: bytes, *, edited: bool = False) -> Module:
        """The module in `data`, which need not be what is on the disk at `path`."""
        digest = _digest(data)
        ir = self._fetched.get(digest) or self._load(digest)
        if ir is None:
            ir = pool.lower(data, edited)
            self._save(digest, pool.encode(ir))
        return Module(path, digest, ir)

    def known(self, digest: str) -> IR | None:
        """The IR of a content that was lowered before, while it is still kept."""
        return self._fetched.get(digest) or self._load(digest)

    def prefetch(self, paths: Iterable[Path], *, edited: bool = False) -> None:
        """Make later loads of `paths` quick; files that cannot be read or parsed are left for `load` to complain of."""
        with _no_collections():
            missing: dict[str, bytes] = {}
            for path in paths:
                with suppress(SourceError):
                    data = _read(path)
                    digest = _digest(data)
                    if digest in self._fetched or digest in missing:
                        continue
                    ir = self._load(digest)
                    if ir is None:
                        missing[digest] = data
                    else:
                        self._fetched[digest] = ir
            # Nobody edits thousands of files at once: what is read in bulk goes through the faster front end.
            few = sum(map(len, missing.values())) <= FEW_BYTES
            for digest, ir, payload in pool.lower_many(missing, edited and few):
                self._fetched[digest] = ir
                self._save(digest, payload)

    def purge(self) -> None:
        """Forget everything, on the disk as well."""
        self._fetched.clear()
        if self._entries is None:
            return
        for entry in _scan(self._entries):
            with suppress(OSError):
                os.unlink(entry.path)

    # Entries

    def _load(self, digest: str) -> IR | None:
        if self._secret is None or self._entries is None:
            return None
        try:
            with open(os.path.join(self._entries, digest), "rb", buffering=0) as file:
                status = os.fstat(file.fileno())
                if status.st_size > MAX_ENTRY_BYTES:
                    return None
                entry = file.read()
        except OSError:
            return None
        ir = self._open(digest, entry)
        if ir is not None and time.time() - status.st_mtime > DAY:
            with suppress(OSError):  # eviction goes by age
                os.utime(os.path.join(self._entries, digest))
        return ir

    def _open(self, digest: str, entry: bytes) -> IR | None:
        payload = entry[HEAD_LENGTH:-1]
        if not compare_digest(entry[:HEAD_LENGTH], self._head(digest, payload)):
            return None
        try:
            ir = json.loads(payload.decode("utf-8", "surrogatepass"))
        except (ValueError, RecursionError):
            return None
        fits = isinstance(ir, dict) and ir.get("version") == VERSION and isinstance(ir.get("body"), list)
        return ir if fits else None

    def _head(self, digest: str, payload: bytes) -> bytes:
        return HEAD.format(signature(self._secret or b"", b"entry", digest, payload), digest).encode()

    def _save(self, digest: str, payload: bytes | None) -> None:
        if payload is None or self._secret is None or self._entries is None:
            return
        path, entry = os.path.join(self._entries, digest), self._head(digest, payload) + payload + b"}"
        with suppress(OSError):
            try:
                write_whole(path, entry)
            except FileNotFoundError:  # the folder was deleted, but not the key
                os.makedirs(self._entries, mode=0o700, exist_ok=True)
                write_whole(path, entry)
            self._sweep()

    # Eviction

    def _sweep(self) -> None:
        """Once a day, and only by a run that writes: drop what is old, then the oldest past the size limit."""
        if self._swept or self.root is None or self._entries is None:
            return
        self._swept = True
        marker = os.path.join(self.root, "swept")
        now = time.time()
        with suppress(FileNotFoundError):
            if now - os.stat(marker).st_mtime < DAY:
                return
        write_whole(marker, b"")
        aged = []
        for entry in _scan(self._entries):
            with suppress(OSError):
                status = entry.stat(follow_symlinks=False)
                aged.append((status.st_mtime, status.st_size, entry.path))
        room = MAX_CACHE_BYTES
        for modified, size, path in sorted(aged, reverse=True):
            room -= size
            if room < 0 or now - modified > KEEP_DAYS * DAY:
                with suppress(OSError):
                    os.unlink(path)


@contextmanager
def _no_collections() -> Iterator[None]:
    """Pause the cycle collector: an IR has no cycles, and walking its lists takes longer than loading them."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def digest_of(path: str) -> str | None:
    """The key of a file's content as it is now, or None where it cannot be read."""
    try:
        return _digest(_read(Path(path)))
    except SourceError:
        return None


def content_digest(data: bytes) -> str:
    """As `digest_of`, of a content that has been read."""
    return _digest(data)


def _digest(data: bytes) -> str:
    """The key of an entry: the content, and the version of the IR (not the front end: they agree)."""
    return blake2b(data, digest_size=DIGEST_BYTES, person=b"IR %d" % VERSION).hexdigest()


def _read(path: Path) -> bytes:
    try:
        return read_bytes(path)
    except (OSError, ValueError) as error:  # ValueError: a null byte in the path
        raise SourceError(0, 0, f"cannot be read: {getattr(error, 'strerror', None) or error}") from None


def _scan(folder: str) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return list(entries)
    except OSError:
        return []
