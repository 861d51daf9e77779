"""SDKs, OAuth strategies and their forks: by import, by call and by the name of a generated class.

Clever maintains no library for v3; the official ones and almost every fork call v1 or v2.

Source: https://dev.clever.com/docs/api-v3-upgrade-guide, and the operation ids of Clever's v2.1 specification, from
which the SDKs are generated.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from playbook.audit.evidence import names_clever
from playbook.audit.findings import Finding, State
from playbook.audit.libraries import FIRST_KEY, SERVICES, state_of_package
from playbook.audit.reading.node import Chain, Items, Pair, Text
from playbook.audit.reading.paths import clean, segments, snake
from playbook.audit.roles import roles_in
from playbook.audit.rules.sdk_imports import find_imports, is_local, is_own_package
from playbook.audit.rules.sdk_objects import (
    API_CLASSES,
    PARTS,
    find_associations,
    find_sdk_names,
    go_root,
    is_sdk_object,
)
from playbook.audit.scopes import keys_of
from playbook.audit.view import View, key_name, usage_of
from playbook.audit.words import words

PERSON = r"(?:students?|teachers?|school_admins?|district_admins?|contacts?)"
ANY = r"(?:schools?|sections?|courses?|terms?|districts?|grade_levels|events?)"
OPERATION = re.compile(
    rf"^(?:get|list|fetch|retrieve)_(?:{PERSON}(?:_for_(?:{PERSON}|{ANY}))?|{ANY}_for_{PERSON})(?:_with_http_info|_async)?$"
)
SHARED_OPERATION = re.compile(rf"^get_{ANY}(?:_for_{ANY})?(?:_with_http_info|_async)?$")
OBJECTS = re.compile(
    r"^(?:Clever)?(?:District|School|Student|Teacher|Section|Event|Contact|SchoolAdmin|DistrictAdmin|StudentContact)$"
)
OBJECT_CALLS = words(
    "all retrieve find first count each where iter findById get find_each list one fetch find_by query get_all"
)
REPLACEMENT = "requests to /v3.1, or a client generated from the v3.1 specification"
SETTINGS = words(
    "configure token= token api_key set_token set_api_key api_base setToken setApiKey set_basic_auth api_key="
)
OWN_STRATEGY = re.compile(r"CleverStrategy\b[^\n]*(?:require\s*\(|from)\s*[\"']\.")
LISTENER = re.compile(r"(?<!use )\\{0,2}SocialiteProviders\\{1,2}Clever\\{1,2}\w+")
PROVIDER = re.compile(r"(?!App\\)\w+\\(?:\w+\\)*Provider\\Clever\w*")


def find_client_libraries(view: View) -> Iterator[Finding]:
    """Give every place that imports, configures or calls a Clever SDK or OAuth strategy."""
    if not view.evidence.speaks and not view.evidence.project.is_clever:
        return
    imported = list(find_imports(view))
    parts = frozenset(name.rpartition(".")[2] for _, name in imported) & PARTS
    for offset, name in imported:
        yield _report(
            view, offset, name, "import", "already_v3" if state_of_package(name) == "already_v3" else "legacy"
        )
    has_sdk = _has_sdk(view)
    held = find_sdk_names(view.reading) if has_sdk or view.evidence.speaks else frozenset()
    held |= frozenset(name for name in view.evidence.project.makers if name in view.reading.content)
    yield from (_report(view, offset, f"{name}()", "operation") for offset, name in find_associations(view.reading))
    for node in view.nodes():
        if isinstance(node, Chain):
            yield from _of_chain(view, node, has_sdk, held, parts)
        elif isinstance(node, Text):
            yield from _of_text(view, node, has_sdk)
        elif isinstance(node, Pair) and view.evidence.speaks:
            yield from _of_pair(view, node)
    for match in LISTENER.finditer(view.reading.content) if view.reading.language == "php" else ():
        yield _report(view, match.start(), "SocialiteProviders\\Clever", "strategy")
    for token in view.reading.tokens:
        if token.kind == "name" and token.value == "CleverStrategy" and _is_constructed(view, token.start):
            yield _report(view, token.start, "CleverStrategy", "strategy")


def _report(view: View, offset: int, what: str, variant: str, state: State = "legacy", remedy: str = "") -> Finding:
    remedy = remedy or f"Replace {what} by requests to v3.1: no maintained SDK speaks it."
    return view.find(
        "client_library", offset, legacy=what, v3=REPLACEMENT,
        change=("sdk",), remedy=remedy, state=state, severity="medium", variant=variant, roles=roles_in(what),
    )  # fmt: skip


def _has_sdk(view: View) -> bool:
    names = {token.value for token in view.reading.tokens if token.kind == "name"}
    if names & API_CLASSES or "swagger_client" in names or "SwaggerClient" in names or go_root(view.reading.content):
        return True
    return any(True for _ in find_imports(view)) if names_clever(view.reading.content) else False


def _of_chain(view: View, node: Chain, has_sdk: bool, held: frozenset[str], parts: frozenset[str]) -> Iterator[Finding]:
    names = [node.head] if isinstance(node.head, str) else []
    names += [step.name for step in node.steps if step.kind == "attribute"]
    if view.reading.language == "go" and len(names) > 1 and names[0] == go_root(view.reading.content):
        yield _report(view, node.start, ".".join(names[:2]), "api_class")
        return
    if (strategy := _strategy(view, node, names)) is not None:
        yield _report(view, *strategy, "strategy")
        return
    for name in names:
        if name in parts and any(step.kind == "call" for step in node.steps):
            yield _report(view, node.start, name, "api_class")
            return
        if name in API_CLASSES and node.steps and (view.evidence.speaks or has_sdk) and not is_local(view, name):
            yield _report(view, node.start, name, "api_class")
            return
    for name, offset, place in _called(node):
        if held and is_sdk_object(node, place, held) and _is_asked(view, node, name, place):
            yield _report(view, offset, f"{name}()", "operation")
            return
        told = snake(name) if not name.startswith("get_") else name
        told = f"get_{told}" if name.startswith("get") and not told.startswith("get_") else told
        if OPERATION.match(told) and _is_sdk_call(view, node, told, has_sdk):
            yield _report(view, offset, f"{name}()", "operation")
            return
        if has_sdk and SHARED_OPERATION.match(told) and _is_sdk_call(view, node, told, has_sdk):
            if _is_getter(node, told, place):
                continue
            yield _report(view, offset, f"{name}()", "operation")
            return
    yield from _of_constructor(view, node)
    yield from _of_objects(view, node, names)


def _strategy(view: View, node: Chain, names: list[str]) -> tuple[int, str] | None:
    """Return where a chain names a strategy of somebody else's for Clever, other than to define it."""
    if view.reading.language == "csharp" and "add_clever" not in view.evidence.project.functions:
        step = next((each for each in node.steps if each.name == "AddClever"), None)
        return (step.start, "AspNet.Security.OAuth.Clever") if step is not None else None
    is_named = names[:3] == ["OmniAuth", "Strategies", "Clever"] and node.lead != "class"
    if is_named and not is_local(view, "omniauth/strategies/clever"):
        return node.start, "OmniAuth::Strategies::Clever"
    return None


def _is_asked(view: View, node: Chain, name: str, place: int) -> bool:
    """Say whether a method of an SDK's object asks Clever: an operation, or an object of the first SDKs."""
    if OBJECTS.match(name):
        return True
    following = node.steps[place + 1].kind if place + 1 < len(node.steps) else ""
    if not (node.steps[place].kind == "call" or following == "call" or view.reading.language == "ruby"):
        return False
    told = snake(name)
    told = told if told.startswith(("get_", "list_", "fetch_")) else f"get_{told}"
    return bool(OPERATION.match(told) or SHARED_OPERATION.match(told)) or view.reading.language == "go"


def _is_getter(node: Chain, told: str, place: int) -> bool:
    """Say whether a call reads an attribute of a record: an operation for one thing is handed its id."""
    following = node.steps[place + 1] if place + 1 < len(node.steps) else None
    return not told.endswith("s") and following is not None and following.kind == "call" and not following.arguments


def _called(node: Chain) -> list[tuple[str, int, int]]:
    """Return the names that a chain calls, with their places; in Ruby a call may lack its parentheses."""
    named = [(step.name, step.start, place) for place, step in enumerate(node.steps)]
    found = [(name, offset, place) for name, offset, place in named if name]
    if isinstance(node.head, str) and node.steps and node.steps[0].kind == "call":
        found.insert(0, (node.head, node.start, -1))
    return found


def _is_sdk_call(view: View, node: Chain, told: str, has_sdk: bool) -> bool:
    """Say whether a call is the SDK's, not one of the application's own methods of the same name."""
    if told in view.evidence.project.functions:
        return False
    if isinstance(node.head, str) and not any(step.kind == "attribute" for step in node.steps):
        return False
    if node.lead in ("def", "fun", "func", "function", "fn"):
        return False
    if has_sdk:
        return True
    reached = " ".join(clean(segments(Chain(node.start, node.end, head=node.head, steps=node.steps[:1]))))
    return (view.evidence.speaks and ("clever" in reached or "data_api" in reached)) or (
        "_for_" in told and view.evidence.project.is_clever and (view.evidence.speaks or "api" in reached)
    )


def _of_constructor(view: View, node: Chain) -> Iterator[Finding]:
    """`Clever({ token })` where a line above reads `const Clever = require("clever")`."""
    if not isinstance(node.head, str) or not node.steps or node.steps[0].kind != "call":
        return
    if re.fullmatch(r"[Cc]lever\w*", node.head) and view.reading.language in (
        "javascript",
        "typescript",
        "coffeescript",
    ):
        bound = rf"\b{node.head}\b\s*(?:\}}\s*)?(?:=\s*require\b\s*\(?|from)\s*[\"'](?![./@~])"
        if re.search(bound, view.reading.content):
            yield _report(view, node.start, f"{node.head}()", "configuration")


def _of_objects(view: View, node: Chain, names: list[str]) -> Iterator[Finding]:
    """`Clever::Student.all`, `clever.Teacher.find`, `CleverStudent::all`, `Clever.configure`."""
    if not names or not re.fullmatch(r"[Cc]lever(?:[A-Z]\w*)?", names[0]):
        return
    owner_is_local = is_own_package(view, "clever") and view.reading.language in ("python", "javascript", "typescript")
    if len(names) >= 2 and names[0] in ("Clever", "clever") and not owner_is_local:
        if OBJECTS.match(names[1]) and not is_local(view, names[1]) and len(names) > 2 and names[2] in OBJECT_CALLS:
            yield _report(view, node.start, f"{names[0]}.{names[1]}", "object")
        elif (
            (names[1] in SETTINGS and names[0] == "Clever")
            or (names[1] in SETTINGS and _has_sdk(view))
            or (
                names[1]
                in (
                    "ApiClient",
                    "Configuration",
                    "APIClient",
                    "ApiException",
                    "ApiError",
                    "NotFoundError",
                    "Client",
                )
                and not is_local(view, names[1])
            )
        ):
            yield _report(view, node.start, f"{names[0]}.{names[1]}", "configuration")
    elif OBJECTS.match(names[0]) and len(names) > 1 and names[1] in OBJECT_CALLS and not is_local(view, names[0]):
        yield _report(view, node.start, names[0], "object")


def _of_text(view: View, node: Text, has_sdk: bool) -> Iterator[Finding]:
    """Names of packages and strategies in lists: `INSTALLED_APPS`, `AUTHENTICATION_BACKENDS`, `provider :clever`."""
    value = node.value
    if value.startswith("github.com/") and "/clever-go" in value:
        yield _report(view, node.start, value, "import")
        return
    if any(value.startswith(service) for service in SERVICES):
        name = next(service for service in SERVICES if value.startswith(service))
        remedy = (
            f"Update {name} to a release that is on v3 and choose the role yourself: it takes the first key of roles."
            if name in FIRST_KEY
            else ""
        )
        yield _report(view, node.start, name, "strategy", "mixed" if name in FIRST_KEY else "legacy", remedy)
        return
    if node.is_symbol and OPERATION.match(value) and has_sdk:
        yield _report(view, node.start, f"{value}()", "operation")
    if value.lower() != "clever":
        return
    usage = usage_of(node)
    if isinstance(node.parent, Pair) and any(
        key_name(each) == "omniauth_providers" for each in node.ancestors() if isinstance(each, Pair)
    ):
        yield _report(view, node.start, "OAuth strategy clever", "strategy")
        return
    if any(block.kind == "class" and block.name == "Clever" for block in view.reading.blocks):
        return  # the strategy is the file's own
    receiver = " ".join(usage.receiver)
    if (
        (usage.callee == "provider" and usage.index == 0)
        or (usage.callee in ("driver", "with") and "socialite" in receiver and view.reading.language == "php")
        or (usage.callee == "PassportStrategy" and "passport-clever" in view.reading.content)
        or (usage.callee == "omniauth" and "config" in receiver)
    ):
        yield _report(view, node.start, f"OAuth strategy {usage.callee} clever", "strategy")


def _is_constructed(view: View, offset: int) -> bool:
    content = view.reading.content
    if is_local(view, "CleverStrategy") or OWN_STRATEGY.search(content):
        return False
    return re.search(r"new\s+(?:\w+\.)*$", content[max(0, offset - 40) : offset]) is not None


def _of_pair(view: View, node: Pair) -> Iterator[Finding]:
    """Ueberauth's `clever: {Ueberauth.Strategy.Clever, []}` and HWI's `type: clever`."""
    text = view.reading.content[node.start : node.end]
    if (
        "Ueberauth.Strategy.Clever" in text[:120]
        and len(text) < 400
        and isinstance(node.value, Items)
        and node.value.bracket == "{"
    ):
        yield _report(view, node.start, "Ueberauth.Strategy.Clever", "strategy")
    elif key_name(node) == "provider_class" and isinstance(node.value, Text) and PROVIDER.fullmatch(node.value.value):
        yield _report(view, node.start, node.value.value, "strategy")
    elif (
        isinstance(node.value, Text) and node.value.value == "clever" and "resource_owners" in f"{text} {keys_of(node)}"
    ):
        yield _report(view, node.start, "hwi/oauth-bundle clever", "strategy")
