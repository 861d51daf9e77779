"""The contracts of what a snapshot holds: only the fields that a migration needs, nothing sensitive about a student.

Source: Clever's v3.1 data model; which fields may be kept is decided by what matching and previewing need.
"""

from __future__ import annotations

from playbook.district import ROLES as ROLE_NAMES
from playbook.tables import Contract

DUAL_OUTCOMES = (
    "agree",  # v2 lists the id in the role in which v3 names it
    "v2_only",  # v3 names it nowhere: an account that holds it finds no user
    "v3_only",  # no list of v2 shows it: given up there, or born since
    "other_role",
    "several_users",  # v3 names it at more than one user
    "not_compared",  # the role's list of v2 was refused
)
"""What the two versions say of one old id."""

USERS = Contract(
    "users",
    {
        "user_id": "text",
        "district_id": "text",
        "email": "text",
        "first": "text",
        "middle": "text",
        "last": "text",  # a contact's whole name stands here
        "created": "text",
        "last_modified": "text",
    },
    key=("user_id",),
)

ROLES = Contract(
    "roles",
    {
        "user_id": "text",
        "role": "text",
        "legacy_id": "text",  # blank for students, whose id does not change
        "sis_id": "text",  # staff: Clever's staff_id; blank for district admins
        "number": "text",  # teachers: teacher_number; blank for everybody else
        "state_id": "text",  # teachers only: a student's is never stored
        "title": "text",
        "staff_roles": "text",  # list; PortalOnly, SchoolTechLead
        "school": "text",  # the primary school; blank for staff and district admins
        "schools": "text",  # list
    },
    key=("user_id", "role"),
    codes={"role": frozenset(ROLE_NAMES)},
)

SECTIONS = Contract(
    "sections",
    {
        "section_id": "text",
        "school_id": "text",
        "teacher_id": "text",  # the primary teacher's user id
        "teachers": "text",  # list of user ids, the primary one first
        "students": "int",
    },
    key=("section_id",),
)

SCHOOLS = Contract("schools", {"school_id": "text", "district_id": "text", "name": "text"}, key=("school_id",))

CONTACT_RELATIONSHIPS = Contract(
    "contact_relationships",
    {"user_id": "text", "student_id": "text", "relationship": "text", "type": "text"},
    sort=("user_id", "student_id", "relationship", "type"),  # one pair may stand more than once in the SIS
)

LEGACY_USERS = Contract(
    "legacy_users",
    {"legacy_id": "text", "role": "text"},  # nothing else of a person is needed to compare ids
    key=("legacy_id",),
    codes={"role": frozenset(ROLE_NAMES)},
)

DUAL_READ = Contract(
    "dual read",
    {
        "legacy_id": "text",
        "user_id": "text",  # whom v3 says it belongs to; blank where v3 does not know it
        "v2_role": "text",  # whose list of v2 shows it, in v3's word; blank where none does
        "v3_role": "text",
        "outcome": "text",
    },
    sort=("legacy_id", "user_id", "v3_role"),  # an id that v3 shows twice stands twice
    codes={"outcome": frozenset(DUAL_OUTCOMES)},
)

MAPPING = Contract(
    "migration CSV rows",
    {
        "legacy_id": "text",
        "user_id": "text",
        "role": "text",  # blank where the file has no such column
        "district_id": "text",  # blank where neither file nor file name says it
        "file": "text",
        "line": "int",
        "fault": "text",  # a code; blank where the row can be used
    },
    sort=("file", "line"),
)
