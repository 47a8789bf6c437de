"""What an earlier `check` found, for as long as nothing that it looked at has changed.

In: what is asked (`Question`), and afterwards the reports with a `Watch` of every file and folder that was read. Out:
the reports again, or None where there is any doubt. Kept as signed JSON in the cache folder: nothing in it can run, and
whoever tampers with it gets a full run or wrong data, never code. No room below knows of it.
"""

from __future__ import annotations

import enum
import json
import os
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, fields, is_dataclass
from functools import cache
from hashlib import blake2b
from hmac import compare_digest
from pathlib import Path
from typing import Any

from migration_guard import __version__
from migration_guard.config import ConfigError, find_config
from migration_guard.diagnostics import (
    BUILT_IN,
    Code,
    Confidence,
    Diagnostic,
    Locator,
    Place,
    Related,
    Report,
    Severity,
)
from migration_guard.source import seal
from migration_guard.source.seal import default_cache_dir
from migration_guard.source.witness import Evidence, Watch
from migration_guard.values import Origin

__all__ = ["Answer", "Question", "Remembered", "Watch", "fetch", "fingerprint", "keep", "recall", "save"]

VARIABLES = (
    *("DJANGO_SETTINGS_MODULE", "DJANGO_CONFIGURATION", "VIRTUAL_ENV", "UV_PROJECT_ENVIRONMENT", "PATH"),
    *("MIGRATION_GUARD_CACHE", "XDG_CACHE_HOME", "LOCALAPPDATA", "HOME"),
)
"""The environment variables that decide what a check finds, or where it looks."""

FORMAT = 1
FOLDER = "memo"
KEPT = 32
MAX_BYTES = 32 * 2**20
TIMED = re.compile(r"auto_\d{8}_\d{4}")
"""A name made from the time of day: the next run would say another one."""

KINDS = {kind.__name__: kind for kind in (Code, Report, Diagnostic, Related, Place, Origin, Severity, Confidence)}


@dataclass(frozen=True, slots=True)
class Question:
    """A check as it was asked for: the options, and what codes and apps it is about."""

    project: Path | None
    settings: str | None
    python: Path | None
    django_version: str | None
    labels: Sequence[str] = ()
    select: Sequence[str] = ()
    ignore: Sequence[str] = ()
    more: Sequence[str] = ()
    """Whatever else decides what is found: further options, the state of the repository."""

    @property
    def start(self) -> Path:
        """The folder where the search for projects starts."""
        start = Path(os.path.abspath(self.project or "."))
        return start if start.is_dir() else start.parent

    def key(self) -> str:
        """What tells this question from others, asked by another program or in another environment included."""
        said = [
            *(FORMAT, __version__, fingerprint(), sys.version, os.getcwd()),
            *(None if part is None else os.fspath(part) for part in (self.project, self.settings, self.python)),
            *(self.django_version, list(self.labels), list(self.select), list(self.ignore), list(self.more)),
            *(os.environ.get(name) for name in VARIABLES),
        ]
        return blake2b(json.dumps(said).encode("utf-8", "surrogateescape"), digest_size=20).hexdigest()


@dataclass(frozen=True, slots=True)
class Answer:
    """The reports, and the places that were worked out for them."""

    reports: tuple[Report, ...]
    places: Mapping[Origin | Place, Place]


def recall(question: Question) -> Answer | None:
    """What an earlier run answered, if that is still true."""
    root = _cache_dir(question)
    found = None if root is None else fetch(root, question.key())
    try:
        if found is None or not Evidence.of(found["evidence"]).holds():
            return None
        reports = tuple(_decoded(item) for item in found["reports"])
        places = {_decoded(origin): _decoded(place) for origin, place in found["places"]}
    except (KeyError, TypeError, ValueError, AttributeError):
        return None
    return Answer(reports, places) if reports and all(isinstance(item, Report) for item in reports) else None


def keep(question: Question, answer: Answer, watch: Watch, bases: Iterable[Path]) -> None:
    """Keep an answer, with what it depends on; `bases` are the projects' folders and source roots."""
    root = _cache_dir(question)
    if root is None:
        return
    encoded = _encoded_answer(answer)
    evidence = None if encoded is None else watch.evidence([question.start, *bases], [root, _package()])
    if encoded is None or evidence is None:
        return
    payload = json.dumps(encoded | {"evidence": evidence.data()}, ensure_ascii=True, separators=(",", ":")).encode()
    if len(payload) > MAX_BYTES or TIMED.search(json.dumps(encoded["reports"])):
        return
    with suppress(OSError):
        save(root, question.key(), payload)


def recall_said(question: Question) -> list[Any] | None:
    """What an earlier run of another command printed, if that is still true: data for JSON."""
    root = _cache_dir(question)
    found = None if root is None else fetch(root, question.key())
    try:
        if found is None or not Evidence.of(found["evidence"]).holds():
            return None
        said = found["said"]
    except (KeyError, TypeError, ValueError, AttributeError):
        return None
    return said if isinstance(said, list) else None


def keep_said(question: Question, said: Sequence[Any], watch: Watch, bases: Iterable[Path]) -> None:
    """Keep what was printed, with what it depends on."""
    root = _cache_dir(question)
    evidence = None if root is None else watch.evidence([question.start, *bases], [root, _package()])
    if root is None or evidence is None:
        return
    payload = json.dumps({"said": list(said), "evidence": evidence.data()}, separators=(",", ":")).encode()
    if len(payload) <= MAX_BYTES:
        with suppress(OSError):
            save(root, question.key(), payload)


# Files


def _cache_dir(question: Question) -> Path | None:
    try:
        return find_config(question.start).cache_dir or default_cache_dir()
    except ConfigError:
        return None  # the run itself will say so


def fetch(root: Path, key: str, folder: str = FOLDER) -> dict[str, Any] | None:
    """The data that were saved under a key, if they are there and ours."""
    try:
        with open(root / "key", "rb") as file:
            secret = file.read(seal.KEY_BYTES + 1)
        with open(root / folder / key, "rb") as file:
            mac, payload = file.read(2 * seal.MAC_BYTES), file.read(MAX_BYTES + 1)
    except OSError:
        return None
    if len(secret) != seal.KEY_BYTES or not compare_digest(mac, _signature(secret, key, payload)):
        return None
    try:
        found = json.loads(payload)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def save(root: Path, key: str, payload: bytes, folder: str = FOLDER, kept: int = KEPT) -> None:
    """Keep JSON under a key, in place of what has been there longest. Raises OSError."""
    secret = seal.secret(root, FOLDER)
    if secret is None:
        return
    os.makedirs(root / folder, mode=0o700, exist_ok=True)
    seal.write_whole(os.fspath(root / folder / key), _signature(secret, key, payload) + payload)
    with os.scandir(root / folder) as entries:
        aged = sorted((entry.stat().st_mtime, entry.path) for entry in entries)
    for _, path in aged[:-kept]:
        os.unlink(path)


def _signature(secret: bytes, key: str, payload: bytes) -> bytes:
    return seal.signature(secret, b"memo", key, payload).encode()


def _package() -> Path:
    return Path(os.path.abspath(__file__)).parent


@cache
def fingerprint() -> str:
    """A fingerprint of this program: while it is being worked on, its version does not change."""
    found = blake2b(digest_size=8)
    todo = [os.fspath(_package())]
    while todo:
        with os.scandir(todo.pop()) as entries:
            for entry in sorted(entries, key=lambda entry: entry.name):
                if entry.is_dir():
                    if entry.name != "__pycache__":
                        todo.append(entry.path)
                else:
                    status = entry.stat()
                    found.update(f"{entry.name}\0{status.st_mtime_ns}\0{status.st_size}\0".encode())
    return found.hexdigest()


# Reports as JSON


def _encoded_answer(answer: Answer) -> dict[str, Any] | None:
    """None where a report holds something that is not known here."""
    try:
        return {
            "reports": [_encoded(report) for report in answer.reports],
            "places": [[_encoded(origin), _encoded(place)] for origin, place in answer.places.items()],
        }
    except TypeError:
        return None


def _encoded(value: Any) -> Any:
    if value is None or isinstance(value, (str, int, float, bool)):
        return value
    if isinstance(value, tuple):
        return [_encoded(item) for item in value]
    if isinstance(value, Mapping) and value is not BUILT_IN:
        return {"": "map", **{str(name): _encoded(item) for name, item in value.items()}}
    kind = type(value).__name__
    if KINDS.get(kind) is not type(value):
        raise TypeError(f"{kind} cannot be kept")
    if isinstance(value, enum.Enum):
        return {"": kind, "name": value.name}
    given = {field.name: getattr(value, field.name) for field in fields(value)}
    if isinstance(value, Report) and given["codes"] is BUILT_IN:
        del given["codes"]
    return {"": kind, **{name: _encoded(item) for name, item in given.items()}}


def _decoded(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(map(_decoded, value))
    if not isinstance(value, dict):
        return value
    given = {name: _decoded(item) for name, item in value.items() if name}
    if value[""] == "map":
        return given
    kind = KINDS[value[""]]
    if is_dataclass(kind):
        return kind(**given)
    return kind[given["name"]]


class Remembered:
    """A locator that knows some places already and notes those that it had to ask for."""

    def __init__(self, places: Mapping[Origin | Place, Place], otherwise: Locator) -> None:
        self.places = dict(places)
        self._otherwise = otherwise

    def locate(self, origin: Origin | Place) -> Place:
        """The place of an origin, as it is printed."""
        if origin not in self.places:
            self.places[origin] = self._otherwise.locate(origin)
        return self.places[origin]
