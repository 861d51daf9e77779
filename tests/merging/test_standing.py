"""What is done is done: a second plan has only the rest to do."""

from __future__ import annotations

import pandas as pd

from playbook.merging.standing import Standing


def operation(kind: str, account: str, survivor: str = "") -> dict[str, str]:
    """One row of a plan in the making."""
    return {"kind": kind, "account_id": account, "user_id": "u", "survivor_id": survivor}


def left(
    standing: Standing, *rows: dict[str, str], v3_ids: dict[str, str] | None = None, store: str = "beside"
) -> list:
    """The accounts whose operations are still to do."""
    return list(standing.leave_out_done(pd.DataFrame(rows), v3_ids or {}, store=store)["account_id"])


def test_a_first_plan_leaves_nothing_out() -> None:
    """Where nothing stands, everything is to do."""
    assert left(Standing(), operation("link", "1"), operation("alias", "2", "1")) == ["1", "2"]


def test_a_link_that_stands_is_left_out() -> None:
    """Whether the column beside or the playbook's own table holds the id."""
    assert left(Standing(), operation("link", "1"), v3_ids={"1": "u"}) == []
    assert left(Standing(links={"1": "u"}), operation("link", "1")) == []


def test_another_id_is_written_again() -> None:
    """An id that is not the user's is not taken for done."""
    assert left(Standing(links={"1": "another"}), operation("link", "1"), v3_ids={"1": "another"}) == ["1"]


def test_replacing_is_not_mistaken_for_done() -> None:
    """The column beside says nothing about the old id that is to be replaced."""
    assert left(Standing(), operation("link", "1"), v3_ids={"1": "u"}, store="replace") == ["1"]


def test_a_folded_account_is_left_out_only_with_its_survivor() -> None:
    """Folded into another account than the plan says, it is to do."""
    standing = Standing(survivors={"2": "1"})

    assert left(standing, operation("alias", "2", "1")) == []
    assert left(standing, operation("alias", "2", "3")) == ["2"]
