"""Which texts that read like a path of Clever's are requests to it, and which are the application's own routes.

Source: https://dev.clever.com/docs/api-v3-upgrade-guide ("Update your User Endpoints")
"""

from __future__ import annotations

import re

from playbook.audit.evidence import names_clever
from playbook.audit.origins import is_clever_object
from playbook.audit.reading.node import Items, Join, Node, Pair, Text
from playbook.audit.roles import COLLECTIONS
from playbook.audit.routes import Route, is_clever_path
from playbook.audit.rules.asking import asked_version
from playbook.audit.rules.bare_paths import (
    EVENTFUL,
    PLACED,
    accepts_bare,
    asks,
    is_by_role,
    is_handed,
    is_key,
    is_piece,
)
from playbook.audit.rules.resource_names import defines
from playbook.audit.scopes import is_in_scope, keys_of
from playbook.audit.shape import FOREIGN
from playbook.audit.view import Usage, View, key_name, usage_of
from playbook.audit.words import words

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
ARM = re.compile(r"(?:\breturn|=>|->|:|=|\bthen|\{)\s*(?:[\w.]+!?\()?[\w@$]*[\"'`]?$")
PATH_HEAD = re.compile(
    r"(?:var|val|def|func|fun|fn|function|get|String|string)\s+\w*(?:path|url|uri|endpoint|route)\w*\b[^\n]*", re.I
)
ANY_HEAD = re.compile(r"^\s*(?:\w+ )*(?:var|val|def|func|fun|fn|function)\s+\w+[^\n]*(?:\{|do|:)\s*$", re.M)
V2_ONLY = re.compile(
    r"[\"'`/](?:students|teachers|school_admins|district_admins|contacts)(?:[\"'`?/]|\.(?:created|updated|deleted))"
)
DECLARED_CLIENT = re.compile(r"@(?:Register)?\w*Client\b|HttpExchange")
ADDRESS = re.compile(
    r"(?i)ur[il]|base|host|api|root|server|endpoint|addr|origin|prefix|clever|site|domain|service|v(?:er)?\d*$|version|rev|target"
)
TESTED_BY = re.compile(
    r"^(?:get|visit|get_?[jJ]son|call|open|request|goto|navigate|getForEntity|getForObject|perform)$"
)
TEST_CLIENTS = words(
    "client test_client api_client http_client page browser app web_test_client mock_mvc mvc rest_template conn"
)
"""What the frameworks call the object that asks the application under test."""

COMPARES = words("== === != !== eq ne is in")
APPLICATION = words("request() supertest() app() agent() test_client() client_for() chai()")
COMMAND = re.compile(r"(?i)\b\w+-\w*Clever\w*[^\n|;]*-(?:Path|Uri|Url|Resource|Endpoint)\s+$")
PLURAL = re.compile(r"/\{\w*(?:type|role|kind)\}s/\{")
"""A type with an s behind it, then an id: nothing but v2 has such paths."""


def is_request(view: View, route: Route, node: Text, outer: Node) -> bool:
    """Say whether a text that reads like a path of Clever's is one."""
    if route.host:
        return True
    evidence, usage = view.evidence, usage_of(outer)
    asked = [asked_version(view, each, route) for each in (usage, usage_of(node))]
    if asked != [None, None] and not route.base and is_clever_path(route):
        return True
    beside = node.parent.items[0] if isinstance(node.parent, Items) and node.parent.items else None
    if isinstance(beside, Text) and beside.value.startswith("record_type"):
        return False
    if isinstance(node.parent, Join) and node.parent.operator in COMPARES and not route.is_rooted:
        return False
    if usage.key.startswith("record_type") or _is_own_route(usage, view, is_rooted=route.is_rooted):
        return False
    if route.version and route.version != "?":
        return _accepts_versioned(view, route, usage)
    if evidence.project.is_clever and not route.is_rooted and is_handed(view, usage_of(node), node):
        return True
    if not evidence.speaks or not (is_clever_path(route) or (route.is_rooted and "{" in route.first)):
        return False
    written = view.reading.content[outer.start : outer.end] if route.base else ""
    named = names_clever(f"{written} {usage.callee} {' '.join(usage.receiver)} {usage.key}") or is_clever_object(
        view, usage.receiver
    )
    if not named and view.reading.language == "powershell":
        named = COMMAND.search(view.reading.content[max(0, node.start - 120) : node.start]) is not None
        if named and not route.is_rooted:
            return True
    if not named and not usage.receiver and usage.callee:
        around = view.reading.class_at(node.start)
        named = around is not None and names_clever(around.name)
    if not route.is_rooted and is_key(view, node):
        return False
    if PLURAL.match(route.path) and not view.is_document:
        return True
    if evidence.is_about and not view.is_document and _is_path_arm(view, node, route.is_rooted):
        return True
    if view.is_document and _is_configured(view, node, route.is_rooted):
        return True
    if evidence.base_version is None:
        is_v2_path = route.first in COLLECTIONS | {"me": ""} or knows_v2(view)
        is_constant = evidence.is_in_path and route.is_rooted and _is_constant(view, node)
        is_asked = (
            is_constant
            or (usage.callee and is_piece(view, usage, node))
            or (named and (route.is_rooted or asks(usage)))
        )
        return is_v2_path and (is_asked or (evidence.is_in_path and route.is_rooted and _asks_through(usage)))
    if not evidence.bases and not (named or evidence.is_in_path or route.base):
        return not route.is_rooted and is_piece(view, usage, node)
    if route.base:
        return named or evidence.is_in_path or (evidence.is_about and ADDRESS.search(route.base) is not None)
    if route.is_rooted:
        is_own = evidence.is_in_path and bool(usage.callee) and defines(view, usage.callee)
        return (
            asks(usage)
            or bool(PLACED.search(usage.key))
            or _is_constant(view, node)
            or is_own
            or is_by_role(view, node)
        )
    return accepts_bare(view, route, usage, named, node)


def _is_configured(view: View, node: Node, is_rooted: bool) -> bool:
    """Say whether a path is a value of a document, in a part of it that is about Clever."""
    keys = keys_of(node) if isinstance(node.parent, Pair) or (is_rooted and isinstance(node.parent, Items)) else ()
    if not keys or not (is_rooted or re.fullmatch(r"path|endpoint|resource|ur[il](?:_?path)?", keys[-1])):
        return False
    return is_in_scope(keys, view.scopes) or (view.evidence.is_in_path and bool(view.evidence.bases))


def _is_path_arm(view: View, node: Node, is_rooted: bool) -> bool:
    """Say whether a text is what a property or function called `path` gives, alone or as the arm of a switch."""
    content = view.reading.content
    line = content[content.rfind("\n", 0, node.start) + 1 : node.start]
    arm = ARM.search(line)
    if not arm or (not is_rooted and ((arm[0].startswith("=") and arm[0][1:2] != ">") or EVENTFUL.search(content))):
        return False
    heads = list(PATH_HEAD.finditer(content, max(0, node.start - 1500), node.start))
    return bool(heads) and not ANY_HEAD.search(content, heads[-1].end(), node.start)


def _accepts_versioned(view: View, route: Route, usage: Usage) -> bool:
    evidence = view.evidence
    if not (is_clever_path(route) or "{" in route.first):
        return False
    if evidence.speaks or names_clever(usage.key + usage.callee):
        return True
    if FOREIGN.search(view.below) or FOREIGN.search(view.reading.content):
        return False
    if evidence.project.is_clever and route.first in ("school_admins", "district_admins"):
        return True
    is_role_path = route.first in COLLECTIONS or route.first == "me"
    return evidence.project.is_clever and (evidence.is_neighbour or evidence.is_linked) and is_role_path


def knows_v2(view: View) -> bool:
    """Say whether a file that states no version asks for v2's collections or handles v2's events."""
    return V2_ONLY.search(view.reading.content) is not None


def _asks_through(usage: Usage) -> bool:
    """Say whether a path is asked for through an object of the application rather than from its own pages."""
    return asks(usage) and bool(usage.receiver) and not re.fullmatch(r"axios|ky|http_client|jquery", usage.receiver[-1])


def _is_own_route(usage: Usage, view: View, *, is_rooted: bool) -> bool:
    """Say whether a path is one that the application itself answers, or a page of its own."""
    if (
        usage.call
        and view.reading.language in ("ruby", "kotlin")
        and usage.callee in ("get", "post")
        and not usage.receiver
    ):
        following = view.reading.content[usage.call.chain.end : usage.call.chain.end + 8]
        if is_rooted and re.match(r"\s*(?:do\b|\{)", following):
            return True  # Sinatra, Grape and Ktor
    is_feign = DECLARED_CLIENT.search(view.reading.content) is not None
    if view.reading.language == "powershell":
        return False
    if view.is_test and is_rooted and (APPLICATION & {*usage.receiver} or _is_tested(usage, view)):
        return True
    if usage.callee in ROUTE_CALLS and usage.receiver[-1:] != ("stream",) and not _is_stub(usage):
        return not is_feign
    if (
        usage.callee in ("path", "url", "re_path")
        and view.reading.language == "python"
        and not usage.receiver
        and usage.call
        and len(usage.call.arguments) > 1
    ):
        return True
    if usage.receiver and usage.receiver[-1] in ROUTERS and usage.call is not None:
        return not names_clever(" ".join((usage.callee, *usage.receiver)))
    if view.below.endswith(("routes.rb", "router.ex", "urls.py", "routes/web.php", "routes/api.php")):
        return True
    return usage.key in ("href", "to", "redirect_to", "action", "as", "redirect_uri", "redirect_url")


def _is_stub(usage: Usage) -> bool:
    """Say whether a call stands in for a server: `expect(bypass, "GET", "/v2.1/me", …)`."""
    given = usage.call.arguments if usage.call is not None else ()
    return any(isinstance(each, Text) and each.value.upper() == "GET" for each in given)


def _is_tested(usage: Usage, view: View) -> bool:
    """Say whether a test asks its own application: with the client of a framework, as its own page."""
    if not TESTED_BY.match(usage.callee) or usage.call is None:
        return False
    last = usage.receiver[-1] if usage.receiver else ""
    is_own = view.reading.language in ("ruby", "php") and last in ("", "this", "self")
    return (is_own or last in TEST_CLIENTS) and not is_clever_object(view, usage.receiver)


def _is_constant(view: View, node: Text) -> bool:
    """Say whether a text is a constant of a client for Clever, or stands in a table of paths."""
    if any(isinstance(each, Pair) and PLACED.search(key_name(each)) for each in node.ancestors()):
        return True
    pair = node.parent
    is_upper = isinstance(pair, Pair) and view.reading.content[pair.start : pair.start + 3].isupper()
    return is_upper and view.evidence.is_in_path
