"""The `.case` format: what a case is about, input files, and the values expected of names.

    Free text: what this is about.
    --- pkg/models.py ---
    X = 1
    --- values ---
    pkg.models.X = 1

Each line under `values` is a dotted name and what it is worth; `??` stands for what we may not know, followed by the
reason. `pytest --update` rewrites that section from what we say now (a new line needs the name only): review the diff.
A section `python` says why real Python is not asked; without it, Python must agree with every line.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

HEADER = re.compile(r"^--- (.+) ---$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Case:
    path: Path
    about: str
    files: dict[str, str]
    values: dict[str, str]
    python: str | None

    def write(self, folder: Path) -> None:
        """Lay the input files out in a folder."""
        for name, text in self.files.items():
            file = folder / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")

    def update(self, values: dict[str, str]) -> None:
        """Rewrite the expected values in the case's own file."""
        sections = [f"--- {name} ---\n{text}" for name, text in self.files.items()]
        if self.python is not None:
            sections.append(f"--- python ---\n{self.python}\n")
        lines = "".join(f"{name} = {value}\n" for name, value in values.items())
        text = f"{self.about}\n" + "".join(sections) + f"--- values ---\n{lines}"
        self.path.write_text(text, encoding="utf-8")


def read(path: Path) -> Case:
    """A case from its file."""
    about, *parts = HEADER.split(path.read_text(encoding="utf-8"))
    sections = {name: text.lstrip("\n") for name, text in zip(parts[::2], parts[1::2], strict=True)}
    values: dict[str, str] = {}
    for line in sections.pop("values").splitlines():
        if line.strip():
            name, _, value = line.partition(" = ")
            values[name.strip()] = value
    python = sections.pop("python", None)
    return Case(path, about.rstrip(), sections, values, python.strip() if python is not None else None)
