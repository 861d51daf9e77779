"""Clever's own migration CSVs, laid out for look-up: which user they name for an old id.

Source: Clever's upgrade guide, "API v3.x Migration CSVs"; code.org's public migration read `role_id` and `user_id`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa

from playbook.clever.tables import MAPPING
from playbook.matching.columns import Flags, Ints, encode_roles, id_column, text_column
from playbook.matching.ids import find_ids


@dataclass(frozen=True, slots=True)
class OfficialCsv:
    """The usable rows of the files, one an old id.

    Attributes:
        legacy_ids: The old ids, each once.
        user: The position of the user whom the first usable row names; -1 where the snapshot lacks it.
        kind: The role that the file names; -1 where it names none.
        contradicts_itself: Whether the files name several users for the old id.
        claims: The rows of the old ids that the files contradict themselves about: legacy_id, user, kind.
    """

    legacy_ids: pa.Array
    user: Ints
    kind: Ints
    contradicts_itself: Flags
    claims: pd.DataFrame


def lay_out_csv(mapping: pd.DataFrame | None, user_ids: pa.Array, district_id: str) -> OfficialCsv:
    """Return what the migration CSVs say about this district; nothing where there are none.

    Raises:
        TableError: The mapping breaks its contract.
    """
    usable = usable_rows(MAPPING.empty() if mapping is None else MAPPING.check(mapping), district_id)
    usable["user"] = find_ids(id_column(usable, "user_id"), user_ids)
    usable["kind"] = encode_roles(text_column(usable, "role"))
    again = usable[usable.duplicated("legacy_id", keep=False)]
    contradicting = again.index[again.groupby("legacy_id")["user_id"].transform("nunique") > 1]
    rows = usable[~usable.duplicated("legacy_id")]
    return OfficialCsv(
        legacy_ids=id_column(rows, "legacy_id"),
        user=rows["user"].to_numpy(),
        kind=rows["kind"].to_numpy(),
        contradicts_itself=np.asarray(rows.index.isin(contradicting), dtype=np.bool_),
        claims=usable.loc[contradicting, ["legacy_id", "user", "kind"]],
    )


def usable_rows(mapping: pd.DataFrame, district_id: str) -> pd.DataFrame:
    """Return the rows that name a user for an old id of this district, those that contradict each other as well."""
    is_usable = mapping["fault"].isin(["", "conflicting_user"]) & mapping["district_id"].isin(["", district_id])
    rows = mapping[is_usable & (mapping["legacy_id"] != "") & (mapping["user_id"] != "")]
    return rows.assign(legacy_id=rows["legacy_id"].str.lower(), user_id=rows["user_id"].str.lower())
