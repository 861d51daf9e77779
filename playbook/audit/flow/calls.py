"""The calls of a chain: what is called, on what, and with what."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from playbook.audit.flow.functions import CONSTRUCTORS
from playbook.audit.reading.node import Chain, Node, Pair, Text
from playbook.audit.reading.paths import snake

PASSES = re.compile(
    r"^(?:json_?)?(?:parse|loads?|decode|list|array|dict|iter|next|unwrap|tuple|sorted|reversed|enumerate|some|ok|just|"
    r"await|json|from|from_json|of|string_keys|stringify_keys|symbolize|symbolize_keys|to_struct|deserialize\w*|deserialise\w*|"
    r"read_value|json_decode|parse_json|read_tree|convert_value|decode_json|values|collect|deep_\w+|copy|flatten|first|"
    r"str|string|strval|to_string|rtrim|trim|lower|upper|to_atom|to_existing_atom|ucfirst|trim_suffix|hash|object|promise_all|chain|map|filter|each|for_each|enum|wrap|freeze|select|as_list|unmarshal|as|"
    r"value_of|try_from|from_(?:string|str|value|wire|clever|type|raw_value)|to_enum|try_parse|enum_parse)!?$"
)
"""Functions that give back what they are given, in another form."""


@dataclass(frozen=True, slots=True)
class Called:
    """One call; `name` in snake case, `owner` the chain in front of it, `place` the step that it is."""

    name: str
    written: str
    owner: tuple[str, ...]
    arguments: tuple[Node, ...]
    place: int


def find_calls(chain: Chain) -> tuple[Called, ...]:
    """Return the calls of a chain, from left to right; a chain keeps them, because everybody asks for them."""
    if chain.calls is None:
        chain.calls = tuple(_find(chain)) if any(step.kind == "call" for step in chain.steps) else ()
    return chain.calls


def _find(chain: Chain) -> Iterator[Called]:
    names: list[str] = [chain.head] if isinstance(chain.head, str) else [""]
    for place, step in enumerate(chain.steps):
        if step.kind != "call":
            names.append(step.name)
            continue
        named = bool(step.name)
        written = step.name or names[-1]
        owner = tuple(names if named else names[:-1])
        yield Called(plain(written.rpartition(".")[2]), written, owner, step.arguments, place)
        if named:
            names.append(step.name)


def plain(name: str) -> str:
    """Return a function's name in snake case; a constructor's as it is."""
    return name if name in CONSTRUCTORS else snake(name)


def target_of(called: Called) -> str:
    """Return the name that a call is known by: that of the class, where it makes an object of one."""
    if called.name in ("new", "init", "make", "build", "call", "perform_later", "perform_async") and called.owner:
        last = called.owner[-1].rpartition(":")[2]
        return snake(last) if last[:1].isupper() else called.name
    return called.name


def is_made(called: Called) -> bool:
    """Say whether a call makes an object of a class."""
    return called.written[:1].isupper() or (called.name in CONSTRUCTORS and bool(called.owner))


def name_of(key: Node | None) -> str:
    """Return the name of a key, in snake case; blank where it is no plain name or text."""
    if isinstance(key, Text):
        last = key.value.rpartition(":")[2]  # a claim's `custom:kind`
        return snake(last) if last.isidentifier() else ""
    return snake(key.head) if isinstance(key, Chain) and isinstance(key.head, str) and not key.steps else ""


def place_of(index: int, argument: Node) -> str:
    """Return how a parameter is known: by its place, or by its name where the argument names it."""
    key = argument.key if isinstance(argument, Pair) and argument.operator in ("=", ":") else None
    is_named = isinstance(key, Chain) and not key.steps and isinstance(key.head, str)
    return snake(str(key.head)) if is_named and isinstance(key, Chain) else str(index)
