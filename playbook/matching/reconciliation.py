"""Clever's migration CSVs beside Clever's API and the accounts: what each of them knows that another does not.

Source: Clever's upgrade guide, "API v3.x Migration CSVs"; they cover the districts connected when they were requested.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from playbook.matching.official import usable_rows
from playbook.matching.table import CSV_LINES, OUTCOMES, RECONCILIATION
from playbook.tables import TEXT, join


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """Both ways, every row accounted for.

    Attributes:
        ids: The RECONCILIATION table, one row an old id that a CSV, the API or an account knows.
        lines: The CSV_LINES table, one row a row of the CSVs.
    """

    ids: pd.DataFrame
    lines: pd.DataFrame

    @property
    def counts(self) -> dict[str, int]:
        """How many old ids have each outcome; the sum is the number of ids."""
        return {outcome: int((self.ids["outcome"] == outcome).sum()) for outcome in OUTCOMES}


def reconcile(
    accounts: pd.DataFrame, roles: pd.DataFrame, mapping: pd.DataFrame, *, district_id: str
) -> Reconciliation:
    """Return what CSVs, API and accounts say about each old id.

    Args:
        accounts: The ACCOUNTS table.
        roles: The ROLES table of the snapshot.
        mapping: The MAPPING table of the CSVs.
        district_id: Clever's id of the district; rows of another one are accounted for and not compared.
    """
    by_csv = _collect(usable_rows(mapping, district_id), "user_id", "csv_user_id")
    by_api = _known_to_api(roles, by_csv["legacy_id"])
    ids = by_csv.merge(by_api, on="legacy_id", how="outer")
    ids = ids.merge(_held(accounts, roles), on="legacy_id", how="outer")
    ids["accounts"] = ids["accounts"].fillna(0)
    ids = ids.astype(dict.fromkeys(("csv_user_id", "api_user_id", "role"), TEXT))
    ids = ids.fillna({"csv_user_id": "", "api_user_id": "", "role": ""})
    ids["outcome"] = _judge(ids["csv_user_id"], ids["api_user_id"])
    return Reconciliation(RECONCILIATION.make(ids), _account_for_lines(mapping, ids, district_id))


def _known_to_api(roles: pd.DataFrame, asked: pd.Series) -> pd.DataFrame:
    """Return the old ids that the API knows; students, who need no mapping, only where a CSV names them."""
    is_student = roles["role"] == "student"
    old_ids = roles["legacy_id"].str.lower().mask(is_student, roles["user_id"].str.lower())
    known = roles.assign(legacy_id=old_ids)[(old_ids != "") & (~is_student | old_ids.isin(asked))]
    users = _collect(known, "user_id", "api_user_id")
    return users.merge(_collect(known, "role", "role"), on="legacy_id")


def _held(accounts: pd.DataFrame, roles: pd.DataFrame) -> pd.DataFrame:
    """Return how many accounts hold each old id; v3 ids and students' ids are not old ids."""
    held = accounts.assign(legacy_id=accounts["clever_id"].str.lower())
    is_old = (held["legacy_id"] != "") & ~held["legacy_id"].isin(roles["user_id"].str.lower())
    return held[is_old].groupby("legacy_id", as_index=False).agg(accounts=("account_id", "nunique"))


def _collect(rows: pd.DataFrame, column: str, name: str) -> pd.DataFrame:
    """Return one row an old id with the values that stand beside it, as a list where there are several."""
    pairs = rows[["legacy_id", column]].drop_duplicates().sort_values(["legacy_id", column])
    is_single = ~pairs["legacy_id"].duplicated(keep=False)
    several: pd.DataFrame = pairs[~is_single].groupby("legacy_id", as_index=False).agg({column: join})
    single: pd.DataFrame = pairs[is_single]
    return pd.concat([single, several], ignore_index=True).rename(columns={column: name})


def _judge(by_csv: pd.Series, by_api: pd.Series) -> npt.NDArray[np.str_]:
    in_csv, in_api = (by_csv != "").to_numpy(dtype=np.bool_), (by_api != "").to_numpy(dtype=np.bool_)
    is_same = (by_csv == by_api).to_numpy(dtype=np.bool_)
    cases = {"neither": ~in_csv & ~in_api, "api_only": ~in_csv, "csv_only": ~in_api, "agree": is_same}
    return np.select(list(cases.values()), list(cases), "disagree")


def _account_for_lines(mapping: pd.DataFrame, ids: pd.DataFrame, district_id: str) -> pd.DataFrame:
    """Return what became of each row of the CSVs: its fault, or its old id's outcome."""
    lines = mapping.assign(legacy_id=mapping["legacy_id"].str.lower())
    lines = lines.merge(ids[["legacy_id", "outcome"]], on="legacy_id", how="left")
    is_foreign = ~lines["district_id"].isin(["", district_id])
    is_blank = (lines["legacy_id"] == "") | (lines["user_id"] == "")
    lines["outcome"] = lines["outcome"].mask(is_blank, "blank_row").mask(is_foreign, "foreign_district")
    lines["outcome"] = lines["outcome"].mask(lines["fault"] != "", lines["fault"])
    return CSV_LINES.make(lines)
