"""Safety checks: what nobody may wave through, what a person may, and what they say."""

from __future__ import annotations

import pytest

from playbook.accounts.traps import RULES as TRAPS
from playbook.errors import AnswerIsNo, InputError
from playbook.merging.checks import RULES, make_checks, refuse_pending, refuse_unknown_rules
from playbook.merging.layout import Credentials, Layout, Referrer


@pytest.mark.parametrize("name", ["not_transactional", "keys_are_bytes", "key_not_unique", "privileges_missing"])
def test_what_would_break_the_database_cannot_be_acknowledged(name: str) -> None:
    """Naming it changes nothing: the plan stays stopped."""
    (check,) = make_checks({name: ("users",)}, [name])

    assert check.is_pending
    with pytest.raises(AnswerIsNo):
        refuse_pending([check], district_id="d")


def test_every_trap_of_the_database_is_a_check() -> None:
    """Nothing that the look at the database can find is unknown to planning, and it says the same there."""
    assert {name: RULES[name] for name in TRAPS} == dict(TRAPS)


def test_a_refusal_says_what_to_write() -> None:
    """The remedy is the line of the district file, with those names that may stand there."""
    checks = make_checks({"triggers": ("users.t",), "key_not_unique": ("users",)}, [])

    with pytest.raises(AnswerIsNo) as caught:
        refuse_pending(checks, district_id="d")

    assert '[merge] acknowledge = ["triggers"]' in caught.value.remedy


@pytest.mark.parametrize("name", [name for name, rule in RULES.items() if "acknowledge" in rule.remedy])
def test_a_remedy_names_its_own_check(name: str) -> None:
    """Who follows it copies a line that works."""
    assert f'[merge] acknowledge = ["{name}"]' in RULES[name].remedy


def test_an_unknown_name_cannot_be_acknowledged() -> None:
    """A misspelt name would leave its check pending without a word."""
    with pytest.raises(InputError) as caught:
        make_checks({}, ["trigers"])

    assert caught.value.code == "unknown_check"


def test_a_rule_for_an_index_that_is_not_there_is_refused() -> None:
    """It would never be asked, and its rows would be held without a word."""
    seats = Referrer(table="seats", column="user_id", uniques=(("user_id", "room"),))
    logins = Credentials(table="logins", key=("id",), account="user_id", clever_id="uid")
    layout = Layout(table="users", key="id", uniques=("email",), referrers=(seats,), credentials=logins)

    refuse_unknown_rules(["seats.user_id,room", "users.email", "logins.provider,uid"], layout)
    with pytest.raises(InputError) as caught:
        refuse_unknown_rules(["seats.room,user_id", "users.emial", "saets.user_id,room"], layout)

    assert caught.value.code == "unknown_unique"
    hints = [fault.remedy for fault in caught.value.faults]
    assert hints == [f"did you mean {name}?" for name in ("seats.user_id,room", "seats.user_id,room", "users.email")]


def test_a_check_names_what_it_is_about() -> None:
    """The person who has to act reads the columns behind the message; a long list ends in how many more there are."""
    few, many = make_checks(
        {"triggers": tuple(f"users.t{n:02}" for n in range(30)), "copied_ids": ("logs.clever_id",)}, []
    )

    assert few.told.endswith("hold Clever's v2 ids (1): logs.clever_id")
    assert many.told.endswith("users.t11, 18 more")
    assert "(30)" in many.told
    assert len(many.things) == 30


def test_a_refusal_lists_every_pending_check_with_its_places() -> None:
    """One refusal names them all, what they are about, and what to do."""
    checks = make_checks({"triggers": ("users.touch",), "row_security": ("users",), "replicas": ("feed",)}, [])

    with pytest.raises(AnswerIsNo) as caught:
        refuse_pending(checks, district_id="d")

    assert [fault.where for fault in caught.value.faults] == ["row_security", "triggers"]
    assert "users.touch" in caught.value.faults[1].what
