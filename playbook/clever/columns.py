"""From a page of typed users to Arrow columns, without a row object in between.

Each user is one row that carries its roles and relationships as nested lists, so that a page is one table that can be
written at once, and a user who is read twice can be replaced as a whole.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import attrgetter
from typing import Any

import numpy as np
import pyarrow as pa

from playbook.clever.tables import CONTACT_RELATIONSHIPS, ROLES, USERS
from playbook.clever.wire import Contact, Name, Roles, School, Section, Staff, Student, Teacher, User
from playbook.tables import Contract, join


def arrow_schema(contract: Contract) -> pa.Schema:
    """Return the Arrow schema of a contract's table."""
    kinds = {"text": pa.string(), "int": pa.int64(), "bool": pa.bool_()}
    return pa.schema([pa.field(column, kinds[kind]) for column, kind in contract.columns.items()])


def _nested(contract: Contract) -> pa.StructType:
    return pa.struct([field for field in arrow_schema(contract) if field.name != "user_id"])


ROLE = _nested(ROLES)
RELATIONSHIP = _nested(CONTACT_RELATIONSHIPS)
PEOPLE = pa.schema(
    [*arrow_schema(USERS), pa.field("roles", pa.list_(ROLE)), pa.field("relationships", pa.list_(RELATIONSHIP))]
)
"""One row a user, roles and relationships nested; what a page becomes."""

Cells = list[str | None]
_NAMELESS = Name()
_ROLELESS = Roles()


def people_table(users: Sequence[User]) -> pa.Table:
    """Return a page of users as a table of `PEOPLE`, in the page's order."""
    names = [user.name or _NAMELESS for user in users]
    columns = [
        _text([user.id for user in users]),
        _text([user.district for user in users]),
        _text([user.email for user in users]),
        _text([name.first for name in names]),
        _text([name.middle for name in names]),
        _text([name.last for name in names]),
        _text([user.created for user in users]),
        _text([user.last_modified for user in users]),
        _role_lists(users),
        _relationship_lists(users),
    ]
    return pa.table(columns, schema=PEOPLE)


def sections_table(sections: Sequence[Section]) -> pa.Table:
    """Return a page of sections as rows of the sections' contract."""
    return pa.table(
        {
            "section_id": _text([section.id for section in sections]),
            "school_id": _text([section.school for section in sections]),
            "teacher_id": _text([section.teacher for section in sections]),
            "teachers": _text([_teachers(section) for section in sections]),
            "students": pa.array([len(section.students or ()) for section in sections], pa.int64()),
        }
    )


def schools_table(schools: Sequence[School]) -> pa.Table:
    """Return a page of schools as rows of the schools' contract."""
    return pa.table(
        {
            "school_id": _text([school.id for school in schools]),
            "district_id": _text([school.district for school in schools]),
            "name": _text([school.name for school in schools]),
        }
    )


def _teachers(section: Section) -> str:
    """The primary teacher first, each once."""
    return join(dict.fromkeys(teacher for teacher in (section.teacher, *(section.teachers or ())) if teacher))


def _text(cells: Cells) -> pa.Array:
    texts = pa.array(cells, pa.string())
    return texts.fill_null("") if texts.null_count else texts


def _joined(lists: Sequence[Sequence[str | None] | None]) -> pa.Array:
    return _text([(cells[0] if len(cells) == 1 else join(filter(None, cells))) if cells else "" for cells in lists])


def _cells(records: Sequence[Any], field: str) -> pa.Array:
    return _text(list(map(attrgetter(field), records)))


def _contact(roles: Sequence[Contact]) -> dict[str, pa.Array]:
    return {"legacy_id": _cells(roles, "legacy_id"), "sis_id": _cells(roles, "sis_id")}


def _district_admin(roles: Sequence[Any]) -> dict[str, pa.Array]:
    return {"legacy_id": _cells(roles, "legacy_id"), "title": _cells(roles, "title")}


def _staff(roles: Sequence[Staff]) -> dict[str, pa.Array]:
    return {
        "legacy_id": _cells(roles, "legacy_id"),
        "sis_id": _cells(roles, "staff_id"),
        "title": _cells(roles, "title"),
        "staff_roles": _joined([role.roles for role in roles]),
        "schools": _joined([role.schools for role in roles]),
    }


def _student(roles: Sequence[Student]) -> dict[str, pa.Array]:
    """No legacy id: a student's id does not change, and where one is sent it must be the same."""
    return {
        "sis_id": _cells(roles, "sis_id"),
        "school": _cells(roles, "school"),
        "schools": _joined([role.schools for role in roles]),
    }


def _teacher(roles: Sequence[Teacher]) -> dict[str, pa.Array]:
    return {
        "legacy_id": _cells(roles, "legacy_id"),
        "sis_id": _cells(roles, "sis_id"),
        "number": _cells(roles, "teacher_number"),
        "state_id": _cells(roles, "state_id"),
        "title": _cells(roles, "title"),
        "school": _cells(roles, "school"),
        "schools": _joined([role.schools for role in roles]),
    }


# In the order in which a user's roles stand in the table: by their names.
_COLUMNS_OF: dict[str, Callable[[Any], dict[str, pa.Array]]] = {
    "contact": _contact,
    "district_admin": _district_admin,
    "staff": _staff,
    "student": _student,
    "teacher": _teacher,
}


def _role_lists(users: Sequence[User]) -> pa.Array:
    held = [user.roles or _ROLELESS for user in users]
    by_name: dict[str, list[Any]] = {
        "contact": [roles.contact for roles in held],
        "district_admin": [roles.district_admin or roles.districtadmin for roles in held],
        "staff": [roles.staff or roles.school_admin or roles.schooladmin for roles in held],
        "student": [roles.student for roles in held],
        "teacher": [roles.teacher for roles in held],
    }
    shared = {name: roles for name, roles in by_name.items() if roles.count(None) < len(roles)}
    owners = [_holders(roles) for roles in shared.values()]
    blocks = [_role_block(name, [role for role in roles if role]) for name, roles in shared.items()]
    return _lists(len(users), owners, blocks, ROLE)


def _holders(roles: Sequence[Any]) -> Any:
    """The rows of the users who have a role."""
    return np.flatnonzero(np.fromiter((role is not None for role in roles), bool, len(roles)))


def _role_block(name: str, roles: list[Any]) -> pa.StructArray:
    known = _COLUMNS_OF[name](roles) | {"role": pa.repeat(pa.scalar(name, pa.string()), len(roles))}
    blanks = pa.repeat(pa.scalar("", pa.string()), len(roles))
    return pa.StructArray.from_arrays([known.get(field.name, blanks) for field in ROLE], fields=list(ROLE))


def _relationship_lists(users: Sequence[User]) -> pa.Array:
    held = [
        (row, pair)
        for row, user in enumerate(users)
        if user.roles and user.roles.contact
        for pair in user.roles.contact.student_relationships or ()
        if pair.student
    ]
    owners = np.fromiter((row for row, _ in held), np.int64, len(held))
    pairs = [pair for _, pair in held]
    block = pa.StructArray.from_arrays(
        [_cells(pairs, "student"), _cells(pairs, "relationship"), _cells(pairs, "type")], fields=list(RELATIONSHIP)
    )
    return _lists(len(users), [owners], [block], RELATIONSHIP)


def _lists(rows: int, owners: list[Any], blocks: list[pa.StructArray], kind: pa.StructType) -> pa.Array:
    """Gather blocks of nested rows into one list a user; a user's rows keep the order of the blocks."""
    owner = np.concatenate(owners) if owners else np.empty(0, np.int64)
    offsets = np.zeros(rows + 1, np.int32)
    np.cumsum(np.bincount(owner, minlength=rows), out=offsets[1:])
    values = pa.concat_arrays(blocks) if blocks else pa.array([], kind)
    if len(blocks) > 1:
        values = values.take(pa.array(np.argsort(owner, kind="stable")))
    return pa.ListArray.from_arrays(pa.array(offsets), values)
