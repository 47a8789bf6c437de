"""Random models as source, changed at random: every file that makemigrations writes, ours against real Django's.

`--examples N` looks at N new ones for each version of Django instead of the few that are always the same.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, event, given, note, settings

from tests.django_oracle import DJANGOS, Django
from tests.make.both_tools import difference, steps
from tests.make.random_edits import Pair, pairs
from tests.make.random_models import files

FEW = 24


@pytest.mark.parametrize("django", DJANGOS, ids=str)
def test_files_of_random_models(django: Django, pytestconfig: pytest.Config) -> None:
    """Byte for byte: the first migrations, those of the edits, and that nothing is missing afterwards."""
    examples = pytestconfig.getoption("--examples")

    @settings(
        max_examples=examples or FEW,
        derandomize=not examples,
        deadline=None,
        database=None,
        phases=[Phase.generate, *([] if examples else [Phase.shrink])],
        suppress_health_check=list(HealthCheck),
    )
    @given(pairs(django.number))
    def judge(pair: Pair) -> None:
        with tempfile.TemporaryDirectory(prefix="random-models-") as place:
            found = steps(Path(place), pair, django)
        event(f"{len(found)} steps, {found[-1].django.ended.partition(':')[0] if found else 'invalid'}")
        if found:
            for name, text in files(pair.after if len(found) > 1 else pair.before).items():
                if name.endswith("models.py"):
                    note(f"# {name}\n{text}")
        assert not difference(found)

    judge()
