"""The functions without a name around a place, which a call hands records to: `map(x => …)`, `each(function (x) …)`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from playbook.audit.flow.patterns import find_taken
from playbook.audit.reading.node import Call, Chain, Items, Node, Pair

FUNCTIONS = ("function", "func", "fun", "fn", "sub", "lambda", "delegate")
NOT_RECORDS = ("catch", "reduce")
OVER = ("map", "filter", "array_map", "array_walk", "array_filter", "doseq", "for_each", "each", "iter")
"""Functions, rather than methods, that go over what stands beside the function that they are handed."""


@dataclass(frozen=True, slots=True)
class Lambda:
    """A function that is an argument of a call.

    Attributes:
        parameters: What it takes.
        call: The call.
        beside: What else the call is handed, where it goes over that.
    """

    parameters: Node
    call: Call
    beside: tuple[Node, ...]


def lambdas_around(name: str, node: Node) -> Iterator[tuple[Lambda, tuple[str, ...]]]:
    """Give the lambdas around a node that take a name, each with the keys by which they take it."""
    for parent in node.ancestors():
        told = _read(parent)
        keys = find_taken(told.parameters, name) if told is not None else None
        if told is not None and keys is not None:
            yield told, keys


def lambda_of(parameters: Node) -> Lambda | None:
    """Return the lambda that a node is the parameters of."""
    told = _read(parameters.parent) if parameters.parent is not None else None
    if told is None and isinstance(parameters.parent, Chain) and (call := parameters.parent.call_with(parameters)):
        told = next((found for each in call.arguments if (found := _read(each)) is not None), None)
    return told if told is not None and told.parameters is parameters else None


def _read(node: Node) -> Lambda | None:
    """Return the lambda that a node is, where it is an argument of a call."""
    parameters = _parameters_of(node)
    call = node.parent.call_with(node) if parameters is not None and isinstance(node.parent, Chain) else None
    if parameters is None or call is None or call.name in NOT_RECORDS:
        return None
    goes_over = call.owner is not None or call.name in OVER
    beside = tuple(each for each in call.arguments if each not in (node, parameters)) if goes_over else ()
    return Lambda(parameters, call, beside)


def _parameters_of(node: Node) -> Node | None:
    """Return the parameters of a lambda; None where a node is none."""
    if isinstance(node, Pair):
        return node.key if node.operator in ("=>", "->") or node.lead == "lambda" else None
    if not isinstance(node, Items) or node.bracket != "{" or not isinstance(node.parent, Chain):
        return None
    call = node.parent.call_with(node)
    before = call.arguments[call.place - 1] if call is not None and call.place else None
    return before if before is not None and before.lead in FUNCTIONS else None
