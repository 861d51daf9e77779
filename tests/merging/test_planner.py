"""Who is linked, who is folded into whom, who waits: decided by stated rules, the same on every run."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from playbook.accounts.table import ACCOUNTS
from playbook.clever.tables import CONTACT_RELATIONSHIPS, USERS
from playbook.district import SURVIVOR_RULES, Merge
from playbook.errors import AnswerIsNo, InputError
from playbook.matching.table import MATCHES, NEW_USERS
from playbook.merging.checks import refuse_pending
from playbook.merging.destinations import destinations
from playbook.merging.layout import Layout
from playbook.merging.plan import Plan
from playbook.merging.planner import Bindings, plan_migration
from playbook.merging.survivors import choose_survivor, key_order

LAYOUT = Layout(table="users", key="id", columns=("id",), clever_id="clever_id", v3_id="clever_v3_id")
BINDINGS = Bindings(
    tool="test",
    district_id="6385008f69df036e83e984a3",
    database="sqlite:1",
    schema_digest="d",
    snapshot_root="r",
    accounts_digest="a",
    made_at=datetime(2026, 7, 1, 6, tzinfo=UTC),
)

Row = dict[str, Any]


def account(key: str, user: str, role: str = "teacher", **cells: Any) -> Row:
    """Return one account with its match, in one row; cells of either table may be given."""
    blank = dict.fromkeys((*ACCOUNTS.columns, *MATCHES.columns), "")
    own = {"account_id": key, "clever_id": f"old{key}", "user_id": user, "role": role, "rows": 0}
    return blank | own | {"state": "matched", "rule": "legacy_id", "status": "active", "image": f"i{key}"} | cells


def plan(*rows: Row, **options: Any) -> Plan:
    """Plan for these accounts."""
    merge = options.pop("merge", Merge())
    matches, accounts = MATCHES.make([*rows]), ACCOUNTS.make([*rows])
    return plan_migration(matches, accounts, merge=merge, layout=LAYOUT, bindings=BINDINGS, **options)


def done(made: Plan) -> list[tuple[str, str, str]]:
    """Return what a plan does: kind, account, and the survivor or the reason it waits."""
    return [(o.kind, o.account_id, o.reason if o.kind == "hold" else o.survivor_id) for o in made.operations]


@pytest.mark.parametrize("role", ["student", "contact"])
def test_students_and_contacts_are_combined_with_nobody(role: str) -> None:
    """A group that holds one of them is held, every account of it."""
    made = plan(account("1", "u", role), account("2", "u"))
    assert done(made) == [("hold", "1", "never_combined"), ("hold", "2", "never_combined")]


def test_nothing_happens_to_a_student() -> None:
    """A student's id does not change, so there is no operation, and the outcome says so."""
    rows = [account("1", "u", "student")]
    made = plan(*rows)
    assert done(made) == []
    assert destinations(made, MATCHES.make(rows))["outcome"].to_list() == ["unchanged"]


@pytest.mark.parametrize("state", ["suggested", "tie", "conflict"])
def test_what_is_not_certain_is_held(state: str) -> None:
    """A suggestion, a tie and a conflict wait for a person, with the reason that matching gave."""
    assert done(plan(account("1", "u", state=state, reason="because"))) == [("hold", "1", "because")]


def test_accounts_of_two_districts_are_never_combined() -> None:
    """The same user in two districts' accounts is for a person to look at."""
    made = plan(account("1", "u", district_id="d1"), account("2", "u", district_id="d2"))
    assert {reason for _, _, reason in done(made)} == {"other_district"}


def test_one_role_twice_cannot_share_an_id() -> None:
    """With an account a role, two accounts of one role would both answer."""
    made = plan(account("1", "u"), account("2", "u"), merge=Merge(people="role_accounts"))
    assert {reason for _, _, reason in done(made)} == {"same_role_twice"}


def test_a_person_is_folded_into_the_account_used_last() -> None:
    """The survivor is linked first, the others follow it, and each says by which rule."""
    made = plan(
        account("2", "u", last_login="2026-05-01"),
        account("10", "u", "staff", last_login="2026-06-01"),
        account("3", "v"),
        merge=Merge(fold="move"),
    )
    assert done(made) == [("link", "10", ""), ("move", "2", "10"), ("link", "3", "")]
    assert {o.reason for o in made.operations} == {"most_recent_login", "only_account"}
    assert next(o.detail for o in made.operations) == "it was signed in to last"


def test_every_account_has_one_destination() -> None:
    """Linked, survivor, folded, held, left and unchanged: one row an account, nobody lost."""
    rows = [
        account("1", "a"),
        account("2", "b"),
        account("3", "b", "staff"),
        account("4", "c", state="conflict"),
        account("5", "", state="unmatched"),
        account("6", "d", "student"),
    ]
    where = destinations(plan(*rows), MATCHES.make(rows)).set_index("account_id")
    assert where["outcome"].to_dict() == {
        "1": "linked",
        "2": "survivor",
        "3": "folded",
        "4": "held",
        "5": "left",
        "6": "unchanged",
    }
    assert where.loc["3", "survivor_id"] == "2"


def test_a_reviewer_can_choose_the_survivor() -> None:
    """A named account survives whatever the rules say, and the plan says who chose."""
    made = plan(account("1", "u"), account("2", "u"), chosen={"u": "2"})
    assert [(o.account_id, o.reason) for o in made.operations] == [("2", "reviewer"), ("1", "reviewer")]


def test_the_summer_path_needs_a_date() -> None:
    """Retiring without a day to do it on is refused."""
    with pytest.raises(InputError) as refused:
        plan(account("1", "u"), merge=Merge(people="start_fresh"))
    assert refused.value.code == "retire_on"


def test_the_summer_path_links_nobody() -> None:
    """Old ids of all but students are retired; an unknown role is held."""
    merge = Merge(people="start_fresh", retire_on="2026-07-10")
    made = plan(account("1", "u"), account("2", "v", "student"), account("3", "w", "", state="unmatched"), merge=merge)
    assert done(made) == [("retire", "1", ""), ("hold", "3", "role_unknown")]


def test_a_new_contact_gets_an_account_and_one_relationship_a_student() -> None:
    """v3's own relationships are used, one a student; a student without an account gets none."""
    users = USERS.make([dict.fromkeys(USERS.columns, "") | {"user_id": "c", "last": "Sam Doe", "email": "s@d.example"}])
    new = NEW_USERS.make([{"user_id": "c", "role": "contact", "legacy_id": "", "reason": "no_account"}])
    pairs = [("s1", "Mother"), ("s2", "Aunt"), ("gone", "Friend")]
    related = CONTACT_RELATIONSHIPS.make(
        [{"user_id": "c", "student_id": s, "relationship": r, "type": "Family"} for s, r in pairs]
    )
    rows = [account("1", "s1", "student"), account("2", "s2", "student")]
    made = plan(*rows, new_users=new, users=users, relationships=related)
    (contact,) = made.operations
    assert (contact.kind, contact.user_id) == ("create_contact", "c")
    assert '"relationship": "Mother"' in contact.detail
    assert "Friend" not in contact.detail


def test_a_check_blocks_until_it_is_named() -> None:
    """Overwriting old ids is stopped until somebody writes down that they know."""
    made = plan(account("1", "u"), merge=Merge(store="replace"))
    with pytest.raises(AnswerIsNo) as refused:
        refuse_pending(made.header.checks, district_id="d")
    assert [fault.where for fault in refused.value.faults] == ["old_ids_replaced"]
    known = plan(account("1", "u"), merge=Merge(store="replace", acknowledge=("old_ids_replaced",)))
    refuse_pending(known.header.checks, district_id="d")


def test_an_unknown_check_cannot_be_acknowledged() -> None:
    """A misspelt name would silence nothing, so it is refused."""
    with pytest.raises(InputError) as refused:
        plan(account("1", "u"), merge=Merge(acknowledge=("old_ids_replacd",)))
    assert refused.value.code == "unknown_check"


def test_numbers_come_in_their_order() -> None:
    """Key 9 comes before key 10, and numbers before words."""
    keys = ["10", "b", "9", "a", "09"]
    assert sorted(keys, key=lambda key: key_order({"account_id": key})) == ["09", "9", "10", "a", "b"]


MEMBERS = st.lists(
    st.fixed_dictionaries(
        {
            "account_id": st.integers(1, 30).map(str),
            "last_login": st.sampled_from(["", "2026-05-01", "2026-06-01"]),
            "rows": st.integers(0, 2),
            "status": st.sampled_from(["active", "suspended", ""]),
            "state": st.sampled_from(["matched", "already_v3"]),
        }
    ),
    min_size=1,
    max_size=6,
    unique_by=lambda member: member["account_id"],
)


@settings(deadline=None)
@given(MEMBERS, st.permutations(SURVIVOR_RULES), st.randoms())
def test_the_survivor_does_not_depend_on_the_order_of_accounts(
    members: list[Row], rules: list[str], shuffler: Any
) -> None:
    """Whatever order rows come in, the same account survives by the same rule."""
    shuffled = [*members]
    shuffler.shuffle(shuffled)
    assert choose_survivor(members, rules) == choose_survivor(shuffled, rules)


def test_planning_twice_gives_the_same_plan() -> None:
    """The order of the tables' rows does not matter, and their content is not touched."""
    rows = [account(str(n), f"u{n // 2}", ("teacher", "staff")[n % 2]) for n in range(2, 12)]
    matches, accounts = MATCHES.make(rows), ACCOUNTS.make(rows)
    before = (matches.copy(deep=True), accounts.copy(deep=True))
    first = plan_migration(matches, accounts, merge=Merge(), layout=LAYOUT, bindings=BINDINGS)
    second = plan_migration(
        matches.iloc[::-1], accounts.iloc[::-1], merge=Merge(), layout=LAYOUT, bindings=replace(BINDINGS)
    )
    assert first.sha256 == second.sha256
    pd.testing.assert_frame_equal(before[0], matches)
    pd.testing.assert_frame_equal(before[1], accounts)
