"""A small invented district as the wire shows it, and the honest answers of a server that has it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playbook.clever.client import Clever
from playbook.settings import Secret
from tests.clever.faulty_server import Request, faulty_server

DISTRICT_ID = "6f000000d1d1d1d1d1d1d101"
SCHOOL_IDS = [f"5c000000c1c1c1c1c1c1c1{n:02x}" for n in range(1, 4)]


def student(number: int) -> dict[str, Any]:
    """Return a student: no legacy id, and sensitive fields that nobody may keep."""
    return {
        "id": f"50000000aaaaaaaa{number:08x}",
        "district": DISTRICT_ID,
        "email": f"pupil{number}@district.example",
        "name": {"first": f"Pupil{number}", "middle": "", "last": "Example"},
        "created": "2024-08-01T10:00:00.000Z",
        "last_modified": "2025-09-02T10:00:00.000Z",
        "roles": {
            "student": {
                "sis_id": f"S{number:05}",
                "school": SCHOOL_IDS[number % 3],
                "schools": [SCHOOL_IDS[number % 3]],
                "state_id": f"SECRET-STATE-{number}",
                "dob": "1/16/2012",
                "iep_status": "SECRET-IEP",
                "gender": "F",
                "location": {"zip": "SECRET-ZIP"},
            }
        },
    }


def employee(number: int) -> dict[str, Any]:
    """Return a teacher, every third of them staff as well, every ninth a district admin too."""
    user = student(number) | {"id": f"70000000bbbbbbbb{number:08x}", "email": f"teacher{number}@district.example"}
    teacher = {"legacy_id": f"6a000000{number:016x}", "school": SCHOOL_IDS[0], "schools": SCHOOL_IDS[:2]}
    user["roles"] = {"teacher": teacher | {"sis_id": f"T{number}", "teacher_number": str(number), "state_id": "ST"}}
    if number % 3 == 0:
        user["roles"]["staff"] = {
            "legacy_id": f"6b000000{number:016x}",
            "staff_id": f"F{number}",
            "roles": ["PortalOnly", "SchoolTechLead"],
            "schools": SCHOOL_IDS[1:],
            "title": "Coach",
        }
    if number % 9 == 0:
        user["roles"]["district_admin"] = {"legacy_id": f"6c000000{number:016x}", "title": ""}
    return user


def contact(number: int) -> dict[str, Any]:
    """Return a contact: a last name only, and two relationships."""
    user = student(number) | {"id": f"71000000cccccccc{number:08x}", "name": {"last": f"Guardian {number}"}}
    pairs = [
        {"student": student(number + 1)["id"], "relationship": "Parent", "type": "Primary"},
        {"student": student(number)["id"], "relationship": "Aunt/Uncle", "type": ""},
    ]
    user["roles"] = {"contact": {"legacy_id": f"6d000000{number:016x}", "student_relationships": pairs}}
    return user


def section(number: int) -> dict[str, Any]:
    """Return a section with two teachers."""
    teachers = [employee(number)["id"], employee(number + 1)["id"]]
    return {
        "id": f"58000000dddddddd{number:08x}",
        "school": SCHOOL_IDS[number % 3],
        "teacher": teachers[1],
        "teachers": teachers,
        "students": [student(n)["id"] for n in range(number, number + 5)],
    }


@dataclass
class SmallDistrict:
    """A district of about `size` users, and its honest answers."""

    size: int = 100
    lists: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    district: dict[str, Any] = field(default_factory=dict)
    largest_page: int = 10000

    def __post_init__(self) -> None:
        users = [student(n) for n in range(self.size * 7 // 10)]
        users += [employee(n) for n in range(self.size * 2 // 10)]
        users += [contact(n) for n in range(self.size // 10)]
        schools = [{"id": id_, "district": DISTRICT_ID, "name": f"School {id_[-2:]}"} for id_ in SCHOOL_IDS]
        self.lists = {"users": users, "sections": [section(n) for n in range(12)], "schools": schools, "events": []}
        self.district = {"id": DISTRICT_ID, "name": "Example USD", "state": "running", "last_sync": "2026-08-01"}

    def answer(self, request: Request) -> None:
        """Answer as Clever would."""
        noun = request.path.removeprefix("/v3.1/")
        if noun == "districts":
            request.send_json({"data": [{"data": self.district}], "links": []})
        elif noun in self.lists:
            request.send_json(self.page(request, noun))
        else:
            request.send(404, b"<html>Cannot GET</html>", {"content-type": "text/html"})

    def page(self, request: Request, noun: str) -> dict[str, Any]:
        """Return one page of a list."""
        limit = min(int(request.parameter("limit", "100")), self.largest_page)
        after, role = request.parameter("starting_after"), request.parameter("role")
        records = [record for record in self.lists[noun] if record["id"] > after and _has(record, role)]
        page = records[:limit]
        links = [{"rel": "self", "uri": request.target}]
        if len(records) > limit:
            query = f"limit={limit}&starting_after={page[-1]['id']}" + (f"&role={role}" if role else "")
            links.append({"rel": "next", "uri": f"/v3.1/{noun}?{query}"})
        document: dict[str, Any] = {"data": [{"data": record, "uri": "/x"} for record in page], "links": links}
        return document | ({"count": len(self.lists[noun])} if request.parameter("count") == "true" else {})

    def instead(self, matches: Callable[[Request], bool], wrong: Callable[[Request], Any]) -> Callable[[Request], Any]:
        """Return an answering that is wrong where it matches, and honest elsewhere."""
        return lambda request: wrong(request) if matches(request) else self.answer(request)


def _has(record: dict[str, Any], role: str) -> bool:
    return not role or role in record["roles"]


@contextmanager
def clever_of(district: SmallDistrict, directory: Path) -> Iterator[Clever]:
    """Serve a district honestly and open a client of it."""
    with (
        faulty_server(district.answer) as server,
        Clever(server.origin, Secret("t"), pace_directory=directory) as clever,
    ):
        yield clever
