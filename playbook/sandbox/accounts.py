"""Build the sample vendor application's database for a sandbox district, and the district file that names both.

The same seed, size and layout give the same rows on every engine, so that a dump taken twice is identical.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from pathlib import Path

from playbook.sandbox.accounts_children import children_of
from playbook.sandbox.accounts_database import create_tables, filling, insert_rows
from playbook.sandbox.accounts_rows import VendorAccount, accounts_by_person
from playbook.sandbox.accounts_tables import vendor_tables
from playbook.sandbox.district import SandboxDistrict, make_district

Row = Mapping[str, object]


def build_accounts(url: str, *, seed: int = 1, users: int = 1200, layout: str = "users") -> dict[str, int]:
    """Build the database and return how many rows each table got.

    Args:
        url: A SQLAlchemy URL of an empty PostgreSQL, MySQL/MariaDB or SQLite database; a SQLite file is made.
        seed: The district's.
        users: The district's size, in people; accounts are a little fewer.
        layout: `users` or `credentials`.

    Raises:
        InputError: The URL names no supported database, or one that already has tables of these names.
        DatabaseError: The database does not answer or refuses.
    """
    district, tables = make_district(seed, users), vendor_tables(layout)
    with filling(url) as connection:
        create_tables(connection, tables)
        rows = chain([("database_identity", _identity(district, layout))], _rows(district, layout))
        return insert_rows(connection, tables, rows)


def _identity(district: SandboxDistrict, layout: str) -> Row:
    name = f"{district.id}/{district.seed}/{district.users}/{layout}"
    return {"id": str(uuid.uuid5(uuid.NAMESPACE_URL, name))}


def _rows(district: SandboxDistrict, layout: str) -> Iterator[tuple[str, Row]]:
    """Yield every table's rows, a person's after another's; a flush puts accounts before what references them."""
    for person, accounts in accounts_by_person(district):
        for account in accounts:
            yield "users", _user(account, layout)
            if layout == "credentials":
                yield from _credentials(account)
        yield from children_of(district, person, accounts)


def _user(account: VendorAccount, layout: str) -> Row:
    last_login = account.last_login.replace(tzinfo=None) if account.last_login else None
    row: dict[str, object] = {
        "id": account.id,
        "kind": account.kind,
        "username": account.username,
        "name": account.name,
        "email": account.email or None,
        "sis_id": account.sis_id or None,
        "number": account.number or None,
        "district_id": account.district_id,
        "status": account.status,
        "last_login": last_login,
    }
    return row | {"clever_id": account.clever_id or None} if layout == "users" else row


def _credentials(account: VendorAccount) -> Iterator[tuple[str, Row]]:
    """Yield an account's credentials: Clever's where it has one, and a mailbox for every third."""
    table, key = "authentication_options", account.id * 2
    if account.clever_id:
        version = "v3.1" if "already_v3" in account.accidents else "v2.1"
        clever = {"id": key, "user_id": account.id, "provider": "clever", "uid": account.clever_id, "version": version}
        yield table, clever
    if account.email and account.id % 3 == 0:
        mailbox = {"id": key + 1, "user_id": account.id, "provider": "google", "uid": account.email, "version": None}
        yield table, mailbox


_COLUMNS = """table = "users"
key = "id"
{ids}role = "kind"
name = "name"
email = "email"
sis_id = "sis_id"
number = "number"
district = "district_id"
status = "status"
last_login = "last_login"
"""
_IDS = {
    "users": 'clever_id = "clever_id"\n',
    "credentials": (
        'identities = { table = "authentication_options", account = "user_id", clever_id = "uid", '
        'version = "version", where = "provider = \'clever\'" }\n'
    ),
}
_REST = """
[[accounts.reference]]                  # what no foreign key tells
table = "grades"
column = "graded_by"

[merge]
people = "{people}"
fold = "{fold}"
store = "{store}"
survivor = ["most_recent_login", "most_rows", "lowest_key"]

[permissions]
mode = "per_role"

[permissions.grants]
student = ["view:section"]
teacher = ["edit:section", "view:school"]
staff = ["view:school"]
"staff.SchoolTechLead" = ["support:school"]
district_admin = ["view:district"]

[privacy]
retention_days = 30
"""
_LOGINS = ", ".join(
    f'{role} = "env:CLEVER_{role.upper()}_TOKEN"' for role in ("student", "teacher", "staff", "district_admin")
)
_AUDIT = """
[audit]
paths = [{paths}]
"""


def write_district_file(
    path: Path,
    *,
    base_url: str,
    seed: int = 1,
    users: int = 1200,
    layout: str = "users",
    accounts_url: str = "env:ACCOUNTS_DATABASE_URL",
    token: str = "env:CLEVER_DISTRICT_TOKEN",
    people: str = "consolidate",
    fold: str = "alias",
    store: str = "beside",
    sources: Iterable[Path] = (),
    logins: bool = False,
) -> Path:
    """Write the district file of a rehearsal; it holds references, no secrets.

    Args:
        path: The file to write.
        base_url: Where the sandbox serves.
        seed: The district's.
        users: The district's size.
        layout: The layout of the accounts database.
        accounts_url: A reference, or a URL without a password.
        token: The reference of the district's token.
        people: What happens to people with several accounts.
        fold: How accounts are folded.
        store: How the new id is stored.
        sources: Source trees to audit; written as they are given.
        logins: Name one login a role, for the rehearsal: `env:CLEVER_STUDENT_TOKEN` and so on.
    """
    district = make_district(seed, users)
    trees = ", ".join(f'"{tree.as_posix()}"' for tree in sources)
    path.write_text(
        f'[district]\nid = "{district.id}"\nname = "{district.name}"\n\n'
        f'[clever]\nbase_url = "{base_url}"\ntoken = "{token}"\nversion = "v3.1"\n'
        + (f"logins = {{ {_LOGINS} }}\n" if logins else "")
        + f'\n[accounts]\nurl = "{accounts_url}"\n'
        + _COLUMNS.format(ids=_IDS[layout])
        + _REST.format(people=people, fold=fold, store=store)
        + (_AUDIT.format(paths=trees) if trees else ""),
        encoding="utf-8",
    )
    return path
