"""A disk that is full at any write: a clear refusal, nothing half written, and the same command goes on afterwards."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, event, make_url, text

from playbook.applying.undo import plan_undo
from playbook.errors import DatabaseError
from playbook.merging.plan import Plan
from tests.applying.schemas import engine_of, vendor_with
from tests.applying.vendor import NOW, Vendor, build_vendor, dump

PERSONS = 24


def pages(url: str) -> int:
    """Return how many pages a SQLite database has."""
    engine = create_engine(url)
    with engine.connect() as connection:
        count = int(connection.exec_driver_sql("PRAGMA page_count").scalar_one())
    engine.dispose()
    return count


def refused(vendor: Vendor, plan: Plan) -> DatabaseError | None:
    """Apply a plan; return how the database refused, or nothing where it did not."""
    try:
        assert vendor.apply(plan).failed == 0
    except DatabaseError as error:
        return error
    return None


def test_a_disk_that_fills_at_any_page_is_survived(sqlite_url: str) -> None:
    """The database may grow by one page, by two, … until it need not stop: each time the refusal names the remedy,
    whole groups stand or nothing does, and with room again the same command ends as if nothing had happened."""
    reference = build_vendor(sqlite_url.replace(".db", "-whole.db"), persons=PERSONS)
    reference.apply(reference.plan())
    expected, most = dump(reference.url), pages(reference.url)
    vendor = build_vendor(sqlite_url, persons=PERSONS)
    before, plan, limit = dump(sqlite_url), vendor.plan(), [0]

    def fill(connection: Any, _record: Any) -> None:
        if limit[0]:
            connection.execute(f"PRAGMA max_page_count = {limit[0]}")

    event.listen(vendor.source.engine, "connect", fill)
    limit[0], stops = pages(sqlite_url) + 1, 0
    while refusal := refused(vendor, plan):
        assert (refusal.code, refusal.exit_code) == ("no_space", 3)
        assert "Free space" in refusal.remedy
        assert {fault.where for fault in vendor.verify(plan)} == {"plan"}  # what is done is done whole
        stops, limit[0] = stops + 1, limit[0] + 1
    assert (stops > 10, limit[0] <= most) == (True, True)
    limit[0] = 0
    assert vendor.verify(plan) == ()
    assert dump(sqlite_url) == expected
    vendor.apply(plan_undo(plan, vendor.source, made_at=NOW))
    assert dump(sqlite_url) == before


NO_SPACE = {
    "postgresql": (
        "CREATE FUNCTION full_disk() RETURNS TRIGGER AS 'BEGIN IF NEW.author_id = 31 THEN"
        " RAISE EXCEPTION ''person30@school.example'' USING ERRCODE = ''53100''; END IF; RETURN NEW; END'"
        " LANGUAGE plpgsql",
        "CREATE TRIGGER full_disk BEFORE UPDATE ON notes FOR EACH ROW EXECUTE FUNCTION full_disk()",
    ),
    "mysql": (
        "CREATE TRIGGER full_disk BEFORE UPDATE ON notes FOR EACH ROW IF NEW.author_id = 31 THEN"
        " SIGNAL SQLSTATE 'HY000' SET MYSQL_ERRNO = 1021, MESSAGE_TEXT = 'person30@school.example'; END IF",
    ),
}
ROOM = {"postgresql": "DROP TRIGGER full_disk ON notes", "mysql": "DROP TRIGGER full_disk"}


@pytest.mark.parametrize("engine", ["postgres", "mariadb"])
def test_a_server_without_space_ends_the_work_where_it_is(request: pytest.FixtureRequest, engine: str) -> None:
    """No other group would fare better, so none is tried; the group that met it is rolled back whole."""
    url = request.getfixturevalue(f"{engine}_url")
    kind = engine_of(url)
    vendor: Vendor = vendor_with(url, *NO_SPACE[kind], acknowledge=("triggers",))
    before = dump(url)
    plan = vendor.plan()
    with pytest.raises(DatabaseError) as full:
        vendor.apply(plan)
    assert (full.value.code, "person30" in str(full.value)) == ("no_space", False)
    stopped = dump(url)
    assert {name: rows for name, rows in stopped.items() if name != "users"} == {
        name: rows for name, rows in before.items() if name != "users"
    }
    assert not any("'deleted'" in row or "70000" in row for row in stopped["users"])
    with vendor.source.engine.begin() as connection:
        connection.execute(text(ROOM[kind]))
    # With the trigger gone the schema is another one, so the plan is made again, as its refusal says.
    again = replace(vendor, merge=replace(vendor.merge, acknowledge=())).plan()
    assert vendor.apply(again).failed == 0
    assert vendor.verify(again) == ()


def test_a_lock_that_cannot_be_made_is_refused(sqlite_url: str) -> None:
    """Without the file that keeps a second writer away nothing is written; a planted link is not followed."""
    vendor = build_vendor(sqlite_url)
    plan, before = vendor.plan(), dump(sqlite_url, also_ours=True)
    path = Path(f"{make_url(sqlite_url).database}-playbook-lock")
    path.symlink_to(path.with_name("elsewhere"))
    with pytest.raises(DatabaseError, match="cannot be made") as refusal:
        vendor.apply(plan)
    assert (refusal.value.code, path.with_name("elsewhere").exists()) == ("no_lock_file", False)
    assert dump(sqlite_url, also_ours=True) == before
    path.unlink()
    assert vendor.apply(plan).failed == 0
