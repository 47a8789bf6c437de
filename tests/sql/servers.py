"""Real database servers for tests: PostgreSQL and MariaDB, started from the machine's binaries in a temporary folder.

In: nothing. Out: a `Server` per kind, started when first asked for and stopped when the test process ends. They listen
on a Unix socket alone, know no passwords, and never sync to disk. Where a binary is absent, the test is skipped
(loudly), or fails if the environment variable MIGRATION_GUARD_SERVERS names the server.
"""

from __future__ import annotations

import atexit
import getpass
import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest

START_TIMEOUT = 60
POSTGRESQL_FOLDERS = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: -int(path.parent.name))


class Absent(Exception):
    """A server that cannot be started here."""


@dataclass(frozen=True, slots=True)
class Server:
    """A running server."""

    name: str
    socket: str
    version: str
    bin: Path | None = None
    user: str = ""

    def connect(self, database: str = "", *, autocommit: bool = True) -> Any:
        if self.name == "postgresql":
            import psycopg

            name = database or "postgres"
            return psycopg.connect(host=self.socket, user=self.user, dbname=name, autocommit=autocommit)
        import pymysql  # type: ignore[import-untyped]

        return pymysql.connect(
            unix_socket=self.socket, user=self.user, database=database or None, autocommit=autocommit, charset="utf8mb4"
        )

    @contextmanager
    def database(self, name: str) -> Iterator[str]:
        """An empty database, dropped at the end."""
        quoted = f'"{name}"' if self.name == "postgresql" else f"`{name}`"
        forced = " WITH (FORCE)" if self.name == "postgresql" else ""
        with self.connect() as connection, connection.cursor() as cursor:
            cursor.execute(f"DROP DATABASE IF EXISTS {quoted}{forced}")
            cursor.execute(f"CREATE DATABASE {quoted}")
        try:
            yield name
        finally:
            with self.connect() as connection, connection.cursor() as cursor:
                cursor.execute(f"DROP DATABASE IF EXISTS {quoted}{forced}")


def server(name: str) -> Server:
    """The server of that name; the test is skipped where there is none, or fails where it must be there."""
    try:
        return _started(name)
    except Absent as reason:
        if name in os.environ.get("MIGRATION_GUARD_SERVERS", "").split():
            pytest.fail(f"MIGRATION_GUARD_SERVERS names {name}, and {reason}")
        pytest.skip(f"NO {name.upper()} SERVER: {reason}")


@cache
def _started(name: str) -> Server:
    return {"postgresql": _postgresql, "mariadb": _mariadb}[name]()


def _account(wanted: str) -> str:
    """Servers refuse to run as root: then another account does."""
    if os.getuid() != 0:
        return getpass.getuser()
    for name in (wanted, "nobody"):
        try:
            return pwd.getpwnam(name).pw_name
        except KeyError:
            continue
    raise Absent("there is no account for it to run as")


def _folder(kind: str, account: str) -> Path:
    # In memory where there is such a place.
    shared = Path("/dev/shm")
    where = shared if shared.is_dir() and os.access(shared, os.W_OK) else None
    folder = Path(tempfile.mkdtemp(prefix=f"mg-{kind}-", dir=where))
    folder.chmod(0o755)
    if os.getuid() == 0:
        shutil.chown(folder, account)
    return folder


def _run(command: list[str], account: str, folder: Path) -> None:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=START_TIMEOUT, **_as(account))
    if done.returncode != 0:
        raise Absent(f"{command[0]} failed: {done.stderr[-500:]}")


def _as(account: str) -> dict[str, Any]:
    if os.getuid() != 0:
        return {}
    return {"user": account, "group": pwd.getpwnam(account).pw_gid, "extra_groups": ()}


def _begin(command: list[str], account: str, folder: Path, stop: int) -> None:
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(
            command,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            **_as(account),
        )

    def end() -> None:
        process.send_signal(stop)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
        shutil.rmtree(folder, ignore_errors=True)

    atexit.register(end)


def _wait(made: Server, version: Callable[[Any], str]) -> Server:
    end = time.monotonic() + START_TIMEOUT
    while True:
        try:
            with made.connect() as connection, connection.cursor() as cursor:
                return Server(made.name, made.socket, version(cursor), made.bin, made.user)
        except Exception as error:
            if time.monotonic() > end:
                raise Absent(f"the server did not start: {error}") from error
            time.sleep(0.05)


def _postgresql() -> Server:
    found = shutil.which("postgres")
    bin_ = Path(found).resolve().parent if found else next(iter(POSTGRESQL_FOLDERS), None)
    if bin_ is None:
        raise Absent("no PostgreSQL is installed")
    pytest.importorskip("psycopg")
    account = _account("postgres")
    folder = _folder("postgresql", account)
    data = folder / "data"
    _run(
        [str(bin_ / "initdb"), "-D", str(data), "-A", "trust", "-U", "postgres", "-E", "UTF8", "--locale=C", "-N"],
        account,
        folder,
    )
    settings = ("fsync=off", "full_page_writes=off", "synchronous_commit=off", "shared_buffers=16MB", "autovacuum=off")
    options = [word for setting in settings for word in ("-c", setting)]
    command = [str(bin_ / "postgres"), "-D", str(data), "-k", str(folder), "-c", "listen_addresses=", *options]
    _begin(command, account, folder, stop=2)
    return _wait(Server("postgresql", str(folder), "", bin_, "postgres"), _postgresql_version)


def _postgresql_version(cursor: Any) -> str:
    cursor.execute("SHOW server_version_num")
    number = int(cursor.fetchone()[0])
    return f"{number // 10000}"


def _mariadb() -> Server:
    found, install = shutil.which("mariadbd"), shutil.which("mariadb-install-db")
    if found is None or install is None:
        raise Absent("no MariaDB is installed")
    pytest.importorskip("pymysql")
    account = _account("mysql")
    folder = _folder("mariadb", account)
    data, socket = folder / "data", folder / "socket"
    _run(
        [
            *(install, "--no-defaults", f"--datadir={data}", "--auth-root-authentication-method=normal"),
            *(
                "--skip-test-db",
                "--skip-name-resolve",
                "--innodb-log-file-size=4M",
                "--innodb-flush-log-at-trx-commit=0",
            ),
        ],
        account,
        folder,
    )
    command = [
        *(found, "--no-defaults", f"--datadir={data}", f"--socket={socket}", "--skip-networking"),
        *(f"--pid-file={folder / 'pid'}", "--innodb-flush-log-at-trx-commit=0", "--innodb-buffer-pool-size=32M"),
        *(
            "--character-set-server=utf8mb4",
            "--skip-log-bin",
            "--innodb-log-file-size=4M",
            "--performance-schema=off",
            "--innodb-flush-method=nosync",
            "--skip-innodb-doublewrite",
        ),
    ]
    _begin(command, account, folder, stop=15)
    return _wait(Server("mariadb", str(socket), "", None, "root"), _mariadb_version)


def _mariadb_version(cursor: Any) -> str:
    cursor.execute("SELECT VERSION()")
    return str(cursor.fetchone()[0]).partition("-")[0]
