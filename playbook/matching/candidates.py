"""The users that a reviewer may choose from, for every account that is not settled by its ids."""

from __future__ import annotations

import numpy as np
import pandas as pd

from playbook.district import ROLES
from playbook.matching.columns import Flags, Ints, Positions, as_series, decode, pick
from playbook.matching.facts import Facts
from playbook.matching.proofs import PROOFS
from playbook.matching.proven import Proven
from playbook.matching.table import CANDIDATES
from playbook.tables import TEXT

_KEY = ["account", "user", "rule"]


def list_candidates(facts: Facts, proven: Proven, suggestions: pd.DataFrame, is_settled: Flags) -> pd.DataFrame:
    """Return the CANDIDATES table: whom the ids of unsettled accounts lead to, and whom they look like."""
    tables = [*_led_to(facts, proven, ~is_settled), _alike(suggestions)]
    rows = pd.concat(tables, ignore_index=True)
    # A user found in several of its roles is one candidate whose role is not known.
    again = rows[rows.duplicated(_KEY, keep=False)]
    rows.loc[again.index[again.groupby(_KEY)["kind"].transform("nunique") > 1], "kind"] = -1
    rows = rows.drop_duplicates(_KEY).sort_values(_KEY)
    user, kind = rows["user"].to_numpy(dtype=np.int32), rows["kind"].to_numpy(dtype=np.int32)
    columns = {
        "account_id": as_series(pick(facts.identities.account_ids, rows["account"].to_numpy(dtype=np.int64))),
        "user_id": as_series(pick(facts.roster.user_ids, user)),
        "role": as_series(decode(np.where(facts.roster.shows(user, kind), kind, -1), ROLES)),
        "rule": rows["rule"].astype(TEXT).array,
        "evidence": rows["evidence"].astype(TEXT).array,
    }
    return CANDIDATES.make(pd.DataFrame(columns))


def _led_to(facts: Facts, proven: Proven, is_wanted: Flags) -> list[pd.DataFrame]:
    """Return whom the proofs lead to: account, user, kind, rule, evidence."""
    identities = np.flatnonzero(is_wanted[facts.identities.account])
    found = [
        _rows(facts, identities, proof.user[identities], proof.kind[identities], rule.name)
        for rule, proof in zip(PROOFS, proven.found, strict=True)
    ]
    return [*found, *_rival_claims(facts, identities)]


def _rival_claims(facts: Facts, identities: Positions) -> list[pd.DataFrame]:
    """Return whom else an old id leads to: several users name it, or the CSVs name several users for it."""
    stored = {"identity": identities, "legacy_id": as_series(pick(facts.identities.clever_ids, identities))}
    contested = np.flatnonzero(facts.is_contested)
    named = {
        "legacy_id": as_series(pick(facts.roster.legacy_ids, contested)),
        "user": facts.roster.role_user[contested],
        "kind": facts.roster.role_kind[contested],
    }
    claims = []
    for rule, rivals in (("legacy_id", pd.DataFrame(named)), ("official_csv", facts.csv.claims)):
        claim = pd.DataFrame(stored).merge(rivals, on="legacy_id")
        users, kinds = claim["user"].to_numpy(dtype=np.int32), claim["kind"].to_numpy(dtype=np.int32)
        claims.append(_rows(facts, claim["identity"].to_numpy(dtype=np.int64), users, kinds, rule))
    return claims


def _rows(facts: Facts, identities: Positions, user: Ints, kind: Ints, rule: str) -> pd.DataFrame:
    leads = user >= 0
    column = "v3_id" if rule == "v3_id_beside" else "clever_id"
    ids = facts.identities.v3_ids if rule == "v3_id_beside" else facts.identities.clever_ids
    columns = {
        "account": facts.identities.account[identities[leads]],
        "user": user[leads],
        "kind": kind[leads],
        "rule": rule,
        "evidence": f"{column}=" + as_series(pick(ids, identities[leads])),
    }
    return pd.DataFrame(columns)


def _alike(suggestions: pd.DataFrame) -> pd.DataFrame:
    """Return whom accounts look like: account, user, kind, rule, evidence."""
    counts = "users=" + suggestions["users"].astype(TEXT) + "|accounts=" + suggestions["accounts"].astype(TEXT)
    rows = suggestions[["account", "user", "kind", "rule"]].assign(evidence=counts)
    rows.loc[rows["rule"] == "same_email_other_role", "kind"] = -1
    return rows
