"""A question asked in a second process gives the answer that it would give here, and leaves nothing behind."""

from __future__ import annotations

import os
import time

import pytest

from migration_guard import beside as module
from migration_guard.beside import beside

FORKS = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")


@pytest.fixture(params=[pytest.param(True, marks=FORKS), False])
def possible(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    monkeypatch.setattr(module, "_possible", lambda: request.param)
    return bool(request.param)


@pytest.mark.parametrize("answer", [True, False])
def test_the_answer(possible: bool, answer: bool) -> None:
    here: list[int] = []

    def question() -> bool:
        here.append(os.getpid())
        return answer

    with beside(question) as answered:
        assert (answered(), answered()) == (answer, answer)
    assert (os.getpid() in here) is not possible


@FORKS
def test_where_the_other_process_fails_the_question_is_asked_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_possible", lambda: True)
    parent = os.getpid()

    def question() -> bool:
        if os.getpid() != parent:
            raise MemoryError
        return True

    with beside(question) as answered:
        assert answered()


@pytest.fixture
def children(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The processes that were forked."""
    found: list[int] = []
    fork = os.fork

    def noted() -> int:
        child = fork()
        found.append(child)
        return child

    monkeypatch.setattr(module, "_possible", lambda: True)
    monkeypatch.setattr(os, "fork", noted)
    return found


@FORKS
def test_nobody_waits_for_an_answer_that_is_not_wanted(children: list[int]) -> None:
    start = time.monotonic()
    with beside(lambda: time.sleep(60) is None):
        pass
    assert time.monotonic() - start < 30
    (child,) = children
    with pytest.raises(ChildProcessError):
        os.waitpid(child, os.WNOHANG)


@FORKS
def test_an_error_in_the_block_ends_the_other_process(children: list[int]) -> None:
    with pytest.raises(KeyError), beside(lambda: time.sleep(60) is None):
        raise KeyError
    (child,) = children
    with pytest.raises(ChildProcessError):
        os.waitpid(child, os.WNOHANG)
