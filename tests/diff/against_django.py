"""Our differ next to Django's autodetector, on random pairs of states and with the same answers.

A script, so that any Python with any Django can run it: `against_django.py START STOP` compares the seeds between.
"""

from __future__ import annotations

import json
import random
import sys
from datetime import datetime
from typing import Any

import django
from django.apps import apps
from django.conf import settings

if not settings.configured:
    settings.configure(INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth"], USE_TZ=True)
if not apps.ready:
    django.setup()

from diff import live_states, random_states
from django.db.migrations.autodetector import MigrationAutodetector
from django.db.migrations.graph import MigrationGraph
from django.db.migrations.questioner import MigrationQuestioner

from migration_guard.diff import Leaves, Target, detect

VERSION = django.VERSION[:2]


def target_with(user: str) -> Target:
    """Also tells Django that this is the user model."""
    settings.AUTH_USER_MODEL = user
    vars(apps.get_model("auth", "User")._meta).pop("swapped", None)
    apps.get_swappable_settings_name.cache_clear()
    labels = {"auth.user": "AUTH_USER_MODEL", user.lower(): "AUTH_USER_MODEL"}
    return Target(VERSION, labels, {"AUTH_USER_MODEL": user})


class Whimsical(MigrationQuestioner):
    """Answers that depend on the question alone."""

    def __init__(self, seed: int, specified: set[str]) -> None:
        super().__init__(specified_apps=specified)
        self.seed = seed

    def _yes(self, *question: str) -> bool:
        return random.Random(f"{self.seed}{question}").random() < 0.6

    def ask_initial(self, app_label: str) -> bool:
        return app_label in self.specified_apps or app_label != "gamma"

    def ask_rename(self, model_name: str, old_name: str, new_name: str, field_instance: Any) -> bool:
        return self._yes(model_name, old_name, new_name)

    def ask_rename_model(self, old_model_state: Any, new_model_state: Any) -> bool:
        return self._yes(old_model_state.name, new_model_state.name)

    def ask_not_null_addition(self, field_name: str, model_name: str) -> Any:
        return 7

    ask_auto_now_add_addition = ask_not_null_addition

    def ask_not_null_alteration(self, field_name: str, model_name: str) -> Any:
        return django.db.models.NOT_PROVIDED if self._yes(field_name, model_name) else 8


def graph_of(rng: random.Random) -> MigrationGraph:
    graph = MigrationGraph()
    for app in random_states.APPS:
        if rng.random() < 0.6:
            graph.add_node((app, rng.choice(("0001_initial", "0007_x", "named", "0001_squashed_0003_y"))), None)
    return graph


def compare(seed: int) -> str | None:
    """None where both agree, "skipped" where Django cannot do it, else what differs."""
    rng = random.Random(seed)
    target = target_with(rng.choice(("auth.User", "alpha.Author", "beta.Book")))
    before, after = random_states.pair(seed)
    real_apps = frozenset(rng.sample(random_states.APPS, 1)) if rng.random() < 0.1 else frozenset()
    before = [spec for spec in before if spec["key"][0] not in real_apps]
    old, new = random_states.live_state(before, real_apps), random_states.live_state(after)
    ours_old, ours_new = live_states.state_of(old), live_states.state_of(new)
    asked = set(rng.sample(random_states.APPS, 2)) if rng.random() < 0.3 else set()
    name = "custom" if rng.random() < 0.1 else None
    graph = graph_of(rng)
    heard = live_states.Heard(Whimsical(seed, asked))
    try:
        theirs = MigrationAutodetector(old, new, heard).changes(graph, asked or None, asked or None, name)
    except Exception as error:
        theirs, failure = {}, f"skipped {type(error).__name__}"
    else:
        failure = None
    leaf = dict(reversed(graph.leaf_nodes()))
    leaves = Leaves(leaf, real_apps, frozenset(random_states.APPS) - {"gamma"})
    ours = detect(ours_old, ours_new, target, leaves, heard, apps=asked, name=name, now=datetime.now())
    if failure:
        return failure
    expected = [(app, [live_shape(m) for m in migrations]) for app, migrations in theirs.items()]
    actual = [(app, [our_shape(m) for m in migrations]) for app, migrations in ours.migrations.items()]
    if expected == actual and not heard.strange and not ours.doubts and not ours.refusals:
        return None
    return f"{expected}\n{actual}\n{heard.strange} {ours.doubts} {ours.refusals}"


def live_shape(migration: Any) -> Any:
    operations = live_states.operation_shapes([live_states.operation_of(o) for o in migration.operations])
    return migration.name, bool(migration.initial), live_states.dependencies_of(migration.dependencies), operations


def our_shape(migration: Any) -> Any:
    operations = live_states.operation_shapes(migration.operations)
    return migration.name, bool(migration.initial), live_states.said(migration.dependencies), operations


def main(start: int, stop: int) -> None:
    """Compare pairs of states by their seeds, and print what came out as JSON."""
    results = {seed: compare(seed) for seed in range(start, stop)}
    different = {seed: text for seed, text in results.items() if text and not text.startswith("skipped")}
    print(json.dumps({"same": sum(text is None for text in results.values()), "different": different}))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
