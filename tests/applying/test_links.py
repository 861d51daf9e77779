"""Links of single accounts are made, judged and taken back many at a time, and each of them as if it were alone."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from playbook.applying import links
from playbook.applying.pace import Pace, Progress
from playbook.applying.undo import plan_undo
from tests.applying.kills import forget
from tests.applying.vendor import NOW, Vendor, accounts_of, build_vendor, dump

PERSONS = 60
WAYS = [
    {"fold": "alias"},
    {"fold": "alias", "store": "replace"},
    {"fold": "alias", "layout": "credentials"},
    {"fold": "alias", "layout": "credentials", "store": "replace"},
    {"fold": "alias", "layout": "links"},
]
GROUPS = sum(1 for person in range(1, PERSONS + 1) if len(accounts_of(person)) > 1)


def write(vendor: Vendor, statement: str) -> None:
    """Do what the application might do."""
    with vendor.source.engine.begin() as connection:
        connection.execute(text(statement))


@pytest.mark.parametrize("way", WAYS, ids=lambda way: "-".join(way.values()))
def test_single_accounts_share_transactions_both_ways(database_url: str, way: dict[str, str]) -> None:
    """Two batches, and one transaction a group, make all links; as many take them back, and nothing is left."""
    vendor = build_vendor(database_url, persons=PERSONS, **way)
    before = dump(database_url)
    plan = vendor.plan()
    steps: list[Progress] = []
    result = vendor.apply(plan, pace=Pace(batch=30), progress=steps.append)
    assert (result.failed, len(steps)) == (0, GROUPS + 2)
    assert vendor.verify(plan) == ()
    steps.clear()
    undone = vendor.apply(plan_undo(plan, vendor.source, made_at=NOW), pace=Pace(batch=30), progress=steps.append)
    assert (undone.failed, undone.kept, len(steps)) == (0, [], GROUPS + 2)
    assert dump(database_url) == before


def test_a_dry_run_sees_that_the_place_is_taken(database_url: str) -> None:
    """An account whose column for the v3 id holds something since the plan was made is refused in a dry run too."""
    vendor = build_vendor(database_url)
    write(vendor, "ALTER TABLE users ADD COLUMN clever_v3_id VARCHAR(24)")
    plan = vendor.plan()
    write(vendor, "UPDATE users SET clever_v3_id = 'somebody else' WHERE id = 40")
    before = dump(database_url, also_ours=True)
    result = vendor.apply(plan, execute=False)
    refused = [(refusal.account_id, refusal.code, refusal.columns) for refusal in result.refusals]
    assert refused == [("40", "v3_id_taken", ("users.clever_v3_id",))]
    assert dump(database_url, also_ours=True) == before
    in_earnest = vendor.apply(plan)
    assert [(refusal.account_id, refusal.code) for refusal in in_earnest.refusals] == [("40", "v3_id_taken")]


def test_an_undo_of_many_links_keeps_what_a_user_wrote(database_url: str) -> None:
    """Of many links that are taken back at once, the one that somebody changed since is kept and named."""
    vendor = build_vendor(database_url, persons=PERSONS)
    plan = vendor.plan()
    vendor.apply(plan)
    write(vendor, "UPDATE users SET clever_v3_id = 'a later hand' WHERE id = 40")
    undone = vendor.apply(plan_undo(plan, vendor.source, made_at=NOW))
    assert [(kept.account_id, kept.columns) for kept in undone.kept] == [("40", ("users.clever_v3_id",))]
    with vendor.source.engine.connect() as connection:
        found = connection.execute(text("SELECT id, clever_v3_id FROM users WHERE clever_v3_id IS NOT NULL")).all()
    assert [tuple(row) for row in found] == [(40, "a later hand")]


def test_a_credential_that_was_changed_is_left_alone(database_url: str) -> None:
    """Of many second credential rows, none is made for an account that changed; one that a user changed is kept."""
    vendor = build_vendor(database_url, persons=PERSONS, fold="alias", layout="credentials")
    plan = vendor.plan()
    write(vendor, "UPDATE authentication_options SET version = 'edited' WHERE user_id = 40")
    result = vendor.apply(plan, pace=Pace(on_drift="skip"))
    refused = [(refusal.account_id, refusal.columns) for refusal in result.refusals]
    assert refused == [("40", ("authentication_options.version",))]
    write(vendor, "UPDATE authentication_options SET provider = 'later' WHERE user_id = 50 AND version = 'v3.1'")
    undone = vendor.apply(plan_undo(plan, vendor.source, made_at=NOW))
    kept = [(kept.account_id, kept.columns) for kept in undone.kept]
    assert kept == [("50", ("authentication_options.provider",))]
    with vendor.source.engine.connect() as connection:
        count = connection.scalar(text("SELECT count(*) FROM authentication_options WHERE version = 'v3.1'"))
    assert count == 1


def test_a_replaced_credential_that_was_changed_is_left_alone(database_url: str) -> None:
    """Of many credential rows, none is changed of an account that changed; what a user wrote since is kept, and the
    cell beside it goes back."""
    vendor = build_vendor(database_url, persons=PERSONS, fold="alias", layout="credentials", store="replace")
    before, plan = dump(database_url), vendor.plan()
    write(vendor, "UPDATE authentication_options SET version = 'edited' WHERE user_id = 40")
    result = vendor.apply(plan, pace=Pace(on_drift="skip"))
    refused = [(refusal.account_id, refusal.columns) for refusal in result.refusals]
    assert refused == [("40", ("authentication_options.version",))]
    write(vendor, "UPDATE authentication_options SET version = 'later' WHERE user_id = 50")
    undone = vendor.apply(plan_undo(plan, vendor.source, made_at=NOW))
    kept = [(kept.account_id, kept.columns) for kept in undone.kept]
    assert kept == [("50", ("authentication_options.version",))]
    write(vendor, "UPDATE authentication_options SET version = 'v2.1' WHERE user_id IN (40, 50)")
    assert dump(database_url) == before


def test_replaced_credentials_are_journaled_as_if_each_were_alone(database_url: str) -> None:
    """Statements for reading are shown an account at a time; the journal has the same rows either way."""
    vendor = build_vendor(database_url, persons=PERSONS, fold="alias", layout="credentials", store="replace")
    plan, columns = vendor.plan(), "position, part, action, table_name, row_key, column_name"
    told = []
    for bulk in (True, False):
        with pytest.MonkeyPatch.context() as patch:
            if not bulk:
                patch.setattr(links, "SINGLE", frozenset())
            vendor.apply(plan)
            with vendor.source.engine.connect() as connection:
                journal = f"SELECT {columns} FROM playbook_journal ORDER BY position, part"
                told.append((dump(database_url), [tuple(row) for row in connection.execute(text(journal))]))
            vendor.apply(plan_undo(plan, vendor.source, made_at=NOW))
        forget(vendor)
    assert told[0] == told[1]


def test_a_link_with_more_to_take_back_does_not_hold_up_its_batch(database_url: str) -> None:
    """Where the journal has more under one position, that one is taken back by itself and all others at once."""
    vendor = build_vendor(database_url, persons=PERSONS)
    before = dump(database_url)
    plan = vendor.plan()
    vendor.apply(plan)
    more = "SELECT run, position, 1, 'none', table_name, row_key, '', entry, NULL, NULL FROM playbook_journal"
    write(vendor, f"""INSERT INTO playbook_journal {more} WHERE row_key LIKE '% "__40"}}' AND part = 0""")
    steps: list[Progress] = []
    undone = vendor.apply(plan_undo(plan, vendor.source, made_at=NOW), pace=Pace(batch=30), progress=steps.append)
    assert (undone.failed, undone.kept, len(steps)) == (0, [], GROUPS + 2 + 1)
    assert dump(database_url) == before


def test_a_link_whose_journal_was_altered_is_not_taken_for_whole(database_url: str) -> None:
    """Where one of two journal rows of a link cannot be read, the other is not taken back as if it were all."""
    vendor = build_vendor(database_url, persons=PERSONS, fold="alias", layout="credentials")
    plan = vendor.plan()
    vendor.apply(plan)
    position = int(plan.rows.loc[plan.rows["account_id"] == "40", "position"].iloc[0])
    more = "SELECT run, position, 1, 'update', table_name, row_key, 'version', entry, 'x:', 'x:' FROM playbook_journal"
    write(vendor, f"INSERT INTO playbook_journal {more} WHERE position = {position} AND part = 0")
    undone = vendor.apply(plan_undo(plan, vendor.source, made_at=NOW))
    refused = [(refusal.account_id, refusal.code) for refusal in undone.refusals]
    assert refused == [("40", "journal_altered")]


@pytest.mark.parametrize("way", WAYS, ids=lambda way: "-".join(way.values()))
def test_a_dry_run_of_an_undo_writes_nothing_and_says_what_it_would_keep(
    database_url: str, way: dict[str, str]
) -> None:
    """It judges as many links at once as the undo takes back, and names the cell that a user has written since."""
    vendor = build_vendor(database_url, persons=PERSONS, **way)
    plan = vendor.plan()
    vendor.apply(plan)
    undo = plan_undo(plan, vendor.source, made_at=NOW)
    written = {"credentials": "authentication_options", "links": ""}.get(way.get("layout", ""), "users")
    if written == "users":
        column = "clever_id" if way.get("store") else "clever_v3_id"
        write(vendor, f"UPDATE users SET {column} = 'a later hand' WHERE id = 40")
    elif written:
        write(vendor, "UPDATE authentication_options SET version = 'later' WHERE user_id = 40 AND version = 'v3.1'")
    before = dump(database_url, also_ours=True)
    steps: list[Progress] = []
    shown = vendor.apply(undo, execute=False, pace=Pace(batch=30), progress=steps.append)
    assert dump(database_url, also_ours=True) == before
    in_earnest = vendor.apply(undo)
    assert (shown.kept, shown.done, shown.failed) == (in_earnest.kept, in_earnest.done, in_earnest.failed)
    is_judged_alone = written == "authentication_options" and "store" not in way
    assert len(steps) == GROUPS + 2 + is_judged_alone
