"""A real PostgreSQL server, started for the tests and stopped after them."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import pytest

ROLE, PASSWORD = "lecture_seule", "mot-de-passe:tres/secret@42"


@dataclass(frozen=True)
class Server:
    """A server on the loopback: its owner is trusted, its reader gives a password."""

    port: int

    def address(self, database: str = "achats", role: str = ROLE, password: str = PASSWORD, schema: str = "") -> str:
        path = f"?options=-csearch_path%3D{schema}" if schema else ""
        return f"postgresql://{role}:{quote(password, safe='')}@127.0.0.1:{self.port}/{database}{path}"

    def run(self, *statements: str, database: str = "achats") -> None:
        """Executes as owner."""
        import psycopg

        with closing(psycopg.connect(self.address(database, "owner"), autocommit=True)) as connection:
            for statement in statements:
                connection.execute(statement.encode())


def _binaries() -> Path:
    """Where Debian keeps the server's commands, which are on no PATH; the newest version."""
    if found := shutil.which("pg_ctl"):
        return Path(found).parent
    places = sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_ctl"), key=lambda path: float(path.parts[-3]))
    if not places:
        pytest.skip("no PostgreSQL server to start: apt-get install postgresql")
    return places[-1].parent


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """One for each worker: own data folder, own port, nothing durable."""
    pytest.importorskip("psycopg", reason="pip install 'spaser-analysis[database]'")
    binaries = _binaries()
    account = "postgres" if os.geteuid() == 0 else None  # the server refuses to run as root
    folder = Path(tempfile.mkdtemp(prefix="spaser-pg-"))
    data = str(folder / "data")

    def command(name: str, *arguments: str) -> int:
        with (folder / "log").open("ab") as log:
            return subprocess.run(
                [binaries / name, *arguments], cwd=folder, user=account, stdout=log, stderr=log, check=False
            ).returncode

    try:
        if account:
            shutil.chown(folder, account)
        assert command("initdb", "-D", data, "-U", "owner", "-E", "UTF8", "--locale=C", "-N") == 0, folder
        (folder / "data" / "pg_hba.conf").write_text("host all owner all trust\nhost all all all scram-sha-256\n")
        for _ in range(5):  # another process may take the port first
            port = _free_port()
            options = f"-F -c listen_addresses=127.0.0.1 -c port={port} -c unix_socket_directories='' -c log_min_messages=fatal"
            if command("pg_ctl", "-D", data, "-w", "-o", options, "start") == 0:
                break
        else:
            pytest.fail((folder / "log").read_text())
        started = Server(port)
        started.run("CREATE DATABASE achats", database="postgres")
        started.run(f"CREATE ROLE {ROLE} LOGIN PASSWORD '{PASSWORD}'")
        yield started
    finally:
        command("pg_ctl", "-D", data, "-m", "immediate", "stop")
        shutil.rmtree(folder)
