"""A plan is one text with one hash: nothing of it can change unnoticed."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from playbook.errors import InputError
from playbook.merging.layout import Credentials, Layout, Referrer
from playbook.merging.operations import KINDS
from playbook.merging.plan import Header, Plan, read_plan, seal_plan

HEADER = Header(
    tool="0.1.0",
    schema=1,
    district_id="6385008f69df036e83e984a3",
    database="sqlite:1",
    schema_digest="d",
    snapshot_root="r",
    accounts_digest="a",
    policy_digest="",
    decisions_digest="",
    made_at="2026-07-01T06:00:00+00:00",
    expires_at="2026-07-08T06:00:00+00:00",
    people="consolidate",
    fold="move",
    store="beside",
    unique={"enrolments.user_id,section_id": "keep_survivor"},
    layout=Layout(
        table="users",
        key="id",
        columns=("id", "name"),
        credentials=Credentials(table="c", key=("id",), account="user_id", clever_id="uid", columns=("id", "uid")),
        referrers=(Referrer(table="grades", column="graded_by", key=("id",), uniques=(("graded_by", "day"),)),),
    ),
)


def make_plan(**changes: str) -> Plan:
    """Return a plan of one link, its cells changed."""
    row = {"kind": "link", "group": "7", "account_id": "7", "user_id": "u", "role": "teacher", "survivor_id": ""}
    row |= {"old_id": "o", "reason": "only_account", "detail": "", "image": "i", "marks": "m"}
    return seal_plan(HEADER, [{**row, **changes, "position": 0}])  # type: ignore[arg-type]


def test_a_plan_reads_back_as_it_was_written() -> None:
    """Header, layout and operations survive the way through text, and so does the hash."""
    plan = make_plan(detail='line\nbreak, "},\n{" and a name with an é')

    again = read_plan(plan.text)

    assert again.header == plan.header
    assert list(again.operations) == list(plan.operations)
    assert again.sha256 == plan.sha256
    assert again.header.counts == {"link": 1}


def test_a_plan_without_operations_reads_back() -> None:
    """Nothing to do is a plan as well."""
    plan = seal_plan(HEADER, [])  # type: ignore[arg-type]

    assert list(read_plan(plan.text).operations) == []


def hash_or_code(text: bytes) -> str:
    """Return the hash of a plan, or the code with which it is refused."""
    try:
        return read_plan(text).sha256
    except InputError as refused:
        return refused.code


def test_every_byte_counts() -> None:
    """Flipping any byte of a plan gives another hash or a refusal."""
    plan = make_plan()
    found = {
        hash_or_code(plan.text[:place] + bytes([plan.text[place] ^ 1]) + plan.text[place + 1 :])
        for place in range(len(plan.text))
    }
    assert plan.sha256 not in found
    assert {name for name in found if len(name) < 64} <= {"altered", "plan_version"}


@pytest.mark.parametrize("cut", [1, 10, 200])
def test_a_truncated_plan_is_refused(cut: int) -> None:
    """Half a plan is no plan."""
    with pytest.raises(InputError) as refused:
        read_plan(make_plan().text[:-cut])

    assert refused.value.code == "altered"


def test_a_plan_of_another_version_is_refused() -> None:
    """A plan that another version of the playbook wrote is not guessed at."""
    text = seal_plan(replace(HEADER, schema=99), []).text  # type: ignore[arg-type]

    with pytest.raises(InputError) as refused:
        read_plan(text)

    assert refused.value.code == "plan_version"


def test_a_plan_expires() -> None:
    """The moment of expiry is the first at which a plan is too old."""
    moment = datetime(2026, 7, 8, 6, tzinfo=UTC)

    assert HEADER.is_expired(moment)
    assert not HEADER.is_expired(moment - timedelta(seconds=1))


def test_every_operation_knows_its_reverse() -> None:
    """Reversing twice gives the operation itself, and only a hold is its own reverse."""
    for kind, operation in KINDS.items():
        before = operation(position=3, group="g", account_id="a", user_id="u", image="i", marks="m")
        assert before.reverse().reverse() == before
        assert (before.reverse().kind == kind) == (kind == "hold")
