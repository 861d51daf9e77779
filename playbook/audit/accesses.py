"""What an access reaches, with the spellings of more libraries: `hcursor.downField("dob")`, `R.prop("dob", student)`,
`(-> student :data :dob)` and `principal.getAttribute("user_type")` all read a key.
"""

from __future__ import annotations

from dataclasses import replace

from playbook.audit.reading.node import Chain, Items, Node, Step, Text
from playbook.audit.reading.paths import clean, segments
from playbook.audit.words import words

KEY_CALLS = words(
    "downField getAttribute getClaim getClaimAsString getAttributeValue FindFirst FindFirstValue claim attr attribute "
    "read_attribute getStringValue getText require nullable member Get GetValueOrDefault Field GetString get_string "
    "stringField getMap getList getMapValue Path S xpath hget jsonField getAs as_ref pick read_key get_key dot get_val "
    "Value GetStringProperty obj arr str get_opt getString optString getOptString child GetElement GetNamedString"
)
"""Calls with one text that read the key of that name."""

TURNED = words("prop path pathOr propOr pluck itemgetter view")
"""Functions that take the key first and the record last."""

THREADS = words("-> some-> ->> cond->")


def path_of(node: Node | None) -> tuple[str, ...]:
    """Return the names that an access reaches through, in snake case; empty where it is no access."""
    return clean(segments(_plain(node) if isinstance(node, Chain) else node))


def _plain(node: Chain) -> Chain:
    """Return a chain with what reads a key written as a key."""
    if isinstance(node.head, str) and node.head in THREADS and node.steps and node.steps[-1].arguments:
        return _threaded(node)
    last = node.steps[-1] if node.steps else None
    if last is not None and last.kind == "call" and len(last.arguments) >= 2 and len(node.steps) <= 2:
        name = node.steps[-2].name if len(node.steps) == 2 else node.head
        if name in TURNED and isinstance(last.arguments[-1], Chain) and isinstance(last.arguments[0], Text | Items):
            steps = tuple(_key(each) for each in _texts(last.arguments[0]))
            return replace(node, head=_plain(last.arguments[-1]), steps=steps) if steps else node
    steps = tuple(_read(node.steps))
    head = _plain(node.head) if isinstance(node.head, Chain) else node.head
    return node if steps == node.steps and head is node.head else replace(node, head=head, steps=steps)


def _read(steps: tuple[Step, ...]) -> list[Step]:
    found: list[Step] = []
    for step in steps:
        if step.kind == "call" and found and found[-1].kind == "key" and _is_type(found[-1]):
            found.pop()  # Scala's `get[String]("dob")`
        before = found[-1] if found else None
        if step.kind == "call" and before is not None and before.kind == "key" and _is_bare_type(step):
            continue  # Go's `record["dob"].(string)`
        keys = _texts(step.arguments[0]) if step.kind == "call" and step.arguments else []
        if keys and len(keys) == 1 and before is not None and before.kind == "attribute" and before.name in KEY_CALLS:
            found[-1] = _key(keys[0])
            continue
        found.append(step)
    return found


def _is_bare_type(step: Step) -> bool:
    first = step.arguments[0] if len(step.arguments) == 1 else None
    return isinstance(first, Chain) and first.head in ("string", "int", "float64", "bool", "map") and not first.steps


def _is_type(step: Step) -> bool:
    first = step.arguments[0] if len(step.arguments) == 1 else None
    return isinstance(first, Chain) and isinstance(first.head, str) and first.head[:1].isupper()


def _threaded(node: Chain) -> Chain:
    """`(-> student :data :dob)` is `student[:data][:dob]`, as far as it only reads keys."""
    first, *others = node.steps[-1].arguments
    steps = []
    for each in others:
        if not isinstance(each, Text):
            break
        steps.append(_key(each))
    return replace(node, head=_plain(first) if isinstance(first, Chain) else first, steps=tuple(steps))


def _texts(node: Node) -> list[Text]:
    if isinstance(node, Text):
        return [node] if all(isinstance(part, str) for part in node.parts) else []
    return [each for each in node.items if isinstance(each, Text)] if isinstance(node, Items) else []


def _key(text: Text) -> Step:
    return Step("key", text.value, (text,), text.start)
