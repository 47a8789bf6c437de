"""SQL run on databases, and what it leaves there: the schema as text, for comparison.

In: a server (or SQLite) and an empty database. Out: `Place`: runs previews as they are printed, and dumps tables,
columns, types, defaults, constraints, indexes, sequences and comments.
"""

from __future__ import annotations

import os
import re
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from sql.servers import Server, server

from migration_guard.previewing import Preview

LEDGER = "django_migrations"
"""Django's own record of what it has applied, which no SQL of a migration makes."""


class Place(Protocol):
    """An empty database."""

    name: str

    @property
    def settings(self) -> dict[str, Any]: ...

    def run(self, preview: Preview) -> None: ...

    def dump(self) -> str: ...


def statements(preview: Preview) -> Iterator[str]:
    return (item.text for item in preview.statements if not item.comment)


@dataclass
class PostgreSQLPlace:
    server: Server
    database: str
    name: str = "postgresql"

    @property
    def settings(self) -> dict[str, Any]:
        where = {"NAME": self.database, "USER": self.server.user, "HOST": self.server.socket}
        return {"ENGINE": "django.db.backends.postgresql", **where}

    def run(self, preview: Preview) -> None:
        with self.server.connect(self.database) as connection:
            if preview.transaction:
                with connection.transaction():
                    for statement in statements(preview):
                        connection.execute(statement)
            else:
                for statement in statements(preview):
                    connection.execute(statement)

    def dump(self) -> str:
        assert self.server.bin is not None
        command = [
            *(str(self.server.bin / "pg_dump"), "--schema-only", "--no-owner", "--no-privileges"),
            *("-h", self.server.socket, "-U", self.server.user, "-T", f"{LEDGER}*", self.database),
        ]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        lines = (line.rstrip() for line in done.stdout.splitlines())
        noise = ("--", "SET ", "SELECT pg_catalog", "\\", "CREATE EXTENSION", "COMMENT ON EXTENSION")
        return "\n".join(line for line in lines if line and not line.startswith(noise))


@dataclass
class MariaDBPlace:
    server: Server
    database: str
    name: str = "mariadb"

    @property
    def settings(self) -> dict[str, Any]:
        where = {"NAME": self.database, "USER": self.server.user, "HOST": self.server.socket}
        return {"ENGINE": "django.db.backends.mysql", **where}

    def run(self, preview: Preview) -> None:
        with self.server.connect(self.database) as connection, connection.cursor() as cursor:
            for statement in statements(preview):
                cursor.execute(statement)

    def dump(self) -> str:
        with self.server.connect(self.database) as connection, connection.cursor() as cursor:
            cursor.execute("SHOW TABLES")
            names = sorted(name for (name,) in cursor.fetchall() if name != LEDGER)
            texts = []
            for name in names:
                cursor.execute(f"SHOW CREATE TABLE `{name}`")
                texts.append(re.sub(r" AUTO_INCREMENT=\d+", "", cursor.fetchone()[1]))
            return "\n".join(texts)


@dataclass
class SQLitePlace:
    file: Path
    name: str = "sqlite"

    @property
    def settings(self) -> dict[str, Any]:
        return {"ENGINE": "django.db.backends.sqlite3", "NAME": str(self.file)}

    def run(self, preview: Preview) -> None:
        connection = sqlite3.connect(self.file, isolation_level=None)
        connection.create_function("JSON_VALID", 1, lambda value: True)
        connection.execute("PRAGMA foreign_keys = OFF")
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("BEGIN")
        for statement in statements(preview):
            connection.execute(statement)
        connection.execute("COMMIT")
        connection.close()

    def dump(self) -> str:
        with sqlite3.connect(self.file) as connection:
            rows = connection.execute("SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY 1, 2").fetchall()
        left_out = {LEDGER, "sqlite_sequence"}
        text = "\n".join(f"{kind} {name} {sql}" for kind, name, table, sql in rows if table not in left_out)
        # Django goes through a set of these words.
        return re.sub(r"IN \('(?:true|false|null)'(?:,'(?:true|false|null)'){2}\)", "IN (words)", text)


@contextmanager
def place(kind: str, name: str, folder: Path) -> Iterator[Place]:
    """An empty database of a kind."""
    if kind == "sqlite":
        file = folder / f"{name}.sqlite3"
        yield SQLitePlace(file)
        return
    running = server(kind)
    name = f"{name}_{os.getpid()}"
    with running.database(name):
        yield PostgreSQLPlace(running, name) if kind == "postgresql" else MariaDBPlace(running, name)
