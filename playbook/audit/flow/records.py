"""The records of the application that Clever's ids and types are put into: in which field each argument ends.

`new StaffRow(t["id"], t["email"])` says by its place only that an id is in it; the class says that the field is `ref`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from playbook.audit.flow.functions import find_parameters
from playbook.audit.flow.kinds import Kinds, kept_as
from playbook.audit.flow.places import Places
from playbook.audit.reading.paths import snake

HEADED = re.compile(
    r"\b(?:(?:data|case|value|inline|sealed|public|final|readonly)\s+)*(?:class|record(?:\s+struct)?|struct)\s+(\w+)"
    r"(?:<[^>\n]*>)?\s*(?:@\w+\s*)?(?:private\s+|public\s+|internal\s+)?(?=\()"
)
LISTED = re.compile(
    r"\b(\w+)\s*=\s*(?:Struct|Data|Value)\.(?:new|define)\(([^)]*)\)|\b(\w+)\s*=\s*namedtuple\(\s*[\"']\w+[\"'],\s*([^\n]*)\)"
)
DECORATED = re.compile(r"@(?:dataclass|define|attr\.s|attrs?\.define|frozen)\b[^\n]*\n(?:@[^\n]*\n)*class\s+(\w+)")
FIELD = re.compile(r"\n[ \t]+(\w+)[ \t]*:")
OPTIONS = ("keyword_init", "true")
MOST = 16

Fields = Mapping[str, tuple[str, ...]]


def find_fields(places: Places) -> dict[str, tuple[str, ...]]:
    """Return the classes of a file, as they are spelled, with the fields that their constructors fill, in order."""
    content = places.reading.content
    found: dict[str, tuple[str, ...]] = {}
    for function in places.functions:
        if function.is_constructor and function.owner and function.parameters:
            found[function.owner] = tuple(each.name for each in function.parameters)
    for match in HEADED.finditer(content) if places.reading.language != "python" else ():  # which lists bases there
        names = find_parameters(content[match.end() : match.end() + 1_200], places.reading.language)
        found.setdefault(match[1], tuple(each.name for each in names))
    for match in LISTED.finditer(content):
        listed = re.findall(r"\w+", match[2] or match[4] or "")
        found.setdefault(match[1] or match[3], tuple(snake(name) for name in listed if name not in OPTIONS))
    for match in DECORATED.finditer(content):
        block = content[match.end() : match.end() + 1_200].partition("\n\n\n")[0]
        found.setdefault(match[1], tuple(snake(name) for name in FIELD.findall(block.partition("    def ")[0])))
    return {name: fields for name, fields in found.items() if 0 < len(fields) <= MOST}


def keep_in(kept: str, owner: str, place: int, fields: Fields) -> str:
    """Return the kind of an object of a class whose argument of a place is an id, or the type of `/me`."""
    known = fields.get(owner)
    if known is None:
        return kept_as(kept, f"{owner}#{place}")
    return kept_as(kept, known[place]) if place < len(known) else ""


def resolve(kinds: Iterable[str], fields: Fields) -> Kinds:
    """Return kinds with the places of ids turned into the names of fields, where the class is known by now."""
    return frozenset(filter(None, (_named(kind, fields) for kind in kinds)))


def _named(kind: str, fields: Fields) -> str:
    kept, _, told = kind.partition("@")
    owner, mark, place = told.partition("#")
    return keep_in(kept, owner, int(place), fields) if mark else kind
