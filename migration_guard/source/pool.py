"""Lowering, of one file here or of many files in several processes.

In: bytes of files. Out: their IR and its JSON form. It chooses the front end and the number of processes by measured
cost; where processes cannot be started it works alone. It knows no paths and no cache.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from collections.abc import Iterator, Mapping
from typing import Any

from migration_guard.source import lower_ast, lower_cst
from migration_guard.source.errors import SourceError

IR = dict[str, Any]

WORTH_PROCESSES = {False: 1_500_000, True: 200_000}
"""Bytes of source from which processes pay, by `edited`: LibCST is several times as slow as `ast`."""

SPAWN_COST = 4
"""How many times as much work there must be when processes start from nothing instead of by a fork."""

CHUNK = 64_000
MAX_PROCESSES = 8


def lower(data: bytes, edited: bool) -> IR:
    """The IR of a file, by LibCST when it is to be edited. What one parser refuses is tried with the other."""
    if edited:
        try:
            return lower_cst.lower(data)
        except SourceError:
            pass
    return lower_ast.lower(data)


def encode(ir: IR) -> bytes | None:
    """The JSON form of an IR; None for what JSON cannot hold: deep nesting, integers of many thousand digits."""
    try:
        # Not ASCII-only: a pair of lone surrogates, written as two escapes, would come back as one character.
        return json.dumps(ir, ensure_ascii=False, separators=(",", ":"), check_circular=False).encode(
            "utf-8", "surrogatepass"
        )
    except (ValueError, RecursionError):
        return None


def lower_many(sources: Mapping[str, bytes], edited: bool) -> Iterator[tuple[str, IR, bytes | None]]:
    """The IR of each file that is Python, in any order, with its JSON form."""
    done: set[str] = set()
    processes = _processes(sum(map(len, sources.values())), edited)
    if processes > 1:
        from concurrent.futures import BrokenExecutor  # a slow import, with what it drags in

        try:
            for name, payload in _in_processes(sources, edited, processes):
                done.add(name)
                if payload is not None:
                    yield name, json.loads(payload.decode("utf-8", "surrogatepass")), payload
        except (OSError, BrokenExecutor, RecursionError, ImportError, NotImplementedError):
            pass  # no processes here (a sandbox, no semaphores, no memory): the rest is done alone
    for name, data in sources.items():
        if name not in done:
            try:
                ir = lower(data, edited)
            except SourceError:
                continue
            yield name, ir, encode(ir)


def _in_processes(sources: Mapping[str, bytes], edited: bool, processes: int) -> Iterator[tuple[str, bytes | None]]:
    import multiprocessing
    from concurrent.futures import ProcessPoolExecutor

    context = multiprocessing.get_context(_start_method())
    executor = ProcessPoolExecutor(processes, context, initializer=_ignore_interrupts)
    try:
        futures = [executor.submit(_lower_chunk, chunk, edited) for chunk in _chunks(sources)]
        for future in futures:
            yield from future.result()
    finally:
        executor.shutdown(wait=False, cancel_futures=True)


def _lower_chunk(chunk: list[tuple[str, bytes]], edited: bool) -> list[tuple[str, bytes | None]]:
    results: list[tuple[str, bytes | None]] = []
    for name, data in chunk:
        try:
            results.append((name, encode(lower(data, edited))))
        except SourceError:
            results.append((name, None))
    return results


def _chunks(sources: Mapping[str, bytes]) -> Iterator[list[tuple[str, bytes]]]:
    chunk: list[tuple[str, bytes]] = []
    size = 0
    for item in sources.items():
        chunk.append(item)
        size += len(item[1])
        if size > CHUNK:
            yield chunk
            chunk, size = [], 0
    if chunk:
        yield chunk


def _processes(size: int, edited: bool) -> int:
    method = _start_method()
    if method is None or size < WORTH_PROCESSES[edited] * (1 if method == "fork" else SPAWN_COST):
        return 1
    counted = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(counted, MAX_PROCESSES)


def _start_method() -> str | None:
    """Fork where that is safe. Spawning runs the main script again, which only our own is known to bear."""
    if sys.platform == "linux" and threading.active_count() == 1:
        return "fork"
    spec = getattr(sys.modules.get("__main__"), "__spec__", None)
    ours = spec is not None and spec.name.split(".")[0] == "migration_guard"
    ours = ours or os.path.basename(sys.argv[0]).startswith(("migration-guard", "migration_guard"))
    return "spawn" if ours else None


def _ignore_interrupts() -> None:
    """Ctrl-C reaches the whole process group; the parent alone says goodbye."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
