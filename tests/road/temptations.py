"""Accounts that the sample district does not have, planted to tempt or contradict a careless matcher."""

from __future__ import annotations

from collections.abc import Mapping

from playbook.sandbox.district import SandboxDistrict
from playbook.sandbox.hard_cases import HardCase
from playbook.sandbox.person import Person
from tests.road.raw import Row

MAILBOX = "OFFICE@example-usd.example"
FORMULA = '=HYPERLINK("https://evil.example","click")'


def tempting_accounts(district: SandboxDistrict) -> dict[str, Row]:
    """Return accounts without an id that Clever knows, by what tempts.

    `blank` has neither id nor e-mail; `mailbox` has an e-mail that several people share; `formula` has a hostile name
    and one person's e-mail; `close` has an id that differs from a teacher's in the last digit.
    """
    people = list(district.people())
    known = {role.v2_id for person in people for role in person.roles} | {person.user_id for person in people}
    stem = people[district.hard_cases()[HardCase.CLOSE_IDS.value][0]].roles[0].legacy_id[:-1]
    columns = {
        "blank": {},
        "mailbox": {"email": MAILBOX},
        "formula": {"email": _employee(people, 99).email.upper(), "name": FORMULA},
        "close": {"clever_id": next(stem + digit for digit in "89abcdef" if stem + digit not in known)},
    }
    return _rows(district, 900_000, columns)


def contradicting_accounts(district: SandboxDistrict) -> dict[str, Row]:
    """Return accounts that hold somebody's id or trace and contradict it, by how."""
    people = list(district.people())
    teacher = [_employee(people, number) for number in (24, 26, 34, 36, 37, 38, 28, 29)]
    absent, three_roles, parent = (_employee(people, number) for number in (99, 3, 5))
    contact, child, other_child = people[842], people[20], people[40]
    columns: dict[str, dict[str, str | None]] = {
        "v3 id beside the old one": {"clever_id": teacher[0].user_id, "last_login": "2026-06-01 00:00:00"},
        "v3 id of three roles": {"clever_id": three_roles.user_id, "kind": "school_admin"},
        "student twice": {"clever_id": child.user_id, "kind": "student"},
        "contact with a teacher's id": {"clever_id": teacher[1].roles[0].legacy_id.upper(), "kind": "contact"},
        "teacher with a contact's id": {"clever_id": people[850].roles[0].legacy_id},
        "staff with a parent's e-mail": {"email": parent.email, "kind": "school_admin"},
        "contact with an employee's e-mail": {"email": parent.email, "kind": "contact"},
        "teacher with a student's e-mail": {"email": people[30].email},
        "traces of two teachers": {"email": teacher[6].email, "sis_id": teacher[7].roles[0].sis_id},
        "student by SIS id": {"sis_id": other_child.roles[0].sis_id, "kind": "student"},
        "teacher with a student's SIS id": {"sis_id": people[41].roles[0].sis_id},
        "no id at all": {"clever_id": "none"},
        "unknown role with a v3 id": {"clever_id": teacher[2].user_id, "kind": "librarian"},
        "id between blanks": {"clever_id": f" {absent.roles[0].legacy_id}"},
        "student with an employee's v3 id": {"clever_id": absent.user_id, "kind": "student"},
        "our id in another district": {"clever_id": teacher[3].roles[0].legacy_id, "district_id": "5" * 24},
        "suspended on v3": {"clever_id": teacher[4].user_id, "status": "suspended"},
        "no district": {"email": teacher[5].email.upper(), "district_id": None},
        "contact on v3 beside the old one": {"clever_id": contact.user_id, "kind": "contact"},
    }
    return _rows(district, 910_000, columns)


def _employee(people: list[Person], number: int) -> Person:
    return next(person for person in people if person.email.lower().startswith(f"e{number:05}@"))


def _rows(district: SandboxDistrict, first: int, columns: Mapping[str, Mapping[str, str | None]]) -> dict[str, Row]:
    common = {"kind": "teacher", "status": "active", "district_id": district.id}
    return {
        name: common | {"id": first + number, "username": f"planted{first + number}"} | dict(own)
        for number, (name, own) in enumerate(columns.items())
    }
