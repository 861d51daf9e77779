"""The migration CSVs and the API are compared both ways, and no row of the CSVs is lost."""

from __future__ import annotations

import csv
import random
from collections import Counter

from playbook.clever.migration_csv import read_migration_csvs
from playbook.matching.reconciliation import reconcile
from tests.matching.small_district import DISTRICT, OTHER_DISTRICT, accounts_of, clever_id, mapping_of, roles_of

U, V = clever_id("c", 1), clever_id("c", 2)
A, B, C, D, E = (clever_id("b", number) for number in range(1, 6))
FUZZED_ROWS = 10_000


def outcomes(accounts=(), roles=(), mapping=()):
    """Each old id with its outcome and the number of accounts that hold it."""
    found = reconcile(accounts_of(*accounts), roles_of(*roles), mapping_of(*mapping), district_id=DISTRICT)
    return {row.legacy_id: (row.outcome, row.accounts) for row in found.ids.itertuples()}


def test_ids_that_need_no_mapping_are_not_reconciled():
    """Students' ids and v3 ids are no old ids: their absence from the CSVs is no difference."""
    accounts = [{"account_id": "1", "clever_id": U}, {"account_id": "2", "clever_id": V}]
    roles = [{"user_id": U, "role": "student"}, {"user_id": V, "role": "teacher"}]

    assert outcomes(accounts, roles) == {}


def test_every_difference_has_its_name():
    """An old id is in both and agrees or disagrees, in one of the two only, or with an account only."""
    accounts = [{"account_id": str(n), "clever_id": id_} for n, id_ in enumerate((A, A, E.upper()))]
    roles = [
        {"user_id": U, "role": "teacher", "legacy_id": A},
        {"user_id": U, "role": "staff", "legacy_id": B},
        {"user_id": V, "role": "teacher", "legacy_id": C},
    ]
    mapping = [
        {"line": 2, "legacy_id": A, "user_id": U},
        {"line": 3, "legacy_id": B, "user_id": V},
        {"line": 4, "legacy_id": D, "user_id": V},
    ]

    assert outcomes(accounts, roles, mapping) == {
        A: ("agree", 2),
        B: ("disagree", 0),
        C: ("api_only", 0),
        D: ("csv_only", 0),
        E: ("neither", 1),
    }


def test_a_student_in_the_csvs_agrees_with_itself():
    """A CSV may name students, whose old and new ids are the same."""
    student = {"user_id": U, "role": "student"}

    assert outcomes(roles=[student], mapping=[{"legacy_id": U, "user_id": U}]) == {U: ("agree", 0)}


def test_every_line_of_fuzzed_csvs_ends_in_one_outcome(tmp_path):
    """10,000 rows, many of them blank, malformed, repeated, contradictory or foreign: the sum is exact."""
    dice = random.Random(7)
    old, new = [clever_id("b", n) for n in range(1500)], [clever_id("c", n) for n in range(1200)]
    odd = ["", "None", "x", "../../etc", "=1+1", "5e12", "  "]
    rows = []
    for _ in range(FUZZED_ROWS):
        legacy_id = dice.choice(odd if dice.random() < 0.1 else old)
        right = new[old.index(legacy_id) % 1200] if legacy_id in old else new[0]
        user_id = dice.choices([right, dice.choice(odd), dice.choice(new)], [89, 10, 1])[0]
        rows.append([legacy_id, user_id, dice.choice(["", DISTRICT, DISTRICT, OTHER_DISTRICT])])
    with (tmp_path / "migration.csv").open("w", newline="") as file:
        csv.writer(file).writerows([["role_id", "user_id", "district_id"], *rows])
    mapping = read_migration_csvs([tmp_path / "migration.csv"], DISTRICT)
    roles = roles_of(*({"user_id": new[n], "role": "teacher", "legacy_id": old[n]} for n in range(0, 1200, 2)))

    found = reconcile(accounts_of(), roles, mapping, district_id=DISTRICT)

    counts = Counter(found.lines["outcome"])
    assert sum(counts.values()) == FUZZED_ROWS
    assert {"agree", "csv_only", "repeated_row", "conflicting_user", "foreign_district"} <= set(counts)
    assert sum(found.counts.values()) == len(found.ids)
