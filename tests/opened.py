"""Opens a small project written in a test: settings and apps with the real finder, store and interpreter."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from migration_guard.config import Config
from migration_guard.evaluate.interpreter import Interpreter
from migration_guard.project.apps import InstalledApps, installed_apps
from migration_guard.project.discovery import Root, project_at
from migration_guard.project.environs import environment_modules
from migration_guard.project.metadata import metadata_modules
from migration_guard.project.natives.catalogue import django_modules
from migration_guard.project.settings import Settings
from migration_guard.project.settings_module import SettingsModule
from migration_guard.source.environment import Environment
from migration_guard.source.finder import Finder
from migration_guard.source.ir import Body
from migration_guard.source.store import Store
from migration_guard.versions import Version


def write(folder: Path, files: Mapping[str, str]) -> None:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


@dataclass
class Opened:
    root: Root
    interpreter: Interpreter
    settings: Settings

    @property
    def apps(self) -> InstalledApps:
        return installed_apps(self.interpreter, self.settings, self.root)


def open_project(
    folder: Path,
    files: Mapping[str, str],
    *,
    module: str | None = "proj.settings",
    configuration: str | None = None,
    config: Config | None = None,
    version: Version = (5, 2),
    environment: Environment | None = None,
) -> Opened:
    write(folder, files)
    (root,) = project_at(folder)
    store = Store(None)

    def load(path: Path, first_party: bool) -> Body:
        body: Body = store.load(path).ir["body"]
        return body

    config = config or Config()
    natives = {**django_modules(version), **environment_modules(), **metadata_modules(environment)}
    interpreter = Interpreter(
        Finder(root.source_roots, environment),
        load,
        version,
        has_environment=environment is not None,
        natives=natives,
        values=config.values,
    )
    chosen = SettingsModule(module, configuration) if module else None
    settings = Settings(interpreter, version, chosen, config)
    interpreter.settings = settings.get
    return Opened(root, interpreter, settings)
