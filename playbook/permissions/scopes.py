"""Where each role of each user counts: a teacher in the own sections, staff at their schools, an admin everywhere.

Scopes belong to a role, never to the person: what a teacher may do must not spread to the schools that the same person
has as staff. Nothing is asked a user: sections, schools and the roles' own lists say it all.

Source: https://dev.clever.com/docs/multi-role-users-in-clever
"""

from __future__ import annotations

import pandas as pd

from playbook.tables import TEXT

COLUMNS = ["user_id", "role", "scope_kind", "scope_id"]


def find_scopes(roles: pd.DataFrame, sections: pd.DataFrame, schools: pd.DataFrame, district_id: str) -> pd.DataFrame:
    """Return where each role of each user counts.

    Args:
        roles: One row a (user, role), by the contract ROLES.
        sections: By the contract SECTIONS; a teacher's own ones name the teacher.
        schools: By the contract SCHOOLS; a district admin's are all of them.
        district_id: The district, which every role's district-wide grants are for.

    Returns:
        Columns user_id, role, scope_kind, scope_id; each row once. Whom the snapshot gives no place has no row.
    """
    at_schools = _at_schools(roles, schools)
    parts = [_at_district(roles, district_id), at_schools, _own_sections(roles, sections)]
    wide = at_schools[at_schools["role"].isin(["staff", "district_admin"])]
    inside = wide.merge(sections[["section_id", "school_id"]], left_on="scope_id", right_on="school_id")
    parts.append(_scopes(inside, "section", inside["section_id"]))
    return pd.concat(parts, ignore_index=True).drop_duplicates(ignore_index=True)


def _at_district(roles: pd.DataFrame, district_id: str) -> pd.DataFrame:
    return _scopes(roles, "district", pd.Series(district_id, index=roles.index, dtype=TEXT))


def _at_schools(roles: pd.DataFrame, schools: pd.DataFrame) -> pd.DataFrame:
    admins = roles.loc[roles["role"] == "district_admin", ["user_id", "role"]].merge(
        schools[["school_id"]], how="cross"
    )
    own = roles[["user_id", "role"]].assign(school_id=roles["schools"].str.split("|")).explode("school_id")
    primary = roles[["user_id", "role"]].assign(school_id=roles["school"])
    listed = pd.concat([own.astype(TEXT), primary.astype(TEXT)], ignore_index=True)
    listed = listed[(listed["school_id"].fillna("") != "") & (listed["role"] != "district_admin")]
    both = pd.concat([listed, admins.astype(TEXT)], ignore_index=True)
    return _scopes(both, "school", both["school_id"])


def _own_sections(roles: pd.DataFrame, sections: pd.DataFrame) -> pd.DataFrame:
    listed = sections[["section_id"]].assign(user_id=sections["teachers"].str.split("|")).explode("user_id")
    first = sections[["section_id"]].assign(user_id=sections["teacher_id"])
    taught = pd.concat([listed.astype(TEXT), first.astype(TEXT)], ignore_index=True)
    own = roles.loc[roles["role"] == "teacher", ["user_id", "role"]].merge(taught, on="user_id")
    return _scopes(own, "section", own["section_id"])


def _scopes(rows: pd.DataFrame, kind: str, scope_id: pd.Series) -> pd.DataFrame:
    return rows[["user_id", "role"]].assign(scope_kind=kind, scope_id=scope_id)[COLUMNS].astype(TEXT)
