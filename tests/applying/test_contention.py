"""The application goes on meanwhile: locks, deadlocks and lost races are waited for shortly, tried again, never won.

SQLite has one writer at a time, so there the only race is for the whole database.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import Connection, Engine, create_engine, event, text

from playbook.applying.pace import Pace, Progress
from playbook.errors import DatabaseError
from playbook.merging.plan import Plan
from tests.applying.schemas import engine_of, vendor_with
from tests.applying.vendor import Vendor, build_vendor, dump

LOSSES = 200
COLUMN = "ALTER TABLE users ADD COLUMN clever_v3_id VARCHAR(24)"
LONGEST_WAIT = 1.5
"""Seconds: a lock is waited for one second, and the machine may be slow."""


@pytest.fixture(params=["postgres", "mariadb"])
def server_url(request: pytest.FixtureRequest) -> str:
    """A fresh database on each of the two servers in turn."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@contextmanager
def application(url: str, *statements: str) -> Iterator[Connection]:
    """An application's own connection that has done this much of a transaction."""
    engine = create_engine(url)
    with engine.connect() as connection:
        for statement in statements:
            connection.execute(text(statement))
        yield connection
        connection.rollback()
    engine.dispose()


class rollbacks:
    """Counts the transactions that are rolled back while the block runs, and the seconds that the longest took."""

    def __init__(self, engine: Engine) -> None:
        self.engine, self.count, self.longest, self._began = engine, 0, 0.0, 0.0

    def __enter__(self) -> rollbacks:
        event.listen(self.engine, "begin", self._begin)
        event.listen(self.engine, "rollback", self._end)
        return self

    def __exit__(self, *_: object) -> None:
        event.remove(self.engine, "begin", self._begin)
        event.remove(self.engine, "rollback", self._end)

    def _begin(self, _connection: object) -> None:
        self._began = time.monotonic()

    def _end(self, _connection: object) -> None:
        self.count, self.longest = self.count + 1, max(self.longest, time.monotonic() - self._began)


def test_a_row_that_the_application_holds_is_waited_for_one_second(server_url: str) -> None:
    """The group is tried again, then refused by name; all others are done, and the same command does the rest."""
    vendor = vendor_with(server_url, COLUMN, persons=9)
    plan, waits = vendor.plan(), list[float]()
    with (
        application(server_url, "UPDATE users SET score = 1 WHERE id = 31"),
        rollbacks(vendor.source.engine) as lost,
    ):
        result = vendor.apply(plan, pace=Pace(tries=2, max_failed_share=1.0, sleep=waits.append))
    assert {(refusal.account_id, refusal.code) for refusal in result.refusals} == {
        ("30", "lock_timeout"),
        ("31", "lock_timeout"),
    }
    assert (result.done, len(waits)) == (result.total - 2, 1)
    assert 0.5 < lost.longest < LONGEST_WAIT
    assert vendor.apply(plan).failed == 0
    assert vendor.verify(plan) == ()


def test_a_database_that_the_application_holds_ends_the_work(sqlite_url: str) -> None:
    """Nobody else can write to a SQLite file meanwhile; the refusal says so, and nothing is half done."""
    vendor = build_vendor(sqlite_url)
    plan, before = vendor.plan(), dump(sqlite_url)
    with application(sqlite_url, "BEGIN IMMEDIATE"), pytest.raises(DatabaseError) as held:
        vendor.apply(plan, pace=Pace(tries=2, sleep=lambda _: None))
    assert held.value.code == "lock_timeout"
    assert dump(sqlite_url) == before
    assert vendor.apply(plan).failed == 0


def longest_wait(url: str) -> float:
    """Return how many seconds an application waited at most for rows of its own while a group waited for another's."""
    vendor = vendor_with(url, COLUMN, persons=9)
    plan, slowest, stop = vendor.plan(), [0.0], threading.Event()

    def work() -> None:
        with application(url) as connection:
            for number in range(90_000, 99_000):
                began = time.monotonic()
                connection.execute(text(f"INSERT INTO grades VALUES ({number}, 10, 40, 1)"))
                connection.execute(text(f"UPDATE notes SET body = 'n{number}' WHERE id = 400"))
                connection.execute(text(f"INSERT INTO enrolments VALUES ({number}, 50, 's{number}')"))
                connection.commit()
                slowest[0] = max(slowest[0], time.monotonic() - began)
                if stop.wait(0.002):
                    return

    with application(url, "UPDATE notes SET body = 'held' WHERE author_id = 90"):
        worker = threading.Thread(target=work)
        worker.start()
        result = vendor.apply(plan, pace=Pace(tries=1, max_failed_share=1.0))
        stop.set()
        worker.join()
    assert {refusal.code for refusal in result.refusals} == {"lock_timeout"}
    return slowest[0]


@pytest.mark.parametrize("engine", ["postgres", "mariadb"])
def test_the_application_waits_for_nobody_while_we_wait(request: pytest.FixtureRequest, engine: str) -> None:
    """A group that waits a second for a row keeps nobody from writing other people's rows in the same tables.

    A machine that is busy may be late once; one that is kept waiting is late each time.
    """
    new_database = request.getfixturevalue("new_database")

    assert any(longest_wait(new_database(engine)) < 0.5 for _ in range(4))


FORCED = {
    "postgresql": (
        "CREATE SEQUENCE tries",
        "CREATE FUNCTION lose() RETURNS TRIGGER AS 'BEGIN IF NEW.status = OLD.status AND nextval(''tries'') % 4 <> 0"
        " THEN RAISE EXCEPTION ''lost'' USING ERRCODE = ''{0}''; END IF; RETURN NEW; END' LANGUAGE plpgsql",
        "CREATE TRIGGER lose BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION lose()",
    ),
    "mysql": (
        "CREATE TABLE tries (n INTEGER) ENGINE = MyISAM",
        "INSERT INTO tries VALUES (0)",
        "CREATE TRIGGER lose BEFORE UPDATE ON users FOR EACH ROW IF NEW.status = OLD.status THEN"
        " UPDATE tries SET n = n + 1; IF (SELECT n % 4 FROM tries) <> 0 THEN"
        " SIGNAL SQLSTATE 'HY000' SET MYSQL_ERRNO = {0}, MESSAGE_TEXT = 'lost'; END IF; END IF",
    ),
}


@pytest.mark.parametrize(("engine", "code"), [("postgres", "40001"), ("mariadb", "1213"), ("mariadb", "1205")])
def test_a_lost_race_is_run_again_as_a_whole(request: pytest.FixtureRequest, engine: str, code: str) -> None:
    """Every transaction loses three times before it is let through: over 200 losses, and not one row is wrong."""
    new_database = request.getfixturevalue("new_database")
    reference = build_vendor(new_database(engine), persons=72)
    reference.apply(reference.plan())
    url = new_database(engine)
    statements = [statement.format(code) for statement in FORCED[engine_of(url)]]
    vendor: Vendor = vendor_with(url, *statements, persons=72, acknowledge=("triggers",))
    plan = vendor.plan()
    with rollbacks(vendor.source.engine) as lost:
        result = vendor.apply(plan, pace=Pace(sleep=lambda _: None))
    assert (result.failed, lost.count > LOSSES) == (0, True)
    assert vendor.verify(plan) == ()
    found = dump(url)
    assert {table: rows for table, rows in found.items() if table != "tries"} == dump(reference.url)


class Headlong:
    """Lets the application meet every group head on, once: it holds a child row and asks for the account."""

    def __init__(self, vendor: Vendor, plan: Plan) -> None:
        self.vendor, self.now, self.met = vendor, 0, set[int]()
        moves = plan.rows[plan.rows["kind"] == "move"]
        self.groups = [(row.account_id, row.survivor_id) for row in moves.drop_duplicates("group").itertuples()]
        self.holding: Connection | None = None
        self.asking = threading.Thread()

    def __enter__(self) -> Headlong:
        self.engine = create_engine(self.vendor.url)
        if self.engine.dialect.name == "postgresql":  # whoever looks first gives way
            event.listen(self.engine, "connect", lambda made, _: made.execute("SET deadlock_timeout = '9s'"))
        event.listen(self.vendor.source.engine, "before_cursor_execute", self._meet)
        event.listen(self.vendor.source.engine, "begin", self._wait)
        return self

    def __exit__(self, *_: object) -> None:
        event.remove(self.vendor.source.engine, "before_cursor_execute", self._meet)
        event.remove(self.vendor.source.engine, "begin", self._wait)
        self.engine.dispose()

    def go_on(self, _progress: Progress) -> None:
        """Turn to the next group."""
        self.now += 1

    def _wait(self, _connection: object) -> None:
        if self.asking.ident:
            self.asking.join()

    def _meet(self, _connection: object, _cursor: object, statement: str, *_: object) -> None:
        if self.now in self.met or self.now >= len(self.groups) or not statement.endswith("FOR UPDATE"):
            return
        loser, survivor = self.groups[self.now]
        if self.holding is None:
            self.holding = self.engine.connect()
            self.holding.execute(text("UPDATE ballast SET n = n + 1"))  # MariaDB lets the lighter one give way
            self.holding.execute(text(f"UPDATE notes SET body = body WHERE author_id = {loser}"))
        elif "FROM notes" in statement:
            self.asking = threading.Thread(target=self._ask, args=(self.holding, survivor))
            self.holding = None
            self.met.add(self.now)
            self.asking.start()
            time.sleep(0.005)  # until it waits for us: that moment is what is being tested

    def _ask(self, holding: Connection, survivor: str) -> None:
        with holding:
            holding.execute(text(f"UPDATE users SET score = score WHERE id = {survivor}"))
            holding.commit()


def test_a_deadlock_with_the_application_is_run_again(server_url: str) -> None:
    """The application holds a child row and asks for the account that we hold: we give way 100 times, nothing is
    wrong, and the application never has to."""
    people = 3 * LOSSES // 2  # every third has several accounts, and there are two servers
    vendor = vendor_with(server_url, "CREATE TABLE ballast (id INTEGER PRIMARY KEY, n INTEGER)", persons=people)
    with vendor.source.engine.begin() as connection:
        connection.execute(text("INSERT INTO ballast VALUES (:id, 0)"), [{"id": number} for number in range(100)])
        if engine_of(server_url) == "postgresql":  # which by default looks for deadlocks when our wait is over
            name = connection.scalar(text("SELECT current_database()"))
            connection.execute(text(f"ALTER DATABASE {name} SET deadlock_timeout = '10ms'"))
    plan = vendor.plan()
    with Headlong(vendor, plan) as application, rollbacks(vendor.source.engine) as lost:
        result = vendor.apply(plan, pace=Pace(sleep=lambda _: None), progress=application.go_on)
    assert (result.failed, len(application.met)) == (0, LOSSES // 2)
    assert lost.count >= LOSSES // 2
    assert vendor.verify(plan) == ()
