"""Roles taken from `/me`, from a link or from the first key of `roles`, and what is decided by them.

Under v3 the type is `user` for everybody; a switch over it falls into its default, and a default that grants rights
grants them to every student.

Source: https://dev.clever.com/docs/api-v3-upgrade-guide ("Account for Identity API Changes")
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from playbook.audit.findings import Finding
from playbook.audit.flow.telling import MAPS_CLAIM
from playbook.audit.origins import asked_of, is_clever_value, is_own_record, origin_of, value_of
from playbook.audit.reading.node import Chain, Items, Join, Node, Pair, Text
from playbook.audit.reading.paths import clean, segments, snake
from playbook.audit.roles import role_of
from playbook.audit.rules.identity_shapes import find_identity_shapes
from playbook.audit.rules.role_chains import goes_on
from playbook.audit.rules.role_lists import find_role_lists
from playbook.audit.rules.role_reading import (
    IDENTITIES,
    OLD_WORDS,
    READ_ROLES,
    TYPE_NAMES,
    is_not_identity,
    report_role,
)
from playbook.audit.rules.role_switch import find_comparison, find_lisp_comparison, find_switches
from playbook.audit.rules.role_values import find_role_values
from playbook.audit.rules.role_words import is_role_word
from playbook.audit.view import View, key_name, usage_of

SPLITS = re.compile(
    r"split|explode|partition|Split|basename|%r\{|=~|[rR]egex|preg_match|path_?[sS]egments|path_components|pathComponents|match|scan"
)
FIRST_KEY = re.compile(
    r"""roles\w*(?:\(\)|\]|["'])*\s*(?:\|\||\?\?|or)?\s*[^\n;]{0,40}?(?:keys|keySet|Keys|each_key|entries|to_a|key_set)\b[^\n]{0,40}?(?:\[\s*0\s*\]|\.first\b|"""
    r"""First\s*\(|\.next\b|iterator\(\)|\bhd\b|List\.first|\.head\b|firstOrNull|first\(|nth\(0\)|\.shift\b|ElementAt\(0\)|FirstOrDefault|-first|\bfirst\b)"""
    r"""|(?:next\s*\(\s*iter|array_key_first|\breset\b|\bkey\b|\bhd\b|\bfirst\b|List\.first)"""
    r"""\s*\(?[^\n;]{0,60}?roles\w*[^\n;]{0,30}?(?:\)\s*$|\)\s*[;,)]|\)\s*\|>)"""
    r"""|(?:array_keys|list|Object\.(?:keys|entries)|Map\.keys|keys\s*\(?|sorted)"""
    r"""\s*\(?[^\n;]{0,60}?roles\w*[^\n;]{0,30}?(?:\)\s*\[\s*0\s*\]|\)\s*\)?\s*\.(?:first|shift|next)|\[\s*0\s*\])"""
    r"""|\[\s*\w+\s*\]\s*=\s*(?:Object\.keys|array_keys|list)\s*\([^\n;]{0,60}?roles\w*"""
    r"""|roles\w*\s*(?:\)|\.)\s*(?:first\b(?!_name)|keys\.first|each_key\.first|keys\(\)\.next|keys\.head|head\._1)"""
)
TAKEN_KEYS = re.compile(r"\{:keys \[[^\]]*\b(?:type|user-type)\b[^\]]*\]\}\s+\(?(?:me|who|identity|whoami)\b")
EVENTS = re.compile(r"[/\"']events\b")
IN_INFO = re.compile(r"\binfo\b\W{1,5}user_type\b")
"""How OmniAuth hands on the type; no other provider's profile calls it so."""

ENUM = re.compile(r"(?i)\b(?:enum|one_?of|is_?in|choices)\b[^\n]*[\"'](?:school_?admin|district_?admin)\b")
OLD_WORD = re.compile(r"[\"':](?:school_?admin|district_?admin)\b")
FIRST_KEY_NEEDS = re.compile(r"key|entries|iter|list\s*\(|\bhd\b|\.first|reset|first\b|head|sorted|next")


def find_identity_types(view: View) -> Iterator[Finding]:
    """Give every place of a file that takes a role from the identity, or decides by it."""
    yield from find_identity_shapes(view)
    evidence = view.evidence
    if view.is_document or not (evidence.speaks or evidence.is_neighbour or evidence.project.is_clever):
        return
    if evidence.speaks or evidence.is_neighbour:
        yield from find_switches(view)  # first, because it says what the default grants
    yield from find_role_values(view)
    yield from find_role_lists(view)
    if not evidence.speaks:
        if evidence.is_neighbour and evidence.project.is_clever:
            yield from _of_first_key(view)
        if OLD_WORD.search(view.reading.content) or IN_INFO.search(view.reading.content):
            yield from _of_session(view)
        return
    yield from _of_nodes(view)
    yield from _of_first_key(view)
    yield from _of_taken_keys(view)


def _of_nodes(view: View) -> Iterator[Finding]:
    for node in view.nodes():
        if isinstance(node, Chain):
            yield from _of_access(view, node)
            yield from _of_link(view, node)
            yield from _of_claim(view, node)
            yield from find_lisp_comparison(view, node)
        elif isinstance(node, Join):
            yield from find_comparison(view, node)
        elif isinstance(node, Pair):
            yield from _of_pair(view, node)


def _of_session(view: View) -> Iterator[Finding]:
    """A `user_type` read by its name from an identity, in a file that knows v2's role words but not Clever's name."""
    for node in view.nodes():
        if not isinstance(node, Chain) or _is_written(node):
            continue
        path = clean(segments(node))
        names = {snake(each.value) for step in node.steps for each in step.arguments if isinstance(each, Text)}
        if len(path) > 1 and "user_type" in names and any(IDENTITIES.match(part) for part in path[:-1]):
            what = f"{path[0]}.user_type"
            yield report_role(view, node.start, what, "type", READ_ROLES.format(what=what, id="{id}"))


def _of_access(view: View, node: Chain) -> Iterator[Finding]:
    """`me["type"]`, `raw_info.data.type`, `auth.info.user_type`."""
    path = clean(segments(node))
    if len(path) < 2 or path[-1] not in TYPE_NAMES or _is_written(node):
        return
    if any(is_not_identity(part) for part in path[:-1]) or _is_other_type(node) or goes_on(view, node):
        return
    back = origin_of(view, node)
    if (
        _is_told(node)
        or is_own_record(back[:-1])
        or any(is_not_identity(part) for part in back[:-1])
        or "roles" in back
    ):
        return
    if _is_identity(view, node, path, back):
        what = ".".join(path)
        yield report_role(view, node.start, what, "type", READ_ROLES.format(what=what, id="{id}"))


def _is_other_type(node: Node) -> bool:
    """Say whether a type is compared with a text that is no role's."""
    around = node.parent
    if not isinstance(around, Join) or around.operator not in ("==", "===", "!=", "!==", "eq"):
        return False
    texts = [each.value for each in around.items if isinstance(each, Text)]
    return bool(texts) and not any(is_role_word(each) for each in texts)


def _is_told(node: Node) -> bool:
    """Say whether a value is only put into a sentence for somebody to read."""
    for parent in node.ancestors():
        if isinstance(parent, Text):
            return " " in parent.value.strip()
        if isinstance(parent, Join) and parent.operator in ("+", ".", "<>"):
            return any(isinstance(each, Text) and " " in each.value.strip() for each in parent.items)
    return False


def _is_written(node: Chain) -> bool:
    """Say whether an access is what an assignment writes to."""
    return (
        isinstance(node.parent, Pair)
        and node.parent.key is node
        and node.parent.operator in ("=", "||=", "??=", "=>", ":", "->")
    )


def _is_identity(view: View, node: Chain, path: tuple[str, ...], back: tuple[str, ...]) -> bool:
    bases = (*path[:-1], *back[:-1])
    if any(IDENTITIES.match(part) for part in bases) and not (
        path[0] == "auth" and len(path) == 2 and path[-1] == "type"
    ):
        return True
    if is_clever_value(back[:-1]) or is_clever_value(path[:-1]):
        return True
    asked = asked_of(view, node)
    if asked:
        return asked == "/me"
    if path[-1] in ("user_type", "usertype"):
        return view.evidence.is_about or path[0] in ("params", "session", "attributes")
    if path[-2] in ("response", "payload", "result", "resp", "res", "json", "body") and _knows_roles(view, node):
        return True
    if not view.evidence.is_about:
        return False
    function = view.reading.function_at(node.start)
    if function and re.search(r"(?:^|_)me(?:_|$)|identity|whoami", snake(function.name)):
        return True
    is_event = EVENTS.search(view.reading.content) is not None and not re.search(r"/me\b", view.reading.content)
    return path[-2] == "data" and not is_event and _knows_roles(view, node)


def _knows_roles(view: View, node: Node) -> bool:
    """Say whether role words stand near a place."""
    around = view.reading.content[max(0, node.start - 400) : node.end + 600]
    return bool(re.search(r"school_?admin|district_?admin|/me\b|[\"':](?:teacher|student)s?\b", around))


def _of_link(view: View, node: Chain) -> Iterator[Finding]:
    """A role taken from the path of the canonical link: `links[1]["uri"].split("/")[2]`."""
    if _is_written(node):
        return
    index = next((step.name for step in reversed(node.steps) if step.kind == "key"), "")
    usage = usage_of(node)
    named = " ".join((usage.key, *(key_name(parent) for parent in node.ancestors() if isinstance(parent, Pair))))
    is_role = bool(re.search(r"type|role|kind", named))
    if any(isinstance(parent, Chain) and parent.head is node for parent in node.ancestors()):
        return
    if not is_role and (index not in ("1", "2", "-2", "3") or re.search(r"id$", named)):
        return
    text = view.reading.content[node.start : node.end]
    head = node.head if isinstance(node.head, str) else ""
    value = value_of(view, snake(head), node.start) if head else None
    made = view.reading.content[value.start : value.end] if value is not None else ""
    told = f"{text} {made} {' '.join(origin_of(view, node))}"
    if SPLITS.search(f"{text} {made}") and re.search(r"(?i)\buris?\b|link|canonical|href|self_url", told):
        remedy = "Ask the link and read the keys of roles: the path says users for everybody."
        yield report_role(view, node.start, "role from the path of a link", "link_path", remedy)


def _of_claim(view: View, node: Chain) -> Iterator[Finding]:
    """The claim that ASP.NET fills from the answer: `ClaimActions.MapJsonKey("role", "type")`."""
    if node.callee not in MAPS_CLAIM:
        return
    text = view.reading.content[node.start : node.end]
    if re.search(r"[\"'](?:type|user_type)[\"']\s*\)", text):
        yield report_role(view, node.start, "claim from type", "type", READ_ROLES.format(what="type", id="{id}"))


def _of_pair(view: View, node: Pair) -> Iterator[Finding]:
    """Destructured types, types declared as a choice of role words, and tables that roles are looked up in."""
    name = key_name(node)
    if isinstance(node.key, Items) and node.operator == "=" and node.value is not None and node.key.bracket == "{":
        names = {_word_of(each.key if isinstance(each, Pair) else each) for each in _inner(node.key)}
        path, asked = origin_of(view, node.value), asked_of(view, node.value)
        is_me = asked == "/me" or (not asked and any(IDENTITIES.match(part) for part in path))
        if names & TYPE_NAMES and (is_me or ("user_type" in names)) and not any(is_not_identity(part) for part in path):
            yield report_role(view, node.key.start, "type of /me", "type", READ_ROLES.format(what="type", id="{id}"))
        return
    if name in TYPE_NAMES | {"kind", "role", "me_type"} and node.operator == ":":
        declared = view.reading.content[node.start : node.end + 120].partition(";")[0].partition("\n")[0]
        told = [word for word in re.findall(r"[\"'](\w+)[\"']", declared) if not word.endswith("s")]
        found = {role_of(word) for word in told if role_of(word)}
        is_v3 = "staff" in found and not OLD_WORD.search(declared)
        is_own = name in ("role", "kind") and "admin" in told and not OLD_WORD.search(declared)
        is_enum = name in TYPE_NAMES and ENUM.search(declared) is not None
        is_choice = is_enum if "|" not in declared else view.evidence.is_about
        if len(found) >= 2 and is_choice and not is_v3 and not is_own:
            what = f"{name} declared as a choice of roles"
            yield report_role(view, node.start, what, "type", READ_ROLES.format(what=name, id="{id}"), "medium")
            return
    if isinstance(node.value, Items) and node.operator in ("=", ":=", ":") and view.evidence.is_about:
        keys = [_word_of(item.key) for item in node.value.items if isinstance(item, Pair)]
        old = [key for key in keys if key.lower() in OLD_WORDS and not key.endswith("s")]
        if (
            old
            and sum(bool(role_of(key)) for key in keys) >= 2
            and _is_role_table(view, name)
            and not re.search(r"path|endpoint|url|event|resource", name)
        ):
            yield report_role(
                view,
                node.start,
                f"{name} is keyed by v2 role words",
                "role_table",
                "Key it by the keys of roles; school_admin is staff, and no role gets a default.",
                "medium",
            )


def _is_role_table(view: View, name: str) -> bool:
    """Say whether a table that is keyed by role words is about what Clever sent rather than the application's roles."""
    return bool(re.search(r"clever|user_?type|me_type", name)) or (
        view.evidence.is_in_path and bool(re.search(r"type|role|kind", name))
    )


def _inner(items: Items) -> Iterator[Node]:
    for item in items.items:
        yield item
        if isinstance(item, Pair) and isinstance(item.value, Items):
            yield from _inner(item.value)


def _word_of(node: Node | None) -> str:
    if isinstance(node, Text):
        return node.value
    path = clean(segments(node))
    return path[-1] if path else ""


def _of_taken_keys(view: View) -> Iterator[Finding]:
    """Clojure's `{:keys [type data]} (who token)`."""
    if view.reading.language != "clojure" or not view.evidence.is_about:
        return
    for match in TAKEN_KEYS.finditer(view.reading.content):
        yield report_role(view, match.start(), "type of /me", "type", READ_ROLES.format(what="type", id="{id}"))


def _of_first_key(view: View) -> Iterator[Finding]:
    """`list(user["roles"].keys())[0]`: the order of the keys is not defined."""
    content = view.reading.content
    if "roles" not in content.lower():
        return
    comments = [(token.start, token.end) for token in view.reading.tokens if token.kind == "comment"]
    for match in FIRST_KEY.finditer(content):
        if not FIRST_KEY_NEEDS.search(match[0]) or any(start <= match.start() < end for start, end in comments):
            continue
        what = "first key of roles"
        remedy = "Choose the role by your own order of rights among all keys of roles: their order means nothing."
        yield report_role(view, match.start(), what, "first_key", remedy, "high", "mixed")
