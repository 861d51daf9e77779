"""Where a file mentions a moved field, whatever the syntax: a read, an argument, a list, a pattern, a recorded body.

Mentions that belong together, such as all reads of one variable in a function or all items of a list, are one group.

Source: the v2.1 and v3.1 data models.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from playbook.audit.accesses import path_of
from playbook.audit.reading.node import Chain, Items, Join, Node, Number, Pair, Text
from playbook.audit.reading.paths import snake
from playbook.audit.rules.field_places import PLACES
from playbook.audit.view import View, key_name, usage_of

Form = Literal["read", "argument", "list", "pattern", "body", "path"]
NAME = re.compile(r"(?:\$\.|\.|@\.?)?(?:[A-Za-z_][\w]*(?:\[\*?\])?\.)*(?P<name>[a-z_]+)$")
WORDS = re.compile(r"[a-z_]\w*(?:\s+[a-z_]\w*)+$")
PATTERN = re.compile(r"\s*(?:\)|\]|,\s*\w+(?=\s*\)))*\s*(?::\s*\w+\s*)?\)?\s*(?:=>|=(?![=>])|\bof\b|\bin\b|->|<-)")
HEAD = re.compile(r"\b(?:val|def|object|class)\s+(?P<told>[^=\n]*)")
OF_A_CONTACT = ("name", "students", "type")


@dataclass(frozen=True, slots=True)
class Mention:
    """A moved field that a file mentions.

    Attributes:
        field: Its name, in snake case.
        offset: Where it stands.
        form: In what kind of place.
        group: What it belongs to: mentions with the same group stand or fall together.
        owner: What it is read from, called on or kept under, as far as it has a name.
        is_spelled: It is spelled as Clever spells it.
        node: The syntax that mentions it.
    """

    field: str
    offset: int
    form: Form
    group: tuple[object, ...]
    owner: tuple[str, ...]
    is_spelled: bool
    node: Node


def find_mentions(view: View) -> Iterator[Mention]:
    """Give the moved fields that a file mentions, but not those that it writes or declares."""
    for node in view.nodes():
        if isinstance(node, Chain):
            yield from _of_chain(view, node)
        elif isinstance(node, Text):
            yield from _of_text(view, node)
        elif isinstance(node, Items) and node.bracket in ("{", "["):
            yield from _of_pattern(view, node)
            yield from _of_body(view, node)


def _of_chain(view: View, node: Chain) -> Iterator[Mention]:
    """`row.teacher_number`, `$_[0]{sis_id}`, `self["dob"]`, `get("title")`."""
    if (isinstance(node.parent, Chain) and node.parent.head is node) or _is_written(node):
        return
    path = path_of(node)
    place = next(
        (place for place, part in enumerate(path) if _is_moved(path, place) and (place or _is_asked(node))), None
    )
    if place is None:
        return
    field, owner = path[place], path[:place]
    while len(owner) > 1 and owner[-1] == "credentials":
        owner = owner[:-1]
    offset, spelled = _spelled(view, node, field)
    scope = 0 if owner[-1:] in (("self",), ("this",), ()) else _scope(view, node.start)
    yield Mention(field, offset, "read", (scope, *owner), owner, spelled, node)


def _is_moved(path: tuple[str, ...], place: int) -> bool:
    if path[place] == "name":
        return path[place + 1 : place + 2] not in (("first",), ("last",), ("middle",))
    return path[place] in PLACES or path[place] in OF_A_CONTACT


def _is_asked(node: Chain) -> bool:
    return isinstance(node.head, str) and bool(node.steps) and node.steps[0].kind == "key"


def _spelled(view: View, node: Chain, field: str) -> tuple[int, bool]:
    content = view.reading.content
    found = re.search(rf"\b{field}\b", content[node.start : node.end])
    if found:
        return node.start + found.start(), "_" in field or field == "dob"
    return next((step.start for step in node.steps if snake(step.name) == field), node.start), False


def _scope(view: View, offset: int) -> int:
    function = view.reading.function_at(offset)
    return function.start + 1 if function else 0


def _is_written(node: Chain) -> bool:
    parent = node.parent
    return isinstance(parent, Pair) and parent.key is node


def _of_text(view: View, node: Text) -> Iterator[Mention]:
    """`F.col("data.sis_id")`, `c("data.grade")`, `["id", "sis_id"]`, `row.pop("grade")`."""
    if any(not isinstance(part, str) for part in node.parts) or len(node.value) > 200:
        return
    parent = node.parent
    if isinstance(parent, Pair) and parent.key is node:
        return
    if view.reading.language == "scala" and view.reading.content[max(0, node.start - 2) : node.start] == "\\ ":
        yield from _of_path(view, node)
        return
    if isinstance(parent, Pair) and key_name(parent) in ("source", "src", "from") and isinstance(parent.parent, Chain):
        yield from _of_mapping(view, node)
        return
    match = NAME.match(node.value)
    if match and (match["name"] in PLACES or match["name"] in OF_A_CONTACT):
        yield from _of_name(view, node, match["name"])
    elif WORDS.match(node.value) and len(node.value.split()) > 2:
        for word in re.finditer(r"[a-z_]\w*", node.value):
            if word[0] in PLACES:
                yield Mention(word[0], node.start, "list", (id(node),), _kept_under(node), True, node)


def _of_path(view: View, node: Text) -> Iterator[Mention]:
    """`(__ \\ "grade").read[String]`, which belongs to the reader that is defined around it."""
    field = node.value
    if field not in PLACES and field not in OF_A_CONTACT:
        return
    heads = list(HEAD.finditer(view.reading.content, max(0, node.start - 1_500), node.start))
    head = heads[-1] if heads else None
    owner = (snake(head["told"]),) if head else ("",)
    yield Mention(
        field, node.start, "path", (head.start() if head else 0,), owner, "_" in field or field == "dob", node
    )


def _of_mapping(view: View, node: Text) -> Iterator[Mention]:
    """`@Mapping(target = "login", source = "credentials.districtUsername")`."""
    field = next(
        (name for part in node.value.split(".") if (name := snake(part)) in PLACES and name != "credentials"), ""
    )
    around = view.reading.class_at(node.start)
    if field and usage_of(node).call is not None:
        yield Mention(field, node.start, "list", (around.start if around else 0, "mapping"), (), True, node)


def _of_name(view: View, node: Text, field: str) -> Iterator[Mention]:
    parent = node.parent
    spelled = "_" in field or field == "dob"
    if isinstance(parent, Items):
        yield Mention(field, node.start, "list", (id(parent),), _kept_under(parent), spelled, node)
        return
    if not isinstance(parent, Chain) or any(step.kind == "key" and node in step.arguments for step in parent.steps):
        return
    usage = usage_of(node)
    if usage.call is None or node not in usage.call.arguments:
        return
    owner = (*usage.receiver, f"{snake(usage.callee)}()")
    around = view.reading.class_at(node.start)
    yield Mention(field, node.start, "argument", (around.start if around else 0, *owner), owner, spelled, node)


def _kept_under(node: Node) -> tuple[str, ...]:
    """Return the keys and the call that a list stands under."""
    keys = tuple(key_name(each) for each in node.ancestors() if isinstance(each, Pair))
    callee = usage_of(node).callee
    return (*keys, f"{snake(callee)}()") if callee else keys


def _of_pattern(view: View, node: Items) -> Iterator[Mention]:
    """`({ sis_id, grade }) => …`, `const { dob } = pupil`, `{:keys [id title sis_id]}`."""
    before = node.parent.items[0] if isinstance(node.parent, Items) and node.parent.items else None
    is_keys = isinstance(before, Text) and before.value in ("keys", "strs")
    if not is_keys and (node.bracket != "{" or not PATTERN.match(view.reading.content, node.end, node.end + 60)):
        return
    for item in node.items:
        key = item.key if isinstance(item, Pair) else item
        name = key.value if isinstance(key, Text) else key.head if isinstance(key, Chain) and not key.steps else ""
        field = snake(name) if isinstance(name, str) else ""
        if field in PLACES or field in OF_A_CONTACT:
            yield Mention(field, item.start, "pattern", (id(node),), (), "_" in str(name) or name == "dob", node)


def _of_body(view: View, node: Items) -> Iterator[Mention]:
    """`{ "id": "5f1", "teacher_number": "7" }`: an answer, written down for a test."""
    pairs = [each for each in node.items if isinstance(each, Pair)]
    if not pairs or not all(_is_plain(each.value) for each in pairs):
        return
    for pair in pairs:
        field = key_name(pair)
        if field in PLACES or field in OF_A_CONTACT:
            yield Mention(
                field, pair.start, "body", (id(node),), _kept_under(node), "_" in field or field == "dob", node
            )


def _is_plain(value: Node | None, depth: int = 0) -> bool:
    """Say whether a value is written down as it was sent: a text, a number, a list or a dictionary of such."""
    if isinstance(value, Items) and depth < 4:
        return all(_is_plain(each.value if isinstance(each, Pair) else each, depth + 1) for each in value.items)
    return isinstance(value, Text | Number) or (isinstance(value, Chain) and not value.steps) or isinstance(value, Join)
