"""The same district read in v2 and in v3: what each version says of every old id.

An id that v2 lists and v3 names nowhere is one whose accounts will find no user: the role is not asked for, or Clever
has given the id up. It is said before anybody is matched, while v2 can still be asked.

Source: https://dev.clever.com/docs/api-v3-upgrade-guide (a student's id stays, every other role has a `legacy_id`).
"""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import pandas as pd

from playbook.clever.tables import DUAL_READ


def compare_reads(legacy_users: pd.DataFrame, roles: pd.DataFrame, *, refused: Collection[str] = ()) -> pd.DataFrame:
    """Return what both versions say of each old id, every id of either accounted for.

    Args:
        legacy_users: The LEGACY_USERS table, from v2.
        roles: The ROLES table of the snapshot, from v3.
        refused: The roles whose lists of v2 the app may not read; their ids are not compared.

    Returns:
        A table of `DUAL_READ`.
    """
    old_ids = roles["legacy_id"].mask(roles["role"] == "student", roles["user_id"])
    shown = roles[["user_id"]].assign(v3_role=roles["role"], legacy_id=old_ids.str.lower())
    listed = legacy_users[["role"]].rename(columns={"role": "v2_role"})
    listed = listed.assign(legacy_id=legacy_users["legacy_id"].str.lower())
    ids = listed.merge(shown[shown["legacy_id"] != ""], on="legacy_id", how="outer").fillna("")
    cases = {
        "several_users": ids.groupby("legacy_id")["user_id"].transform("nunique") > 1,
        "v2_only": ids["user_id"] == "",
        "not_compared": (ids["v2_role"] == "") & ids["v3_role"].isin(list(refused)),
        "v3_only": ids["v2_role"] == "",
        "other_role": ids["v2_role"] != ids["v3_role"],
    }
    outcome = np.select([np.asarray(case, dtype=np.bool_) for case in cases.values()], list(cases), "agree")
    return DUAL_READ.make(ids.assign(outcome=outcome))
