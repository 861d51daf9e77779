"""Requests to Clever, literal or put together, and bases, versions and pages of them.

Source: https://dev.clever.com/docs/api-v3-upgrade-guide ("Update your User Endpoints") and
https://dev.clever.com/docs/new-in-api-v3
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from playbook.audit.findings import Finding
from playbook.audit.folding.calls import CONCATENATIONS, FORMATS, PASSED, PATH_JOINS, REPLACES, TEXT_JOINS
from playbook.audit.folding.pieces import render
from playbook.audit.reading.node import Chain, Items, Join, Node, Pair, Text
from playbook.audit.reading.token import Token
from playbook.audit.roles import COLLECTIONS
from playbook.audit.routes import (
    API_HOSTS,
    BELOW,
    HOLE,
    HOST,
    RESOURCES,
    VERSION,
    Route,
    Verdict,
    judge,
    read_route,
)
from playbook.audit.rules.asking import asked_version
from playbook.audit.rules.handed_names import find_handed_names, looks_up
from playbook.audit.rules.paging import find_paging
from playbook.audit.rules.requests import is_request, knows_v2
from playbook.audit.rules.resource_names import find_document_names, find_resource_names, find_shell_lists
from playbook.audit.rules.versions import (
    find_handed_version,
    find_keyword_version,
    find_stated_version,
    find_variable,
    find_version,
)
from playbook.audit.view import Usage, View, usage_of

FOLDED_CALLS = FORMATS | PATH_JOINS | TEXT_JOINS | PASSED | REPLACES
UNSTATED = "v2.x"
"""The version of a path whose file states none, but asks for what only v2 has."""

DESCRIBES = re.compile(r"^\s*[\"']?(?:openapi|swagger)[\"']?\s*:", re.M)
DESCRIBED = re.compile(r"^\s*[\"']?(/[\w/{}\-]+)[\"']?\s*:", re.M)
EMBEDDED = re.compile(
    r"\\?[\"'](/v[12]\.\d/(?:students|teachers|school_admins|district_admins|contacts)(?:/[\w\-]+){0,2})\\?[\"']"
)
"""A path of Clever's in a recorded answer that stands in a text."""

WRITTEN = re.compile(r"(?:\b|[vV])[12]\.\d\b")
COMMENTED = re.compile(
    r"(?:https?://api\.(?:get)?clever\.com)?/?v[12]\.\d/(?:students|teachers|school_admins|district_admins|contacts|"
    r"schools|sections|courses|terms|districts|events|me)[\w/{}:$#<>.\-]*|https?://api\.(?:get)?clever\.com[\w/{}:$#<>.\-]*",
    re.IGNORECASE,
)


def find_endpoints(view: View) -> Iterator[Finding]:
    """Give every request to Clever, base URL and version of a file, on v2 or on v3."""
    named = find_resource_names(view)
    seen: set[Node] = {*named}
    for text in named:
        yield from _of_name(view, text.start, text.value.split()[0])
    for offset, name in (*find_shell_lists(view), *find_document_names(view)):
        yield from _of_name(view, offset, name)
    for called in find_handed_names(view):
        yield from _of_name(view, called.start, "{role}s")
    for node in view.nodes():
        if isinstance(node, Text):
            yield from _of_text(view, node, seen)
            yield from find_keyword_version(view, node)
            yield from find_handed_version(view, node)
            yield from find_stated_version(view, node)
        elif isinstance(node, Pair):
            yield from find_version(view, node)
    yield from find_variable(view)
    yield from _of_description(view)
    yield from find_paging(view)
    for token in view.reading.tokens:
        if token.kind == "comment":
            yield from _of_comment(view, token)


def _of_name(view: View, offset: int, name: str) -> Iterator[Finding]:
    route = read_route(f"/{name}")
    if route is not None and (verdict := judge(route, view.evidence.base_version or UNSTATED)):
        yield _report(view, offset, verdict)


def _of_text(view: View, node: Text, seen: set[Node]) -> Iterator[Finding]:
    outer = whole_text(node)
    if node.value.startswith(("?", "&")) or (view.below.endswith(".txt") and "clever.com" not in node.value):
        return  # no request: a query, or prose
    if outer in seen or not _may_be_route(view, node, outer):
        return
    for told in _told(view, node, outer):
        route = read_route(told)
        if route is not None and not route.host and route.base and looks_up(view, outer):
            route = read_route(f"/{{role}}s{route.path}")  # the hole in front is no base
        if route is None or not is_request(view, route, node, outer):
            continue
        built = next((found for each in (outer, node) if (found := asked_version(view, usage_of(each), route))), "")
        verdict = judge(route, built if built not in ("", "?") else _version_for(view, route, usage_of(outer)))
        if verdict is None or _is_told_elsewhere(view, node, outer, (route, verdict)):
            continue
        seen.add(outer)
        yield _report(view, node.start, verdict)
        return
    if len(node.value) > 60 and HOST.search(node.value):
        yield from _inside_long_text(view, node)
    elif len(node.value) > 40 and (match := EMBEDDED.search(node.value)) and view.evidence.speaks:
        route = read_route(match[1])
        if route is not None and (verdict := judge(route)):
            yield _report(view, node.start, verdict)


def _is_told_elsewhere(view: View, node: Text, outer: Node, told: tuple[Route, Verdict]) -> bool:
    """Say whether another place has to change: a constant, a table of collections, or whoever hands the path over."""
    route, verdict = told
    if looks_up(view, outer):
        return False
    is_written = _states(view, outer)
    if not is_written and not _names_path(view, outer, route):
        return True
    is_open = not route.path or HOLE.fullmatch(route.first) is not None
    if verdict.variant == "base_url" or (verdict.variant == "retired_host" and is_open):
        return not _writes_base(view, node, outer, verdict) and (bool(route.host) or not is_written)
    return verdict.variant == "role_in_hole" and not is_written and _is_handed_on(view, outer, route)


def _names_path(view: View, outer: Node, route: Route) -> bool:
    """Say whether a place itself writes something of the path that is asked, or leaves a part of it open."""
    if not isinstance(outer, Join | Chain) and not (isinstance(outer, Text) and len(outer.parts) > 1):
        return True
    if HOLE.search(route.first) or not route.path:
        return True
    written = view.reading.content[outer.start : outer.end]
    return (
        re.search(
            r"(?i)getclever|"
            + "|".join({route.first, *(route.path.strip("/").split("/")[2:]), route.first.replace("_", "")}),
            written,
        )
        is not None
    )


def _states(view: View, outer: Node) -> bool:
    """Say whether the line that puts a path together itself says which version, or whose host, it is of."""
    end = view.reading.content.find("\n", outer.end)
    return WRITTEN.search(view.reading.content[outer.start : end if end >= 0 else None]) is not None


def _told(view: View, node: Text, outer: Node) -> list[str]:
    """Return what a text can be, with what follows it where a path is handed over piece by piece."""
    call = usage_of(node).call if outer is node and node.value in RESOURCES else None
    pieces = call.arguments[call.place :] if call else ()
    last = pieces[2] if len(pieces) == 3 else None
    if isinstance(last, Text) and last.value in BELOW and not isinstance(pieces[1], Pair | Items):
        return ["/".join(render(view.folder.fold(each)[0]) for each in pieces)]
    ways = [folded for folded in view.folder.fold(outer) if any(isinstance(piece, str) for piece in folded)]
    whole: Node | None = node
    while not ways and whole is not None and whole is not outer:  # what is around it tells nothing
        ways, whole = view.folder.fold(whole), whole.parent
    return [render(folded) for folded in ways or view.folder.fold(node)]


def _of_description(view: View) -> Iterator[Finding]:
    """Give the paths of an OpenAPI description whose server is Clever."""
    if not view.is_document or not view.evidence.bases or not DESCRIBES.search(view.reading.content):
        return
    for match in DESCRIBED.finditer(view.reading.content):
        route = read_route(f"https://api.clever.com/{view.evidence.bases[0]}{match[1]}")
        if route and (verdict := judge(route)) and verdict.variant != "base_url":
            yield _report(view, match.start(1), verdict)


def whole_text(node: Node) -> Node:
    """Return the whole text that a piece belongs to: the join, format or path around it."""
    outer = node
    for parent in node.ancestors():
        if (
            isinstance(parent, Text)
            or (isinstance(parent, Join) and parent.operator in CONCATENATIONS | {"/", "%"})
            or (isinstance(parent, Chain) and _folds(parent, outer))
            or (isinstance(parent, Items) and isinstance(parent.parent, Chain) and parent.parent.callee == "join")
            or (isinstance(parent, Items) and isinstance(parent.parent, Join) and parent.parent.operator == "%")
        ):
            outer = parent
        else:
            break
    return outer


def _folds(chain: Chain, child: Node) -> bool:
    """Say whether a chain puts its argument into a longer text: a format, a join, a constructor of URLs."""
    call = chain.call_with(child)
    if call is None:
        return chain.head is child and chain.callee in FOLDED_CALLS
    if call.name not in FOLDED_CALLS or call.arguments is not chain.arguments:
        return False
    if call.name == "path" and call.owner is None:
        return False
    return not (call.name in ("new", "with", "append") and len(call.arguments) > 2)


def _may_be_route(view: View, node: Text, outer: Node) -> bool:
    value = node.value
    if "/" in value or "clever" in value.lower():
        return True
    if outer is not node:
        return True
    bare = value.removeprefix("{}").partition("?")[0]
    if bare not in RESOURCES and value != "{}s":
        return False
    return view.evidence.is_about or view.evidence.project.is_clever


def _writes_base(view: View, node: Text, outer: Node, verdict: Verdict) -> bool:
    """Say whether a text itself names the host or the version of the base that it is part of."""
    version = verdict.legacy.rpartition("/v")[2]
    if "clever.com" in node.value.lower().replace("\\", ""):
        return not version or version in view.reading.content[outer.start : outer.end] or "getclever" in node.value
    return any(VERSION.fullmatch(part) for part in node.value.split("/"))


def _is_handed_on(view: View, outer: Node, route: Route) -> bool:
    """Say whether the whole path is a parameter of the function around: its callers say what is asked."""
    function, content = view.reading.function_at(outer.start), view.reading.content
    if not re.fullmatch(r"/\{\w+\}", route.path):
        return False
    if re.search(rf"\b{route.path[2:-1]}\.", content[outer.start : outer.end]):
        return False  # a value of a parameter: its callers hand over no text
    start = function.start if function is not None else content.rfind("def ", max(0, outer.start - 300), outer.start)
    if start < 0 or (function is None and view.reading.language != "notebook"):
        return False
    head = content[start : start + 300].partition("{" if view.reading.language == "go" else ")")[0]
    return re.search(rf"(?<!\w){route.path[2:-1]}(?!\w)", head) is not None


def _report(view: View, offset: int, verdict: Verdict) -> Finding:
    return view.find(
        "endpoint", offset, legacy=verdict.legacy, v3=verdict.v3, change=verdict.change, remedy=verdict.remedy,
        state=verdict.state, severity=verdict.severity, variant=verdict.variant, roles=verdict.roles,
    )  # fmt: skip


def _base_beside(view: View, usage: Usage) -> str:
    """Return the version of a base that is handed over beside a path: `walk(settings.DATA_URL, "/users")`."""
    for each in usage.call.arguments[: usage.index] if usage.call else ():
        for folded in view.folder.fold(each):
            route = read_route(render(folded))
            if route is not None and route.host in API_HOSTS and not route.path:
                return route.version
    return ""


def _version_for(view: View, route: Route, usage: Usage) -> str | None:
    if route.host or route.version not in ("", "?"):
        return None
    if beside := _base_beside(view, usage):
        return beside
    known = view.evidence.base_version
    return (
        UNSTATED
        if known in (None, "", "?") and route.first not in COLLECTIONS | {"me": ""} and knows_v2(view)
        else known
    )


def _inside_long_text(view: View, node: Text) -> Iterator[Finding]:
    """Give the URLs inside a longer text: a query, a template, a message."""
    for match in HOST.finditer(node.value):
        if match[1].lower() not in API_HOSTS:
            continue
        route = read_route(re.split(r"[\s\"'<>`,;)]", node.value[match.start() :])[0])
        if route and (verdict := judge(route)):
            shift = view.reading.content.find(match[0], node.start, node.end)
            yield _report(view, shift if shift >= 0 else node.start, verdict)


def _of_comment(view: View, token: Token) -> Iterator[Finding]:
    if not view.evidence.speaks and not HOST.search(token.value):
        return
    for match in COMMENTED.finditer(token.value):
        route = read_route(match[0].rstrip(".,;:)"))
        if route and (route.host or route.version) and (verdict := judge(route)) and verdict.state != "already_v3":
            yield view.find(
                "endpoint", token.start + match.start(), legacy=verdict.legacy, v3=verdict.v3, change=verdict.change,
                remedy=verdict.remedy, state=verdict.state, severity="low", variant=verdict.variant,
                roles=verdict.roles, context="comment",
            )  # fmt: skip
            return
