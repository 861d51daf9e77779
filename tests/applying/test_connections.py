"""When the connection dies, the journal and not a guess says what had happened."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import create_engine, event, make_url, text

from playbook.applying.pace import Pace
from tests.applying.vendor import build_vendor, dump


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
