"""The differ gives the same migrations as every Django that this machine can run, on random pairs of states."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest
from django_oracle import DJANGOS, Django

SCRIPT = Path(__file__).with_name("against_django.py")
ROOT = SCRIPT.parents[2]
PAIRS = 120


@pytest.mark.parametrize("django", DJANGOS, ids=str)
def test_random_pairs(django: Django) -> None:
    """Every pair that Django can handle gives the same migrations, in names, order, operations and dependencies."""
    # Django orders some operations by the iteration order of sets: one seed of hashes makes the runs comparable.
    paths = os.pathsep.join(map(str, (django.site, ROOT, ROOT / "tests")))
    environment = {**os.environ, "PYTHONPATH": paths, "PYTHONHASHSEED": "0"}
    environment.pop("DJANGO_SETTINGS_MODULE", None)
    command = [str(django.python), "-s", "-W", "ignore", str(SCRIPT), "0", str(PAIRS)]
    ran = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    result = json.loads(ran.stdout)
    assert result["different"] == {}
    assert result["same"] > PAIRS * 3 // 4
