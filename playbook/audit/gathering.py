"""Pass one over a file: whether it matters, and what other files may need to know of it.

Both passes read the file anew: a tree is cheaper to read twice than to keep, and memory stays flat.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from playbook.audit.builders import Builder, find_builders
from playbook.audit.content import read_content, tell_failure
from playbook.audit.dependencies import find_dependencies, is_manifest, is_script
from playbook.audit.evidence import LOOKALIKE, is_worth_reading, names_clever, path_names_clever, speaks_of_clever
from playbook.audit.files import AuditFile, looks_generated
from playbook.audit.folding.definitions import Definitions
from playbook.audit.folding.fold import Folder, render
from playbook.audit.languages import find_language
from playbook.audit.own_columns import find_own_columns, find_renames
from playbook.audit.parsed import read_parsed
from playbook.audit.reading.node import Pair
from playbook.audit.reading.parser import Syntax
from playbook.audit.reading.paths import snake
from playbook.audit.reading.reader import decode
from playbook.audit.reading.token import Reading
from playbook.audit.routes import API_HOSTS, VERSION, is_clever_path, read_route
from playbook.audit.rules.sdk_objects import find_makers
from playbook.audit.view import key_name
from playbook.audit.words import words
from playbook.errors import Fault

GENERAL = words(
    "base url base_url host api endpoint uri api_url root path site server domain baseurl base_uri api_base version "
    "api_version client name key value prefix service default"
)
MAX_CONSTANTS = 200
OWN_STRATEGY = re.compile(r"omniauth/strategies/clever\w*\.rb$")
CLIENT = re.compile(
    r"(?!(?:Rest|Http|HTTP|Api|API|Web|Base|Test|Mock|Abstract)(?:Client|Api|Service))"
    r"(?:[A-Z][a-z0-9]+)+(?:Client|Api|API|Service|Sync|Importer|Gateway|Source|Router|Fetcher|Connector|Adapter)$"
)


@dataclass(slots=True)
class Gathered:
    """What pass one learns of a file.

    Attributes:
        is_candidate: The rules should be asked about it.
        speaks: It names Clever.
        constants: Names, as they are spelled, to Clever URLs, paths and versions.
        versions: Versions of the base URLs in it.
        clients: Names of its classes, where it holds a base URL.
        modules: Names of the modules and classes that it is or has.
        functions: Names of its functions.
        builders: Those of them that put a path behind Clever's address.
        makers: Those of them that give back an object of an SDK.
        columns: Moved fields that it declares as columns of the application's own.
        renames: Properties that it keeps moved fields in under other names, to the fields.
        skipped: Why it was not read; blank where it was.
    """

    name: str
    is_candidate: bool = False
    speaks: bool = False
    constants: dict[str, tuple[str, ...]] = field(default_factory=dict)
    versions: frozenset[str] = frozenset()
    clients: frozenset[str] = frozenset()
    modules: frozenset[str] = frozenset()
    functions: frozenset[str] = frozenset()
    builders: dict[str, Builder] = field(default_factory=dict)
    makers: frozenset[str] = frozenset()
    columns: frozenset[str] = frozenset()
    renames: dict[str, str] = field(default_factory=dict)
    lines: int = 0
    skipped: str = ""
    fault: Fault | None = None
    failed: bool = False


def gather(file: AuditFile, below: str, include_vendored: bool) -> Gathered:
    """Read a file once and say whether it matters, and what other files may need to know of it."""
    try:
        return _gather(file, below, include_vendored)
    except Exception as error:  # a file can hold anything; what one holds must not cost the findings of the others
        return Gathered(file.name, fault=tell_failure(file, error), failed=True)


def _gather(file: AuditFile, below: str, include_vendored: bool) -> Gathered:
    gathered = Gathered(file.name)
    content = read_content(file)
    if content is None:
        gathered.skipped = "binary"
        return gathered
    gathered.lines = content.count(b"\n") + 1
    lowered = content.lower()
    gathered.is_candidate = path_names_clever(below) or is_worth_reading(lowered) or _holds_contact(lowered)
    if not include_vendored and looks_generated(content):
        gathered.skipped, gathered.is_candidate = "generated", False
        return gathered
    if is_manifest(file.name) and b"lever" in content:
        gathered.is_candidate = True
        gathered.speaks = any(True for _ in find_dependencies(file.name, content.decode("utf-8", "replace")))
        if not is_script(file.name):
            return gathered
    if not gathered.is_candidate or find_language(file.name, _head(content)) is None:
        gathered.is_candidate = False
        return gathered
    text = decode(content)
    if text is None:
        gathered.skipped, gathered.is_candidate = "binary", False
        return gathered
    gathered.columns = find_own_columns(text)
    gathered.speaks = gathered.speaks or names_clever(below) or speaks_of_clever(text)
    gathered.renames = find_renames(text, is_speaking=gathered.speaks)
    if not gathered.speaks and LOOKALIKE.search(text) and not re.search(r"schooladmins|v[12]\.\d/", text):
        gathered.is_candidate = False
    if gathered.speaks and (parsed := read_parsed(file.name, text)):
        _gather_constants(*parsed, below, gathered)
    return gathered


def _holds_contact(lowered: bytes) -> bool:
    """Say whether a file names together what Clever sends of a contact, and hardly anybody else."""
    return b"relationship" in lowered and b"students" in lowered and b"phone" in lowered


def _head(content: bytes) -> str:
    return content[:200].decode("utf-8", "replace")


def _gather_constants(reading: Reading, syntax: Syntax, below: str, gathered: Gathered) -> None:
    definitions = Definitions(reading, syntax)
    folder = Folder(definitions)
    versions: set[str] = set()
    stem = below.rpartition("/")[2].partition(".")[0]
    for definition in definitions:
        told = [render(folded) for folded in folder.fold(definition.value)]
        kept = tuple(text for text in told if _is_worth_sharing(text, definition.name))
        if not kept or len(gathered.constants) >= MAX_CONSTANTS:
            continue
        for text in kept:
            route = read_route(text)
            if route and route.host in API_HOSTS:
                versions.add(route.version)
        around = reading.class_at(definition.offset)
        for prefix in {stem, around.name if around else "", *_keys_around(definition.value)}:
            if prefix:
                gathered.constants[f"{prefix}.{definition.name}"] = kept
        if definition.name not in GENERAL or _is_upper(reading, definition.offset):
            gathered.constants[definition.name] = kept
    gathered.versions = frozenset(versions)
    _gather_names(reading, below, gathered)
    built = find_builders(reading, syntax, folder, is_in_path=names_clever(below))
    owners = frozenset({snake(stem), *(snake(block.name) for block in reading.blocks if block.kind == "class")} - {""})
    gathered.builders = {name: Builder(version, owners) for name, version in built.items()}
    if versions:
        names = {block.name for block in reading.blocks if block.kind == "class"}
        gathered.clients = frozenset(name for name in names if CLIENT.match(name) and not names_clever(name))


def _gather_names(reading: Reading, below: str, gathered: Gathered) -> None:
    """Note what the file calls its own, so that nobody takes it for an SDK."""
    parts = [part.partition(".")[0] for part in below.split("/")]
    modules = {snake(part) for part in parts if names_clever(part) and find_language(below)}
    if not find_language(below) or find_language(below).form != "code":  # type: ignore[union-attr]
        modules = set()
    modules |= {snake(block.name) for block in reading.blocks if block.kind == "class" and block.name}
    if OWN_STRATEGY.search(below):
        modules.add("omniauth/strategies/clever")
    gathered.modules = frozenset(modules)
    gathered.makers = find_makers(reading)
    functions = {snake(block.name) for block in reading.blocks if block.kind == "function" and block.name}
    gathered.functions = frozenset(
        {f"get_{name}" for name in functions} | functions
        if reading.language in ("java", "kotlin", "csharp", "javascript", "typescript", "php", "go", "swift", "scala")
        else functions
    )


def _is_upper(reading: Reading, offset: int) -> bool:
    """Say whether a name is written as a constant: `API_HOST`."""
    match = re.match(r"[A-Z][A-Z0-9_]{4,}\b", reading.content[offset : offset + 60])
    return match is not None


def _keys_around(value: object) -> list[str]:
    """Return the keys of the dictionaries that a value stands in, joined: `clever` for `clever: {base_url: …}`."""
    ancestors = list(value.ancestors()) if hasattr(value, "ancestors") else []
    keys = [key_name(each) for each in ancestors if isinstance(each, Pair)][1:]
    pair = next((each for each in ancestors if isinstance(each, Pair)), None)
    head = getattr(pair.key, "head", "") if pair is not None else ""
    dotted = head.split(".")[:-1] if isinstance(head, str) and "." in head else []
    return [key for key in (*keys, *dotted[-1:]) if key]


def _is_worth_sharing(text: str, name: str) -> bool:
    if "clever.com" in text:
        route = read_route(text)
        return route is not None and bool(route.host)
    if VERSION.fullmatch(text):
        return "clever" in name or "version" in name
    route = read_route(text) if text.startswith("/") else None
    return route is not None and is_clever_path(route) and "/" in text
