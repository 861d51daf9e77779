"""When the connection dies, the journal and not a guess says what had happened."""

from __future__ import annotations

import os
import socket
import time
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, event, make_url, text

from playbook.applying import session
from playbook.applying.pace import Pace
from playbook.applying.session import writing
from tests.applying.lines import through_a_line
from tests.applying.vendor import DISTRICT, build_vendor, dump


@pytest.mark.parametrize("engine", ["postgres", "mariadb"])
def test_a_lost_answer_to_a_commit_is_looked_up(request: pytest.FixtureRequest, engine: str) -> None:
    """The server commits and the connection dies before it says so: nothing happens twice, nothing is left out."""
    new_database = request.getfixturevalue("new_database")
    reference = build_vendor(new_database(engine), persons=9)
    reference.apply(reference.plan())
    expected = dump(reference.url)
    for cut in (4, 6, 8):
        vendor = build_vendor(new_database(engine), persons=9)
        plan, commits = vendor.plan(), [0]

        def lose(connection: Any, commits: list[int] = commits, cut: int = cut, url: str = vendor.url) -> None:
            commits[0] += 1
            if commits[0] == cut:
                connection.connection.driver_connection.commit()
                _kill_session(url, connection)

        event.listen(vendor.source.engine, "commit", lose)
        result = vendor.apply(plan, pace=Pace(sleep=lambda _: None))
        assert commits[0] > cut
        assert (result.failed, result.already + result.done) == (0, result.total)
        assert vendor.verify(plan) == ()
        assert dump(vendor.url) == expected
        vendor.source.engine.dispose()


def _kill_session(url: str, connection: Any) -> None:
    """End a session from outside, as an administrator or a failing network would."""
    is_postgres = make_url(url).get_backend_name() == "postgresql"
    mine = connection.connection.cursor()
    mine.execute("SELECT pg_backend_pid()" if is_postgres else "SELECT CONNECTION_ID()")
    number = mine.fetchone()[0]
    mine.close()
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as other:
        other.execute(text(f"SELECT pg_terminate_backend({number})" if is_postgres else f"KILL {number}"))
    engine.dispose()


@pytest.mark.parametrize("engine", ["postgres", "mariadb"])
def test_both_ends_are_told_to_notice_silence(request: pytest.FixtureRequest, engine: str) -> None:
    """Our end of a TCP connection asks after ten seconds of silence; MySQL's lets go after sixty."""
    direct, names = build_vendor(request.getfixturevalue(f"{engine}_url"), persons=3), ("TCP_KEEPIDLE", "TCP_KEEPINTVL")
    with (
        through_a_line(direct) as (vendor, _),
        writing(vendor.source.engine, vendor.source.accounts, district_id=DISTRICT, execute=True) as held,
    ):
        raw = held.connection.connection.driver_connection
        with socket.socket(fileno=os.dup(raw.fileno() if engine == "postgres" else raw._sock.fileno())) as ours:
            assert [ours.getsockopt(socket.IPPROTO_TCP, getattr(socket, name)) for name in names] == [10, 5]
        if engine == "mariadb":  # PostgreSQL says nothing of it here, where its own end is a file
            assert held.connection.scalar(text("SELECT @@SESSION.wait_timeout")) == 60


def test_a_pause_is_no_silence(mariadb_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """While it waits it says something now and then: the server does not take it for lost, the lock stays."""
    monkeypatch.setitem(session._TIMEOUTS, "mariadb", ("SET SESSION wait_timeout = 1",))
    vendor, pause, waits, connections = build_vendor(mariadb_url), tmp_path / "pause", [0], [0]
    plan = vendor.plan()
    pause.touch()

    def wait(_seconds: float) -> None:
        waits[0] += 1
        time.sleep(0.4)  # the server's own clock
        if waits[0] == 6:
            pause.unlink()

    event.listen(vendor.source.engine, "connect", lambda *_: connections.__setitem__(0, connections[0] + 1))
    assert vendor.apply(plan, pace=Pace(sleep=wait, pause_file=pause)).failed == 0
    assert (waits[0], connections[0]) == (6, 3)
