"""What a list of operations that could not be evaluated holds, as far as its text tells: nothing but `CreateModel`?

In: the IR of a migration's module. Out: a yes, or no where it cannot be told. Nothing is evaluated.
"""

from __future__ import annotations

from collections.abc import Iterator

from migration_guard.source.ir import Body, Node

CREATE = "CreateModel"


def only_creates(body: Body) -> bool:
    """Whether each operation of the module's `Migration` is a `CreateModel` of Django's, however many there are."""
    functions = {node[2]: node for node in body if node[0] == "def" and not node[5]}
    imported = {
        asname or name: f"{node[3]}.{name}"
        for node in body
        if node[0] == "from" and node[4] != "*"
        for name, asname in node[4]
    }
    lists = list(_operations(body))
    return len(lists) == 1 and all(_creates(item, imported) for item in _items(lists[0], functions))


def _operations(body: Body) -> Iterator[Node]:
    """What is assigned to `operations`; a statement that does anything else with it makes it two."""
    for node in body:
        if node[0] == "class" and node[2] == "Migration":
            for inner in node[5]:
                if inner[0] == "assign" and inner[2] == [["name", "operations"]]:
                    yield inner[3]
                elif "operations" in _names(inner):
                    yield from (["unsupported", "operations"],) * 2


def _items(value: Node, functions: dict[str, Node]) -> Iterator[Node]:
    """The expressions of a list's items; of a call of a function without branches, those of what it returns."""
    match value:
        case ["list", items]:
            yield from items
        case ["comp", "list", element, _]:
            yield element
        case ["call", _, ["name", str(name)], [], []] if name in functions:
            function = functions[name]
            returned = [node for node in function[4] if node[0] == "return"]
            straight = all(node[0] in ("assign", "expr", "return") for node in function[4]) and len(returned) == 1
            inner = returned[0][2] if straight else None
            if inner is not None and inner[0] in ("list", "comp"):
                yield from _items(inner, {})
            else:
                yield value
        case _:
            yield value


def _creates(item: Node, imported: dict[str, str]) -> bool:
    match item:
        case ["call", _, ["attr", ["name", str(name)], "CreateModel"], _, _]:
            return imported.get(name) in ("django.db.migrations", "django.contrib.gis.db.migrations")
        case ["call", _, ["name", str(name)], _, _]:
            return imported.get(name) == f"django.db.migrations.{CREATE}"
    return False


def _names(node: Node) -> Iterator[str]:
    """All names in a piece of IR."""
    todo: list[object] = [node]
    while todo:
        item = todo.pop()
        if isinstance(item, list):
            if len(item) == 2 and item[0] == "name" and isinstance(item[1], str):
                yield item[1]
            todo += item
