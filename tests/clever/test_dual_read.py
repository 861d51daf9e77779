"""What v2 and v3 say of the same district, beside each other."""

from __future__ import annotations

import pandas as pd

from playbook.clever.dual_read import compare_reads
from playbook.clever.tables import LEGACY_USERS, ROLES


def _legacy(*pairs: tuple[str, str]) -> pd.DataFrame:
    return LEGACY_USERS.make([{"legacy_id": id_, "role": role} for id_, role in pairs])


def _roles(*triples: tuple[str, str, str]) -> pd.DataFrame:
    blanks = dict.fromkeys(ROLES.columns, "")
    return ROLES.make([blanks | {"user_id": u, "role": r, "legacy_id": i} for u, r, i in triples])


def test_every_old_id_of_either_version_has_one_outcome() -> None:
    """Whatever the two say, no id is left out, and none is guessed about."""
    legacy = _legacy(("s1", "student"), ("t1", "teacher"), ("t2", "teacher"), ("a1", "staff"), ("x1", "staff"))
    roles = _roles(
        ("s1", "student", ""),
        ("u1", "teacher", "T1"),
        ("u1", "staff", "a1"),
        ("u2", "staff", "t2"),
        ("u3", "teacher", "t3"),
        ("u4", "contact", "c1"),
    )
    compared = compare_reads(legacy, roles, refused=["contact"])

    assert dict(zip(compared["legacy_id"], compared["outcome"], strict=True)) == {
        "s1": "agree",
        "t1": "agree",
        "a1": "agree",
        "t2": "other_role",
        "x1": "v2_only",
        "t3": "v3_only",
        "c1": "not_compared",
    }


def test_an_id_that_v3_shows_at_two_users_is_no_agreement() -> None:
    """Nobody can say whose it is; both stand there."""
    compared = compare_reads(_legacy(("t1", "teacher")), _roles(("u1", "teacher", "t1"), ("u2", "teacher", "t1")))

    assert compared[["user_id", "outcome"]].values.tolist() == [["u1", "several_users"], ["u2", "several_users"]]


def test_an_empty_side_is_no_fault() -> None:
    """Nothing in v2, or nothing in v3, is told id by id."""
    roles = _roles(("u1", "teacher", "t1"))

    assert compare_reads(_legacy(), roles)["outcome"].tolist() == ["v3_only"]
    assert compare_reads(_legacy(("t1", "teacher")), _roles())["outcome"].tolist() == ["v2_only"]
    assert compare_reads(_legacy(), _roles()).empty
