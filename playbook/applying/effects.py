"""What each operation of a plan writes: the rows, in the order in which foreign keys and unique indexes allow it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping

from playbook.applying.cells import Row
from playbook.applying.journal import LINKS, RELATIONSHIPS, SURVIVORS
from playbook.applying.links import link_column
from playbook.applying.moving import move_rows, release_uniques
from playbook.applying.rows import Drift, Writer
from playbook.applying.values import key_value
from playbook.merging.layout import Credentials, Layout, Referrer
from playbook.merging.operations import Alias, CreateContact, Link, Move, Operation, Retire
from playbook.merging.plan import Header

RETIRED = "retired:"


def write_effects(writer: Writer, header: Header, operation: Operation) -> None:
    """Write what one operation says; the caller has compared the account's image and commits.

    Raises:
        Drift: A row is not as the plan expects, or a unique value has no rule; nothing of the group may stay.
    """
    writer.begin(operation.position)
    _EFFECTS[type(operation)](writer, header, operation)
    writer.confirm(header.layout.table)


def account_key(writer: Writer, layout: Layout, account_id: str) -> str:
    """Return an account's key as the kept value that its column compares with."""
    return key_value(writer.tables[layout.table].columns[layout.key], account_id, writer.dialect)


def _link(writer: Writer, header: Header, operation: Operation) -> None:
    layout = header.layout
    if layout.credentials:
        _link_credential(writer, header, layout.credentials, operation)
        return
    column = link_column(header)
    if not column:
        writer.add(LINKS.name, link_row(operation))
        return
    account = _account(writer, layout, operation.account_id)
    if header.store == "beside" and account[column] not in (None, "s:", f"s:{operation.user_id}"):
        raise Drift("v3_id_taken", [f"{layout.table}.{column}"])
    writer.change(layout.table, {layout.key: account[layout.key]}, column, account[column], f"s:{operation.user_id}")


def _link_credential(writer: Writer, header: Header, credentials: Credentials, operation: Operation) -> None:
    """Add a second credential row that differs from the first in its id and version, or change the first one."""
    row = _credential(writer, header.layout, credentials, operation)
    if header.store == "replace":
        key = writer.key_of(credentials.table, row)
        for column, value in new_cells(credentials, row, operation).items():
            writer.change(credentials.table, key, column, row[column], value)
        return
    writer.add(credentials.table, credential_row(credentials, row, operation))


def link_row(operation: Operation) -> Row:
    """Return a link as a row of the playbook's own table."""
    return _texts({"account_id": operation.account_id, "user_id": operation.user_id, "role": operation.role})


def credential_row(credentials: Credentials, row: Row, operation: Operation) -> Row:
    """Return the second credential row of an account whose first one is given; its key is for the database to make."""
    keyless = {name: value for name, value in row.items() if name not in credentials.key}
    return keyless | new_cells(credentials, row, operation)


def new_cells(credentials: Credentials, row: Row, operation: Operation) -> Row:
    """Return what a credential row holds under the new id and does not hold now: the id, and the version."""
    new: Row = {credentials.clever_id: f"s:{operation.user_id}"}
    if credentials.version:
        new[credentials.version] = f"s:{_next_version(row[credentials.version])}"
    return new


def _credential(writer: Writer, layout: Layout, credentials: Credentials, operation: Operation) -> Row:
    account = account_key(writer, layout, operation.account_id)
    rows = writer.find(credentials.table, {credentials.account: account}, where=credentials.where)
    for row in rows:
        if (row[credentials.clever_id] or "").removeprefix("s:").strip().lower() == operation.old_id:
            return row
    raise Drift("row_missing", [f"{credentials.table}.{credentials.clever_id}"])


def _next_version(word: str | None) -> str:
    """Return the version word of the new row in the old row's spelling: `v2.1` gives `v3.1`."""
    text = (word or "").partition(":")[2]
    return text.replace("2", "3", 1) if "2" in text else "v3"


def _alias(writer: Writer, header: Header, operation: Operation) -> None:
    layout = header.layout
    if layout.merged_into:
        account = _account(writer, layout, operation.account_id)
        survivor = account_key(writer, layout, operation.survivor_id)
        key = {layout.key: account[layout.key]}
        writer.change(layout.table, key, layout.merged_into, account[layout.merged_into], survivor)
        return
    # Whoever was folded into this account before follows it, so that a survivor is never more than one step away.
    for row in writer.find(SURVIVORS.name, {"survivor_id": f"s:{operation.account_id}"}):
        folded = writer.key_of(SURVIVORS.name, row)
        writer.change(SURVIVORS.name, folded, "survivor_id", row["survivor_id"], f"s:{operation.survivor_id}")
    writer.add(SURVIVORS.name, _texts({"account_id": operation.account_id, "survivor_id": operation.survivor_id}))


def _move(writer: Writer, header: Header, operation: Operation) -> None:
    layout = header.layout
    loser = account_key(writer, layout, operation.account_id)
    survivor = account_key(writer, layout, operation.survivor_id)
    for referrer in moved_references(layout):
        move_rows(writer, header, referrer, loser, survivor)
    release_uniques(writer, header, _account(writer, layout, operation.account_id))
    _alias(writer, header, operation)


def moved_references(layout: Layout) -> Iterator[Referrer]:
    """Yield what a move gives to the survivor: every reference, and the Clever ids of a separate credential table.

    Only Clever's own credentials follow, so that the old id still finds the person; a login of another kind stays
    with the tombstone, because nobody has said that whoever holds it may reach the survivor.
    """
    yield from layout.referrers
    if credentials := layout.credentials:
        yield credentials.referrer


def _retire(writer: Writer, header: Header, operation: Operation) -> None:
    layout = header.layout
    if layout.credentials:
        table, column = layout.credentials.table, layout.credentials.clever_id
        row = _credential(writer, layout, layout.credentials, operation)
    else:
        table, column = layout.table, layout.clever_id
        row = _account(writer, layout, operation.account_id)
    is_nullable = bool(writer.tables[table].columns[column].nullable)
    retired = None if is_nullable else f"s:{RETIRED}{operation.old_id}"
    writer.change(table, writer.key_of(table, row), column, row[column], retired)


def _create_contact(writer: Writer, header: Header, operation: Operation) -> None:
    """Make the account, and one row a student: a contact stands in another relationship to each of them."""
    layout = header.layout
    contact = json.loads(operation.detail)
    values = {"user_id": operation.user_id, "district_id": header.district_id, **contact}
    row: Row = {}
    for column, source in layout.contact_cells:
        value = source[1:] if source.startswith("=") else values[source]
        row[column] = f"s:{value}" if value else None
    key = writer.add(layout.table, row)
    account_id = (key[layout.key] or "").partition(":")[2]
    tag = "s" if writer.dialect == "postgresql" else "i"
    for line, student in enumerate(contact["students"]):
        cells = {"contact_id": account_id, "student_id": student["account"]}
        cells |= {"relationship": student["relationship"], "type": student["type"]}
        writer.add(RELATIONSHIPS.name, {**_texts(cells), "line": f"{tag}:{line}"})


def _account(writer: Writer, layout: Layout, account_id: str) -> Row:
    rows = writer.find(layout.table, {layout.key: account_key(writer, layout, account_id)})
    if not rows:
        raise Drift("row_missing", [layout.table])
    return rows[0]


def _texts(values: Mapping[str, str]) -> Row:
    return {name: f"s:{value}" for name, value in values.items()}


_EFFECTS: Mapping[type[Operation], Callable[[Writer, Header, Operation], None]] = {
    Link: _link,
    Alias: _alias,
    Move: _move,
    Retire: _retire,
    CreateContact: _create_contact,
}
