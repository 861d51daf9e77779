"""What a chain of accesses reaches, as plain names: `me.dig("data", :type)`, `me.data.type` and `me["data"]["type"]`
are all `me`, `data`, `type`.
"""

from __future__ import annotations

import re
from functools import lru_cache

from playbook.audit.reading.node import Chain, Items, Node, Step, Text
from playbook.audit.words import words

ACCESSORS = words(
    "get dig fetch fetch_key at key path opt optString optJSONObject optJSONArray getString getJSONObject getJSONArray "
    "getAsString getAsJsonObject getAsJsonArray getProperty getValue Value GetValue GetProperty SelectToken value "
    "valueForKey objectForKey valueForKeyPath field getField getIn get_in getStr getObject getArray asText pluck "
    "with_indifferent_access TryGetValue TryGetProperty get_path string jsonPath read path_get item prop get_value "
    "getOrDefault getOrElse getOptional try slice values_at has_key? key? hget lookup get-in query search fetch!"
)
FUNCTION_ACCESSORS = words(
    "get get_in fetch fetch! data_get array_get get-in getIn path prop pluck lookup array_key_exists"
)
ACCESSOR_OWNERS = words("Map Keyword Access _ lodash R Arr maps Reflect proplists jsonpath Kernel Dict dict ramda fp")
TRANSPARENT = words(
    "data to_s to_sym strip downcase upcase presence toString toLowerCase toUpperCase trim lower upper as_str as_deref "
    "unwrap expect clone to_string to_owned asText asString textValue stringValue string lowercase lowercased orEmpty "
    "ToString ToLower ToLowerInvariant GetString as_ref unwrap_or_default and_then body json parsed_response "
    "to_h to_hash "
    "with_indifferent_access symbolize_keys first dup freeze"
)
CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
GETTER = re.compile(r"^(?:get|set|is|has)(?=[A-Z])")


@lru_cache(maxsize=50_000)
def snake(name: str) -> str:
    """Return a name in snake case: `getSisId`, `SisID`, `sis-id` and `:sis_id` are all `sis_id`."""
    bare = GETTER.sub("", name.strip(":@$?!&*\"'"))
    return CAMEL.sub("_", bare.replace("-", "_")).lower().replace("__", "_").strip("_")


def segments(node: Node | None) -> tuple[str, ...]:
    """Return the names that a node reaches through, in snake case; empty where it is no access.

    A call that is no access stands as `name()`.
    """
    if not isinstance(node, Chain):
        return ()
    if node.reached is None:
        node.reached = _function_access(node) or _segments(node)
    return node.reached


def _segments(node: Chain) -> tuple[str, ...]:
    named = tuple(snake(part) for part in node.head.split(".")) if isinstance(node.head, str) else ()
    head = named or segments(node.head if isinstance(node.head, Chain) else None)
    found = [each for each in head if each]
    name = node.head if isinstance(node.head, str) else ""
    for index, step in enumerate(node.steps):
        following = node.steps[index + 1] if index + 1 < len(node.steps) else None
        _add(step, node.steps[index - 1] if index else None, following, name, found)
    return tuple(found)


def _is_read_next(following: Step | None) -> bool:
    return following is not None and following.name in ("str", "num", "as", "asString", "arr", "obj", "bool", "extract")


def _add(step: Step, before: Step | None, following: Step | None, head: str, found: list[str]) -> None:
    if step.kind == "attribute":
        found.append(snake(step.name) if step.name not in ACCESSORS else f"\0{step.name}")
    elif step.kind == "key":
        bare = (snake(step.name),) if step.name and not step.name.isdigit() else ("[]",)
        found.extend(_key_names(step.arguments) or bare)
    else:
        accessor = step.name or (before.name if before and before.kind == "attribute" else head)
        keys = _key_names(step.arguments)
        if before is None and len(keys) == 1 and found and _is_read_next(following):
            found.extend(keys)  # Scala's student("sis_id").str
            return
        if not step.name and found:
            found.pop()
        if accessor in ACCESSORS and keys:
            found.extend(keys)
        elif accessor and (GETTER.match(accessor) or before is None or accessor in TRANSPARENT) and not step.arguments:
            found.append(
                snake(accessor) if GETTER.match(accessor) or accessor in TRANSPARENT else f"{snake(accessor)}()"
            )
        elif accessor:
            found.append(f"{snake(accessor)}()")


def _key_names(arguments: tuple[Node, ...]) -> tuple[str, ...]:
    names: list[str] = []
    for argument in arguments:
        if isinstance(argument, Items):
            names += _key_names(argument.items)
        elif isinstance(argument, Text) and all(isinstance(part, str) for part in argument.parts):
            if len(argument.value) > 80 or " " in argument.value.strip() or "{" in argument.value:
                break
            names += [snake(part) for part in re.split(r"[./\[\]]+", argument.value.lstrip("$@.")) if part]
        else:
            break
        if len(names) > 8:
            break
    return tuple(names)


def _function_access(node: Chain) -> tuple[str, ...]:
    """Return what a call such as `get_in(user, ["data", "type"])` or `Map.get(user, "type")` reaches."""
    if not node.steps or node.steps[-1].kind != "call" or len(node.steps) > 2 or not isinstance(node.head, str):
        return ()
    name = node.steps[-2].name if len(node.steps) == 2 else node.head
    owner = node.head if len(node.steps) == 2 else ""
    if name not in FUNCTION_ACCESSORS or (owner and owner not in ACCESSOR_OWNERS):
        return ()
    arguments = node.steps[-1].arguments
    if len(arguments) < 2 or not isinstance(arguments[0], Chain):
        return ()
    keys = _key_names(arguments[1:])
    return (*segments(arguments[0]), *keys) if keys else ()


def clean(path: tuple[str, ...]) -> tuple[str, ...]:
    """Return a path without what adds nothing: unread accessors, indexes, conversions at its end."""
    kept = [name.lstrip("\0") for name in path if name not in ("[]", "self", "this", "super")]
    while len(kept) > 1 and kept[-1] in _ENDINGS:
        kept.pop()
    return tuple(kept)


_ENDINGS = frozenset(
    [snake(name) for name in TRANSPARENT - {"data", "string", "first"}]
    + [f"{snake(name)}()" for name in TRANSPARENT if name not in ("data", "first")]
    + [snake(name) for name in ("to_i", "present?", "nil?", "blank?", "any?", "empty?", "to_a", "downcase")]
    + ["as_text", "as_string", "get_string"]
)
