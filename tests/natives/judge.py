"""Runs under a Python that has Django: the writer's text for every value that a file of cases binds.

python judge.py FILE...     prints {file: {name: text}} as JSON; what Django refuses is "!! ErrorClass"
"""

from __future__ import annotations

import importlib.util
import json
import os
import sys
import types
import warnings
from pathlib import Path

warnings.simplefilter("ignore")


def main(files: list[str]) -> None:
    import django
    from django.conf import settings

    sys.path.insert(0, str(Path(files[0]).parent))
    apps = ["django.contrib.contenttypes", "django.contrib.auth"]
    if packages := os.environ.get("MIGRATION_GUARD_PACKAGES"):
        sys.path.append(packages)
        apps += ["easy_thumbnails", "taggit"]
    settings.configure(USE_TZ=True, USE_I18N=False, INSTALLED_APPS=apps)
    django.setup()
    print(json.dumps({file: texts(file) for file in files}))


def texts(file: str) -> dict[str, str]:
    from django.db.migrations.writer import MigrationWriter

    name = Path(file).stem
    spec = importlib.util.spec_from_file_location(name, file)
    assert spec is not None and spec.loader is not None
    module = sys.modules[name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    found = {}
    for key, value in vars(module).items():
        if key.startswith("_") or isinstance(value, (type, types.ModuleType, types.FunctionType)) or not key.islower():
            continue
        if type(value).__module__ == "__future__":
            continue
        try:
            found[key] = MigrationWriter.serialize(value)[0]
        except Exception as error:
            found[key] = f"!! {type(error).__name__}"
    return found


if __name__ == "__main__":
    main(sys.argv[1:])
