"""This checkout as others get it: a git repository of its own, the same for the same content."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

from django_oracle import cache_directory

from tests.rebase.repositories import ENVIRONMENT

HERE = Path(__file__).resolve().parent.parent.parent
PARTS = ("migration_guard", "pyproject.toml", "LICENSE", ".pre-commit-hooks.yaml", "action.yml")
DATE = "2024-01-01T00:00:00Z"
LEFT_OUT = ("GIT_DIR", "GIT_INDEX_FILE", "GIT_WORK_TREE", "VIRTUAL_ENV", "PYTHONPATH", "DJANGO_SETTINGS_MODULE")
CI = ("GITHUB_", "GITLAB_", "CI", "TF_BUILD", "JENKINS", "MIGRATION_GUARD_")


def run(folder: Path, *words: str, env: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """A process that knows nothing of the user's configuration, nor of the CI service that runs the tests."""
    kept = {name: value for name, value in os.environ.items() if name not in LEFT_OUT and not name.startswith(CI)}
    environment = {**kept, **ENVIRONMENT, "PRE_COMMIT_HOME": str(cache_directory() / "pre-commit"), **(env or {})}
    return subprocess.run(
        words, cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=600,
        stdin=subprocess.DEVNULL,
    )  # fmt: skip


def checked(folder: Path, *words: str, env: Mapping[str, str] | None = None) -> str:
    """What a process that must succeed says."""
    done = run(folder, *words, env=env)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def own_checkout() -> tuple[Path, str]:
    """The repository, and its revision. It is kept for the next run; two processes may make it at once."""
    found = sha256(sys.version.encode())
    files = sorted(
        path
        for part in PARTS
        for path in ([HERE / part] if (HERE / part).is_file() else (HERE / part).rglob("*"))
        if path.is_file() and path.suffix != ".pyc"
    )
    contents = {path: path.read_bytes() for path in files}
    for path, content in contents.items():
        found.update(f"{path.relative_to(HERE)}\0{len(content)}\0".encode() + content)
    place = cache_directory() / "hooks" / found.hexdigest()[:16]
    if not place.exists():
        _forget_old(place.parent)
        building = place.with_name(f"{place.name}.{os.getpid()}")
        for path, content in contents.items():
            target = building / path.relative_to(HERE)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
        checked(building, "git", "init", "-q", "-b", "main")
        checked(building, "git", "add", "-A")
        dates = {"GIT_AUTHOR_DATE": DATE, "GIT_COMMITTER_DATE": DATE}
        checked(building, "git", "commit", "-q", "-m", "hooks", env=dates)
        try:
            building.rename(place)
        except OSError:  # another process was faster
            shutil.rmtree(building)
    return place, checked(place, "git", "rev-parse", "HEAD").strip()


def _forget_old(folder: Path) -> None:
    """What was made of older contents, a day ago or more."""
    for old in folder.glob("*"):
        if time.time() - old.stat().st_mtime > 86_400:
            shutil.rmtree(old, ignore_errors=True)
