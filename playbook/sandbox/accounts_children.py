"""What the accounts of the sample application own: enrolments, grades, notes, files and log lines."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache

from playbook.sandbox.accounts_accidents import Accident
from playbook.sandbox.accounts_rows import FIRST_KEY, SLOTS, VendorAccount, accounts_of, is_neighbour
from playbook.sandbox.district import SandboxDistrict
from playbook.sandbox.identifiers import digest
from playbook.sandbox.person import Person

Row = Mapping[str, object]

GRADED = 2
"""A student's grades: one in each of her first sections."""

_KEYS_A_PERSON = 16


def children_of(
    district: SandboxDistrict, person: Person, accounts: Sequence[VendorAccount]
) -> Iterator[tuple[str, Row]]:
    """Yield the rows that reference a person's own accounts, each with the name of its table."""
    for slot, account in enumerate(account for account in accounts if not is_neighbour(account)):
        for number, (table, row) in enumerate(_rows(district, person, account)):
            key = person.index * SLOTS * _KEYS_A_PERSON + slot * _KEYS_A_PERSON + number + 1
            yield table, {"id": key, **row}


def _rows(district: SandboxDistrict, person: Person, account: VendorAccount) -> Iterator[tuple[str, Row]]:
    bits = digest(district.seed, "children", account.id, size=3)
    if account.role == "student":
        yield from _of_student(district, person, account)
    elif account.role == "teacher" or Accident.SAME_SECTION in account.accidents:
        yield from (("enrolments", _enrolment(district, account, number, "teacher")) for number in _first_two(person))
    if account.role != "contact":
        yield from (("files", {"owner_id": account.id, "path": f"/u/{account.id}/{n}.pdf"}) for n in range(bits[0] % 3))
    if account.role in ("teacher", "staff"):
        about = _student_key(bits[2] % district.students)
        yield from (("notes", {"author_id": account.id, "about_id": about, "body": "Met."}) for _ in range(bits[1] % 3))
    if account.last_login:
        yield "audit_log", {"user_id": account.id, "action": "sign_in", "at": account.last_login.replace(tzinfo=None)}


def _first_two(person: Person) -> tuple[int, ...]:
    return person.section_numbers[:2]


def _of_student(district: SandboxDistrict, person: Person, account: VendorAccount) -> Iterator[tuple[str, Row]]:
    for number in person.section_numbers[:GRADED]:
        yield "enrolments", _enrolment(district, account, number, "student")
        yield (
            "grades",
            {
                "student_id": account.id,
                "graded_by": _teacher_key(district, number),
                "assignment": f"unit-{number}",
                "points": digest(district.seed, "points", account.id, number, size=1)[0] % 101,
            },
        )


def _enrolment(district: SandboxDistrict, account: VendorAccount, section: int, part: str) -> Row:
    return {"user_id": account.id, "section_id": district.mints["section"].id(section), "part": part}


def _student_key(index: int) -> int:
    return FIRST_KEY + index * SLOTS


@lru_cache(maxsize=1024)
def _teacher_key(district: SandboxDistrict, section: int) -> int | None:
    """Return the account that grades in a section: her own if she has one, and hers as a teacher."""
    ranks = district.schooling.teachers_of_section(section)
    teacher = district.person(district.index_of_teacher(ranks[0]))
    graders = [account.id for account in accounts_of(district, teacher) if account.role == "teacher"]
    return graders[0] if graders else None
