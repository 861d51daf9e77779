"""Clever's libraries in manifests and lockfiles of every ecosystem: pins, forks and branches.

Source: field experience: the legacy call is often inside a git fork of a gem that tracks a branch.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from playbook.audit.findings import Finding
from playbook.audit.libraries import FIRST_KEY, NAME, is_clever_package, state_of_package
from playbook.audit.view import mask

MANIFESTS = re.compile(
    r"^(?:Gemfile(?:\.lock)?|gems\.(?:rb|locked)|.*\.gemspec|package(?:-lock)?\.json|npm-shrinkwrap\.json|yarn\.lock|pnpm-lock\.yaml|"
    r"bower\.json|.*requirements.*\.(?:txt|in|lock)|constraints.*\.txt|pyproject\.toml|poetry\.lock|uv\.lock|pdm\.lock|Pipfile(?:\.lock)?|"
    r"setup\.(?:py|cfg)|environment\.ya?ml|composer\.(?:json|lock)|pom\.xml|.*\.gradle(?:\.kts)?|libs\.versions\.toml|gradle\.lockfile|go\.(?:mod|sum)|"
    r"mix\.(?:exs|lock)|.*\.(?:csproj|fsproj|vbproj)|packages\.config|Directory\.Packages\.props|packages\.lock\.json|Package\.(?:swift|resolved)|Podfile(?:\.lock)?|Cartfile|"
    r"Cargo\.(?:toml|lock)|shard\.(?:yml|lock)|project\.clj|deps\.edn|build\.sbt|cpanfile|bun\.lock|deno\.json|pubspec\.(?:yaml|lock)|Ballerina\.toml|\.gitmodules)$"
)
JSON_MANIFESTS = ("package.json", "composer.json", "bower.json", "deno.json")
ENTRY = re.compile(r"\"[^\"]+\"\s*:")
LOCKS = re.compile(r"lock|shrinkwrap|go\.sum|resolved", re.IGNORECASE)
FORK = re.compile(r"git(?:hub)?\b|\.git\b|bitbucket|branch|\bref\b|revision|#[0-9a-f]{6,}|\btag\b|vcs", re.IGNORECASE)
VERSION = re.compile(r"(?<![\w.])[~^<>=!]*\s*v?\d+(?:\.\d+)+[\w.\-]*|\bdev-\w+")
OWN_NAME = re.compile(
    r"^\s*[\"']?(?:name|description|homepage|repository|author|keywords|url|rootProject\.name|module|main|documentation|"
    r"organization)[\"']?\s*[:= ]"
)
OWN_NAMED = (
    "package.json", "composer.json", "bower.json", "deno.json", "pyproject.toml", "go.mod", "setup.cfg", "Cargo.toml",
    "pubspec.yaml", "shard.yml", "build.sbt",
)  # fmt: skip
"""Manifests that say on lines of their own what the project itself is called, and where its parts are."""

OWN_OPTIONS = {
    "project.clj": re.compile(
        r"\s*(?:\(defproject\b(?!.*:dependencies)|:(?:description|url|main|aot|scm|ring|repl-options)\b)"
    ),
    "mix.exs": re.compile(r"\s*(?:defmodule\b|(?:app|name|description|source_url|homepage_url|mod|main|docs):)"),
}
"""What manifests that are programs say of the project itself."""

OWN_FILE = re.compile(r":\s*\"[^\"]*\.(?:[cm]?[jt]sx?|coffee)\"")
"""An entry of a package of Node's that says in which of its own files something is."""

SKIPPED_LOCK_LINE = re.compile(
    r"^\s*(?:\"?(?:resolved|integrity|resolution|url|source|remote|homepage|funding|license|dist|reference|support|docs|"
    r"issues|type|description|summary)\"?\s*[:=]|\s*resolved |remote:|revision:)"
)

OWN_PARTS = re.compile(
    r"\s*(?:name|url|description|author|py_modules|packages|package_dir|package_data|entry_points|scripts)\s*="
)
COMMAND = re.compile(r":\s*\"(?:[^\"]*[\s&;/])?clever\s+[a-z]")
"""A script that calls the command line of Clever Cloud."""

GRADLE_OWN = re.compile(
    r"\s*(?:buildConfigField|resValue|manifestPlaceholders|applicationId|namespace|ext\.|def\s|val\s|rootProject|include\b|"
    r"project\(|archivesBaseName|group\b|description\b)"
)
"""What a build script says of the application itself."""


def is_manifest(name: str) -> bool:
    """Say whether a file is a manifest or lockfile."""
    path = PurePosixPath(name)
    is_listed = path.parent.name == "requirements" and path.suffix in (".txt", ".in")
    return is_listed or MANIFESTS.match(path.name) is not None


def is_script(name: str) -> bool:
    """Say whether a manifest is a build script, which also holds constants of the application."""
    return name.endswith((".gradle", ".gradle.kts"))


def find_dependencies(shown: str, content: str) -> Iterator[Finding]:
    """Give every library for Clever that a manifest or lockfile names; of a lockfile, the place that pins it.

    Args:
        shown: The file's path as findings call it.
        content: The file's text.
    """
    base = PurePosixPath(shown).name
    is_lock = LOCKS.search(base) is not None
    named: set[str] = set()
    is_wanted = False
    lines = content.splitlines()
    for number, line in enumerate(lines, 1):
        if "<groupId>" in line and "<artifactId>clever" in "".join(lines[number : number + 1]):
            continue  # the artifact is the place
        if base == "pom.xml" and _is_own_artifact(lines, number):
            continue
        is_wanted = is_wanted or line.startswith("DEPENDENCIES")
        for start, piece in _pieces(base, line):
            if "lever" not in piece.lower() or _is_noise(base, piece, is_lock):
                continue
            found = _package_in(base, piece)
            key = f"{found[0]} {is_wanted}" if found else ""  # Bundler pins a gem, then says again who wants it
            if found is None or (is_lock and key in named):
                continue
            named.add(key)
            yield _finding(shown, number, (found[0], start + found[1]), piece)


def _is_own_artifact(lines: list[str], number: int) -> bool:
    """Say whether a line of Maven's stands outside all dependencies: the artifact that the project itself is."""
    line, before = lines[number - 1], "\n".join(lines[: number - 1]) if "lever" in lines[number - 1] else ""
    return "<dependency>" not in line and before.rfind("<dependency>") <= before.rfind("</dependency>")


def _pieces(base: str, line: str) -> Iterator[tuple[int, str]]:
    """Give what is judged by itself, with its place in the line: each entry of JSON, as many may stand on one line."""
    starts = [match.start() for match in ENTRY.finditer(line)] if base in JSON_MANIFESTS else []
    starts = [0, *starts]
    for start, end in zip(starts, [*starts[1:], len(line)], strict=True):
        yield start, line[start:end]


def _is_noise(base: str, line: str, is_lock: bool) -> bool:
    stripped = line.strip()
    if stripped.startswith(("#", "//", "<!--", ";")):
        return True
    if (base in OWN_NAMED and OWN_NAME.match(line)) or (base in OWN_OPTIONS and OWN_OPTIONS[base].match(line)):
        return True
    if base == "setup.py" and OWN_PARTS.match(line):
        return True
    if base.endswith(".gemspec") and "dependency" not in stripped:
        return True
    if base == "package.json" and (COMMAND.search(line) or OWN_FILE.search(line)):
        return True
    if ".gradle" in base and GRADLE_OWN.match(line):
        return True
    if base == "pom.xml" and "artifactId" not in stripped and "groupId" not in stripped:
        return True
    if is_lock and re.match(r"\s*\"(?:version|from)\":\s*\"git", line):
        return True
    return is_lock and base not in (".gitmodules",) and bool(SKIPPED_LOCK_LINE.match(line))


def _package_in(base: str, line: str) -> tuple[str, int] | None:
    """Return the package that a line names, and its column."""
    for match in NAME.finditer(line):
        name = match[0].rstrip(".:@")
        if "lever" not in name.lower():
            continue
        bare = name.removeprefix("node_modules/").removeprefix("git+https://").rpartition("node_modules/")[2]
        bare = re.sub(r"^[a-z+]+:(?://)?", "", bare) if "://" in bare else bare
        bare = re.sub(r"(?<=.)@(?:npm:|\^|~|v?\d|git|https?|patch|workspace).*$", "", bare)
        if base.startswith("go.") and "clever-go" not in bare:
            continue
        if is_clever_package(bare) or _is_service(bare):
            return bare, match.start() + 1
    return None


def _is_service(name: str) -> bool:
    return name in FIRST_KEY or name.lower() == "socialiteproviders/clever"


def _finding(shown: str, number: int, found: tuple[str, int], line: str) -> Finding:
    name, column = found
    pin = VERSION.search(line.replace(name, " ", 1))
    fork = " (a fork or a branch)" if FORK.search(line.replace(name, " ")) else ""
    told = f"{name} {pin[0].strip() if pin else ''}".strip() + fork
    is_v3 = state_of_package(name) == "already_v3"
    remedy = (
        f"Read what {name} calls before anything else: a fork pins its own version of the API. Replace it by "
        f"requests to v3.1."
        if fork
        else f"Replace {name} by requests to v3.1 or a client generated from its specification: no release is on v3."
    )
    return Finding(
        shown, number, column, "client_library", "already_v3" if is_v3 else "legacy", told,
        "requests to /v3.1, or a client generated from the v3.1 specification", ("sdk",), "info" if is_v3 else "medium",
        "Nothing: this is on v3 already." if is_v3 else remedy, "dependency", mask(line.strip())[:240], "manifest",
        "dependency",
    )  # fmt: skip
