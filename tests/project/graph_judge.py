"""Runs under a Python with Django: graphs as JSON on standard input, what the loader makes of each on output."""

import json
import sys
from io import StringIO

from django.conf import settings
from django.core.management import CommandError
from django.db.migrations.exceptions import CircularDependencyError, NodeNotFoundError
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.migration import Migration

REFUSALS = (CircularDependencyError, NodeNotFoundError, CommandError, ValueError)


class Loader(MigrationLoader):
    case = None

    def load_disk(self):
        self.migrated_apps = set(self.case["migrated"])
        self.unmigrated_apps = set(self.case["unmigrated"])
        self.disk_migrations = {}
        for spec in self.case["migrations"]:
            migration = Migration(spec["name"], spec["app"])
            for name in ("dependencies", "run_before", "replaces"):
                setattr(migration, name, [tuple(key) for key in spec[name]])
            self.disk_migrations[spec["app"], spec["name"]] = migration


def answer(case):
    Loader.case = case
    try:
        loader = Loader(None, ignore_no_migrations=True)
    except REFUSALS as error:
        return {"error": type(error).__name__, "message": str(error)}
    graph = loader.graph
    leaves, roots = graph.leaf_nodes(), graph.root_nodes()
    return {
        "nodes": sorted(graph.nodes),
        "parents": {".".join(key): [p.key for p in sorted(graph.node_map[key].parents)] for key in graph.nodes},
        "leaves": leaves,
        "roots": roots,
        "plan": graph._generate_plan(leaves, True),
        "forwards": {".".join(key): graph.forwards_plan(key) for key in leaves},
        "backwards": {".".join(key): graph.backwards_plan(key) for key in roots},
        "conflicts": {app: sorted(names) for app, names in loader.detect_conflicts().items()},
        "list": shown(format="list"),
        "plan_text": shown(format="plan", verbosity=2),
    }


def shown(**options):
    """The text of showmigrations on an empty database."""
    from django.core.management import call_command
    from django.core.management.commands import showmigrations

    showmigrations.MigrationLoader = Loader
    out = StringIO()
    try:
        call_command("showmigrations", no_color=True, stdout=out, **options)
    except ValueError as error:
        return {"error": str(error)}
    return out.getvalue()


if __name__ == "__main__":
    engine = {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}
    settings.configure(DATABASES={"default": engine}, INSTALLED_APPS=[], SILENCED_SYSTEM_CHECKS=[])
    import django

    django.setup()
    json.dump([answer(case) for case in json.load(sys.stdin)], sys.stdout)
