"""Matches and decisions become a plan: who is linked, who is folded into whom, who waits. Pure.

Source: Clever's upgrade guide ("Migrate to the v3.x User ID") and "Multi-role users"; students keep their id, so
nothing happens to them; a contact is mapped by its old id or made anew, never guessed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pandas as pd

from playbook.accounts.table import ACCOUNTS
from playbook.district import Merge, is_date
from playbook.errors import InputError
from playbook.matching.table import MATCHES
from playbook.merging.checks import make_checks, refuse_unknown_rules
from playbook.merging.contacts import create_contacts
from playbook.merging.groups import LINKABLE, SUSPENDED, TOO_LARGE, decide_accounts
from playbook.merging.layout import Layout
from playbook.merging.plan import OPERATIONS, SCHEMA, Header, Plan, seal_plan
from playbook.merging.standing import Standing
from playbook.merging.survivors import key_order

FEW = 20
"""One account in so many may be held or unmatched before a check says so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bindings:
    """What a plan is tied to, so that it fits one district, one database and one time only.

    Attributes:
        database: The identity of the accounts database; blank where accounts came from a file.
        made_at: The moment of planning, with its time zone.
        found: For the name of a safety check, the tables and columns that the look at the database found.
    """

    tool: str
    district_id: str
    database: str
    schema_digest: str
    snapshot_root: str
    accounts_digest: str
    made_at: datetime
    policy_digest: str = ""
    decisions_digest: str = ""
    found: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def plan_migration(
    matches: pd.DataFrame,
    accounts: pd.DataFrame,
    *,
    merge: Merge,
    layout: Layout,
    bindings: Bindings,
    chosen: Mapping[str, str] | None = None,
    holds: Mapping[str, str] | None = None,
    new_users: pd.DataFrame | None = None,
    users: pd.DataFrame | None = None,
    relationships: pd.DataFrame | None = None,
    standing: Standing | None = None,
) -> Plan:
    """Return the plan for one district.

    Args:
        matches: One row an account, by MATCHES.
        accounts: One row an (account, Clever id), by ACCOUNTS, read from the database that `layout` describes.
        merge: The district's way to merge.
        layout: Where the operations take effect.
        bindings: What the plan is tied to.
        chosen: For a user id, the account that a reviewer chose to survive.
        holds: For an account id, a reason to hold it whatever its match says.
        new_users: Users without an account, by NEW_USERS; contacts among them are made anew.
        users: The snapshot's users; gives a new contact its name and e-mail.
        relationships: The snapshot's contact relationships.
        standing: What earlier plans have settled; it is not planned again.

    Raises:
        InputError: The summer path has no date (code `retire_on`), an unknown check is acknowledged, or a rule names
            no unique index.
        TableError: A table breaks its contract.
    """
    MATCHES.check(matches)
    ACCOUNTS.check(accounts)
    if merge.people == "start_fresh" and not is_date(merge.retire_on):
        raise InputError(
            "starting afresh needs a date", code="retire_on", remedy='Write retire_on = "2026-07-01" in [merge].'
        )
    members = _members(matches, accounts)
    refuse_unknown_rules(merge.unique, layout)
    standing = standing or Standing()
    decided = decide_accounts(
        members, merge, chosen=_survivors(members, standing) | dict(chosen or {}), holds=holds or {}
    )
    decided = standing.leave_out_done(decided, dict(members[["account_id", "v3_id"]].to_numpy()), store=merge.store)
    made = create_contacts(new_users, users, relationships, members, is_wanted=merge.people != "start_fresh")
    unfilled = len(made) if layout.unfilled else 0
    rows = _in_order(pd.concat([decided, made.iloc[unfilled:]], ignore_index=True), accounts)
    found = {**_findings(members, rows, merge), "contact_columns": unfilled}
    things = {**bindings.found, "contact_columns": layout.unfilled}
    header = Header(
        tool=bindings.tool,
        schema=SCHEMA,
        district_id=bindings.district_id,
        database=bindings.database,
        schema_digest=bindings.schema_digest,
        snapshot_root=bindings.snapshot_root,
        accounts_digest=bindings.accounts_digest,
        policy_digest=bindings.policy_digest,
        decisions_digest=bindings.decisions_digest,
        made_at=bindings.made_at.isoformat(),
        expires_at=(bindings.made_at + timedelta(days=merge.expires_days)).isoformat(),
        people=merge.people,
        fold=merge.fold,
        store=merge.store,
        unique=dict(merge.unique),
        layout=layout,
        checks=make_checks(things, merge.acknowledge, counts=found),
        retire_on=merge.retire_on if merge.people == "start_fresh" else "",
    )
    return seal_plan(header, rows)


def _members(matches: pd.DataFrame, accounts: pd.DataFrame) -> pd.DataFrame:
    """Return one row an account: its match, and beside it what its row in the application says."""
    own = accounts.drop_duplicates("account_id").rename(columns={"role": "account_role"})
    columns = ["account_id", "clever_id", "v3_id", "account_role", "district_id", "status", "last_login", "rows"]
    return matches.merge(own[columns], on="account_id", how="left", validate="one_to_one")


def _survivors(members: pd.DataFrame, standing: Standing) -> dict[str, str]:
    """Return user to the account that answers for all of the person's accounts already, where one does."""
    folded = members[members["account_id"].isin(list(standing.survivors)) & (members["user_id"] != "")]
    return {user: standing.survivors[account] for account, user in folded[["account_id", "user_id"]].to_numpy()}


def _in_order(rows: pd.DataFrame, accounts: pd.DataFrame) -> pd.DataFrame:
    """Number the operations: groups before single links, each by key; add the images that they rest on."""
    columns = ["account_id", "image"] + [name for name in ("marks",) if name in accounts.columns]
    images = accounts.drop_duplicates("account_id")[columns]
    rows = rows.merge(images, on="account_id", how="left")
    if "marks" not in rows.columns:
        rows["marks"] = ""
    is_single_link = (rows["kind"] == "link") & (rows["group"] == rows["account_id"]) & ~_leads(rows)
    order = pd.DataFrame(
        {
            "late": is_single_link.astype(int),
            "group": [key_order({"account_id": key}) for key in rows["group"]],
            "folded": (rows["survivor_id"] != "").astype(int),
            "own": [key_order({"account_id": key}) for key in rows["account_id"]],
        }
    )
    rows = rows.loc[order.sort_values(["late", "group", "folded", "own"], kind="stable").index]
    rows["position"] = range(len(rows))
    return OPERATIONS.make(rows[list(OPERATIONS.columns)])


def _leads(rows: pd.DataFrame) -> pd.Series:
    """Whether another account is folded into this one."""
    return rows["account_id"].isin(rows.loc[rows["survivor_id"] != "", "survivor_id"])


def _findings(members: pd.DataFrame, rows: pd.DataFrame, merge: Merge) -> dict[str, int]:
    """Count what the named checks ask about the plan itself."""
    with_id = int((members["clever_id"] != "").sum())
    unmatched = int(((members["clever_id"] != "") & (members["state"] == "unmatched")).sum())
    held = int((rows["kind"] == "hold").sum())
    grouped = rows[rows["kind"].isin(["alias", "move"])]
    concerned = set(grouped["account_id"]) | set(grouped["survivor_id"])
    together = members[members["account_id"].isin(concerned) & members["state"].isin(LINKABLE)]
    blind = "most_recent_login" in merge.survivor and len(together) > 0 and not (together["last_login"] != "").any()
    return {
        "many_unmatched": unmatched if unmatched * FEW > with_id else 0,
        "many_held": held if held * FEW > len(members) else 0,
        **{name: int(rows.loc[rows["reason"] == name, "user_id"].nunique()) for name in (SUSPENDED, TOO_LARGE)},
        "old_ids_replaced": int((rows["kind"] == "link").sum()) if merge.store == "replace" else 0,
        "survivor_rule_blind": int(blind),
    }
