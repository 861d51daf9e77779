"""Collections that a client is asked for by a variable: `client.list(resource)` in a loop over their names.

The name may come from a loop, a table or a parameter; the call is where v3's `users` and its `role` have to be said.

Source: https://dev.clever.com/docs/api-v3-upgrade-guide ("Update your User Endpoints")
"""

from __future__ import annotations

from collections.abc import Iterator

from playbook.audit.flow.calls import Called, find_calls
from playbook.audit.folding.pieces import render
from playbook.audit.reading.node import Chain, Items, Join, Node, Pair, Text
from playbook.audit.reading.paths import snake
from playbook.audit.roles import COLLECTIONS
from playbook.audit.routes import ROLE_HOLE
from playbook.audit.rules.asking import is_builder_of_clever
from playbook.audit.rules.bare_paths import HANDED, is_piece
from playbook.audit.rules.resource_names import NAMES
from playbook.audit.view import View, usage_of

LOOKS_UP = ("fetch", "get", "at", "dig", "")
SPELLS = ("to_s", "value", "name", "to_string")


def find_handed_names(view: View) -> Iterator[Chain]:
    """Give the calls that hand a variable with collections' names to what builds Clever's addresses."""
    if view.is_document or view.is_test or not view.evidence.project.is_clever:
        return
    for node in view.places.chains:
        for called in find_calls(node):
            if called.arguments and _hands_name(view, node, called, called.arguments[0]):
                yield node


def _hands_name(view: View, node: Chain, called: Called, first: Node) -> bool:
    """Say whether a call hands a name to what asks Clever; inside one file, the list of the names says it already."""
    is_own = called.name in view.places.by_name
    if _is_asked(view, node, called):
        return _of_table(view, first) if is_own else _names_collections(view, first)
    return not is_own and _is_piece(view, first)


def looks_up(view: View, outer: Node) -> bool:
    """Say whether a text is put together of a table's entry that a variable chooses: `f"/{PATHS[role]}/{id}"`."""
    return any(_of_table(view, each) for each in _pieces(outer))


def _pieces(node: Node) -> Iterator[Node]:
    inner = node.parts if isinstance(node, Text) else node.items if isinstance(node, Join) else ()
    for each in inner:
        if isinstance(each, Node):
            yield each
            yield from _pieces(each)


def _is_asked(view: View, node: Chain, called: Called) -> bool:
    function = view.places.function_at(node.start)
    if function is not None and (function.name in view.evidence.builders or view.places.is_head(called, node)):
        return False  # who hands its own parameter on is asked itself
    return is_builder_of_clever(view, called.name, tuple(snake(each.strip("@$")) for each in called.owner))


def _is_piece(view: View, argument: Node) -> bool:
    """Say whether a loop over collections' names hands them to a function of a client for Clever that fetches."""
    usage = usage_of(argument)
    if HANDED.search(snake(usage.callee)) is None or not is_piece(view, usage, argument):
        return False
    return isinstance(argument, Chain) and _is_listed(view, argument)


def _is_listed(view: View, argument: Chain) -> bool:
    looped = view.places.looped(snake(str(argument.head)), argument.start)
    over = looped[0] if looped and not looped[1] else None
    told = {render(folded).strip("/") for each in (argument, over) if each for folded in view.folder.fold(each)}
    told -= {f"{{{snake(str(argument.head))}}}"}  # what only the loop says
    return len(told) > 1 and told <= NAMES and bool(told & frozenset(COLLECTIONS))


def _names_collections(view: View, argument: Node) -> bool:
    """Say whether a variable holds collections' names, by its loop, or by its name where it is a parameter."""
    if not isinstance(argument, Chain) or not isinstance(argument.head, str):
        return False
    if _of_table(view, argument):
        return True
    if any(step.name not in SPELLS for step in argument.steps if step.name):
        return False
    if _is_listed(view, argument):
        return True
    name, function = snake(argument.head), view.places.function_at(argument.start)
    is_parameter = function is not None and any(each.name == name for each in function.parameters)
    return is_parameter and ROLE_HOLE.search(name) is not None and "role" not in name


def _of_table(view: View, node: Node) -> bool:
    """Say whether a node is an entry, chosen by a variable, of a table of collections that the file holds."""
    if not isinstance(node, Chain) or not isinstance(node.head, str) or not node.steps:
        return False
    last = node.steps[-1]
    if last.kind == "attribute" or len(last.arguments) != 1 or isinstance(last.arguments[0], Text):
        return False
    if last.kind == "call" and (len(node.steps) < 2 or node.steps[-2].name not in LOOKS_UP):
        return False
    values = view.definitions.find(snake(node.head.rpartition(".")[2]), node.start)
    return any(_is_table(each) for each in values)


def _is_table(value: Node) -> bool:
    while isinstance(value, Chain) and isinstance(value.head, Node):
        value = value.head  # Ruby's `{ … }.freeze`
    if not isinstance(value, Items):
        return False
    values = [each.value for each in value.items if isinstance(each, Pair)]
    told = {each.value.strip("/") for each in values if isinstance(each, Text)}
    return len(told) > 1 and told <= NAMES and bool(told & frozenset(COLLECTIONS))
