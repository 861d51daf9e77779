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
from playbook.audit.libraries import FIRST_KEY, SERVICES, is_clever_package, state_of_package
from playbook.audit.reading.node import Chain, Items, Pair, Text
from playbook.audit.reading.paths import clean, segments, snake
from playbook.audit.roles import roles_in
from playbook.audit.view import View, usage_of
from playbook.audit.words import words

PERSON = r"(?:students?|teachers?|school_admins?|district_admins?|contacts?)"
ANY = r"(?:schools?|sections?|courses?|terms?|districts?|grade_levels|events?)"
OPERATION = re.compile(
    rf"^(?:get|list|fetch|retrieve)_(?:{PERSON}(?:_for_(?:{PERSON}|{ANY}))?|{ANY}_for_{PERSON})(?:_with_http_info|_async)?$"
)
SHARED_OPERATION = re.compile(rf"^get_{ANY}(?:_for_{ANY})?(?:_with_http_info|_async)?$")
API_CLASSES = words("DataApi EventsApi data_api_client DataAPI EventsAPI DataApiFp DataApiFactory")
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
IMPORT_LINE = re.compile(
    r"^\s*(?:#?import\b|from\b|require\b|require_relative\b|require_once\b|use\b|using\b|include\b|@?import\b|"
    r"(?:export\b.*|(?:const|let|var|\w+)\b.*=\s*(?:await\s+)?)(?:require\b\s*\(?|import\s*\(|from\b)|load\b|"
    r"extern crate\b)"
)
SDK_MODULES = re.compile(
    r"\bclever\.(?:api|rest|models|configuration|api_client|Configuration|ApiClient|ApiException)\b|\b(?:Data|Events)Api\b"
)
LISTENER = re.compile(r"(?<!use )\\?SocialiteProviders\\Clever\\\w+")
STRATEGY = re.compile(
    r"(?:omniauth|passport|ueberauth|oauth2?|socialite|strateg(?:y|ies)|allauth|social)", re.IGNORECASE
)


def find_client_libraries(view: View) -> Iterator[Finding]:
    """Give every place that imports, configures or calls a Clever SDK or OAuth strategy."""
    if not view.evidence.speaks and not view.evidence.project.is_clever:
        return
    if not view.is_document:
        yield from _imports(view)
    has_sdk = _has_sdk(view)
    for node in view.nodes():
        if isinstance(node, Chain):
            yield from _of_chain(view, node, has_sdk)
        elif isinstance(node, Text):
            yield from _of_text(view, node)
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


def _imports(view: View) -> Iterator[Finding]:
    offset = 0
    for line in view.reading.content.splitlines(keepends=True):
        if names_clever(line) and IMPORT_LINE.match(line) and (found := _imported(view, line)):
            name, column = found
            state: State = "already_v3" if state_of_package(name) == "already_v3" else "legacy"
            yield _report(view, offset + column, name, "import", state)
        offset += len(line)


def _imported(view: View, line: str) -> tuple[str, int] | None:
    """Return the package that a line imports, where it is an SDK and not a module of the application."""
    language = view.reading.language
    if language == "python":
        match = re.match(r"\s*(?:from|import)\s+(?P<name>[\w.]+)", line)
        if not match or match["name"].startswith(".") or not names_clever(match["name"]):
            return None
        name = match["name"]
        if name.startswith(("social_core.backends", "social.backends", "allauth.")):
            return name, match.start("name")
        root = name.partition(".")[0]
        known = is_clever_package(root) and "-" not in root
        return (root, match.start("name")) if known and not _is_own_package(view, root) else None
    if language in ("objective-c", "c", "cpp"):
        return None
    if quoted := re.search(r"""["'](?P<name>[^"']*[Cc]lever[^"']*)["']""", line):
        name = quoted["name"]
        if name.startswith((".", "/", "@/", "~", "#", "src/", "app/", "lib/")) or "require_relative" in line:
            return None
        return (name, quoted.start("name")) if _is_package(view, name) else None
    match = re.search(r"(?P<name>[\w\\.:]*Clever[\w\\.:]*|[\w.]*\bclever[\w.]*)", line)
    return _dotted_import(view, match) if match and language != "ruby" else None


def _dotted_import(view: View, match: re.Match[str]) -> tuple[str, int] | None:
    """`use Clever\\Api\\DataApi`, `import com.clever.api.DataApi`, `using Clever.Api`: the vendor's, or our own."""
    parts = [part for part in re.split(r"[\\.:]+", match["name"].strip(";").strip("\\.:")) if part]
    if not parts:
        return None
    vendors = {"com", "io", "org", "net"}
    rooted = parts[1:] if parts[0] in vendors and len(parts) > 1 else parts
    is_strategy = any(STRATEGY.search(part) for part in parts[:2]) and parts[0] not in ("App", "app")
    is_vendor = rooted[0].lower() == "clever" and not _is_local(view, parts[-1]) and len(parts) > 1
    if view.reading.language == "elixir":
        is_vendor = False
    return (".".join(parts), match.start("name")) if is_vendor or is_strategy else None


def _is_package(view: View, name: str) -> bool:
    bare = name.removeprefix("node:")
    parts = bare.split("/")
    if bare.startswith("github.com/"):
        return "clever-go" in bare
    if parts[0].startswith("@") and len(parts) > 1:
        return is_clever_package("/".join(parts[:2])) and not (_is_local(view, parts[0]) or _is_local(view, parts[1]))
    if bare.startswith(("omniauth/strategies/clever", "ueberauth")):
        return not _is_local(view, "omniauth/strategies/clever")
    is_bare = view.reading.language in ("javascript", "typescript", "tsx", "coffeescript", "html")
    return is_clever_package(parts[0]) and (is_bare or not _is_local(view, parts[0]))


def _is_own_package(view: View, root: str) -> bool:
    """Say whether an import is of the project's own package; an SDK's modules are not, whoever else bears its name."""
    return _is_local(view, root) and not SDK_MODULES.search(view.reading.content)


def _is_local(view: View, name: str) -> bool:
    """Say whether the project itself has a module or class of this name."""
    return snake(name) in view.evidence.project.modules


def _has_sdk(view: View) -> bool:
    names = {token.value for token in view.reading.tokens if token.kind == "name"}
    if names & API_CLASSES or "swagger_client" in names or "SwaggerClient" in names:
        return True
    return any(True for _ in _imports(view)) if names_clever(view.reading.content) and not view.is_document else False


def _of_chain(view: View, node: Chain, has_sdk: bool) -> Iterator[Finding]:
    names = [node.head] if isinstance(node.head, str) else []
    names += [step.name for step in node.steps if step.kind == "attribute"]
    for name in names:
        if name in API_CLASSES and node.steps and (view.evidence.speaks or has_sdk) and not _is_local(view, name):
            yield _report(view, node.start, name, "api_class")
            return
    calls = _called(node)
    for name, offset in calls:
        told = snake(name) if not name.startswith("get_") else name
        told = f"get_{told}" if name.startswith("get") and not told.startswith("get_") else told
        if OPERATION.match(told) and _is_sdk_call(view, node, told, has_sdk):
            yield _report(view, offset, f"{name}()", "operation")
            return
        if has_sdk and SHARED_OPERATION.match(told) and _is_sdk_call(view, node, told, has_sdk):
            yield _report(view, offset, f"{name}()", "operation")
            return
    yield from _of_constructor(view, node)
    yield from _of_objects(view, node, names)


def _called(node: Chain) -> list[tuple[str, int]]:
    """Return the names that a chain calls, with their places; in Ruby a call may lack its parentheses."""
    found = [(step.name, step.start) for step in node.steps if step.kind == "attribute" or step.name]
    if isinstance(node.head, str) and node.steps and node.steps[0].kind == "call":
        found.insert(0, (node.head, node.start))
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
        bound = rf"\b{node.head}\b\s*(?:=\s*require\b\s*\(?|from)\s*[\"'](?![./@~])"
        if re.search(bound, view.reading.content) and not _is_local(view, node.head):
            yield _report(view, node.start, f"{node.head}()", "configuration")


def _of_objects(view: View, node: Chain, names: list[str]) -> Iterator[Finding]:
    """`Clever::Student.all`, `clever.Teacher.find`, `CleverStudent::all`, `Clever.configure`."""
    if not names or not re.fullmatch(r"[Cc]lever(?:[A-Z]\w*)?", names[0]):
        return
    owner_is_local = _is_own_package(view, "clever") and view.reading.language in ("python", "javascript", "typescript")
    if len(names) >= 2 and names[0] in ("Clever", "clever") and not owner_is_local:
        if OBJECTS.match(names[1]) and not _is_local(view, names[1]) and len(names) > 2 and names[2] in OBJECT_CALLS:
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
                and not _is_local(view, names[1])
            )
        ):
            yield _report(view, node.start, f"{names[0]}.{names[1]}", "configuration")
    elif OBJECTS.match(names[0]) and len(names) > 1 and names[1] in OBJECT_CALLS and not _is_local(view, names[0]):
        yield _report(view, node.start, names[0], "object")


def _of_text(view: View, node: Text) -> Iterator[Finding]:
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
    if value.lower() != "clever":
        return
    usage = usage_of(node)
    receiver = " ".join(usage.receiver)
    if (
        (usage.callee == "provider" and usage.index == 0)
        or (usage.callee in ("driver", "with") and "socialite" in receiver and view.reading.language == "php")
        or (usage.callee == "omniauth" and "config" in receiver)
    ):
        yield _report(view, node.start, f"OAuth strategy {usage.callee} clever", "strategy")


def _is_constructed(view: View, offset: int) -> bool:
    return bool(re.search(r"new\s+(?:\w+\.)*$", view.reading.content[max(0, offset - 40) : offset])) and not _is_local(
        view, "CleverStrategy"
    )


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
    elif isinstance(node.value, Text) and node.value.value == "clever" and "resource_owners" in text:
        yield _report(view, node.start, "hwi/oauth-bundle clever", "strategy")
