"""The other formats of showmigrations: names are data."""

from __future__ import annotations

import json

import pytest

from migration_guard.project.graph import Graph, build_graph
from migration_guard.project.show import Format, show
from migration_guard.state.operations import Dependency, Migration

EVIL = '0002_"]; click m0 "x" `\x1b[31m</script>\\'


@pytest.fixture
def graph() -> Graph:
    first = Migration("blog", "0001_initial")
    second = Migration("blog", EVIL, dependencies=(Dependency("blog", "0001_initial"),))
    other = Migration("shop", "0001_initial", dependencies=(Dependency("blog", EVIL),))
    return build_graph([first, second, other], version=(5, 2), unmigrated=["plain"])


def test_list_and_plan(graph: Graph) -> None:
    assert show(graph, ["shop", "plain"]) == "shop\n [ ] 0001_initial\nplain\n (no migrations)\n"
    lines = show(graph, ["shop"], plan=True, dependencies=True).splitlines()
    assert lines[0] == "[ ]  blog.0001_initial"
    assert lines[1].endswith(" ... (blog.0001_initial)") and "\x1b" not in lines[1]
    assert show(graph, ["plain"], plan=True) == "(no migrations)\n"


def test_json(graph: Graph) -> None:
    document = json.loads(show(graph, ["blog"], format=Format.JSON))
    assert document["version"] == 1
    assert [item["name"] for item in document["migrations"]] == ["0001_initial", EVIL]
    assert document["migrations"][1]["dependencies"] == [["blog", "0001_initial"]]
    assert [item["leaf"] for item in document["migrations"]] == [False, True]


def test_mermaid(graph: Graph) -> None:
    shown = show(graph, format=Format.MERMAID)
    assert shown == (
        "graph LR\n"
        '  subgraph app0["blog"]\n'
        '    m0["0001_initial"]\n'
        '    m1["0002_#34;#93;#59; click m0 #34;x#34; #96;#92;x1b#91;31m#60;#47;script#62;#92;"]\n'
        "  end\n"
        '  subgraph app1["shop"]\n'
        '    m2["0001_initial"]\n'
        "  end\n"
        "  m0 --> m1\n"
        "  m1 --> m2\n"
    )


def test_dot(graph: Graph) -> None:
    shown = show(graph, format=Format.DOT)
    assert '    m1 [label="0002_\\"]; click m0 \\"x\\" `\\\\x1b[31m</script>\\\\"];\n' in shown
    assert shown.endswith("  m0 -> m1;\n  m1 -> m2;\n}\n")
