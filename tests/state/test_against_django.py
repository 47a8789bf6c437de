"""States and optimised operations of random histories: ours and real Django's must be the same."""

from __future__ import annotations

import pytest
from django.db.migrations.optimizer import MigrationOptimizer
from django.db.migrations.state import ProjectState

from migration_guard.state.apply import apply
from migration_guard.state.model import State
from migration_guard.state.problem import Problem
from migration_guard.state.reduce import optimize, reduce
from tests.state.bridge import VERSION, copied, form, operation_of, state_form, state_of
from tests.state.histories import History
from tests.state.pairs import pool


@pytest.mark.parametrize("seed", range(60))
def test_states_are_those_of_django(seed: int) -> None:
    history, theirs, ours = History(seed), ProjectState(), State()
    for _ in range(40):
        operation = history.operation()
        said = apply(operation_of(operation), "app", ours, VERSION)
        before = copied(theirs)
        try:
            operation.state_forwards("app", theirs)
        except Exception as error:
            assert isinstance(said, Problem), f"{operation!r}: {error!r}"
            theirs = before
            continue
        assert isinstance(said, State), f"{operation!r}: {said}"
        ours = said
        assert state_form(ours) == state_form(state_of(theirs)), repr(operation)


@pytest.mark.parametrize("seed", range(120))
def test_optimised_operations_are_those_of_django(seed: int) -> None:
    history = History(seed)
    operations = [history.operation() for _ in range(seed % 12 + 2)]
    ours = optimize([operation_of(operation) for operation in operations], "app", VERSION)
    try:
        theirs = MigrationOptimizer().optimize(operations, "app")
    except ValueError:  # A field that is there twice: Django fails, we leave the operations as they are.
        return
    assert [form(operation) for operation in ours] == [form(operation_of(operation)) for operation in theirs]


@pytest.mark.parametrize("first", range(len(pool())))
def test_every_pair_of_operations_is_reduced_as_in_django(first: int) -> None:
    for second in range(len(pool())):
        operation, other = pool()[first], pool()[second]
        ours = reduce(operation_of(operation), operation_of(other), "app", VERSION)
        said = f"{operation!r}, {other!r}"
        try:
            theirs = operation.reduce(other, "app")
        except ValueError:  # A field that is there twice.
            assert ours is False, said
            continue
        expected = list(map(operation_of, theirs)) if isinstance(theirs, list) else bool(theirs)
        assert form(ours) == form(expected), said
