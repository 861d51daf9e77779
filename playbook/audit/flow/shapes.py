"""The names that hold a person of Clever's by the fields that are read of them, where nobody sees who asked for it.

A consumer, a handler or a mapper is handed a record by a queue or a container; `record["teacher_number"]` says whose.

Source: the v2.1 data model.
"""

from __future__ import annotations

import re

from playbook.audit.accesses import path_of
from playbook.audit.flow.kinds import CONTACT, CONTAINERS, NOTHING, PERSON, Kinds
from playbook.audit.flow.places import Places
from playbook.audit.reading.node import Chain, Node, Text
from playbook.audit.words import words

TEACHERS = words("teacher_number")
CONTACTS = words("relationship")
BESIDE = words("phone phone_type student_relationships students")
STUDENTS = words("student_number ell_status frl_status iep_status hispanic_ethnicity graduation_year grade")
NOBODY = words("self this params request form attrs attributes args session user current_user csv row line options me")
AS_SENT = words("javascript typescript tsx coffeescript lua")
"""Languages in which an attribute that is spelled with an underscore is a key of what was sent."""

LOOKED_UP = re.compile(
    r"(?i)find_?by|find_or|findone|\.objects\.|\bwhere\b|repo(?:sitory)?\b|\bselect\b|\.query|fetch_?(?:one|all|assoc|object)|"
    r"csv|current_user|first_or|\.create\(|getenv|\bnew\s"
)


class Shapes:
    """The records of one file that their fields tell.

    Args:
        places: The functions and chains of the file.
        own: The moved fields that the application keeps as columns of its own, which tell nothing.
        is_speaking: The file names Clever; in others only a key counts, for an attribute may be anybody's.
    """

    def __init__(self, places: Places, own: frozenset[str], *, is_speaking: bool) -> None:
        self._places = places
        self._is_speaking = is_speaking
        self._read: dict[tuple[int, str], set[str]] = {}
        telling = (TEACHERS | CONTACTS) - own
        content = places.reading.content.lower().replace("_", "")
        if any(field.replace("_", "") in content for field in telling):
            for chain in places.chains:
                self._note(chain)
        self._telling = telling

    def kinds(self, name: str, node: Node, values: list[Node]) -> Kinds:
        """Return what a name holds by the fields that its function reads of it.

        Args:
            values: What it is assigned; a record that is looked up is the application's own.
        """
        read = self._read.get((self._start(node.start), name), set())
        if not read & self._telling or read & STUDENTS or name in NOBODY:
            return NOTHING
        content = self._places.reading.content
        if any(LOOKED_UP.search(content[each.start : min(each.end, each.start + 300)]) for each in values):
            return NOTHING
        if read & TEACHERS & self._telling:
            return PERSON
        return CONTACT if read & BESIDE else NOTHING

    def _note(self, chain: Chain) -> None:
        path = path_of(chain)
        if len(path) < 2:
            return
        following = [part.removesuffix("()") for part in path[1:]]
        while len(following) > 1 and following[0] in CONTAINERS:
            following.pop(0)
        is_as_sent = self._places.reading.language in AS_SENT and any(step.name == following[0] for step in chain.steps)
        if not self._is_speaking and not is_as_sent and not _is_by_key(chain, following[0]):
            return
        self._read.setdefault((self._start(chain.start), path[0]), set()).add(following[0])

    def _start(self, offset: int) -> int:
        function = self._places.function_at(offset)
        return function.start if function is not None else -1


def _is_by_key(chain: Chain, field: str) -> bool:
    """Say whether a chain reads a field by its name as a text."""
    return any(isinstance(each, Text) and each.value == field for step in chain.steps for each in step.arguments)
