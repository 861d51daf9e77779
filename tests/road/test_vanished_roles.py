"""A role that ended between two fetches: the preview after the second one shows what its login loses, and why."""

from __future__ import annotations

from collections.abc import Callable

from playbook import road
from playbook.accounts.table import ACCOUNTS
from playbook.permissions.table import CHANGES, FORMER_ROLES, VANISHES
from playbook.road.fetch import fetch
from playbook.road.former_roles import SEEN
from playbook.sandbox.district import make_district
from playbook.sandbox.later import LaterDistrict, Turn
from playbook.sandbox.server import running_sandbox
from playbook.tables import read_parquet, records
from tests.road.conftest import Rehearsal


def move_to(rehearsal: Rehearsal, base_url: str) -> None:
    """Let the district answer at another address."""
    lines = rehearsal.file.read_text().splitlines()
    rehearsal.edit(next(line for line in lines if line.startswith("base_url")), f'base_url = "{base_url}"')


def test_only_what_is_gone_is_remembered_and_not_for_ever(rehearse: Callable[..., Rehearsal]) -> None:
    """Ids, roles and schools of what Clever no longer shows, nothing else of anybody; what is too old is forgotten."""
    rehearsal = rehearse()
    seen = rehearsal.directory / "run" / SEEN
    for _ in range(2):
        fetch(rehearsal.open())
        assert not seen.exists()
    with running_sandbox(day=1) as running:
        move_to(rehearsal, running.base_url)
        for _ in range(2):
            fetch(rehearsal.open())
            remembered = read_parquet(seen, FORMER_ROLES)
            assert list(remembered.columns) == list(FORMER_ROLES.columns)
            assert 0 < len(remembered) < 30
        (rehearsal.directory / "run" / "snapshot" / "roles.parquet").write_bytes(b"damaged")
        fetch(rehearsal.open())
        assert read_parquet(seen, FORMER_ROLES).equals(remembered)
        rehearsal.environ["PLAYBOOK_CLOCK"] = "2026-12-24T06:00:00+00:00"
        fetch(rehearsal.open())
    assert not seen.exists()


def test_a_role_that_ended_is_a_loss_with_a_reason(rehearse: Callable[..., Rehearsal]) -> None:
    """On the day after, the login of the ended role loses what it gave, at the places of the day before; the page and
    the account's story say why."""
    rehearsal = rehearse()
    fetch(rehearsal.open())
    with running_sandbox(day=1) as running:
        move_to(rehearsal, running.base_url)
        done = rehearsal.walk("02", "05")["05"]
    index = next(index for index, (_, turn) in LaterDistrict(1, 1200, 1).turns.items() if turn is Turn.ROLE_REMOVED)
    (ended,) = {role.v2_id: role for role in make_district().person(index).roles if role.role == "staff"}.values()
    accounts = read_parquet(rehearsal.directory / "run" / "accounts.parquet", ACCOUNTS)
    (account,) = accounts.loc[accounts["clever_id"] == ended.v2_id, "account_id"]
    changes = read_parquet(rehearsal.directory / "run" / "permissions" / "changes.parquet", CHANGES)
    lost = records(changes[(changes["credential"] == account) & (changes["change"] == "loss")])

    assert {(row["scope_id"], row["reason"]) for row in lost} == {(s, "role_not_shared") for s in ended.schools}
    assert done.summary.verdict == "review"
    (table,) = (table for table in done.summary.tables if table.caption.startswith("Roles that logins have"))
    assert ("staff", VANISHES["role_not_shared"]) in {(role, says) for role, _, says in table.rows}
    story = road.explain(rehearsal.open(), account)
    assert any("because of staff, which Clever no longer shows" in told for told in story.rights)
