"""Fields of the classes that a Clever response is read into: structs, data classes, interfaces, schemas.

Source: the v2.1 and v3.1 data models.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from playbook.audit.findings import Finding
from playbook.audit.reading.paths import snake
from playbook.audit.rules.field_places import PLACES, STRONG, report_field
from playbook.audit.view import View
from playbook.audit.words import words

PERSON_TYPE = re.compile(
    r"student|teacher|contact|credential|guardian|admin|staff|person|user|pupil|clever(?!\w*(?:section|school|course|term|district|event|client|config|response|api|service))",
    re.IGNORECASE,
)


NO_PERSON_TYPE = re.compile(
    r"section|school(?!_?admin)|course|term|district(?!_?admin)|event|role|entity|model|repository|migration|serializer|form|controller|client|service|config|test|spec|relationship|view|summary|props",
    re.IGNORECASE,
)


ROLES = re.compile(r"\b(?:roles|Roles|legacy_id|legacyId|LegacyID|LegacyId)\b")
TAG = re.compile(r"(?:json|bson|xml|yaml|mapstructure):\"([a-z_]+)")


NAMES = words(
    "JsonProperty SerializedName SerialName JsonPropertyName Json JsonAlias rename DataMember serde Key alias data_key"
)


OWN_MODEL = re.compile(
    r"@Entity\b|@Table\(|@Column|\[Table\(|DbContext|models\.Model|ActiveRecord|ApplicationRecord|extends Model\b|"
    r"Ecto\.Schema|@Document|"
    r"declarative_base|db\.Model|mongoose\.Schema|@PrimaryKey|realm|TypeORM|@PrimaryGeneratedColumn"
)


SCHEMA_LINE = re.compile(
    r"^\s*(?:(?:attribute|field|property|optional|required|key)\??[ (]+:(?P<a>\w+)\b|"
    r"[\"']?(?P<b>\w+)[\"']?\s*:\s*(?:z|yup|Yup|joi|Joi|t|S|v|s|Type|Schema|types|string|faker)\.\w+|"
    r"(?P<c>\w+)\s*=\s*(?:fields|ma|serializers|marshmallow|schema)\.\w+\()",
    re.M,
)
SCHEMA_HEAD = re.compile(
    r"^\s*(?:export\s+)?(?:(?:class|module|struct)\s+(\w+)|(?:const|let|var)\s+(\w+)\s*=[^\n]*[({]\s*$)", re.M
)
DECODED = re.compile(r"Codable|Decodable|Mappable|init\s*\(\s*(?:from|json|dictionary|map)")
WIRE = re.compile(rf"(?:{'|'.join(sorted(NAMES))})\w*\s*(?:\(|=)[^\n]*?\"([a-z_]+)\"|case\s+\w+\s*=\s*\"([a-z_]+)\"")


DECLARED = words("grade credentials relationship phone school schools gender race title")


FIELD_LINE = re.compile(
    r"^\s*(?:(?:public|private|protected|internal|readonly|val|var|let|pub|final|case|required|static|open)\s+)*(?:[\w<>?\[\].]+\s+)?(?P<name>\w+)\s*"
    r"(?P<after>[?!]?\s*:(?!:)|\s*\{\s*get|\s*;|\s*=\s*(?:\"|field|Field|None|null)|\s+[*\w.\[\]]+\s*`|\s*,?$)"
)


def find_declared_fields(view: View) -> Iterator[Finding]:
    """Fields of classes that a Clever response is read into: structs, data classes, interfaces, schemas."""
    is_named = any(block.kind == "class" and "Clever" in block.name for block in view.reading.blocks)
    if not (view.evidence.is_about or is_named or "class" in view.evidence.shape) or ROLES.search(view.reading.content):
        return
    if re.search(OWN_MODEL, view.reading.content):
        return
    yield from _of_schemas(view)
    is_clever = view.evidence.is_in_path or bool(view.evidence.bases) or "class" in view.evidence.shape
    for block in view.reading.blocks:
        if not is_clever and "lever" not in block.name:
            continue
        if block.kind != "class" or not PERSON_TYPE.search(block.name) or NO_PERSON_TYPE.search(block.name):
            continue
        if view.reading.language == "swift" and not DECODED.search(view.reading.content, block.start, block.end):
            continue
        yield from _fields_of(view, block.start, block.end, block.name)


def _of_schemas(view: View) -> Iterator[Finding]:
    """Fields of schemas that are written as calls: `attribute :dob, Types::String`, `dob: z.string()`."""
    content = view.reading.content
    for match in SCHEMA_LINE.finditer(content):
        name = match["a"] or match["b"] or match["c"]
        start = match.start(match.lastgroup or 0)
        owner = _schema_around(view, start)
        if name in PLACES and name != "name" and PERSON_TYPE.search(owner) and not NO_PERSON_TYPE.search(owner):
            yield report_field(view, start, name, f"{owner}.{name}", "declared")


def _schema_around(view: View, offset: int) -> str:
    """Return the name of the class, or of the constant, that a schema's field stands in."""
    heads = list(SCHEMA_HEAD.finditer(view.reading.content, max(0, offset - 2_000), offset))
    return next((group for group in heads[-1].groups() if group), "") if heads else ""


def _fields_of(view: View, start: int, end: int, owner: str) -> Iterator[Finding]:
    offset, above = start, ""
    for line in view.reading.content[start:end].splitlines(keepends=True):
        column = len(line) - len(line.lstrip())
        innermost = view.reading.class_at(offset + column)
        is_inner = innermost is not None and innermost.start > start and innermost.name != "CodingKeys"
        name, is_wire = ("", False) if is_inner else _declared_name(view, line, offset)
        if name and (is_wire or name != above) and _is_moved_declaration(name, is_wire, owner):
            yield report_field(view, offset + column, name, f"{owner}.{name}", "declared")
        above = name if is_wire else ""
        offset += len(line)


def _declared_name(view: View, line: str, offset: int) -> tuple[str, bool]:
    """Return the field that a line declares, and whether it is its name on the wire."""
    wire = TAG.search(line) or WIRE.search(line)
    if wire:
        return next(group for group in wire.groups() if group), True
    match = FIELD_LINE.match(line) if "CodingKeys" not in view.reading.content else None
    if match and view.reading.function_at(offset) is None:
        return snake(match["name"]), False
    return "", False


def _is_moved_declaration(name: str, is_wire: bool, owner: str) -> bool:
    if name in ("name", "type"):
        return re.search("contact|guardian", owner, re.IGNORECASE) is not None
    return name in PLACES and (is_wire or name in STRONG or name in DECLARED)
