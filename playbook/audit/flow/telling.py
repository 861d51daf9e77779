"""What one file tells the others of its project: what its functions give, what it hands over, where it keeps ids."""

from __future__ import annotations

import re
from collections.abc import Iterator

from playbook.audit.flow.facts import Facts
from playbook.audit.flow.identities import find_identity_classes
from playbook.audit.flow.keeping import find_kept, find_parts, key_read
from playbook.audit.flow.kinds import ME, keeps
from playbook.audit.flow.pairing import find_open_rows, find_rows
from playbook.audit.flow.records import find_fields
from playbook.audit.flow.values import Values
from playbook.audit.reading.node import Text
from playbook.audit.words import words

UNTOLD = words(
    "id _id uid key value data name user_id message text body type to params query kind role status state user "
    "identifier sub subject email url path token session cursor starting_after options index code label title "
    "description content result cache_key filter where match eq in headers fields json ref reference source "
    "student teacher person account member student_id teacher_id contact_id clever users after before since last "
    "next last_id last_seen provider array ending_before until id_ input args request response record records row "
    "rows object attributes external remote value_ string username login nickname login_name"
)
"""Names that say too little to be a column of their own wherever they stand."""

SHORT_NAMES = words("type kind role")
"""Names that say something of a role only beside a word for one."""

ASKED = words("person me event thing")
TOLD = ASKED | {"id", "type"}
MOVED_WIRE = re.compile(
    r"sis_?id|district_?username|teacher_?number|student_?number|state_?id|\bdob\b|ell_?status", re.I
)
NO_PERSON = re.compile(
    r"(?i)section|school(?!_?admin)|course|term|district(?!_?admin)|event|entity|model$|role|config|client"
)
TYPE = re.compile(r"(?<![\"'\w.])(?:\w+[.:]+)?([A-Z][a-z]\w+)\b")
COMMON = words(
    "String List Map Array Promise Future Task Optional Option Result Error Exception Integer Long Boolean Object "
    "Record Set Collection Stream Iterator Iterable Vec Some None Ok Err Authorization Bearer Any Unit Void Date "
    "Http Json True False"
)
MAPS_CLAIM = ("MapJsonKey", "MapJsonSubKey", "MapCustomJson")
"""How ASP.NET is told which field of the answer a claim gets: `MapJsonKey(ClaimTypes.Role, "type")`."""

OWN_ID = re.compile(r"(?i)\bclever_?(?:user_?)?u?id\b")
"""What only a class of the application's own calls a field: Clever's records have an id."""

OWN_CLASS = re.compile(
    r"ApplicationRecord|ActiveRecord|models\.Model|extends Model\b|@Entity|\[Table|#\[ORM|@ORM|db\.Model|Base\)|"
    r"DbContext|IdentityUser"
)


def tell(values: Values, *, is_speaking: bool) -> Facts:
    """Return what a file tells.

    Args:
        is_speaking: The file names Clever itself.
    """
    gives = {
        name: kinds
        for name in values.places.by_name
        if name and (kinds := values.gives(name)) and (kinds & TOLD or keeps(kinds))
    }
    takes = {name: dict(places) for name, places in values.parameters.passed.items() if name and places}
    columns = frozenset(kept.name for kept in find_kept(values, "id") if is_telling(kept.name))
    kept_types = {kept.name for kept in find_kept(values, "type")} | {*find_parts(values, "type"), *_claims(values)}
    marks = frozenset(name for name in kept_types if is_telling(name))
    carriers = frozenset(
        name for name in kept_types if is_telling(name) or name in SHORT_NAMES or name.isupper() or "." in name
    )
    found = find_identity_classes(values.places.reading, values.facts.answers)
    identities = {each.block.name: each.field for each in found}
    rows = frozenset((row.provider, row.column) for row in find_rows(values.places.syntax))
    rows |= frozenset(find_open_rows(values.places.syntax))
    asking = {function.owner for function in values.places.functions if values.gives(function.name) & ASKED}
    classes = frozenset(name for name in asking if name) if is_speaking else frozenset()
    types, records = _types(values), _records(values, is_speaking)
    return Facts(
        gives, takes, classes, types, records, columns, marks, rows, find_fields(values.places),
        carriers, identities if is_speaking else {}, _answers(values) if is_speaking else frozenset(),
    )  # fmt: skip


def _claims(values: Values) -> Iterator[str]:
    """Give the claims that get the type of `/me`, as they are spelled."""
    for node in values.places.chains:
        if node.callee in MAPS_CLAIM and len(node.arguments) > 1:
            told = node.arguments[-1]
            if isinstance(told, Text) and told.value in ("type", "user_type") and (key := key_read(node.arguments[0])):
                yield key


def is_telling(name: str) -> bool:
    """Say whether a name can stand for a column of ids in other files too."""
    return (
        (name not in UNTOLD or name == "clever")
        and len(name) > 2
        and "legacy" not in name  # who keeps these has begun to move
        and re.fullmatch(r"[a-z][a-z0-9_]*", name) is not None
    )


def _types(values: Values) -> frozenset[str]:
    """Return the classes that are named in the functions that ask Clever, and those that its records are handed to."""
    content = values.places.reading.content
    asking = [
        each
        for each in values.places.functions
        if values.gives(each.name) & ASKED or values.parameters.are_handed(each)
    ]
    texts = [content[max(0, each.start - 80) : min(each.end, each.start + 1_500)] for each in asking]
    found = {name for text in texts for name in TYPE.findall(text)}
    return frozenset(name for name in found | set(values.decoded) if name not in COMMON)


def _answers(values: Values) -> frozenset[str]:
    """Return the classes that functions are declared to return that ask for `/me`."""
    asking = [each for each in values.places.functions if values.gives(each.name) == ME]
    return frozenset(name for each in asking for name in TYPE.findall(each.gives) if name not in COMMON)


def _records(values: Values, is_speaking: bool) -> frozenset[str]:
    """Return the classes that a person's record is read into: they have fields that only such a record has."""
    content = values.places.reading.content
    return frozenset(
        block.name
        for block in values.places.reading.blocks
        if block.kind == "class"
        and block.name
        and (is_speaking or block.name in values.facts.types)
        and not NO_PERSON.search(block.name)
        and MOVED_WIRE.search(content, block.start, block.end)
        and not OWN_ID.search(content, block.start, block.end)
        and not OWN_CLASS.search(content, max(0, block.start - 200), block.end)
        and not any(block.start <= each.start < block.end and each.parameters for each in values.places.functions)
    )
