"""The house rules: who may import whom, what loads late, and how long things may get."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parent.parent / "migration_guard"

# Highest first: a room may import rooms below it, and itself.
ROOMS = (
    *("cli", "app", "commenting", "initialising", "continuous"),
    *("fixing", "describing", "illustrating", "sifting", "baselines"),
    *("linting", "deployed", "stepping", "scoping", "previewing"),
    "readings",
    *("merging", "customcode", "memo", "rebasing", "squashing"),
    *("fixes", "making", "answering", "checking"),
    *("report", "rules", "upstream", "overlays", "git", "write"),
    *("codebase", "sql", "diff", "project", "state", "evaluate", "source"),
)
GROUND = ("config", "versions", "diagnostics", "disk", "values", "beside")
# Rooms that see less than what lies below them.
SEES_ONLY = {
    "report": {"diagnostics", "values"},
    "rules": {"upstream", "git", "codebase", "sql", "project", "state", *GROUND},
    "codebase": {"project", "state", "evaluate", "source", *GROUND},
    "write": {"diff", "state", *GROUND},
    "sql": {"state", *GROUND},
    "state": {*GROUND},
}
# Third-party packages, and the one room that may know each; True: inside functions only.
OUTSIDERS = {"libcst": ("source", True), "sqlglot": ("sql", True), "click": ("cli", False)}
# Rooms whose functions may import others late, so that starting up stays fast.
LATE = {"cli", "app"}
# Other late imports, each with its reason.
LATE_MODULES = {
    ("migration_guard.source.lower_ast", "migration_guard.source"): "LibCST is slow to import and seldom needed there",
}

# Stubs are data that is never imported.
MODULES = sorted(path for path in PACKAGE.rglob("*.py") if "stubs" not in path.parts)


def dotted(path: Path) -> str:
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def room(module: str) -> str:
    """The room of a dotted module; the package itself is open to all."""
    parts = module.split(".")
    return parts[1] if len(parts) > 1 else ""


def imports(tree: ast.Module) -> Iterator[tuple[str, bool, int]]:
    """(module, whether inside a function, line) of each import that runs; those for type checkers do not."""

    def visit(node: ast.AST, late: bool) -> Iterator[tuple[str, bool, int]]:
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            return
        if isinstance(node, ast.Import):
            yield from ((alias.name, late, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            yield from (
                (
                    f"migration_guard.{alias.name}" if node.module == "migration_guard" else str(node.module),
                    late,
                    node.lineno,
                )
                for alias in node.names
            )
        inside = late or isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda))
        for child in ast.iter_child_nodes(node):
            yield from visit(child, inside)

    return visit(tree, False)


@pytest.mark.parametrize("path", MODULES, ids=dotted)
def test_imports(path: Path) -> None:
    here, own = dotted(path), room(dotted(path))
    for name, late, line in imports(ast.parse(path.read_text(encoding="utf-8"))):
        where = f"{here}:{line} imports {name}"
        top, target = name.partition(".")[0], room(name)
        if top in OUTSIDERS:
            owner, only_late = OUTSIDERS[top]
            assert own == owner, f"{where}: only {owner} may"
            assert late or not only_late, f"{where}: only inside a function, it is slow"
        if top != "migration_guard" or target in ("", own, "__version__"):
            allowed = not late or top != "migration_guard" or own in LATE or (here, name) in LATE_MODULES
            assert allowed, f"{where}: late imports are listed in this test"
            continue
        assert not late or own in LATE, f"{where}: late imports are listed in this test"
        assert target in may_see(own), f"{where}: {own or 'the package'} may not see {target}"


def may_see(own: str) -> set[str]:
    if own == "__main__":
        return {"cli"}
    if own in SEES_ONLY:
        return SEES_ONLY[own]
    if own in GROUND:
        return set(GROUND)
    return {*ROOMS[ROOMS.index(own) + 1 :], *GROUND} if own in ROOMS else set()


@pytest.mark.parametrize("path", MODULES, ids=dotted)
def test_size_and_names(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    tree = ast.parse(text)
    assert path.stem not in ("utils", "helpers", "base", "manager", "common", "misc"), "name it for what it does"
    assert text.count("\n") <= 600, f"{dotted(path)} is too long"
    if tree.body and path.stem != "__init__":
        assert ast.get_docstring(tree), f"{dotted(path)} does not say what comes in and what goes out"
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            assert length <= 60, f"{dotted(path)}:{node.lineno} {node.name} has {length} lines"


def test_every_room_has_its_place() -> None:
    found = {room(dotted(path)) for path in MODULES} - {"", "__main__"}
    assert found <= {*ROOMS, *GROUND}, "a new room: give it a place in ROOMS"
