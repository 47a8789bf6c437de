"""Every text that Django's writer gives, against Django itself, in every version that can be had here."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from django_oracle import DJANGOS, Django, Project

JUDGE = Path(__file__).with_name("judge.py")


@pytest.mark.parametrize("django", DJANGOS, ids=str)
def test_texts_are_those_of_django(django: Django, tmp_path: Path) -> None:
    ran = django.run(Project(tmp_path, "unused"), [str(JUDGE)])
    assert ran.returncode == 0, ran.stderr
    result = json.loads(ran.stdout.splitlines()[-1])
    assert result["different"] == []
    assert result["count"] > 280
