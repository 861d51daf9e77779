"""Imports of Clever's SDKs, strategies and their forks; the application's own modules of that name are none.

Source: Clever's own SDK repositories, and the forks that integrators run instead.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from playbook.audit.evidence import names_clever
from playbook.audit.libraries import is_clever_package
from playbook.audit.reading.paths import snake
from playbook.audit.view import View

IMPORT_LINE = re.compile(
    r"^\s*(?:#?import\b|from\s+[^\s=]|require\b|require_relative\b|require_once\b|use\b|using\s+(?!var\b|\()|"
    r"include\s+[\"'<A-Z](?![^\n]*\[)|@?import\b|"
    r"(?:export\b.*|(?:const|let|var|\w+)\b.*=\s*(?:await\s+)?)(?:require\b\s*\(?|import\s*\(|from\b)|load\b|"
    r"extern crate\b)"
)
SDK_MODULES = re.compile(
    r"\bclever\.(?:api|rest|models|configuration|api_client|Configuration|ApiClient|ApiException)\b|\b(?:Data|Events)Api\b"
)
STRATEGY = re.compile(
    r"(?:omniauth|passport|ueberauth|oauth2?|socialite|strateg(?:y|ies)|allauth|social)", re.IGNORECASE
)
BEFORE_PACKAGE = re.compile(r"\b(?:from|import|require|require_once|load|use|include|crate)\b\s*[(<]?\s*(?:\w+\s+)?$")
API_CLASS = re.compile(r"\b(?:DataApi|EventsApi)\b")
GENERATED = re.compile(
    r"\s*(?:import|from|using)\s+(?:static\s+)?(?P<name>io\.swagger\.client[\w.]*|swagger_client[\w.]*)"
)
"""The package of a generated client that nobody named."""


def find_imports(view: View) -> Iterator[tuple[int, str]]:
    """Give every import of a Clever SDK or strategy, with its place and the package's name."""
    if view.is_document or view.reading.language == "sql":
        return
    has_api = API_CLASS.search(view.reading.content) is not None
    offset = 0
    for line in view.reading.content.splitlines(keepends=True):
        if names_clever(line) and IMPORT_LINE.match(line) and (found := _imported(view, line)):
            yield offset + found[1], found[0]
        elif has_api and (match := GENERATED.match(line)):
            yield offset + match.start("name"), match["name"]
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
        return (root, match.start("name")) if known and not is_own_package(view, root) else None
    if language in ("objective-c", "c", "cpp"):
        return None
    if quoted := re.search(r"""["'](?P<name>[^"']*[Cc]lever[^"']*)["']""", line):
        name = quoted["name"]
        if name.startswith((".", "/", "@/", "~", "#", "src/", "app/", "lib/")) or "require_relative" in line:
            return None
        if language == "php" or name.endswith(".php"):
            return None  # a file, not a package
        if not BEFORE_PACKAGE.search(line[: quoted.start()]):
            return None  # dbt's `from {{ source("clever", "students") }}` imports nothing
        return (name, quoted.start("name")) if _is_package(view, name) else None
    if language in ("javascript", "typescript", "tsx", "coffeescript"):
        return None  # only what stands in quotes is a package
    match = re.search(r"(?P<name>[\w\\.:]*Clever[\w\\.:]*|[\w.]*\bclever[\w.]*)", line)
    return _dotted_import(view, match) if match and language != "ruby" else None


def _dotted_import(view: View, match: re.Match[str]) -> tuple[str, int] | None:
    """`use Clever\\Api\\DataApi`, `import com.clever.api.DataApi`, `using Clever.Api`: the vendor's, or our own."""
    parts = [part for part in re.split(r"[\\.:]+", match["name"].strip(";").strip("\\.:")) if part]
    if not parts:
        return None
    vendors = {"com", "io", "org", "net"}
    rooted = parts[1:] if parts[0] in vendors and len(parts) > 1 else parts
    named = parts[:3] if parts[0] == "AspNet" else parts[:2]
    is_strategy = any(STRATEGY.search(part) for part in named) and parts[0] not in ("App", "app")
    is_strategy = is_strategy and not is_local(view, parts[-1])
    is_path = view.reading.language == "perl"  # `Clever::Lite` is the file Clever/Lite.pm
    own = parts[0] if is_path or parts[-1] in ("_", "*") else parts[-1]
    is_vendor = rooted[0].lower() == "clever" and not is_local(view, own) and len(parts) > 1
    if view.reading.language == "elixir":
        is_vendor = False
    return (".".join(parts), match.start("name")) if is_vendor or is_strategy else None


def _is_package(view: View, name: str) -> bool:
    bare = name.removeprefix("node:")
    parts = bare.split("/")
    if bare.startswith("github.com/"):
        return "clever-go" in bare
    if parts[0].startswith("@") and len(parts) > 1:
        return is_clever_package("/".join(parts[:2])) and not (is_local(view, parts[0]) or is_local(view, parts[1]))
    if bare.startswith(("omniauth/strategies/clever", "ueberauth")):
        return not is_local(view, "omniauth/strategies/clever")
    is_bare = view.reading.language in ("javascript", "typescript", "tsx", "coffeescript", "html")
    return is_clever_package(parts[0]) and (is_bare or not is_local(view, parts[0]))


def is_own_package(view: View, root: str) -> bool:
    """Say whether an import is of the project's own package; an SDK's modules are not, whoever else bears its name."""
    return is_local(view, root) and not SDK_MODULES.search(view.reading.content)


def is_local(view: View, name: str) -> bool:
    """Say whether the project itself has a module or class of this name."""
    return snake(name) in view.evidence.project.modules
