"""Accounts with more rows than one transaction may hold locked are refused by name, never half moved."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import Connection, event, text

from playbook.applying.undo import plan_undo
from tests.applying.schemas import PATIENT, comes_back
from tests.applying.vendor import NOW, Vendor, build_vendor, dump

MOST_STATEMENTS = 400
"""Statements of one transaction; the group has 1,900 rows."""


def vendor_of(url: str, rows: int, account: int) -> Vendor:
    """Return a vendor one of whose accounts has written very many notes."""
    vendor = build_vendor(url)
    notes = [{"id": 100_000 + number, "author": account} for number in range(rows)]
    with vendor.source.engine.begin() as connection:
        connection.execute(text("INSERT INTO notes VALUES (:id, :author, 10, 'x')"), notes)
    return vendor


def test_more_rows_than_one_transaction_may_hold_are_refused_by_name(database_url: str) -> None:
    """The group stays whole, its table is named, a dry run says so before; a higher limit lets it through."""
    vendor = vendor_of(database_url, 120, 30)
    plan, before = vendor.plan(), dump(database_url)
    low = replace(PATIENT, max_rows=100)
    shown = vendor.apply(plan, execute=False, pace=low)
    assert {(refusal.code, refusal.columns) for refusal in shown.refusals} == {("too_many_rows", ("notes.author_id",))}
    result = vendor.apply(plan, pace=low)
    assert result.refusals == shown.refusals
    assert {refusal.account_id for refusal in result.refusals} == {"30", "31"}
    assert [row for row in dump(database_url)["notes"] if ", 30, " in row] == [
        row for row in before["notes"] if ", 30, " in row
    ]
    assert vendor.apply(plan).failed == 0
    assert vendor.verify(plan) == ()
    assert vendor.apply(plan_undo(plan, vendor.source, made_at=NOW)).kept == []
    assert dump(database_url) == before


def test_a_survivor_with_very_many_rows_is_refused_as_well(database_url: str) -> None:
    """Where rows may collide the survivor's own are looked at and locked too, so they count."""
    vendor = build_vendor(database_url)
    more = [{"id": 100_000 + number, "section": f"s{number}"} for number in range(120)]
    with vendor.source.engine.begin() as connection:
        connection.execute(text("INSERT INTO enrolments VALUES (:id, 31, :section)"), more)
    result = vendor.apply(vendor.plan(), pace=replace(PATIENT, max_rows=100))
    assert {(r.account_id, r.code, r.columns) for r in result.refusals} == {
        ("30", "too_many_rows", ("enrolments.user_id",)),
        ("31", "too_many_rows", ("enrolments.user_id",)),
    }


def test_the_most_rows_that_a_group_may_have_take_few_statements(database_url: str) -> None:
    """Rows are locked for as many statements as a group has tables, not rows, in the apply and in the undo alike."""
    vendor = vendor_of(database_url, 1_900, 30)
    before = dump(database_url)
    count, most = [0], [0]

    def begin(_connection: Connection) -> None:
        count[0] = 0

    def step(_c: object, _k: object, _s: str, _p: object, _x: object, _many: bool) -> None:
        count[0] += 1
        most[0] = max(most[0], count[0])

    event.listen(vendor.source.engine, "begin", begin)
    event.listen(vendor.source.engine, "before_cursor_execute", step)
    comes_back(vendor, vendor.plan(), before)
    assert 0 < most[0] < MOST_STATEMENTS
