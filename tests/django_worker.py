"""The far side of tests/django_oracle.py: runs under a Python that has Django, never imports pytest or migration_guard.

A parent process that has imported Django but no project; each request (one JSON line) is answered by a forked child
that enters the project, so every answer sees the files as they are now. POSIX only.
"""
# mypy: allow-untyped-calls, disable-error-code="import-not-found,import-untyped"

from __future__ import annotations

import contextlib
import importlib
import json
import os
import signal
import sys
import tempfile
import traceback
import warnings
from pathlib import Path
from typing import IO, Any

Json = Any
PRELOAD = (
    "django",
    "django.core.management",
    "django.core.management.commands.makemigrations",
    "django.core.management.commands.check",
    "django.core.management.commands.migrate",
    "django.core.checks",
    "django.db.models",
    "django.db.migrations.autodetector",
    "django.db.migrations.executor",
    "django.db.migrations.loader",
    "django.db.migrations.writer",
    "django.forms",
    "django.template",
    "django.urls",
    "django.views",
    "django.db.backends.sqlite3.base",
    "django.contrib.admin.checks",
    "django.core.validators",
    "django.utils.translation.trans_real",
)


# ---------------------------------------------------------------- entering a project


def enter(request: Json) -> None:
    root = request["root"]
    os.chdir(root)
    os.environ.update(request["env"])
    os.environ["DJANGO_SETTINGS_MODULE"] = request["settings"]
    for path in reversed(request["paths"]):
        sys.path.insert(0, os.path.normpath(os.path.join(root, path)))
    importlib.invalidate_caches()


def set_up() -> None:
    import django

    django.setup()


# ---------------------------------------------------------------- canonical JSON


def text_of(value: Any) -> str:
    """The source text that Django's writer gives; `!!` marks what it refuses to write."""
    from django.db.migrations.writer import MigrationWriter

    try:
        return str(MigrationWriter.serialize(value)[0])
    except Exception as error:
        return f"!! {type(error).__name__}: {type(value).__name__}"


def field_of(name: str, field: Any) -> Json:
    _, path, args, kwargs = field.deconstruct()
    return {
        "name": name,
        "path": path,
        "args": [text_of(value) for value in args],
        "kwargs": {key: text_of(value) for key, value in kwargs.items()},
    }


def models_of(state: Any) -> list[Json]:
    models = [
        {
            "app_label": label,
            "name": model.name,
            "fields": [field_of(name, field) for name, field in model.fields.items()],
            "options": {key: text_of(model.options[key]) for key in sorted(model.options)},
            "bases": [base if isinstance(base, str) else text_of(base) for base in model.bases],
            "managers": [[name, text_of(manager)] for name, manager in model.managers],
        }
        for (label, _), model in state.models.items()
    ]
    return sorted(models, key=lambda model: (model["app_label"], model["name"].lower()))


def dependency_of(dependency: Any) -> Json:
    if hasattr(dependency, "setting"):
        return {"swappable": dependency.setting, "target": list(dependency)}
    return list(dependency)


def operation_of(operation: Any) -> str:
    from django.db.migrations.writer import OperationWriter

    return "\n".join(OperationWriter(operation, indentation=0).serialize()[0].splitlines()).rstrip(",")


# ---------------------------------------------------------------- questions


def ask_states(request: Json) -> Json:
    set_up()
    from django.apps import apps
    from django.db.migrations.loader import MigrationLoader
    from django.db.migrations.state import ProjectState

    return {
        "from_models": models_of(ProjectState.from_apps(apps)),
        "from_migrations": models_of(MigrationLoader(None, ignore_no_migrations=True).project_state()),
    }


def ask_graph(request: Json) -> Json:
    set_up()
    from django.db.migrations.loader import MigrationLoader

    loader: Any = MigrationLoader(None, ignore_no_migrations=True)
    graph = loader.graph
    plan: list[tuple[str, str]] = []
    for leaf in graph.leaf_nodes():
        plan += [key for key in graph.forwards_plan(leaf) if key not in plan]
    return {
        "nodes": {
            ".".join(key): {
                "initial": migration.initial,
                "atomic": migration.atomic,
                "replaces": [list(replaced) for replaced in migration.replaces],
                "dependencies": [dependency_of(dependency) for dependency in migration.dependencies],
                "run_before": [list(other) for other in migration.run_before],
                "parents": sorted(list(parent.key) for parent in graph.node_map[key].parents),
                "operations": [type(operation).__name__ for operation in migration.operations],
            }
            for key, migration in sorted(graph.nodes.items())
        },
        "plan": [list(key) for key in plan],
        "roots": [list(key) for key in graph.root_nodes()],
        "leaves": [list(key) for key in graph.leaf_nodes()],
        "conflicts": {app: sorted(names) for app, names in sorted(loader.detect_conflicts().items())},
        "disk": sorted(list(key) for key in loader.disk_migrations),
        "migrated": sorted(loader.migrated_apps),
        "unmigrated": sorted(loader.unmigrated_apps),
    }


def ask_autodetect(request: Json) -> Json:
    """What makemigrations would do without asking, as texts of operations; no file is written."""
    set_up()
    from django.apps import apps
    from django.db.migrations.autodetector import MigrationAutodetector
    from django.db.migrations.loader import MigrationLoader
    from django.db.migrations.questioner import MigrationQuestioner
    from django.db.migrations.state import ProjectState

    labels = set(request["apps"]) or None
    loader: Any = MigrationLoader(None, ignore_no_migrations=True)
    questioner = MigrationQuestioner(defaults=request["answers"], specified_apps=labels, dry_run=True)
    detector = MigrationAutodetector(loader.project_state(), ProjectState.from_apps(apps), questioner)
    changes = detector.changes(graph=loader.graph, trim_to_apps=labels, convert_apps=labels)
    return [
        {
            "app_label": label,
            "name": migration.name,
            "initial": migration.initial,
            "dependencies": sorted(
                (dependency_of(dependency) for dependency in migration.dependencies),
                key=lambda found: json.dumps(found),
            ),
            "operations": [operation_of(operation) for operation in migration.operations],
        }
        for label, migrations in sorted(changes.items())
        for migration in migrations
    ]


def ask_manage(request: Json) -> Json:
    """`manage.py ARGS` with the output caught at the file descriptors."""
    from django.core.management import execute_from_command_line

    with captured() as (out, err):
        code = 0
        try:
            execute_from_command_line(["manage.py", *request["args"]])
        except SystemExit as stop:
            if stop.code is not None and not isinstance(stop.code, int):
                sys.stderr.write(f"{stop.code}\n")
            code = stop.code if isinstance(stop.code, int) else int(stop.code is not None)
        except BaseException:
            traceback.print_exc()
            code = 1
    return {"code": code, "stdout": read_back(out), "stderr": read_back(err)}


def ask_evaluate(request: Json) -> Json:
    """Run a script inside the project; what it binds to `answer` comes back."""
    set_up()
    names: dict[str, Any] = {"__name__": "__oracle__", "text_of": text_of}
    exec(compile(request["script"], "<oracle script>", "exec"), names)
    return names.get("answer")


QUESTIONS = {
    "states": ask_states,
    "graph": ask_graph,
    "autodetect": ask_autodetect,
    "manage": ask_manage,
    "evaluate": ask_evaluate,
}


# ---------------------------------------------------------------- plumbing


@contextlib.contextmanager
def captured() -> Any:
    with tempfile.TemporaryFile("w+b") as out, tempfile.TemporaryFile("w+b") as err:
        sys.stdout.flush()
        sys.stderr.flush()
        kept = os.dup(1), os.dup(2)
        os.dup2(out.fileno(), 1)
        os.dup2(err.fileno(), 2)
        copies = os.fdopen(os.dup(out.fileno()), "rb"), os.fdopen(os.dup(err.fileno()), "rb")
        try:
            yield copies
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            for old, fd in zip(kept, (1, 2), strict=True):
                os.dup2(old, fd)
                os.close(old)


def read_back(stream: IO[bytes]) -> str:
    with stream:
        stream.seek(0)
        return stream.read().decode("utf-8", "replace")


def answer(request: Json) -> Json:
    try:
        enter(request)
        with warnings.catch_warnings():
            if request["question"] != "manage":
                warnings.simplefilter("ignore")
            return {"answer": QUESTIONS[request["question"]](request)}
    except BaseException as error:
        return {"error": type(error).__name__, "message": str(error), "traceback": traceback.format_exc()}


def answer_in_child(request: Json) -> Json:
    handle, name = tempfile.mkstemp(suffix=".json")
    os.close(handle)
    path = Path(name)
    try:
        child = os.fork()
        if child == 0:
            status = 1
            try:
                signal.alarm(int(request["timeout"]))
                os.dup2(os.open(os.devnull, os.O_RDONLY), 0)  # nothing that a project asks may eat our requests
                path.write_text(json.dumps(answer(request)), encoding="utf-8")
                status = 0
            finally:
                os._exit(status)
        _, status = os.waitpid(child, 0)
        if status != 0:
            return {"error": "WorkerDied", "message": f"the child ended with wait status {status}", "traceback": ""}
        return json.loads(path.read_text(encoding="utf-8"))
    finally:
        path.unlink()


def main() -> None:
    sys.dont_write_bytecode = True
    # The protocol keeps the real standard output; whatever a project prints goes to standard error.
    replies = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    here = os.path.dirname(os.path.abspath(__file__))
    sys.path[:] = [path for path in sys.path if os.path.abspath(path or ".") != here]
    for module in PRELOAD:
        with contextlib.suppress(ImportError):
            importlib.import_module(module)
    for line in sys.stdin:
        json.dump(answer_in_child(json.loads(line)), replies)
        replies.write("\n")
        replies.flush()


if __name__ == "__main__":
    main()
