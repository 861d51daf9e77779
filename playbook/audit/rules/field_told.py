"""Moved fields told by their names: where Clever is near, one that few other rosters have needs no further proof.

A name that many have, such as `grade`, counts where it stands in one group with such a name: it is read from the same
variable, stands in the same list or the same body.

Source: the v2.1 and v3.1 data models.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence

from playbook.audit.findings import Finding
from playbook.audit.reading.node import Chain
from playbook.audit.rules.field_mentions import OF_A_CONTACT, Mention, find_mentions
from playbook.audit.rules.field_places import TELLING, report_field
from playbook.audit.rules.field_records import NO_PERSON, OTHERS
from playbook.audit.rules.field_values import is_no_person
from playbook.audit.view import View
from playbook.audit.words import words

ROLES = re.compile(r"[\"'.:\[]roles\b|\broles[\"'.:\[?]|\blegacy_?[iI]d\b|student_relationships")
OWN_OWNER = re.compile(
    r"(?:^|_)(?:params|request|req|form|cookies|session|headers?|config|settings|env|args|kwargs|props|state|current_user|"
    r"canvas|google|classlink|oneroster|schoology|errors?|factory|faker)(?:$|\(\))"
)
OWN_CALL = re.compile(
    r"(?i)^(?:where|find_by\w*|find\w*|filter\w*|order\w*|sort_by|group_by|insert\w*|update\w*|upsert\w*|create\w*|write\w*|"
    r"writerow|add_\w+|column|index|unique\w*|values|values_list|only|t|permit|require|string|text|(?:big_)?(?:var)?char|integer|set\w*|table|"
    r"validates\w*|with|fillable|orwhere|andwhere|on_conflict|bulk_\w+|save|print\w*|echo|puts|log|info|debug|warn\w*|"
    r"header\w*|join|attribute|serialized_name|serial_name|json_\w+|j_property|render|json|label|translate|scope|queryx?\w*|exec\w*|prepare)\(\)$"
)
SENT = words("data extra_data raw_info")
"""What holds a record as it was sent, in an answer and in what libraries for OAuth keep of one."""

OF_PERSON = re.compile(r"clever_?(?:student|teacher|contact|school_?admin|district_?admin|staff|user|person)s?\b")
OF_THINGS = re.compile(
    r"\b\w*(?:sections|schools|courses|terms)\w*\s*\[|\(\s*[\"'](?:sections|schools|courses|terms)[\"']\s*\)"
)
"""A table of what is no person, in front of the columns that are taken of it."""

ANSWERED = 400
"""How far in front of a recorded body the path that it answers may stand, in characters."""

ASKED = re.compile(
    r"/v[12]\.\d/(?:(?P<last>\w+)(?:/[\w\-]+)?|[\w\-/]+/(?P<below>\w+))(?=[\"'`?\s)])|[\"'](?P<event>[a-z]+)\.(?:created|updated|deleted)[\"']"
)
PERSONS = re.compile(r"(?:students|teachers|contacts|school_?admins|district_?admins)$")
OF_A_SCHOOL_TOO = words("sis_id state_id")
OWN_LIST = re.compile(
    r"(?i)header|csv|fillable|hidden|guarded|casts|index|unique|order|search|filter|conflict|insert|update|display|"
    r"meta|permit|export|params|assigns|primary|required"
)


def find_told_fields(view: View) -> Iterator[Finding]:
    """Give the moved fields that a file mentions by telling names, and the others of their groups."""
    if not _is_near(view):
        return
    groups: dict[tuple[object, ...], list[Mention]] = defaultdict(list)
    for mention in find_mentions(view):
        groups[mention.form, *mention.group].append(mention)
    for mentions in groups.values():
        is_contact, answered = _is_contact(view, mentions), _answered(view, mentions)
        if answered and not PERSONS.match(answered):
            continue
        if (
            is_contact
            or _is_of_person(mentions)
            or PERSONS.match(answered)
            or any(_is_telling(view, mention) for mention in mentions)
        ):
            for mention in mentions:
                if mention.field in OF_A_CONTACT and not is_contact:
                    continue
                yield report_field(view, mention.offset, mention.field, _reached(mention), mention.form)


def _answered(view: View, mentions: Sequence[Mention]) -> str:
    """Return the collection that a body of a test is Clever's answer of, by the path or the event in front of it."""
    first = mentions[0]
    if first.form != "body" or not view.is_test or not {"data", "object"} & {*first.owner[:1]}:
        return ""
    before = view.reading.content[max(0, first.node.start - ANSWERED) : first.node.start]
    told = list(ASKED.finditer(before))
    return next((group for group in told[-1].groups()[::-1] if group), "") if told else ""


def _is_of_person(mentions: Sequence[Mention]) -> bool:
    """Say whether a group is read from what is named after a person of Clever's: `Reads[CleverTeacher]`."""
    return any(mention.form == "path" and OF_PERSON.search(mention.owner[0]) for mention in mentions)


def _reached(mention: Mention) -> str:
    return ".".join((*mention.owner[-2:], mention.field))


def _is_near(view: View) -> bool:
    """Say whether Clever is near and v2: the file speaks of it, or gets its values, and knows nothing of roles."""
    evidence = view.evidence
    is_near = evidence.speaks or view.is_reached or evidence.is_linked or (evidence.shape and evidence.is_neighbour)
    versions = evidence.project.versions
    if not is_near or (versions and all(version.startswith("v3") for version in versions)):
        return False
    content = view.reading.content
    return not ROLES.search(content) and not (OTHERS.search(content) and not evidence.is_about)


def _is_contact(view: View, mentions: Sequence[Mention]) -> bool:
    """Say whether a group is a contact's: how he is related to a student stands beside what else v2 sends of him."""
    fields = {mention.field for mention in mentions}
    if "relationship" not in fields:
        return False
    if not (view.evidence.is_about or view.is_reached):
        return len(fields) > 2 and view.evidence.speaks
    if mentions[0].form == "body":
        return view.is_test and "data" in mentions[0].owner
    return bool(fields & {"phone", "phone_type", *OF_A_CONTACT}) and not _is_own(view, mentions[0].owner)


def _is_telling(view: View, mention: Mention) -> bool:
    """Say whether a mention says by itself that Clever's record is meant."""
    if mention.field not in TELLING or not mention.is_spelled:
        return False
    if mention.form != "body" and _is_own(view, mention.owner):
        return False
    if mention.field in OF_A_SCHOOL_TOO and _is_of_a_school(view, mention):
        return False
    is_sent = any(part in SENT for part in mention.owner)
    if mention.form in ("read", "argument") or mention.owner[-1:] == ("fields",):
        return is_sent or mention.field not in view.evidence.project.columns
    if mention.form == "body":
        return view.is_test or is_sent or bool(view.evidence.bases)
    return True


def _is_of_a_school(view: View, mention: Mention) -> bool:
    """Say whether what a field is read from may be a school, a section or a course: of those nothing moved."""
    if isinstance(mention.node, Chain) and is_no_person(view, mention.node):
        return True
    function, around = view.reading.function_at(mention.offset), view.reading.class_at(mention.offset)
    content = view.reading.content
    line = content[content.rfind("\n", 0, mention.offset) + 1 : mention.offset]
    if mention.form in ("list", "argument") and OF_THINGS.search(line):
        return True
    names = (*mention.owner, *(block.name for block in (function, around) if block))
    return any(NO_PERSON.search(name) for name in names)


def _is_own(view: View, owner: Sequence[str]) -> bool:
    """Say whether what a field is read from, or handed to, is the application's own."""
    return any(OWN_OWNER.search(part) or OWN_CALL.match(part) or OWN_LIST.search(part) for part in owner)
