"""The functions of a file, with the names and types of their parameters."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from playbook.audit.reading.node import Chain, Node
from playbook.audit.reading.paths import snake
from playbook.audit.reading.token import Block, Reading
from playbook.audit.words import words

TYPE_FIRST = words("java csharp php dart c cpp groovy apex")
NAMED_BEFORE = re.compile(r"([\w$]+)\s*(?::\s*[\w<>\[\], |.]+)?\s*[:=]\s*(?:async\s+)?(?:\w+\(\s*)?$")
RECEIVER = re.compile(r"func\s*\(\s*\w*\s*\*?(\w+)\s*\)")
ITSELF = words("self this cls &self &mut")
CONSTRUCTORS = words("initialize __init__ constructor __construct init new")
ANNOTATIONS = re.compile(r"^(?:\s*(?:@[\w.]+(?:\([^()\n]*\))?|#?\[[^\]\n]*\])(?=\s))+\s*")
WORD = re.compile(r"\w")
MAX_HEAD = 1_200
OPENING, CLOSING = "([{<", ")]}>"


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter; `type` as it is written, blank where it is not, and so the pattern that takes it apart."""

    name: str
    label: str
    type: str
    pattern: str = ""

    def key_of(self, name: str) -> str:
        """Return the key that its pattern takes a name from; blank where it takes none of that name."""
        return find_key(self.pattern, name)


def find_key(pattern: str, name: str) -> str:
    """Return the key that a pattern takes a name from: `id` for `uid` in `{ id: uid }` and in `%{"id" => uid}`."""
    for match in re.finditer(r"[\"']?(\w+)[\"']?\s*(?::|=>)\s*(\w+)", pattern):
        if snake(match[2]) == name:
            return snake(match[1])
    shorthand = re.findall(r"(?<![\"'\w:])(\w+)(?=\s*(?:[,}=]|:\s*[,}]))", pattern)
    return name if name in (snake(each) for each in shorthand) else ""


@dataclass(frozen=True, slots=True)
class Function:
    """One function. Names in snake case.

    Attributes:
        owner: The class or module around it, or Go's receiver, as it is spelled.
        gives: What it is declared to return, with whatever stands in front of its body.
    """

    name: str
    owner: str
    gives: str
    start: int
    end: int
    parameters: tuple[Parameter, ...]

    @property
    def is_constructor(self) -> bool:
        """True where it is called by the name of its class."""
        return self.name in CONSTRUCTORS or (bool(self.owner) and self.name == snake(self.owner))


def find_functions(reading: Reading) -> list[Function]:
    """Return the functions of a file, outer ones first."""
    found = []
    for block in reading.blocks:
        if block.kind != "function":
            continue
        name = _name_of(reading.content, block)
        around = reading.class_at(block.start)
        head = reading.content[block.start : min(block.end, block.start + MAX_HEAD)]
        receiver = RECEIVER.match(head)
        owner = receiver[1] if receiver else around.name if around is not None else ""
        declared = ANNOTATIONS.sub("", head, 1).partition("{")[0].partition("\n")[0]
        found.append(Function(name, owner, declared, block.start, block.end, tuple(parameters_of(reading, block))))
    return found


def _name_of(content: str, block: Block) -> str:
    head = content[block.start : block.start + MAX_HEAD]
    if block.name and any(head[end:].lstrip()[:1] in ("(", "<", "[") for end in _ends_of(block.name, head)):
        return _plain(block.name)
    before = NAMED_BEFORE.search(content[max(0, block.start - 120) : block.start])
    if before is not None:
        return _plain(before[1])
    return _plain(block.name)


def _ends_of(name: str, head: str) -> Iterator[int]:
    """Give where a name ends in the head of a function, wherever no letter stands in front of it."""
    place = head.find(name)
    while place >= 0:
        if not place or not WORD.match(head, place - 1):
            yield place + len(name)
        place = head.find(name, place + 1)


def _plain(name: str) -> str:
    return name if name in CONSTRUCTORS else snake(name)


def parameters_of(reading: Reading, block: Block) -> Iterator[Parameter]:
    """Give the parameters of a function, and the components of a record, whose head lists them."""
    head = reading.content[block.start : min(block.end, block.start + MAX_HEAD)]
    bare = re.match(r"\s*(?:async\s+)?(\w+)\s*=>", head)
    if bare:
        yield Parameter(snake(bare[1]), "", "")
        return
    named = next((end for end in _ends_of(block.name, head) if not WORD.match(head, end)), 0) if block.name else 0
    opened = head.find("(", named)
    if opened < 0 or (named and "\n" in head[named:opened].strip(" \t")):
        return
    yield from find_parameters(head[opened:], reading.language)


def find_parameters(head: str, language: str) -> Iterator[Parameter]:
    """Give the parameters of a list that a text begins with."""
    for written in _split(head[1:]):
        if parameter := _read(written, language):
            yield parameter


def _split(head: str) -> Iterator[str]:
    """Give what stands between the commas of a list of parameters."""
    depth, start = 0, 0
    for position, mark in enumerate(head):
        if mark in OPENING:
            depth += 1
        elif mark in CLOSING and not (mark == ">" and head[position - 1] in "=-"):
            depth -= 1
            if depth < 0:
                yield head[start:position]
                return
        elif mark == "," and depth == 0:
            yield head[start:position]
            start = position + 1


def _read(written: str, language: str) -> Parameter | None:
    told = re.sub(r"@\w+(?:\([^()]*\))?\s*|#\[[^\]]*\]\s*", "", written).strip()
    if not told or told in ITSELF or told.startswith(("&self", "&mut self", "self:", "this:")):
        return None
    if told[:1] in "{[%(" or told.startswith("%{"):
        name = re.search(r"[}\])]\s*=\s*(\w+)\s*$", told)
        return Parameter(snake(name[1]) if name else "", "", "", told)
    told = told.partition("=")[0].strip() or told
    if language == "go":
        match = re.match(r"(\w+)\s*(.*)", told, re.S)
        return Parameter(snake(match[1]), "", match[2]) if match else None
    if language in TYPE_FIRST:
        match = re.search(r"([$\w]+)\s*$", told)
        return Parameter(snake(match[1]), "", told[: match.start()].strip()) if match else None
    before, _, kind = told.partition(":")
    names = re.findall(r"\w+", before)
    names = [name for name in names if name not in ("private", "public", "protected", "readonly", "val", "var", "mut")]
    if not names:
        return Parameter("", "", kind.strip())
    return Parameter(snake(names[-1]), snake(names[0]), kind.strip())


def handed_to_block(function: Function, nodes: list[Node]) -> list[Node]:
    """Return what a function hands to a function that it is given: `block.call(record)`, `done(row)`."""
    names = {each.name for each in function.parameters}
    found: list[Node] = []
    for node in nodes:
        if not isinstance(node, Chain) or not isinstance(node.head, str) or snake(node.head) not in names:
            continue
        is_called = [step.kind for step in node.steps] == ["call"]
        if is_called or (len(node.steps) > 1 and node.steps[0].name in ("call", "yield", "invoke", "accept")):
            found += node.steps[-1].arguments[:2]
    return found
