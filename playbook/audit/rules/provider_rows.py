"""Rows of a provider and its uid, and ids of others that are taken from a Clever record.

Source: https://dev.clever.com/docs/api-v3-upgrade-guide ("Migrate to the v3.x User ID")
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from playbook.audit.evidence import names_clever
from playbook.audit.findings import Finding
from playbook.audit.origins import asked_of, origin_of
from playbook.audit.reading.node import Chain, Items, Join, Node, Pair, Text
from playbook.audit.reading.paths import clean, segments, snake
from playbook.audit.rules.id_names import (
    LOOKUP,
    NO_PERSON,
    UID_KEYS,
    is_clever_id,
    is_field,
    is_provider,
    is_uid,
    report_id,
)
from playbook.audit.view import View, key_name, usage_of

UNCHANGED = re.compile(r"students$|^/(?:schools|sections|courses|terms|districts)(?:/\{[^}]*\})?$")
"""Paths whose records keep their ids in v3."""

TABLE = re.compile(
    r"(?i)(?:create_table|createTable|add_index|add_column|Schema::create|CreateModel\(\s*name=|"
    r"create table(?: if not exists)?|index\.)\W+(\w+)"
)
TABLE_OF_CLEVER = re.compile(
    r"Clever_?(?:Account|User|Person|Identity|Credential|Login|Link|Profile|Member|Staff|Teacher|Admin)s?$"
)
TABLE_NEAR = 600
CLIENT = re.compile(r"api|client|gateway|service|http|feed|sdk")
THING_IDS = (("id",), ("uid",), ("school",), ("district",))
PROFILE = re.compile(
    r"(?:profile|map_?user\w*|user_?details|user_?info|extract_uid)\s*[:=]?\s*(?:async\s*)?\(", re.IGNORECASE
)

IS_PROFILE = re.compile(r"(?:^|_)profile$|map_?user|user_details|user_info$|extract_uid")


def find_provider_row(view: View, node: Pair, name: str) -> Iterator[Finding]:
    """Give the uid beside a provider that is Clever, and an external id that is a Clever record's."""
    if is_provider(name) and _is_clever_word(node.value):
        uid = _uid_beside(node)
        if uid is not None:
            yield report_id(view, uid.start, f"provider clever, {key_name(uid)}", "provider_row")
        elif after := _uid_behind(node):
            yield report_id(view, node.start, f"provider clever, {after}", "provider_row")
    elif _is_profile_id(view, node):
        yield report_id(view, node.start, "id of the profile", "strategy_uid")
    elif is_uid(re.sub(r"_(?:in|exact)$", "", name)) and is_of_clevers_table(view, node):
        yield report_id(view, node.start, f"{name} of Clever's rows", "provider_row")
    elif is_provider(name) and _is_any_provider(node.value):
        yield from _of_any_provider(node, view)
    elif (
        name in UID_KEYS
        and view.evidence.is_about
        and node.operator in ("=", ":", "=>")
        and _is_clever_record_id(view, node)
    ):
        yield report_id(view, node.start, name, "external_id")


def is_of_clevers_table(view: View, node: Node) -> bool:
    """Say whether a column is one of a table that is named after Clever: `CleverAccount.objects.filter(uid=uid)`."""
    usage = usage_of(node)
    if LOOKUP.search(usage.callee) and any(
        names_clever(part) and not part.endswith("()") for part in usage.receiver[:2]
    ):
        return CLIENT.search(usage.receiver[0]) is None
    around = view.reading.class_at(node.start)
    function = view.reading.function_at(node.start)
    is_outside = around is not None and (function is None or function.start < around.start)
    if around is not None and is_outside and TABLE_OF_CLEVER.match(around.name):
        return True
    before = view.reading.content[max(0, node.start - TABLE_NEAR) : node.start]
    tables = TABLE.findall(before)
    return bool(tables) and names_clever(tables[-1]) and LOOKUP.search(usage.callee) is not None


def _of_any_provider(node: Pair, view: View) -> Iterator[Finding]:
    uid = _uid_beside(node)
    if uid is not None and clean(segments(uid.value))[-1:] in (("uid",), ("id",), ("sub",)):
        yield report_id(view, uid.start, f"any provider, {key_name(uid)}", "provider_row")


def _is_other_provider(node: Pair) -> bool:
    """Say whether the provider that stands beside an id is somebody else."""
    parent = node.parent
    beside: tuple[Node, ...] = parent.items if isinstance(parent, Items) else ()
    providers = [each.value for each in beside if isinstance(each, Pair) and is_provider(key_name(each))]
    return any(isinstance(each, Text) and not names_clever(each.value) for each in providers)


def _uid_behind(node: Pair) -> str:
    """Return the uid that is read from the row that a provider is looked up in: `find_by(provider: "clever").uid`."""
    chain = node.parent
    if not isinstance(chain, Chain) or (call := chain.call_with(node)) is None:
        return ""
    steps = [step for step in chain.steps if step.kind == "attribute" and step.start > node.end]
    return next((step.name for step in steps if is_uid(step.name)), "") if call else ""


def _is_any_provider(node: Node | None) -> bool:
    """Say whether a provider is whichever somebody signed in with."""
    path = clean(segments(node))
    return len(path) == 2 and path[-1] == "provider" and re.search(r"auth|omniauth|hash|identity", path[0]) is not None


def _is_clever_word(node: Node | None) -> bool:
    if isinstance(node, Text):
        return node.value.lower() in ("clever", "clever_v2", "clever_sso", "clever-v2")
    path = clean(segments(node))
    return bool(path) and names_clever(path[-1]) and not path[-1].endswith("()") and not is_clever_id(path[-1])


def _uid_beside(node: Pair) -> Pair | None:
    """Return the uid that stands beside a provider: in the same call, dictionary or row."""
    parent = node.parent
    beside: tuple[Node, ...] = ()
    if isinstance(parent, Items):
        beside = parent.items
    elif isinstance(parent, Chain) and (call := parent.call_with(node)):
        beside = call.arguments
    found = [each for each in beside if isinstance(each, Pair) and each is not node]
    chains = [each for each in beside if isinstance(each, Chain) and not each.steps]
    short = [each for each in chains if isinstance(each.head, str) and is_uid(each.head)]
    if short:  # JavaScript's `{ provider: "clever", uid }`
        return Pair(short[0].start, short[0].end, key=short[0], value=short[0])
    return next((each for each in found if is_uid(key_name(each)) or is_clever_id(key_name(each))), None)


def _is_profile_id(view: View, node: Pair) -> bool:
    """Say whether an id is what a login hands on as the person's own: `profile(me) { return { id: me.data.id } }`."""
    path = clean(segments(node.value))
    if key_name(node) != "id" or path[-1:] != ("id",) or len(path) < 2 or not view.evidence.is_about:
        return False
    before = view.reading.content[max(0, node.start - 300) : node.start]
    blocks = [each for each in view.reading.blocks if each.kind == "function" and each.start < node.start < each.end]
    return PROFILE.search(before) is not None or any(IS_PROFILE.search(snake(each.name)) for each in blocks)


def is_of_thing(view: View, node: Node | None) -> bool:
    """Say whether an id is that of a school, a section or a district, which does not change."""
    if not isinstance(node, Chain) or not node.steps or clean(segments(node))[-1:] not in THING_IDS:
        return False
    return any("thing" in held and not held & {"person", "me"} for held in view.values.walk(node))


def _is_clever_record_id(view: View, node: Pair) -> bool:
    """Say whether an external id is taken from a Clever record."""
    if _is_other_provider(node):
        return False
    if isinstance(node.value, Text):
        return node.value.value in ("data.id", "$.data.id", "data[id]") and view.evidence.is_in_path
    back = origin_of(view, node.value)
    function = view.reading.function_at(node.start)
    body = view.reading.content[function.start : function.end] if function else ""
    if (
        not back
        or "roles" in body
        or (view.evidence.bases and all(base.startswith("v3") for base in view.evidence.bases))
    ):
        return False
    if back[-1] in ("identifier", "clever_id", "clever_user_id"):
        return node.operator != "=" or isinstance(node.parent, Chain) or is_field(view, node)
    if back[-1] not in ("id", "uid") or len(back) < 2:
        return False
    if len(back) == 2 and back[0].endswith("()") and not names_clever(back[0]) and not view.values.kinds(node.value):
        return False  # `User(…).id`
    if UNCHANGED.search(asked_of(view, node.value)) or is_of_thing(view, node.value):
        return False
    if any(NO_PERSON.search(part) for part in usage_of(node).receiver[-1:]):
        return False
    if re.search(r"section|school|course|district|term|event", " ".join(back)):
        return False
    is_attribute = view.reading.content[node.start] == "@" or (isinstance(node.key, Chain) and bool(node.key.steps))
    return node.operator != "=" or isinstance(node.parent, Chain) or is_attribute


def find_provider_text(view: View, node: Text) -> Iterator[Finding]:
    """`->where('provider', 'clever')->where('provider_id', $id)` and `find_by_provider_and_uid("clever", id)`."""
    condition = node.parent
    if isinstance(condition, Join) and isinstance(condition.parent, Join) and condition.operator in ("==", "==="):
        chains = [
            each for item in condition.parent.items for each in getattr(item, "items", ()) if isinstance(each, Chain)
        ]
        if any(is_uid(path[-1]) for each in chains if (path := clean(segments(each)))):
            yield report_id(view, node.start, "provider clever, external id", "provider_row")
        return
    usage = usage_of(node)
    call = usage.call
    if call is None:
        return
    first = call.arguments[0] if call.arguments else None
    if usage.index == 1 and isinstance(first, Text) and is_provider(first.value):
        texts = {
            argument.value for step in call.chain.steps for argument in step.arguments if isinstance(argument, Text)
        }
        uid = next((text for text in sorted(texts) if snake(text) in UID_KEYS), "")
        if uid:
            yield report_id(view, node.start, f"provider clever, {uid}", "provider_row")
    elif (
        usage.index == 0 and len(call.arguments) >= 2 and _finds_by_provider(snake(call.name), " ".join(usage.receiver))
    ):
        yield report_id(view, node.start, f"{call.name}(clever, …)", "provider_row")


def _finds_by_provider(name: str, receiver: str) -> bool:
    if re.search(r"driver|use|strategy|register$|provider$|challenge|configure|scope", name):
        return False
    finds = re.search(r"find|get|load|lookup|by|link|create|associate|where|sign_?in|authenticate_uid|for", name)
    return bool(finds and re.search(r"provider|social|identit|external|login|oauth|sso", f"{name} {receiver}"))
