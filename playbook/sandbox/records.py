"""The records that keep their ids from v2 to v3, as the wire shows them: district, schools, sections, courses, terms.

Source: https://dev.clever.com/docs/sections and https://dev.clever.com/docs/districts
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from playbook.sandbox.district import SandboxDistrict
from playbook.sandbox.moments import LAST_SYNC, moment
from playbook.sandbox.names import school_name
from playbook.sandbox.schooling import GRADES, SUBJECTS

Record = dict[str, Any]


@dataclass(frozen=True)
class Records:
    """Renders what is not a person.

    Attributes:
        district: Whose records they are.
        version: The version of the API that asks; v2.0 knows fewer fields than v2.1, v3.0 fewer than v3.1.
    """

    district: SandboxDistrict
    version: str

    def show_district(self) -> Record:
        """Return the district itself."""
        record: Record = {
            "id": self.district.id,
            "name": self.district.name,
            "sis_type": "sftp_sync",
            "launch_date": "2017-07-31" if self.version >= "v3" else "2017-07-31T00:00:00.000Z",
            "last_sync": moment(self.district.last_sync),
            "state": "running",
            "error": "",
            "mdr_number": "",
            "nces_id": "0600001",
            "pause_start": None,
            "pause_end": None,
        }
        if self.version >= "v2.1":
            record |= {
                "login_methods": ["Clever Passwords", "Google"],
                "portal_url": f"https://clever.com/in/{self.district.domain.partition('.')[0]}",
                "district_contact": self._contact(),
            }
        if self.version >= "v3.1":
            record |= {"lms_state": "", "lms_type": "", "last_attendance_sync": None}
        return record

    def _contact(self) -> Record:
        """Return the district's contact, whose id stays of the v2 kind in v3 too."""
        return {
            "id": self.district.mints["former_district_admin"].id(0),
            "district": self.district.id,
            "email": f"clever@{self.district.domain}",
            "name": {"first": "District", "last": "Office"},
            "title": "IT",
        }

    def show_school(self, number: int) -> Record:
        """Return a school; its principal is a name and an address, no reference to a user."""
        record: Record = {
            "id": self.district.mints["school"].id(number),
            "district": self.district.id,
            "name": school_name(number),
            "school_number": f"{number + 1:03d}",
            "sis_id": f"{number + 1:03d}",
            "state_id": "",
            "nces_id": "",
            "mdr_number": "",
            "low_grade": "Kindergarten",
            "high_grade": "12",
            "principal": {"name": "", "email": f"principal{number}@{self.district.domain}"},
            "phone": f"555-02{number % 100:02d}",
            "location": {"address": "", "city": "", "state": "CA", "zip": "", "lat": "", "lon": ""},
            "created": moment(self.district.mints["school"].second(number)),
            "last_modified": moment(LAST_SYNC),
        }
        return record if self.version == "v2.0" else {**record, "ext": {}}

    def show_section(self, number: int) -> Record:
        """Return a section; v3 names teachers by user id, v2 by their id as teachers."""
        plan = self.district.schooling
        group, subject = divmod(number, len(SUBJECTS))
        teachers = self.teachers_of_section(number)
        record: Record = {
            "id": self.district.mints["section"].id(number),
            "district": self.district.id,
            "school": self.district.mints["school"].id(plan.school_of_section(number)),
            "course": self.district.mints["course"].id(plan.course_of_section(number)),
            "term_id": self.district.mints["term"].id(plan.term_of_section(number)),
            "name": f"Class {group + 1} {SUBJECTS[subject]}",
            "section_number": f"{number + 1}",
            "sis_id": f"SEC{number:07d}",
            "period": f"{subject + 1}",
            "grade": GRADES[plan.grade_of_class(group)],
            "subject": SUBJECTS[subject],
            "students": [self.district.user_id(student) for student in plan.students_of_section(number)],
            "teacher": teachers[0] if teachers else "",
            "teachers": teachers,
            "created": moment(self.district.mints["section"].second(number)),
            "last_modified": moment(LAST_SYNC),
        }
        if self.version >= "v2.1":
            record["ext"] = {}
        return {**record, "lms_status": {"synced_in_lms": False}} if self.version >= "v3.1" else record

    def teachers_of_section(self, number: int) -> list[str]:
        """Return the ids of a section's teachers, with one whom the district does not share where there is one."""
        district = self.district
        people = map(district.index_of_teacher, district.schooling.teachers_of_section(number))
        if self.version >= "v3":
            teachers = [district.user_id(index) for index in people]
        else:
            teachers = [district.v2_id(index, "teacher") for index in people]
        if district.schooling.has_unknown_teacher(number):
            teachers.append(district.mints["unknown_teacher"].id(number))
        return teachers

    def show_course(self, number: int) -> Record:
        """Return a course."""
        grade, subject = divmod(number, len(SUBJECTS))
        return {
            "id": self.district.mints["course"].id(number),
            "district": self.district.id,
            "name": f"{SUBJECTS[subject]} {GRADES[grade]}",
            "number": f"C{number:03d}",
        }

    def show_term(self, number: int) -> Record:
        """Return a term."""
        start, end = (("2026-08-15", "2027-01-15"), ("2027-01-16", "2027-06-15"))[number]
        return {
            "id": self.district.mints["term"].id(number),
            "district": self.district.id,
            "name": ("Fall", "Spring")[number],
            "start_date": start,
            "end_date": end,
        }

    def show_resource(self, number: int) -> Record:
        """Return a resource; the only record whose `roles` is a list."""
        return {
            "id": self.district.mints["resource"].id(number),
            "district": self.district.id,
            "resource_id": f"book-{number + 1}",
            "title": f"Reader {number + 1}",
            "roles": ["student", "teacher"] if number % 2 == 0 else ["teacher"],
            "created": moment(self.district.mints["resource"].second(number)),
            "updated": moment(LAST_SYNC),
        }
