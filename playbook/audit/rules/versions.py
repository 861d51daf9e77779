"""Constants that hold nothing but a version, which move every path that is built with them.

Source: https://dev.clever.com/docs/api-v3-upgrade-guide
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from playbook.audit.evidence import names_clever
from playbook.audit.findings import Finding
from playbook.audit.folding.pieces import render
from playbook.audit.reading.node import Chain, Choice, Items, Join, Node, Pair, Text
from playbook.audit.reading.paths import snake
from playbook.audit.routes import VERSION
from playbook.audit.scopes import is_in_scope, keys_of
from playbook.audit.view import View, key_name, usage_of
from playbook.audit.words import words

PREFIX_KEY = re.compile(r"prefix|base|root|path|api|namespace|stem")
STATED = re.compile(r"\^?(?:\\?/)?(?P<version>v(?:1\\?\.[12]|2\\?\.[01]))(?:\\?/)?")
DEFAULTED = re.compile(r"(?i)clever[\w.\-]*:/?(?P<version>v(?:1\.[12]|2\.[01]))\}?$")
TYPED = re.compile(r"\s*(?:export\s+)?type\s")
SAYS = re.compile(r"(?i)^(?:log\w*|info|debug|warn\w*|error|print\w*|puts|echo|say|write\w*)$")
SOURCED = re.compile(r"(?i)clever\w*ver(?:sion)?\b")
ENVIRONMENT = re.compile(r"\b[A-Z][A-Z0-9_]*VER(?:SION)?\b")
TERRAFORM = re.compile(
    r"variable\s+\"[\w\-]*clever[\w\-]*ver(?:sion)?\"\s*\{[^{}]*?\bdefault\s*=\s*\"(?P<version>v?[12]\.\d)\""
)
ATTRIBUTE = re.compile(r"\b(?:key|name|id)=\"([^\"]+)\"")
GENERIC = words(
    "api version versions ver default current legacy old base path prefix segment url data roster rostering sis sso "
    "district identity event events string name number rest remote upstream provider oauth client endpoint my our the"
)
"""Words of a version's name that say nothing of whose it is."""

COMPARES = words("== === != !== eq ne")
VERSION_KEY = re.compile(
    r"(?:^|_)(?:api_)?(?:ver(?:sion)?s?|rev(?:ision)?|release)(?:_(?:prefix|path|segment|string|name|default))?$"
)


def find_version(view: View, node: Pair) -> Iterator[Finding]:
    """Give a constant that holds nothing but a version."""
    key = key_name(node)
    is_sourced = node.value is not None and _is_sourced(view, node.value)
    is_versioned = VERSION_KEY.search(key) or _is_prefix(node, key)
    if node.value is None or not (is_versioned or is_sourced or _is_plain(view, node)):
        return
    told = [render(folded) for folded in view.folder.fold(node.value)]
    if TYPED.match(view.reading.text_of(view.reading.line_of(node.start))):
        return
    match = next((found for text in told if (found := VERSION.fullmatch(text.strip("/"))) and not found[3]), None)
    if match is None or (isinstance(node.value, Chain) and not _holds_text(node.value)):
        return
    if view.below.endswith(("version.rb", "package.json", "package-lock.json")):
        return
    written = view.reading.content[node.key.start : node.key.end] if node.key is not None else ""
    is_named = names_clever(f"{key} {written}") or any(
        isinstance(each, Pair) and names_clever(key_name(each)) for each in node.ancestors()
    )
    usage = usage_of(node)
    is_named = is_named or (VERSION_KEY.search(key) is not None and names_clever(f"{usage.callee} {usage.receiver}"))
    if not (is_named or is_sourced) and names_another(view, node):
        return
    is_named = is_named or is_sourced or (view.is_document and _is_in_section(view, node))
    is_client = view.evidence.is_in_path and bool(view.evidence.bases)
    is_client = is_client or (bool(written) and _builds_address(view, written))
    if not is_named and not (view.evidence.is_about and (key != "version" or match[0][0] in "vV" or is_client)):
        return
    if not is_named and view.is_document and key == "version":
        return
    yield _report(view, _version_place(node.value, match[0]), key, match[0])


def find_stated_version(view: View, node: Text) -> Iterator[Finding]:
    """Give a text of code that is a version of v2 and nothing else, in a file that speaks of Clever."""
    match = STATED.fullmatch(node.value) or DEFAULTED.search(node.value)
    if match is None or view.is_document or not (view.evidence.is_about or view.evidence.is_in_path):
        return
    if SAYS.match(usage_of(node).callee):
        return
    line = view.reading.text_of(view.reading.line_of(node.start))
    if (isinstance(node.parent, Join) and node.parent.operator in COMPARES) or TYPED.match(line):
        return
    if not _is_of_others(view, node) and not names_another(view, node):
        yield _report(view, node.start, "version", match["version"].replace("\\", ""))


def _is_sourced(view: View, value: Node) -> bool:
    """Say whether a value is what the environment says, by Clever's name, with a version as its default."""
    return (
        isinstance(value, Choice | Chain) and SOURCED.search(view.reading.content[value.start : value.end]) is not None
    )


def find_variable(view: View) -> Iterator[Finding]:
    """Give the default of a variable of Terraform's that is named after Clever's version."""
    for match in TERRAFORM.finditer(view.reading.content) if view.reading.language == "hcl" else ():
        yield _report(view, match.start("version"), "version", match["version"])


def names_another(view: View, node: Node) -> bool:
    """Say whether a version is somebody else's: by the words of its name, or by the section around it."""
    usage = usage_of(node)
    first = usage.call.arguments[0] if usage.call is not None and usage.call.arguments else None
    pairs = [each for each in (node, *node.ancestors()) if isinstance(each, Pair)]
    names = [snake(first.value)] if isinstance(first, Text) and first is not node else []
    names += [key_name(each) for each in pairs[:1]]
    names += [snake(name) for name in ENVIRONMENT.findall(view.reading.content[node.start : node.end])]
    if view.reading.language == "xml":
        names += [snake(name) for name in ATTRIBUTE.findall(view.reading.text_of(view.reading.line_of(node.start)))]
    for name in names:
        if VERSION_KEY.search(name) and not names_clever(name) and {*re.findall(r"[a-z]+", name)} - GENERIC:
            return True
    return any(_is_beside_clever(each) for each in pairs[1:])


def _is_beside_clever(section: Pair) -> bool:
    """Say whether a section is another's, because Clever has one of its own beside it."""
    beside = section.parent.items if isinstance(section.parent, Items) else ()
    if names_clever(key_name(section)):
        return False
    return any(isinstance(each, Pair) and names_clever(key_name(each)) for each in beside)


def _is_of_others(view: View, node: Text) -> bool:
    """Say whether a version stands beside somebody else's address."""
    around = next((each for each in node.ancestors() if isinstance(each, Items)), None)
    beside = view.reading.content[around.start : around.end] if around is not None and around.bracket == "{" else ""
    return len(beside) < 400 and "://" in beside and "clever" not in beside.lower()


def find_handed_version(view: View, node: Text) -> Iterator[Finding]:
    """Give a version that a call names and defaults: `option :version, "v2.1"`, `setting :clever, default: "v2.0"`."""
    match = VERSION.fullmatch(node.value.strip("/\\\"'"))
    usage = usage_of(node) if match is not None and match[0][0] in "vV" and not match[3] else None
    given = usage.call.arguments if usage is not None and usage.call is not None else ()
    named = [snake(each.value) for each in given if isinstance(each, Text) and each is not node]
    if match is None or usage is None or not named or given[0] is node or SAYS.match(usage.callee):
        return
    key = next((name for name in named if names_clever(name)), named[0])
    if usage.key not in ("", "default", "value", "default_value") or not (VERSION_KEY.search(key) or names_clever(key)):
        return
    evidence = view.evidence
    if names_clever(key) or evidence.is_about or (key == "api_version" and (evidence.speaks or evidence.is_neighbour)):
        yield _report(view, node.start, key, match[0])


def _report(view: View, offset: int, key: str, version: str) -> Finding:
    is_legacy = version.lstrip("vV").startswith(("1", "2"))
    legacy = f"{key} {version}"
    remedy = (
        f"Set {key} to v3.1 once every path built with it is a v3 path." if is_legacy else "Nothing: this is on v3."
    )
    return view.find(
        "endpoint", offset, legacy=legacy, v3="v3.1" if is_legacy else legacy,
        change=("version",) if is_legacy else (), remedy=remedy, state="legacy" if is_legacy else "already_v3",
        variant="version_constant",
    )  # fmt: skip


def find_keyword_version(view: View, node: Text) -> Iterator[Finding]:
    """Give the version in Lisp's `{:host "…" :version "v2.1"}`, whose entries are no pairs."""
    before = view.reading.content[max(0, node.start - 30) : node.start]
    if view.reading.language != "clojure" or not view.evidence.bases:
        return
    if re.search(r":[\w\-]*version\s+$", before) and re.fullmatch(r"v?[12]\.\d", node.value):
        yield view.find(
            "endpoint", node.start, legacy=f"version {node.value}", v3="v3.1", change=("version",),
            remedy="Set version to v3.1 once every path built with it is a v3 path.", variant="version_constant",
        )  # fmt: skip


def _is_plain(view: View, node: Pair) -> bool:
    """Say whether a constant of a client for Clever is one of its versions, whatever it is called."""
    value = node.value
    is_version = isinstance(value, Text) and re.fullmatch(r"v(?:1\.[12]|2\.[01]|3\.[01])", value.value) is not None
    return (
        is_version and node.operator in ("=", ":=", ":", "=>") and bool(view.evidence.bases or view.evidence.is_in_path)
    )


def _is_in_section(view: View, node: Pair) -> bool:
    """Say whether a configuration's section around a place is Clever's: `clever {`, `[clever]`, `clever:`."""
    keys = keys_of(node)
    if is_in_scope(keys, view.scopes) or keys[-1:] == ("api_version",):
        return True
    before = view.reading.content[max(0, node.start - 2_000) : node.start]
    depth = 0
    for line in reversed(before.split("\n")[:-1]):
        depth += line.count("}") - line.count("{")
        if depth < 0 or re.match(r"\s*\[[^\]]+\]\s*$", line):
            return names_clever(line)
    return False


def _is_prefix(node: Pair, key: str) -> bool:
    """Say whether a constant is the beginning of a path that is a version and nothing else: `api_prefix = "/v2.0"`."""
    value = node.value
    return isinstance(value, Text) and value.value.startswith("/") and PREFIX_KEY.search(key) is not None


def _builds_address(view: View, name: str) -> bool:
    """Say whether Clever's address is put together with a name on the same line."""
    return re.search(rf"clever\.com[^\n]*(?<!\w){re.escape(name)}(?!\w)", view.reading.content) is not None


def _version_place(value: Node, version: str) -> int:
    """Return where in an expression the version itself is written."""
    if isinstance(value, Chain):
        texts = [each for step in value.steps for each in step.arguments if isinstance(each, Text)]
    elif isinstance(value, Choice):
        return next(
            (each.start for each in value.items if isinstance(each, Text) and each.value.strip("/") == version),
            value.start,
        )
    else:
        texts = []
    return next((each.start for each in texts if each.value.strip("/") == version), value.start)


def _holds_text(node: Chain) -> bool:
    """Say whether a version is written in an expression rather than taken from another constant."""
    return isinstance(node.head, Text) or any(isinstance(each, Text) for step in node.steps for each in step.arguments)
