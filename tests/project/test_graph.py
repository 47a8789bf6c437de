"""The graph against real Django's, on random graphs; and what Django does not say."""

from __future__ import annotations

import json
import os
import random
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest
from django_oracle import DJANGOS, Django

from migration_guard.diagnostics import Confidence
from migration_guard.project.graph import Graph, build_graph
from migration_guard.project.health import graph_findings
from migration_guard.project.show import show_list, show_plan
from migration_guard.state.operations import Dependency, Migration
from migration_guard.values import Unknown

JUDGE = Path(__file__).with_name("graph_judge.py")
APPS = ("alpha", "beta", "gamma")
Case = dict[str, Any]


def django_says(django: Django, cases: list[Case]) -> list[Any]:
    done = subprocess.run(
        [str(django.python), "-s", str(JUDGE)],
        input=json.dumps(cases),
        env={**os.environ, "PYTHONPATH": str(django.site)},
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)


def migration(app: str, name: str, *dependencies: tuple[str, str], **more: Any) -> Migration:
    return Migration(app, name, dependencies=tuple(Dependency(*key) for key in dependencies), **more)


def graph_of(case: Case, version: tuple[int, int] = (5, 2)) -> Graph:
    migrations = [
        Migration(
            spec["app"],
            spec["name"],
            dependencies=tuple(Dependency(*key) for key in spec["dependencies"]),
            run_before=tuple(Dependency(*key) for key in spec["run_before"]),
            replaces=tuple((app, name) for app, name in spec["replaces"]),
        )
        for spec in case["migrations"]
    ]
    return build_graph(migrations, version=version, migrated=case["migrated"], unmigrated=case["unmigrated"])


def random_case(seed: int, nested: bool) -> Case:
    """A mostly sound history: branches, cross-app edges, squashes, special names, and now and then a flaw."""
    rng = random.Random(seed)
    keys: list[tuple[str, str]] = []
    migrations: list[Case] = []
    flaw = rng.random() < 0.25
    for _ in range(rng.randint(1, 14)):
        app = rng.choice(APPS)
        own = [key for key in keys if key[0] == app]
        name = f"{len(own) + 1:04}_{rng.choice('abc')}"
        dependencies = [rng.choice(own) if rng.random() < 0.25 else own[-1]] if own else []
        if rng.random() < 0.4:
            dependencies += rng.sample(keys, min(len(keys), rng.randint(1, 3)))
        if rng.random() < 0.15:
            other = rng.choice([*APPS, "plain", "delta"] if flaw else [*APPS, "plain", "empty"])
            dependencies.append(
                (other, rng.choice(["__first__", "__first__", "__latest__"] if flaw else ["__first__"]))
            )
        if flaw and rng.random() < 0.1:
            dependencies.append((rng.choice(APPS), "0099_nowhere"))
        before = [(rng.choice(APPS), f"{rng.randint(1, 5):04}_a")] if rng.random() < 0.04 else []
        keys.append((app, name))
        migrations.append(spec(app, name, dependencies, before))
    add_squashes(rng, migrations, nested)
    rng.shuffle(migrations)
    return {"migrations": migrations, "migrated": [*APPS, "empty"], "unmigrated": ["plain"]}


def spec(app: str, name: str, dependencies: list[Any], before: list[Any] = [], replaces: list[Any] = []) -> Case:  # noqa: B006
    return {"app": app, "name": name, "dependencies": dependencies, "run_before": before, "replaces": replaces}


def add_squashes(rng: random.Random, migrations: list[Case], nested: bool) -> None:
    for app in rng.sample(APPS, 2):
        own = [item for item in migrations if item["app"] == app]
        if len(own) < 2 or rng.random() < 0.5:
            continue
        replaced = own[: rng.randint(2, len(own))]
        keys = [[app, item["name"]] for item in replaced]
        outside = [key for item in replaced for key in item["dependencies"] if key[0] != app]
        names = [f"0001_squashed_{len(keys):04}"]
        migrations.append(spec(app, names[0], outside, replaces=keys))
        if rng.random() < 0.3:
            for item in replaced[: rng.randint(1, len(replaced))]:
                migrations.remove(item)
        if nested and rng.random() < 0.5:
            inner = [[app, names[0]], *[[app, item["name"]] for item in own[len(keys) :]]]
            migrations.append(spec(app, "0001_squashed_again", outside, replaces=inner))


@pytest.mark.parametrize("django", DJANGOS, ids=str)
def test_random_graphs(django: Django) -> None:
    cases = [random_case(seed, nested=django.number >= (6, 0)) for seed in range(600)]
    refused = 0
    for seed, (case, truth) in enumerate(zip(cases, django_says(django, cases), strict=True)):
        graph = graph_of(case, django.number)
        if "error" in truth:
            refused += 1
            assert graph.broken, (seed, truth)
            messages = "\n".join(problem.message for problem in graph.problems)
            if truth["error"] != "CircularDependencyError":
                assert truth["message"] in messages, seed
            continue
        assert not graph.problems, (seed, graph.problems)
        assert sorted(graph.nodes) == keys(truth["nodes"]), seed
        assert {dotted(key): list(parents) for key, parents in graph.parents.items()} == {
            key: keys(parents) for key, parents in truth["parents"].items()
        }, seed
        assert graph.leaf_nodes() == keys(truth["leaves"]), seed
        assert graph.root_nodes() == keys(truth["roots"]), seed
        assert graph.full_plan() == keys(truth["plan"]), seed
        for key in graph.leaf_nodes():
            assert graph.forwards_plan(key) == keys(truth["forwards"][dotted(key)]), seed
        for key in graph.root_nodes():
            assert graph.backwards_plan(key) == keys(truth["backwards"][dotted(key)]), seed
        assert graph.conflicts() == truth["conflicts"], seed
        assert show_list(graph) == truth["list"], seed
        if isinstance(truth["plan_text"], str):
            assert show_plan(graph, dependencies=True) == truth["plan_text"], seed
    assert 30 < refused < 300


def keys(pairs: list[list[str]]) -> list[tuple[str, str]]:
    return [(app, name) for app, name in pairs]


def dotted(key: tuple[str, str]) -> str:
    return f"{key[0]}.{key[1]}"


def test_a_cycle_is_named_and_plans_still_end() -> None:
    items = [
        migration("a", "0001", ("b", "0001")),
        migration("b", "0001", ("a", "0002")),
        migration("a", "0002", ("a", "0001")),
    ]
    graph = build_graph(items, version=(5, 2))
    assert [problem.message for problem in graph.problems] == ["Circular dependency: a.0001, a.0002, b.0001"]
    assert graph.broken
    assert sorted(graph.full_plan()) == [("a", "0001"), ("a", "0002"), ("b", "0001")]


def test_a_missing_parent_is_said_in_djangos_words_with_a_suggestion() -> None:
    graph = build_graph(
        [migration("a", "0001_initial"), migration("a", "0002_b", ("a", "0001_initail"))], version=(5, 2)
    )
    (problem,) = graph.problems
    expected = "Migration a.0002_b dependencies reference nonexistent parent node ('a', '0001_initail')"
    assert problem.message == expected
    assert problem.hint is not None and "did you mean '0001_initial'?" in problem.hint


def test_dependencies_on_apps_that_could_not_be_read_are_no_problem() -> None:
    items = [migration("a", "0001", ("auth", "0012_x"), ("auth", "__first__"))]
    assert not build_graph(items, version=(5, 2), opaque=["auth"]).problems
    assert not build_graph(items, version=(5, 2), all_apps_known=False).problems
    assert len(build_graph(items, version=(5, 2)).problems) == 2


def test_what_is_not_known_makes_a_conflict_possible_only() -> None:
    items = [migration("a", "0001"), migration("a", "0002_x", ("a", "0001"))]
    loose = migration("a", "0002_y", unknown_links=Unknown("a syntax error"))
    (conflict,) = (f for f in graph_findings(build_graph([*items, loose], version=(5, 2))) if f.code == "MG102")
    assert conflict.confidence is Confidence.POSSIBLE and not conflict.fails
    certain = build_graph([*items, migration("a", "0002_y", ("a", "0001"))], version=(5, 2))
    assert [f.code for f in graph_findings(certain) if f.fails] == ["MG102"]


def test_numbers_and_replaces() -> None:
    items = [
        migration("a", "0001_squashed_0002_b", replaces=(("a", "0001_a"), ("a", "0002_b"))),
        migration("a", "0001_a"),
        migration("a", "0003_x", ("a", "0002_b")),
        migration("a", "0003_y", ("a", "0003_x")),
    ]
    findings = graph_findings(build_graph(items, version=(5, 2)))
    assert [(f.code, f.details) for f in findings] == [("MG104", ("0003_x, 0003_y",)), ("MG105", ("a.0002_b",))]
    assert graph_findings(build_graph(items, version=(5, 2)), ["other"]) == ()


def test_nested_squashes_are_certain_from_django_6() -> None:
    items = [
        migration("a", "0001_i"),
        migration("a", "0001_s", replaces=(("a", "0001_i"),)),
        migration("a", "0001_t", replaces=(("a", "0001_s"),)),
    ]
    assert not build_graph(items, version=(6, 0)).problems
    old = build_graph(items, version=(5, 2))
    assert [problem.confidence for problem in old.problems] == [Confidence.POSSIBLE]
    assert list(old.nodes) == [("a", "0001_t")]


def test_ten_thousand_migrations() -> None:
    chain = [migration("a", f"{n:05}", ("a", f"{n - 1:05}"), ("b", "__first__")) for n in range(1, 10_000)]
    items = [migration("b", "0001"), migration("a", "00000"), *chain]
    started = time.process_time()
    graph = build_graph(items, version=(5, 2))
    assert len(graph.full_plan()) == 10_001
    assert len(show_list(graph).splitlines()) == 10_003
    assert not graph_findings(graph)
    assert time.process_time() - started < 1
