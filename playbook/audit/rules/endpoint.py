"""Requests to Clever, literal or put together, and bases, versions and pages of them.

Source: https://dev.clever.com/docs/api-v3-upgrade-guide ("Update your User Endpoints") and
https://dev.clever.com/docs/new-in-api-v3
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from playbook.audit.evidence import names_clever
from playbook.audit.findings import Finding
from playbook.audit.folding.fold import CONCATENATIONS, FORMATS, PASSED, PATH_JOINS, REPLACES, TEXT_JOINS, render
from playbook.audit.origins import is_clever_object
from playbook.audit.reading.node import Chain, Items, Join, Node, Pair, Text
from playbook.audit.reading.token import Token
from playbook.audit.roles import COLLECTIONS
from playbook.audit.routes import (
    API_HOSTS,
    HOST,
    RESOURCES,
    VERSION,
    Route,
    Verdict,
    is_clever_path,
    judge,
    read_route,
)
from playbook.audit.rules.versions import find_version
from playbook.audit.view import Usage, View, key_name, usage_of
from playbook.audit.words import words

FOLDED_CALLS = FORMATS | PATH_JOINS | TEXT_JOINS | PASSED | REPLACES
REQUEST = re.compile(
    r"get|fetch|request|call|api|pag(?:e|inat)|url|uri|path|endpoint|query|send|load|retrieve|read|pull|sync|http|curl|"
    r"stream|collect|walk|download|rest|exchange|resource|^all$|list|each|iterate|follow|pull|client|wget|open|axios|"
    r"execute|perform|crawl|jsonp?$",
    re.IGNORECASE,
)
ROUTE_CALLS = words(
    "GetMapping PostMapping PutMapping RequestMapping DeleteMapping HttpGet HttpPost Route route resources resource "
    "namespace scope match redirect_to redirect link_to visit navigate push render Redirect sendRedirect live "
    "HandleFunc "
    "Handle re_path MapGet MapPost assert_redirected_to include_router add_url_rule add_api_route Path Controller "
    "RoutePrefix replace_path has_path expect assertEqual assert_equal startsWith startswith start_with include? "
    "includes"
)
ROUTERS = words(
    "app router route routes server mux r e g group bp blueprint scope map history location navigation res "
    "response page "
    "cy browser driver fastify express api_router web navigate window link"
)
ASKS = re.compile(r"get|fetch|request|page|paginate|call|load|pull|^list|^all$|each|collect", re.IGNORECASE)
PLACED = re.compile(r"url|uri|path|endpoint|route|resource|api|href|link|target|request|query$|base", re.IGNORECASE)
COMMENTED = re.compile(
    r"(?:https?://api\.(?:get)?clever\.com)?/?v[12]\.\d/(?:students|teachers|school_admins|district_admins|contacts|"
    r"schools|sections|courses|terms|districts|events|me)[\w/{}:$#<>.\-]*|https?://api\.(?:get)?clever\.com[\w/{}:$#<>.\-]*",
    re.IGNORECASE,
)


def find_endpoints(view: View) -> Iterator[Finding]:
    """Give every request to Clever, base URL and version of a file, on v2 or on v3."""
    seen: set[int] = set()
    for node in view.nodes():
        if isinstance(node, Text):
            yield from _of_text(view, node, seen)
        elif isinstance(node, Pair):
            yield from find_version(view, node)
    for token in view.reading.tokens:
        if token.kind == "comment":
            yield from _of_comment(view, token)


def _of_text(view: View, node: Text, seen: set[int]) -> Iterator[Finding]:
    outer = whole_text(node)
    if node.value.startswith(("?", "&")):
        return
    if id(outer) in seen or not _may_be_route(view, node, outer):
        return
    for folded in view.folder.fold(outer):
        told = render(folded)
        route = read_route(told)
        if route is None or not _accepts(view, route, node, outer):
            continue
        verdict = judge(route, _version_for(view, route))
        if verdict is not None and verdict.variant == "base_url" and not _writes_base(node):
            continue  # the constant that it comes from is the place
        if verdict is None or (verdict.variant == "role_in_hole" and _is_handed_on(view, outer, route)):
            continue
        seen.add(id(outer))
        yield _report(view, node.start, verdict)
        return
    if len(node.value) > 60 and HOST.search(node.value):
        yield from _inside_long_text(view, node)


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
    return value.removeprefix("{}").partition("?")[0] in RESOURCES and view.evidence.is_about


def _writes_base(node: Text) -> bool:
    """Say whether a text itself names the host or the version of the base that it is part of."""
    return "clever.com" in node.value.lower() or any(VERSION.fullmatch(part) for part in node.value.split("/"))


def _is_handed_on(view: View, outer: Node, route: Route) -> bool:
    """Say whether the whole path is a parameter of the function around: its callers say what is asked."""
    function = view.reading.function_at(outer.start)
    if function is None or not re.fullmatch(r"/\{\w+\}", route.path):
        return False
    head = view.reading.content[function.start : function.start + 300].partition(")")[0]
    return re.search(rf"(?<!\w){route.path[2:-1]}(?!\w)", head) is not None


def _report(view: View, offset: int, verdict: Verdict) -> Finding:
    return view.find(
        "endpoint", offset, legacy=verdict.legacy, v3=verdict.v3, change=verdict.change, remedy=verdict.remedy,
        state=verdict.state, severity=verdict.severity, variant=verdict.variant, roles=verdict.roles,
    )  # fmt: skip


def _version_for(view: View, route: Route) -> str | None:
    if route.host or route.version not in ("", "?"):
        return None
    return view.evidence.base_version


def _accepts(view: View, route: Route, node: Text, outer: Node) -> bool:
    """Say whether a text that reads like a path of Clever's is one."""
    if route.host:
        return True
    evidence, usage = view.evidence, usage_of(outer)
    if usage.key.startswith("record_type") or _is_own_route(usage, view):
        return False
    if route.version and route.version != "?":
        return _accepts_versioned(view, route, usage)
    if not evidence.speaks or not (is_clever_path(route) or (route.is_rooted and "{" in route.first)):
        return False
    named = names_clever(f"{route.base} {usage.callee} {' '.join(usage.receiver)} {usage.key}") or is_clever_object(
        view, usage.receiver
    )
    if evidence.base_version is None:
        return named and (route.is_rooted or _asks(usage)) and route.first in COLLECTIONS | {"me": ""}
    if not evidence.bases and not (named or evidence.is_in_path or route.base):
        return False
    if route.base:
        return named or evidence.is_about
    if route.is_rooted:
        return _asks(usage) or bool(PLACED.search(usage.key)) or _is_constant(view, node)
    return _accepts_bare(view, route, usage, named)


def _accepts_versioned(view: View, route: Route, usage: Usage) -> bool:
    evidence = view.evidence
    if not (is_clever_path(route) or "{" in route.first):
        return False
    if evidence.speaks or names_clever(usage.key + usage.callee):
        return True
    is_role_path = route.first in COLLECTIONS or route.first == "me"
    return evidence.project.is_clever and (evidence.is_neighbour or _asks(usage)) and is_role_path


def _accepts_bare(view: View, route: Route, usage: Usage, named: bool) -> bool:
    """A path without a slash in front is one only where it is asked for."""
    if usage.key and PLACED.search(usage.key) and "/" in route.path.strip("/"):
        return True
    if not usage.callee or not _asks(usage) or usage.index > 1:
        return False
    if "/" in route.path.strip("/"):
        return True
    receiver = " ".join(usage.receiver)
    asks_clever = bool(
        re.search(r"client|api|http|conn|session|rest|service|faraday|guzzle|token|oauth|agent", receiver)
    )
    if not usage.receiver:
        asks = re.search(
            r"get|fetch|request|page|paginate|call|load|pull|^list|^all$|each|collect", usage.callee, re.IGNORECASE
        )
        asks_clever = asks is not None and view.evidence.is_about
    return (named or asks_clever) and not re.search(r"param|cache|session$|redis|config|settings|dict|query", receiver)


def _asks(usage: Usage) -> bool:
    return bool(usage.callee) and bool(REQUEST.search(usage.callee))


def _is_own_route(usage: Usage, view: View) -> bool:
    """Say whether a path is one that the application itself answers, or a page of its own."""
    if usage.call and view.reading.language == "ruby" and usage.callee in ("get", "post") and not usage.receiver:
        following = view.reading.content[usage.call.chain.end : usage.call.chain.end + 8]
        if re.match(r"\s*(?:do\b|\{)", following):
            return True  # Sinatra and Grape
    is_feign = "FeignClient" in view.reading.content or "HttpExchange" in view.reading.content
    if usage.callee in ROUTE_CALLS:
        return not is_feign
    if (
        usage.callee in ("path", "url", "re_path")
        and not usage.receiver
        and usage.call
        and len(usage.call.arguments) > 1
    ):
        return True
    if usage.receiver and usage.receiver[-1] in ROUTERS and usage.call is not None:
        return not names_clever(" ".join(usage.receiver))
    if view.below.endswith(("routes.rb", "router.ex", "urls.py", "routes/web.php", "routes/api.php")):
        return True
    return usage.key in ("href", "to", "redirect_to", "action", "as", "redirect_uri", "redirect_url")


def _is_constant(view: View, node: Text) -> bool:
    """Say whether a text is a constant of a client for Clever, or stands in a table of paths."""
    if any(isinstance(each, Pair) and PLACED.search(key_name(each)) for each in node.ancestors()):
        return True
    pair = node.parent
    is_upper = isinstance(pair, Pair) and view.reading.content[pair.start : pair.start + 3].isupper()
    return is_upper and view.evidence.is_in_path


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
