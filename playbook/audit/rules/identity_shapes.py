"""The answer of `/me` as it is declared or recorded: classes with a `type`, bodies of tests, columns that keep it.

Source: https://dev.clever.com/docs/api-v3-upgrade-guide ("Account for Identity API Changes")
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from playbook.audit.findings import Finding
from playbook.audit.flow.identities import find_identity_classes, find_inline
from playbook.audit.reading.node import Chain, Items, Node, Pair, Text
from playbook.audit.reading.paths import snake
from playbook.audit.reading.token import Token
from playbook.audit.roles import role_of
from playbook.audit.rules.role_reading import READ_ROLES, report_role
from playbook.audit.view import View, key_name
from playbook.audit.words import words

STORED = re.compile(r"^(?:\w+_)?cle?ve?r?_(?:user_)?(?:type|role|kind)$")
CONSTANT = re.compile(r"[\"']?\s*(?:=>|=|:)\s*(?:[\"':](?:student|teacher|\w+_admin)\b|None\b|nil\b|null\b)")
"""What the application itself says, or nothing at all, is not what Clever sent."""

KEPT = re.compile(r"(?i)cle?ve?r?.*(?:type|role|kind)")
RECORDED = re.compile(
    r"\"type\\?\"\s*:\s*\\?\"(?:student|teacher|school_admin|district_admin)\\?\"(?=[^\n]*\\?\"(?:data|district)\\?\"\s*:)"
)
"""A body of `/me` that stands in a text."""

ROLES = re.compile(r"[\"'.:]roles\b[\"'.\[?]|\blegacy_?[iI]d\b")
LINK_SPLIT = re.compile(
    r"/v(?:2|\[?\\d)[^\s\"'/(]{0,10}/\((?:\?P?<\w+>)?(?:\\w|\[[^\]]+\])[+*]\??\)s?|"
    r"(?:\buri\b|\bhref\b|canonical)[^\n]{0,40}\.?(?:split|explode|Split)\(\s*[\"']/[\"']\s*\)\s*\[\s*(?:2|-2)\s*\]"
)
"""A role taken out of the path of a link, whatever stands in front of it."""

MAKES_RECORD = words("dict hash Hash of map object hashMapOf mapOf hash_map")
IDENTITY_KEYS = frozenset({"raw_info", "extra_info", "info"})


def find_identity_shapes(view: View) -> Iterator[Finding]:
    """Give the declarations and recorded bodies of a file that say a role in the `type` of `/me`."""
    if not view.evidence.project.is_clever:
        return
    if (view.evidence.base_version or "").startswith("v3") and ROLES.search(view.reading.content):
        return  # it knows v3's roles, and keeps the type for what it is
    if not view.is_document:
        yield from _of_classes(view)
        yield from _of_links(view)
    yield from _of_names(view)
    for node in view.nodes():
        is_place = (
            (isinstance(node, Pair) and view.is_test and _is_login(node))
            or (isinstance(node, Pair) and _is_recorded(node))
            or (isinstance(node, Text) and "type" in node.value and RECORDED.search(node.value) is not None)
            or (isinstance(node, Items) and _is_kept(node))
            or (isinstance(node, Pair) and _is_nested(view, node))
        )
        if is_place:
            yield report_role(view, node.start, "type of /me", "recorded", READ_ROLES.format(what="type", id="{id}"))


def _of_names(view: View) -> Iterator[Finding]:
    """Columns, attributes and claims that keep the type of `/me`, by their name: `clever_role`, `cleverType`."""
    if not view.evidence.speaks:
        return
    for token in view.reading.tokens:
        if token.kind not in ("name", "text") or len(token.value) > 40 or not KEPT.search(token.value):
            continue
        if not _is_member(view, token) or CONSTANT.match(view.reading.content, token.end, token.end + 60):
            continue
        last = snake(token.value.rpartition(".")[2])
        whole = snake(re.sub(r"[.:/]", "_", token.value)) if token.kind == "text" else last
        if STORED.match(last) or STORED.match(whole):
            remedy = f"Keep the keys of roles instead of {whole}: under v3 the type is user for everybody."
            yield report_role(view, token.start, whole, "stored", remedy, "medium")


def _is_member(view: View, token: Token) -> bool:
    """Say whether a name is that of a column, a key or an attribute, rather than a variable's or a class's."""
    content = view.reading.content
    before = content[max(0, token.start - 40) : token.start]
    if token.kind == "text":
        return re.search(r"(?i)(?:drop|remove)_?column\w*\W+$", before) is None
    if view.is_document or view.reading.language in ("sql", "prisma", "graphql"):
        return True
    following = content[token.end : token.end + 3].lstrip()
    is_key = following.startswith((":", "=>", "{")) and not following.startswith("::")
    is_reached = before.endswith((".", "->", "@", "?.", "&.")) and not following.startswith("(")
    return token.value[:1].islower() and (is_key or is_reached)


def _is_kept(node: Items) -> bool:
    """Say whether a couple of texts keeps the type of `/me` under another name: `("type", "user_type")`."""
    couple = [each.value for each in node.items if isinstance(each, Text)]
    keys = [key_name(each) for each in node.ancestors() if isinstance(each, Pair)]
    return len(node.items) == 2 and len(couple) == 2 and couple[0] == "type" and "extra_data" in keys


def _of_links(view: View) -> Iterator[Finding]:
    content = view.reading.content
    if not any(word in content for word in ("plit", "explode", "/(")) or not (view.evidence.speaks or view.is_reached):
        return  # asked first, because the search below reads the whole file
    for match in LINK_SPLIT.finditer(content):
        remedy = "Ask the link and read the keys of roles: the path says users for everybody."
        yield report_role(view, match.start(), "role from the path of a link", "link_path", remedy)


def _of_classes(view: View) -> Iterator[Finding]:
    if not (view.evidence.speaks or view.evidence.is_neighbour):
        return
    answers = view.evidence.project.facts.answers
    for each in find_identity_classes(view.reading, answers):
        what = f"{each.block.name}.{each.field}"
        yield report_role(view, each.offset, what, "declared", READ_ROLES.format(what=each.field, id="{id}"))
    for offset in find_inline(view.reading, answers):
        yield report_role(view, offset, "type of /me", "declared", READ_ROLES.format(what="type", id="{id}"))


def _is_recorded(pair: Pair) -> bool:
    """Say whether an entry is the type in a body of `/me`: a role word beside the data, or beside id and district."""
    if key_name(pair) != "type" or not isinstance(pair.value, Text) or not _is_role(pair.value.value):
        return False
    around = pair.parent
    if isinstance(around, Chain):
        given = next((step.arguments for step in around.steps if pair in step.arguments), ())
    else:
        given = around.items if isinstance(around, Items) else ()
    pairs = {key_name(each): each.value for each in given if isinstance(each, Pair)}
    beside = set(pairs)
    if around is None:
        return False
    above = next((key_name(each) for each in around.ancestors() if isinstance(each, Pair)), "")
    if beside & {"object", "created", "previous_attributes", "relationship"}:
        return False
    is_inner = "id" in beside and ("district" in beside or above == "data")
    return ("data" in beside and _is_data(pairs["data"])) or is_inner or above in IDENTITY_KEYS


def _is_nested(view: View, pair: Pair) -> bool:
    """Say whether a field keeps the type below one that names Clever: `clever: { id: String, type: String }`."""
    if key_name(pair) not in ("type", "role", "kind", "user_type") or not isinstance(pair.value, Items | Chain):
        return False
    above = next((each for each in pair.ancestors() if isinstance(each, Pair)), None)
    beside = above.value.items if above is not None and isinstance(above.value, Items) else ()
    names = {key_name(each) for each in beside if isinstance(each, Pair)}
    return above is not None and key_name(above) == "clever" and bool(names & {"id", "uid", "user_id"})


def _is_login(pair: Pair) -> bool:
    """Say whether an entry is the role that OmniAuth hands on, as tests spell it: `info: { user_type: "teacher" }`."""
    if key_name(pair) != "user_type" or pair.value is None or pair.operator not in (":", "=>"):
        return False
    above = next((key_name(each) for each in pair.ancestors() if isinstance(each, Pair)), "")
    is_told = isinstance(pair.value, Text) and _is_role(pair.value.value)
    return above in ("info", "raw_info") and (is_told or isinstance(pair.value, Chain))


def _is_data(node: Node | None) -> bool:
    """Say whether what stands under the data of a body is a person's: it has an id, or nobody says what it has."""
    if isinstance(node, Chain):
        return node.callee in MAKES_RECORD and _has_id(node.arguments)
    return isinstance(node, Items) and (not node.items or _has_id(node.items))


def _has_id(entries: Sequence[Node]) -> bool:
    names = {key_name(each) for each in entries if isinstance(each, Pair)}
    names |= {each.head for each in entries if isinstance(each, Chain) and isinstance(each.head, str)}
    return bool(names & {"id", "district", "email"}) or not names


def _is_role(value: str) -> bool:
    return bool(role_of(value)) and not value.endswith("s") and value not in ("contact", "staff")
