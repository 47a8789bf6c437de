"""A tree with an overlay looks like the tree that git would make of both."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from migration_guard import disk
from migration_guard.disk import Overlay, laid_over, overlay_digest

NAMES = st.sampled_from(["a", "b", "c.py"])
PATHS = st.lists(NAMES, min_size=1, max_size=3).map("/".join)
CONTENTS = st.sampled_from([b"", b"x", b"longer\r\n"])


def fits(paths: list[str]) -> bool:
    """No path is a folder of another."""
    return not any(one != other and other.startswith(one + "/") for one in paths for other in paths)


TREES = st.dictionaries(PATHS, CONTENTS, max_size=6).filter(lambda tree: fits(list(tree)))


def build(folder: Path, tree: dict[str, bytes]) -> None:
    for path, content in tree.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)


def seen(folder: Path) -> dict[str, object]:
    """Everything that can be asked about any path that may be there."""
    found: dict[str, object] = {}
    level = [""]
    for _ in range(3):
        level = [f"{path}/{name}".lstrip("/") for path in level for name in ("a", "b", "c.py")]
        for path in level:
            full = folder / path
            asked: list[object] = [disk.isfile(full), disk.isdir(full), disk.exists(full)]
            for ask in (
                lambda full=full: disk.read_bytes(full),
                lambda full=full: disk.read_bytes(full, 1),
                lambda full=full: sorted((e.name, e.is_dir(), e.is_file()) for e in disk.scandir(full)),
            ):
                try:
                    asked.append(ask())
                except OSError:
                    asked.append("OSError")
            found[path] = asked
    found["glob"] = [str(path.relative_to(folder)) for path in disk.glob(folder, "*/*.py")]
    found["top"] = sorted(entry.name for entry in disk.scandir(folder))
    return found


@given(before=TREES, after=TREES)
@settings(max_examples=150, deadline=None)
def test_an_overlay_is_as_good_as_a_checkout(before: dict[str, bytes], after: dict[str, bytes]) -> None:
    with TemporaryDirectory() as name:
        real, wanted = Path(name, "real"), Path(name, "wanted")
        real.mkdir()
        wanted.mkdir()
        build(real, {**before, ".keep": b""})
        build(wanted, {**after, ".keep": b""})
        changed = {path: after.get(path) for path in {*before, *after} if before.get(path) != after.get(path)}
        overlay = Overlay({str(real / path): content for path, content in changed.items()})
        with laid_over(overlay):
            found = seen(real)
        assert found == seen(wanted)
        assert seen(real) != found or before == after


def test_overlays_lie_on_each_other(tmp_path: Path) -> None:
    file = tmp_path / "f"
    with laid_over(Overlay({str(file): b"1"})):
        with laid_over(Overlay({str(file): b"2", str(tmp_path / "g"): b""})):
            assert disk.read_bytes(file) == b"2" and disk.exists(tmp_path / "g")
        assert disk.read_bytes(file) == b"1" and not disk.exists(tmp_path / "g")
    assert not disk.exists(file)


def test_relative_paths(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with laid_over(Overlay({str(tmp_path / "sub" / "f"): b"1"})):
        assert disk.read_text("sub/f") == "1" and disk.isdir("sub") and [e.name for e in disk.scandir(".")] == ["sub"]


def test_a_cache_folder_does_not_keep_a_folder(tmp_path: Path) -> None:
    (tmp_path / "app" / "__pycache__").mkdir(parents=True)
    (tmp_path / "app" / "f.py").write_text("")
    with laid_over(Overlay({str(tmp_path / "app" / "f.py"): None})):
        assert not disk.isdir(tmp_path / "app") and not disk.exists(tmp_path / "app")
    assert disk.isdir(tmp_path / "app")


def test_what_is_no_file_is_not_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(OSError, match="not a regular file"):
        disk.read_bytes(tmp_path / "pipe")
    with laid_over(Overlay({str(tmp_path / "x"): b""})):
        assert disk.exists(tmp_path / "pipe") and not disk.isfile(tmp_path / "pipe")


def test_digests_tell_overlays_apart() -> None:
    overlays = [Overlay(), Overlay({"/a": None}), Overlay({"/a": b""}), Overlay({"/a": b"-"}), Overlay({"/b": None})]
    assert len({overlay.digest() for overlay in overlays}) == len(overlays)
    assert overlay_digest() == ""
    with laid_over(overlays[1]):
        assert overlay_digest() == overlays[1].digest()


def test_symbolic_links(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    (entry,) = (entry for entry in disk.scandir(tmp_path) if entry.name == "link")
    assert entry.is_dir() and not entry.is_dir(follow_symlinks=False)
    shutil.rmtree(tmp_path / "real")
    (entry,) = disk.scandir(tmp_path)
    assert not entry.is_dir() and not entry.is_file()
