"""The classes that the answer of `/me` is read into, told by their names, or by a type beside the data.

Source: https://dev.clever.com/docs/api-v3-upgrade-guide ("Account for Identity API Changes")
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Set
from dataclasses import dataclass

from playbook.audit.flow.functions import parameters_of
from playbook.audit.reading.paths import snake
from playbook.audit.reading.token import Block, Reading

ME_CLASS = re.compile(
    r"^(?:Clever)?(?:Api)?(?:Me|Who|WhoAmI|Whoami|Identity|Self)(?:Response|Data|Dto|DTO|Body|Result|Payload|Info|Json)?$"
    r"|^Clever(?:Me|Identity|UserInfo|Profile)\w*$"
)
NO_ME_CLASS = re.compile(r"Event|Link|Error|Page|Envelope|Section|School|Message|Webhook|Resource|Token|Contact|Phone")
TYPE_FIELD = re.compile(
    r"(?m)(?:^|[(,]|[{;](?=\s*(?:(?:let|var|val|pub|public|final|readonly|required)\s|type\??\s*:\s*string\b)))\s*"
    r"(?P<field>(?:@?\w[\w.]*(?:\([^)\n]*\))?\s+)*?(?:"
    r"(?:pub|val|var|let|final|public|private|protected|readonly|static|required)\s+)*"
    r"(?:(?:`|r#)?type`?\??\s*:\s*[\w<>?\"'|. ]+|(?:[\w<>]+\??)\s+[tT]ype\b(?=\s*[,;){=]|\s*$)|"
    r"Type\s+\*?string\b[^\n]*|attr_reader\s+:type\b))"
)
USER_TYPE = re.compile(r"\b(?:user_?[tT]ype)\b(?=\??\s*:\s*(?:Option\[|Optional\[)?[sS]tr)|\bString\s+userType\b")
"""What a profile that OAuth's libraries make of the answer calls it."""

WIRED_FIELD = re.compile(
    r"(?m)^[ \t]*(?P<go>[A-Z]\w*)[ \t]+\S+[ \t]+`[^`\n]*json:\"type[,\"]|"
    r"(?:SerialName|SerializedName|JsonProperty\w*|JsonKey|Json|Expose|alias|rename|serde)\w*\s*[(=]\s*(?:\w+\s*=\s*)?"
    r"[\"']type[\"'][^\n]{0,20}[)\]]\s*(?:[\w<>?\[\],.]+\s+){0,4}?(?P<after>[A-Za-z]\w*)\s*(?=[:;=,)]|\{\s*get)|"
    r"^[ \t]*case\s+(?P<swift>\w+)\s*=\s*\"type\"|"
    r"^[ \t]*(?P<python>\w+)\s*:[^\n=]+=\s*\w*[Ff]ield\([^\n]*alias\s*=\s*[\"']type[\"']"
)
INLINE = re.compile(
    r"\{\s*(?P<ts>type)\??\s*:\s*(?:string|[A-Z]\w*|[\"'][\w\"' |]+)\s*[;,]\s*data\??\s*:\s*"
    r"\{[^{}]*\bid\??\s*:\s*(?:string|[A-Z]\w*)|"
    r"\bstruct\s*\{\s*(?P<go>Type)\s+\w+[^\n]*\n\s*Data\s+struct\s*\{[^{}]*\bID\b"
)
"""The answer of `/me` as a type without a name."""

ANNOTATED = re.compile(r"(?<!#)\[$")
"""In front of C#'s annotations, which say how a field is sent."""

READ_FIELD = re.compile(r"\b(\w+)\s*(?:<-|:?=|:|=>)\s*[^\n,;=]{1,60}[\"']type[\"']")
DATA_FIELD = re.compile(r"\b[dD]ata\b\s*(?:[:?{*]|\w)|\w\s+[dD]ata\b|\b[lL]inks\b")
OF_EVENT = re.compile(r"\b(?:created|object|previous_attributes|previousAttributes|Created|Object)\b")
DATA_BODY = re.compile(r"\b[dD]ata\b\??[^\n{}()]*(?=\{)\{([^{}]*)\}")
LONGEST = 12  # lines of a class that says what it is by its fields alone


@dataclass(frozen=True, slots=True)
class IdentityClass:
    """A class that holds what `/me` sends; `field` is the name that its type has, and `offset` where it is declared."""

    block: Block
    field: str
    offset: int


def find_identity_classes(reading: Reading, answers: Set[str] = frozenset()) -> Iterator[IdentityClass]:
    """Give the classes of a file that declare the type of `/me`, each with the first field for it.

    Args:
        answers: The classes that functions which ask for it are declared to return, as they are spelled.
    """
    if "type" not in reading.content and "Type" not in reading.content:
        return
    blocks = [block for block in reading.blocks if block.kind == "class" and block.name]
    for block in blocks:
        is_answer = block.name in answers and "id" not in _own_fields(reading.content[block.start : block.end])
        is_alike = ME_CLASS.match(block.name) or _has_body_of_me(reading, block)
        if not is_answer and (NO_ME_CLASS.search(block.name) or not is_alike):
            continue
        inner = [each for each in blocks if block.start < each.start < block.end]
        found = (
            (offset, name)
            for offset, name in (*_fields(reading.content, block), *_read_fields(reading, block))
            if not any(each.start <= offset < each.end for each in inner)
        )
        if (first := next(found, None)) is not None:
            yield IdentityClass(block, first[1], first[0])
            yield from _repeated(reading.content, block, first)


def find_inline(reading: Reading, answers: Set[str] = frozenset()) -> Iterator[int]:
    """Give where the type is declared in types without a name: `get<{ type: string; data: { id: string } }>('/me')`."""
    if "type" not in reading.content.lower() or reading.language not in ("typescript", "tsx", "go"):
        return
    named = {each.offset for each in find_identity_classes(reading, answers)}
    for match in INLINE.finditer(reading.content):
        if (offset := match.start(match.lastgroup or 0)) not in named:
            yield offset


def _repeated(content: str, block: Block, first: tuple[int, str]) -> Iterator[IdentityClass]:
    """Give the type that is declared once more in the data: v2.1 sends it in both places."""
    data = DATA_BODY.search(content, first[0], block.end)
    if data is not None and (again := re.search(r"(?m)(?:^|[;{,])\s*([tT]ype)\??\s*[:\w]", data[1])) is not None:
        yield IdentityClass(block, first[1], data.start(1) + again.start(1))


def _fields(content: str, block: Block) -> Iterator[tuple[int, str]]:
    for match in TYPE_FIELD.finditer(content, block.start, block.end):
        yield match.start("field"), "type"
    if ME_CLASS.match(block.name):
        yield from ((match.start(), "user_type") for match in USER_TYPE.finditer(content, block.start, block.end))
    for match in WIRED_FIELD.finditer(content, block.start, block.end):
        name = match.lastgroup or ""
        told = ANNOTATED.search(content, max(0, match.start() - 2), match.start()) and "\n" in match[0]
        yield match.start() if told else match.start(name), snake(match[name])


def _read_fields(reading: Reading, block: Block) -> Iterator[tuple[int, str]]:
    """Give the components that a decoder beside the class reads the type into: `kind <- c.get[String]("type")`."""
    names = {each.name for each in parameters_of(reading, block)}
    for match in READ_FIELD.finditer(reading.content) if names else ():
        if snake(match[1]) in names:
            yield match.start(1), snake(match[1])


def _has_body_of_me(reading: Reading, block: Block) -> bool:
    """Say whether a class holds what `/me` sends: a type beside the data, and no event's fields."""
    body = reading.content[block.start : block.end]
    is_short = body.count("\n") < LONGEST
    return is_short and bool(DATA_FIELD.search(body)) and not OF_EVENT.search(body) and "id" not in _own_fields(body)


def _own_fields(body: str) -> set[str]:
    found = re.findall(r"\b(\w+)\s*[:?]|\b(?:String|string|str)\s+(\w+)", body)
    return {snake(name) for names in found for name in names if name}
