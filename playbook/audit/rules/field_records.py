"""Declarations of what a Clever record is read into, told by their fields rather than by their names.

A class, struct, interface or schema that declares fields which few other rosters call so is Clever's record, whatever
it is called; then all of its moved fields are places, those with common names too.

Source: the v2.1 and v3.1 data models.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from playbook.audit.evidence import names_clever
from playbook.audit.findings import Finding
from playbook.audit.reading.node import Chain, Items, Pair
from playbook.audit.reading.paths import snake
from playbook.audit.reading.token import Block
from playbook.audit.rosters import OTHER_ROSTERS
from playbook.audit.rules.field_mentions import OF_A_CONTACT
from playbook.audit.rules.field_places import PLACES, TELLING, report_field
from playbook.audit.view import View, key_name
from playbook.audit.words import words

ROLES = re.compile(r"\b(?:roles|Roles|legacy_id|legacyId|LegacyID|LegacyId)\b")
NO_PERSON = re.compile(
    r"(?i)section|school(?!_?admin)|course|term(?!\w)|district(?!_?admin)|event|role|assignment|classroom|props\b|settings|config"
)
OTHERS = re.compile(rf"(?i){OTHER_ROSTERS}|ed_?fi\b|gg4l")
CONTACT = re.compile(r"(?i)contact|guardian|parent|carer|family")
OWN_MODEL = re.compile(
    r"@Entity\b|@Table\b|@Column|\[Table\(|DbContext|models\.(?!Serializer)\w+|ActiveRecord|ApplicationRecord|"
    r"extends Model\b|Ecto\.Schema|@Document|declarative_base|db\.\w+|mongoose\.Schema|@PrimaryKey|realm|Mapped\[|"
    r"mapped_column|Column\(|@PrimaryGeneratedColumn|table\s*=\s*True|relationship\(|primary_key|gorm:|\(Base\)|"
    r"FromRow|Queryable|NSManagedObject|ModelSerializer|: (?:Int|Long|String)IdTable|: Table\(|@objc|schema\s+\"|"
    r"belongs_to|has_many|db:\"|Types::Base|GraphQL::|\[Key\]|\[Index\(|\[ForeignKey|\[StringLength|\[MaxLength|[cC]lever_?[iI][dD]\b"
)
NUMBERED = re.compile(
    r"\b(?:id|Id|ID)\b[\"']?\s*[?!]?\s*:\s*(?:Int(?:eger|32|64)?|Long|number|int|long|UUID|bigint)\b|"
    r"\b(?:u?int(?:32|64)?|long|Long|Integer|Guid|UUID|bigint)\??\s+(?:id|Id|ID)\b|\bID\s+u?int(?:32|64)?\b"
)
"""An id of the application's own: Clever's are texts."""

ANONYMOUS = re.compile(r"(?m)^[ \t]*(?:var\s+(?P<name>\w+)\s+|(?P<given>\w+)\s*:?=\s*(?:\[\])?)struct\s*\{")
CASES = re.compile(r"\s*case\s+\w+(?:\s*,\s*\w+)*\s*$")
WIRE = re.compile(
    r"(?:json|bson|mapstructure|yaml):\"([a-z_]+)|"
    r"(?:JsonProperty|SerializedName|SerialName|JsonPropertyName|Json|JsonAlias|JsonKey|rename|DataMember|alias|data_key|"
    r"source|Property|Key|Field|validation_alias|key|from|name|JProperty|jsonFieldName)\w*\s*(?:\(|=|:)\s*(?:\w+\s*[=:]\s*)?[\"']([a-z_]+)[\"']|"
    r"case\s+\w+\s*=\s*\"([a-z_]+)\"|(?:Property|Field)\w*(?:\[[^\]]*\])?\(\s*[\"']([a-z_]+)[\"']"
)
OUTER = re.compile(r"alias\w*\s*=\s*\"[a-z]+[A-Z]\w*\"")
ANNOTATION = re.compile(r"(?:@[\w.:]+(?:\([^()]*\))?|#?\[.*\])(?:\s*@[\w.:]+(?:\([^()]*\))?)*")
MAPPED = re.compile(r"case\s+(\w+)\s*=\s*\"")
DECLARED = re.compile(
    r"^\s*(?:(?:public|private|protected|internal|readonly|val|var|let|pub|final|case|required|static|open|override|late|const|:)\s+|"
    r"@[\w.]+(?:\([^)]*\))?\s+)*"
    r"(?:[\w<>?\[\].|]+(?:::\w+)*\s+)?[\"'`$:]?(?P<name>[A-Za-z]\w*)[\"'`]?\s*"
    r"(?:[?!]{0,2}\s*:(?!:)|\s*\{\s*get|;|\s*=\s*(?:\"|[\w.]*[Ff]ield|[\w.]+\(|None|null)|\s+[*\w.\[\]]+\s*`|,?\s*$|\)+\s*[;{]?\s*$)"
)
LISTED = re.compile(
    r"^\s*(?:fields?|attributes?\??|attr_\w+|propert(?:y|ies)|store_accessor|key|keys|optional|required|has|expose|map|param|member)"
    r"[ (]+(?P<names>[:\"'\w][^\n=]*)$"
)
ENTRY = re.compile(r"[{,(;]\s*(?:val\s+|var\s+)?[\"']?(?P<name>[a-z]\w*)[\"']?\s*\??:")
SCHEMAS = words("z t yup Yup joi Joi v s S types Schema Type serializers fields ma th d")
TYPES = words("String Number Boolean Date Array Object")


OF_ROLE = re.compile(
    r"^(?:clever_|raw_|remote_|api_|upstream_|roster_)*(?:student|teacher|school_?admin|district_?admin|contact|staff(?:_member)?)s?"
    r"(?:_(?:dto|data|record|model|response|json|attributes|attrs|payload|object|row|info|struct|resource|schema|fields|body|"
    r"props|type|shape|item|entry|v2))*$"
)
"""What a class of a person is called, whoever sends it."""

IDENTIFYING = words("id email name district data")
BESIDE = frozenset(PLACES) | words("id name email district created last_modified type students links uri data")
"""What Clever calls the fields of a person."""

COMMON = words("sis_id state_id staff_id dob")
"""Telling names that other rosters have too."""


@dataclass(frozen=True, slots=True)
class Declared:
    """A field that a body declares, as Clever spells it."""

    name: str
    offset: int
    is_spelled: bool


def find_records(view: View) -> Iterator[Finding]:
    """Give the moved fields of every declaration that is Clever's record."""
    if not _is_near(view) or OTHERS.search(view.below):
        return
    for block in _bodies(view):
        content = view.reading.content[block.start : block.end]
        if (
            ROLES.search(content)
            or NO_PERSON.search(block.name)
            or OUTER.search(content)
            or _is_own(view, block, content)
        ):
            continue
        declared = list(_declared(view, block, content))
        if not _is_record(view, block, declared):
            continue
        for each in declared:
            if each.name in PLACES or (each.name in OF_A_CONTACT and _is_contact(block, declared)):
                yield report_field(view, each.offset, each.name, f"{block.name}.{each.name}", "declared")


def _is_own(view: View, block: Block, content: str) -> bool:
    """Say whether a body is a model of the application's own: by its base, by a numbered id, by its table."""
    if OWN_MODEL.search(content) or NUMBERED.search(content):
        return True
    return bool(block.name) and f"DbSet<{block.name}>" in view.reading.content


def _is_near(view: View) -> bool:
    evidence = view.evidence
    if evidence.project.is_clever and all(
        name in view.reading.content for name in ("relationship", "students", "name")
    ):
        return True  # a contact needs nobody to say whose it is
    return evidence.speaks or evidence.is_neighbour or evidence.is_linked or view.is_reached or bool(evidence.shape)


def _bodies(view: View) -> Iterator[Block]:
    """Give the classes of a file, and the schemas that are written as calls."""
    yield from (block for block in view.reading.blocks if block.kind == "class" and block.name != "CodingKeys")
    yield from _anonymous(view)
    for node in view.nodes():
        if isinstance(node, Items) and node.bracket == "{" and _is_schema(node):
            yield Block("class", node.start, node.end, _name_around(node))


def _anonymous(view: View) -> Iterator[Block]:
    """Give the structs of Go that a function declares for one answer only."""
    content = view.reading.content
    for match in ANONYMOUS.finditer(content) if view.reading.language == "go" else ():
        depth, end = 0, match.end() - 1
        for end in range(match.end() - 1, len(content)):
            depth += {"{": 1, "}": -1}.get(content[end], 0)
            if not depth:
                break
        yield Block("class", match.start(), end + 1, match["name"] or match["given"])


def _is_schema(node: Items) -> bool:
    pairs = [each for each in node.items if isinstance(each, Pair)]
    values = [each.value for each in pairs if isinstance(each.value, Chain)]
    called = [each for each in values if isinstance(each.head, str) and _is_type(each, each.head.split(".")[0])]
    return len(pairs) >= 2 and len(called) * 2 > len(pairs)


def _is_type(value: Chain, head: str) -> bool:
    is_called = any(step.kind == "call" for step in value.steps)
    return (head in SCHEMAS and is_called) or (head in TYPES and not value.steps)


def _name_around(node: Items) -> str:
    return next((key_name(each) for each in node.ancestors() if isinstance(each, Pair)), "")


def _is_contact(block: Block, declared: list[Declared]) -> bool:
    return bool(CONTACT.search(block.name)) or any(each.name in ("relationship", "relationships") for each in declared)


def _is_record(view: View, block: Block, declared: list[Declared]) -> bool:
    """Say whether what a body declares is a person as Clever sends one."""
    moved = {each.name for each in declared if each.name in PLACES}
    telling = {each.name for each in declared if each.is_spelled} & TELLING
    names = {each.name for each in declared}
    if ROLES.search(view.reading.content) and not names & {"email", "name"}:
        return False  # one role of a v3 user
    if moved and OF_ROLE.match(snake(block.name)) and _is_as_sent(names) and _is_read_into(view, block):
        return True
    if block.name in view.evidence.project.facts.records:
        return bool(telling) or len(moved) > 1
    evidence = view.evidence
    if names_clever(block.name) and moved and (telling or len(moved) > 1 or names & IDENTIFYING):
        return True
    if evidence.is_about or view.is_reached:
        is_contact = "relationship" in names and bool(names & {"phone", "students"})
        return bool(telling) or is_contact
    if {"name", "relationship", "students"} <= names:
        return True
    return bool(telling - COMMON) or (bool(telling) and (len(moved) > 1 or evidence.speaks))


def _is_as_sent(names: set[str]) -> bool:
    """Say whether fields are those of a record of Clever's, rather than what an application makes of one."""
    return len(names & BESIDE) * 3 >= len(names) * 2


def _is_read_into(view: View, block: Block) -> bool:
    """Say whether Clever's answers are read into a class: its file is about Clever, or who asks names the class."""
    evidence = view.evidence
    is_asked = block.name in evidence.project.facts.types and (view.is_reached or evidence.is_neighbour)
    return evidence.is_in_path or bool(evidence.bases) or is_asked


def _declared(view: View, block: Block, content: str) -> Iterator[Declared]:
    """Give the fields that the lines of a body declare, not those of its methods and inner classes."""
    offset, above = block.start, False
    mapped = set(MAPPED.findall(content))
    for line in content.splitlines(keepends=True):
        column = len(line) - len(line.lstrip())
        at = offset + column
        offset += len(line)
        if not _is_own_line(view, block, at):
            continue
        if CASES.match(line) and (inner := view.reading.class_at(at)) is not None and inner.name == "CodingKeys":
            yield from (Declared(name, at, False) for name in re.findall(r"\w+", line)[1:])
            continue
        wired = [name for groups in WIRE.findall(line) for name in groups if name]
        if wired:
            yield from (Declared(name, at, True) for name in wired)
        elif not above and "CodingKeys" not in line:
            names = [name for name in _plain(line) if name not in mapped and not line.lstrip().startswith("case ")]
            yield from (
                Declared(snake(name), at, "_" in name or name == "dob")
                for name in names
                if not re.search(rf"\[[\"']{snake(name)}[\"']\]", content)
            )
        above = bool(wired) and ANNOTATION.fullmatch(line.strip()) is not None


def _is_own_line(view: View, block: Block, offset: int) -> bool:
    inner = view.reading.class_at(offset)
    function = view.reading.function_at(offset)
    is_inner = inner is not None and inner.start > block.start and inner.name != "CodingKeys"
    return not is_inner and (function is None or function.start <= block.start)


def _plain(line: str) -> list[str]:
    if listed := LISTED.match(line):
        return re.findall(r"[A-Za-z]\w*", listed["names"])
    if entries := ENTRY.findall(line):
        return list(entries)
    match = DECLARED.match(line)
    return [match["name"]] if match else []
