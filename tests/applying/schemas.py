"""The vendor with more in its schema, and the one thing that every schema must stand: there and back."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from sqlalchemy import make_url, text

from playbook.accounts.source import DatabaseSource, open_source
from playbook.applying.pace import Pace
from playbook.applying.undo import plan_undo
from playbook.district import Accounts, Reference
from playbook.merging.plan import Plan
from tests.applying.vendor import NOW, Vendor, build_vendor, dump

PATIENT = Pace(max_failed_share=1.0, on_drift="skip")
"""Goes on whatever is refused."""


def vendor_with(
    url: str,
    *statements: str,
    accounts: dict[str, Any] | None = None,
    persons: int = 6,
    layout: str = "users",
    **merge: Any,
) -> Vendor:
    """Build the vendor, change its schema, and open it again with more in its district file."""
    vendor = build_vendor(url, persons=persons, layout=layout)
    with vendor.source.engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement))
    conf: Accounts = replace(vendor.source.accounts, **(accounts or {}))
    source = open_source(conf, url, base=Path("/"))
    assert isinstance(source, DatabaseSource)
    return replace(vendor, source=source, merge=replace(vendor.merge, **merge))


def goes_there_and_back(vendor: Vendor) -> dict[str, list[str]]:
    """Apply, verify and undo: all clean, and the database as it was; return what it was in between."""
    before = dump(vendor.url)
    plan = vendor.plan()
    return comes_back(vendor, plan, before)


def comes_back(vendor: Vendor, plan: Plan, before: dict[str, list[str]]) -> dict[str, list[str]]:
    """Apply a plan, verify and undo it, and return what the database was in between."""
    assert vendor.apply(plan, pace=PATIENT).refusals == []
    assert vendor.verify(plan) == ()
    between = dump(vendor.url)
    undone = vendor.apply(plan_undo(plan, vendor.source, made_at=NOW))
    assert (undone.refusals, undone.kept) == ([], [])
    after = dump(vendor.url)
    assert {name: rows for name, rows in after.items() if rows != before[name]} == {
        name: rows for name, rows in before.items() if rows != after[name]
    }
    return between


def references(*columns: str, where: str = "") -> dict[str, Any]:
    """Return what the district file declares beside the vendor's own references."""
    named = [Reference(table="grades", column="graded_by")]
    named += [Reference(table=c.partition(".")[0], column=c.partition(".")[2], where=where) for c in columns]
    return {"reference": tuple(named)}


def engine_of(url: str) -> str:
    """Return the engine's name, as SQLAlchemy has it."""
    return make_url(url).get_backend_name()
