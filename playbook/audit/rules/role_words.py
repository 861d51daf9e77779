"""Which role words a value is compared with, looked up in, or chosen by: as texts, members, or a list of them.

Source: https://dev.clever.com/docs/api-v3-upgrade-guide (the roles of v2 and v3).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from playbook.audit.reading.node import Chain, Items, Node, Pair, Text
from playbook.audit.reading.paths import snake
from playbook.audit.roles import role_of
from playbook.audit.view import View

PART = re.compile(r"^\W*(?:(?:school|district)?_?admin|teacher|student)\W*$")
"""A role, or what several begin or end with: `_admin`, `/^student$/`."""

WORD_LIST = re.compile(r"[~%][wWiIa]|qw")
"""How Ruby, Crystal, Elixir and Perl begin a list of words that is written as one text."""

MAX_DEPTH = 4


def tells_role(view: View, *nodes: Node | None) -> bool:
    """Say whether any of the nodes is a role word of Clever's, or a list or table of them."""
    return any(next(role_words(view, node), "") for node in nodes)


def role_words(view: View, node: Node | None, depth: int = 0) -> Iterator[str]:
    """Give the role words in a node; a name stands for what it is defined as in its file."""
    if node is None or depth > MAX_DEPTH:
        return
    if isinstance(node, Text):
        spelled = view.reading.content[node.start : node.start + 2]
        yield from filter(is_role_word, node.value.split() if WORD_LIST.match(spelled) else (node.value,))
    elif isinstance(node, Items):
        for item in node.items:
            yield from role_words(view, item, depth + 1)
    elif isinstance(node, Pair):
        yield from role_words(view, node.key, depth + 1)
        if isinstance(node.value, Items):
            yield from role_words(view, node.value, depth + 1)
    elif isinstance(node, Chain):
        yield from _of_chain(view, node, depth)


def is_role_word(word: str) -> bool:
    """Say whether a text is a role of v2's, in the singular."""
    return (bool(role_of(word)) and not word.endswith("s")) or PART.match(word) is not None


def _of_chain(view: View, node: Chain, depth: int) -> Iterator[str]:
    if isinstance(node.head, Node):
        yield from role_words(view, node.head, depth + 1)
    elif not node.steps or (len(node.steps) == 1 and node.steps[0].name in ("keys", "values")):
        for value in view.definitions.find(snake(node.head), node.start):
            if isinstance(value, Items | Chain | Text) and value is not node:
                yield from role_words(view, value, depth + 1)
    elif node.steps[-1].kind == "attribute" and role_of(node.steps[-1].name) and node.head[:1].isupper():
        yield snake(node.steps[-1].name)
        return
    for step in node.steps:
        for argument in step.arguments if step.kind == "call" else ():
            yield from role_words(view, argument, depth + 1)
