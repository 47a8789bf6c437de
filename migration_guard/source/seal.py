"""Files of the cache folder: written whole or not at all, and signed with a key that lives in the folder.

In: a cache folder, names and payloads. Out: signatures and files. A damaged file, or one from another folder,
does not fit its signature; nothing here knows what a payload says.
"""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path

KEY_BYTES = 32
MAC_BYTES = 16


def default_cache_dir() -> Path | None:
    """Where entries live unless told otherwise: ``MIGRATION_GUARD_CACHE``, else the user's cache folder."""
    if chosen := os.environ.get("MIGRATION_GUARD_CACHE"):
        return Path(chosen)
    variable = "LOCALAPPDATA" if sys.platform == "win32" else "XDG_CACHE_HOME"
    base = os.environ.get(variable, "")
    if os.path.isabs(base):  # the XDG specification: a relative path is to be ignored
        return Path(base) / "migration_guard"
    with suppress(RuntimeError):  # no home directory
        return Path.home() / ".cache" / "migration_guard"
    return None


def secret(root: Path, folder: str) -> bytes | None:
    """The key of a cache folder, made on first use together with `folder` in it; None when there is no usable one."""
    path = os.path.join(root, "key")
    for _ in range(2):
        try:
            with open(path, "rb") as file:
                key = file.read(KEY_BYTES + 1)
        except FileNotFoundError:
            key = b""
        except OSError:
            return None
        if len(key) == KEY_BYTES:
            return key
        try:
            os.makedirs(os.path.join(root, folder), mode=0o700, exist_ok=True)
            write_whole(path, os.urandom(KEY_BYTES))
        except OSError:
            return None
    return None


def signature(key: bytes, purpose: bytes, name: str, payload: bytes) -> str:
    """What only somebody with the key can make for this payload; `purpose` keeps the kinds of entries apart."""
    return blake2b(payload, key=key, salt=purpose, person=name[:16].encode(), digest_size=MAC_BYTES).hexdigest()


def write_whole(path: str, data: bytes) -> None:
    """All or nothing; created readable by the user alone."""
    import tempfile  # not for those who only read

    handle, temporary = tempfile.mkstemp(dir=os.path.dirname(path), prefix=".new-")
    try:
        with open(handle, "wb") as file:
            file.write(data)
        os.replace(temporary, path)
    except BaseException:
        with suppress(OSError):
            os.unlink(temporary)
        raise
