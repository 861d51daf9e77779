"""The shapes that Clever sends, as far as a migration reads them: typed, tolerant, and blind to everything else.

A field that is not named here is never decoded, so a student's sensitive fields cannot reach the disk. Missing, null
and "" are the same; unknown fields pass; no value is checked against a list. Pages that differ in shape from the
common one go through `playbook.clever.oddities`.

Source: https://dev.clever.com/docs/users, https://dev.clever.com/docs/sections; Clever's v3.1 data model.
"""

from __future__ import annotations

from typing import Generic, TypeVar

import msgspec

Record = TypeVar("Record")

Text = str | None
Texts = list[str | None] | None


class Name(msgspec.Struct, gc=False):
    """A person's name; a contact has `last` only."""

    first: Text = None
    middle: Text = None
    last: Text = None


class Student(msgspec.Struct, gc=False):
    """A student's role: what matching reads, and nothing else about a minor."""

    legacy_id: Text = None
    sis_id: Text = None
    school: Text = None
    schools: Texts = None


class Teacher(msgspec.Struct, gc=False):
    """A teacher's role."""

    legacy_id: Text = None
    sis_id: Text = None
    teacher_number: Text = None
    state_id: Text = None
    title: Text = None
    school: Text = None
    schools: Texts = None


class Staff(msgspec.Struct, gc=False):
    """A staff role; a school admin before v3. There is no primary school and no SIS id but the staff id."""

    legacy_id: Text = None
    staff_id: Text = None
    title: Text = None
    roles: Texts = None
    schools: Texts = None


class DistrictAdmin(msgspec.Struct, gc=False):
    """A district admin's role."""

    legacy_id: Text = None
    title: Text = None


class StudentRelationship(msgspec.Struct, gc=False):
    """What a contact is to one student; a pair may stand more than once."""

    student: Text = None
    relationship: Text = None
    type: Text = None


class Contact(msgspec.Struct, gc=False):
    """A contact's role."""

    legacy_id: Text = None
    sis_id: Text = None
    student_relationships: list[StudentRelationship] | None = None


class Roles(msgspec.Struct, gc=False):
    """The roles of one user that the district shares; the older role words stand beside the current ones."""

    contact: Contact | None = None
    district_admin: DistrictAdmin | None = None
    districtadmin: DistrictAdmin | None = None
    staff: Staff | None = None
    school_admin: Staff | None = None
    schooladmin: Staff | None = None
    student: Student | None = None
    teacher: Teacher | None = None


class User(msgspec.Struct, gc=False):
    """One v3 user."""

    id: str
    district: Text = None
    email: Text = None
    name: Name | None = None
    created: Text = None
    last_modified: Text = None
    roles: Roles | None = None


class LegacyUser(msgspec.Struct, gc=False):
    """One record of a v2 role list: that its id exists is all that is asked."""

    id: str


class Section(msgspec.Struct, gc=False):
    """One section; `teacher` is the primary teacher's user id, `students` only counted."""

    id: str
    school: Text = None
    teacher: Text = None
    teachers: Texts = None
    students: Texts = None


class School(msgspec.Struct, gc=False):
    """One school."""

    id: str
    district: Text = None
    name: Text = None


class Link(msgspec.Struct, gc=False):
    """A link of an answer; only the one called `next` is followed."""

    rel: Text = None
    uri: Text = None


class Item(msgspec.Struct, Generic[Record], gc=False):
    """One record in its wrapper."""

    data: Record


class Page(msgspec.Struct, Generic[Record]):
    """A list's page; an empty list of resources comes as `{"resources": []}`."""

    data: list[Item[Record]] | None = None
    resources: list[Item[Record]] | None = None
    links: list[Link] | None = None


def next_link(links: list[Link] | None) -> str:
    """Return the link to the next page, or "" on the last one."""
    return next((link.uri or "" for link in links or () if link.rel == "next"), "")
