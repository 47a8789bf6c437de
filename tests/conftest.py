"""Options of the test run."""

from __future__ import annotations

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update", action="store_true", help="rewrite what .case files expect, for review")
    parser.addoption("--examples", type=int, default=0, help="how many new random projects to look at, per Django")
