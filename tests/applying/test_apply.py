"""A plan becomes rows, whole or not at all, once, and can be taken back."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from playbook.applying.undo import plan_undo
from playbook.errors import AnswerIsNo
from tests.applying.vendor import NOW, build_vendor, dump

WAYS = [
    {"fold": "alias"},
    {"fold": "move"},
    {"people": "role_accounts"},
    {"fold": "alias", "store": "replace"},
    {"fold": "move", "layout": "credentials"},
]


@pytest.mark.parametrize("way", WAYS, ids=lambda way: "-".join(way.values()))
def test_a_dry_run_writes_nothing(database_url: str, way: dict[str, str]) -> None:
    """Without `execute` the database is the same afterwards, the playbook's own tables included, and there are
    statements to read."""
    vendor = build_vendor(database_url, **way)
    before = dump(database_url, also_ours=True)
    script: list[str] = []
    result = vendor.apply(vendor.plan(), execute=False, show=script.append)
    assert dump(database_url, also_ours=True) == before
    assert result.done > 0
    assert result.failed == 0
    assert any(statement.startswith(("UPDATE", "INSERT")) for statement in script)


@pytest.mark.parametrize("way", WAYS, ids=lambda way: "-".join(way.values()))
def test_applied_verified_undone_is_where_it_began(database_url: str, way: dict[str, str]) -> None:
    """After apply the plan verifies; after undo the database is identical to the start."""
    vendor = build_vendor(database_url, **way)
    before = dump(database_url)
    plan = vendor.plan()
    result = vendor.apply(plan)
    assert (result.failed, result.refusals) == (0, [])
    assert result.held == 1
    assert vendor.verify(plan) == ()
    assert dump(database_url) != before
    undo = plan_undo(plan, vendor.source, made_at=NOW)
    undone = vendor.apply(undo)
    assert (undone.failed, undone.kept) == (0, [])
    assert dump(database_url) == before


def test_a_second_apply_is_refused_and_writes_nothing(database_url: str) -> None:
    """A plan that was applied is refused with its own code."""
    vendor = build_vendor(database_url)
    plan = vendor.plan()
    vendor.apply(plan)
    after = dump(database_url, also_ours=True)
    with pytest.raises(AnswerIsNo) as refused:
        vendor.apply(plan)
    assert refused.value.code == "already_applied"
    assert dump(database_url, also_ours=True) == after


@pytest.mark.parametrize("store", ["beside", "replace"])
def test_single_accounts_are_linked_many_at_a_time(database_url: str, store: str) -> None:
    """All links of single accounts share a transaction, and their journal rows one entry of the audit chain."""
    vendor = build_vendor(database_url, persons=9, store=store)
    vendor.apply(vendor.plan())
    entries = [line for line in dump(database_url, also_ours=True)["playbook_chain"] if "'links'" in line]
    assert len(entries) == 1
    assert '"actions": 4' in entries[0]


def test_a_dry_run_of_many_links_names_the_changed_ones(database_url: str) -> None:
    """Accounts are compared many at a time; one that has changed since is refused with its column, as in earnest."""
    vendor = build_vendor(database_url, persons=9, fold="alias")
    plan = vendor.plan()
    with vendor.source.engine.begin() as connection:
        connection.execute(text("UPDATE users SET email = 'new@school.example' WHERE id = 50"))
    before = dump(database_url, also_ours=True)
    result = vendor.apply(plan, execute=False)
    assert [(r.account_id, r.code, r.columns) for r in result.refusals] == [("50", "changed", ("users.email",))]
    assert result.done == result.total - 1
    assert dump(database_url, also_ours=True) == before
