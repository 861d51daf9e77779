"""What one process does with one file: gather what other files need to know of it, then ask the rules.

Both passes read the file anew: a tree is cheaper to read twice than to keep, and memory stays flat.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass, field
from functools import lru_cache

from ahocorasick_rs import BytesAhoCorasick, Implementation

from playbook.audit.dependencies import find_dependencies, is_manifest
from playbook.audit.evidence import (
    LOOKALIKE,
    Project,
    is_worth_reading,
    names_clever,
    path_names_clever,
    speaks_of_clever,
)
from playbook.audit.files import AuditFile, looks_generated
from playbook.audit.findings import Finding
from playbook.audit.folding.definitions import Definitions
from playbook.audit.folding.fold import Folder, render
from playbook.audit.languages import find_language
from playbook.audit.reading.node import Pair
from playbook.audit.reading.parser import parse
from playbook.audit.reading.paths import snake
from playbook.audit.reading.reader import decode, read_source
from playbook.audit.reading.token import Reading
from playbook.audit.routes import API_HOSTS, VERSION, is_clever_path, read_route
from playbook.audit.rules.registry import RULES
from playbook.audit.state import settle
from playbook.audit.view import View, key_name, read_view
from playbook.audit.waivers import Waived, read_waivers
from playbook.audit.words import words
from playbook.errors import Fault

GENERAL = words(
    "base url base_url host api endpoint uri api_url root path site server domain baseurl base_uri api_base version "
    "api_version client name key value prefix service default"
)
MAX_CONSTANTS = 200
MIN_NAME = 6
CLIENT = re.compile(
    r"(?!(?:Rest|Http|HTTP|Api|API|Web|Base|Test|Mock|Abstract)(?:Client|Api|Service))"
    r"(?:[A-Z][a-z0-9]+)+(?:Client|Api|API|Service|Sync|Importer|Gateway|Source|Router|Fetcher|Connector|Adapter)$"
)
WORD = re.compile(rb"\w")
UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


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
    lines: int = 0
    skipped: str = ""
    fault: Fault | None = None
    failed: bool = False


@dataclass(slots=True)
class Examined:
    """What pass two learns of a file; where `failed`, not all of what could be learnt."""

    name: str
    findings: tuple[Finding, ...] = ()
    waived: tuple[Waived, ...] = ()
    state: str = ""
    language: str = ""
    fault: Fault | None = None
    failed: bool = False


def gather(file: AuditFile, below: str, include_vendored: bool) -> Gathered:
    """Read a file once and say whether it matters, and what other files may need to know of it."""
    try:
        return _gather(file, below, include_vendored)
    except Exception as error:  # a file can hold anything; what one holds must not cost the findings of the others
        return Gathered(file.name, fault=_unread(file, error), failed=True)


def _unread(file: AuditFile, error: Exception) -> Fault:
    """Tell of an error by its class alone, because its message may quote the file."""
    if isinstance(error, RecursionError):
        return Fault(file.name, "nested too deeply to be read", "Split the file.")
    return Fault(file.name, f"could not be read: {type(error).__name__}")


def _gather(file: AuditFile, below: str, include_vendored: bool) -> Gathered:
    gathered = Gathered(file.name)
    content = _read(file, gathered)
    if content is None:
        return gathered
    gathered.lines = content.count(b"\n") + 1
    lowered = content.lower()
    gathered.is_candidate = path_names_clever(below) or is_worth_reading(lowered)
    if not include_vendored and looks_generated(content):
        gathered.skipped, gathered.is_candidate = "generated", False
        return gathered
    if is_manifest(file.name) and b"lever" in content:
        gathered.is_candidate = True
        return gathered
    if not gathered.is_candidate or find_language(file.name, _head(content)) is None:
        gathered.is_candidate = False
        return gathered
    text = decode(content)
    if text is None:
        gathered.skipped, gathered.is_candidate = "binary", False
        return gathered
    gathered.speaks = names_clever(below) or speaks_of_clever(text)
    if not gathered.speaks and LOOKALIKE.search(text) and not re.search(r"schooladmins|v[12]\.\d/", text):
        gathered.is_candidate = False
    if gathered.speaks and (reading := read_source(file.name, text)):
        _gather_constants(reading, below, gathered)
    return gathered


def _head(content: bytes) -> str:
    return content[:200].decode("utf-8", "replace")


def _read(file: AuditFile, gathered: Gathered | Examined) -> bytes | None:
    try:
        with open(file.path, "rb") as opened:
            content = opened.read()
    except OSError as fault:
        gathered.fault, gathered.failed = Fault(file.name, "the file cannot be read", fault.strerror or ""), True
        return None
    if content.startswith(UTF_16):
        return content.decode("utf-16", "replace").encode()
    if b"\0" in content[:1024]:
        if isinstance(gathered, Gathered):
            gathered.skipped = "binary"
        return None
    return content


def _gather_constants(reading: Reading, below: str, gathered: Gathered) -> None:
    syntax = parse(reading)
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
    gathered.modules = frozenset(modules)
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


def examine(file: AuditFile, below: str, project: Project, wanted: frozenset[str]) -> Examined:
    """Ask the rules about one file.

    Args:
        below: The file's path below the audited tree.
        project: What the rest of its project says.
        wanted: The rules to ask; all where empty.
    """
    try:
        return _examine(file, below, project, wanted)
    except Exception as error:  # as above
        return Examined(file.name, fault=_unread(file, error), failed=True)


def _examine(file: AuditFile, below: str, project: Project, wanted: frozenset[str]) -> Examined:
    examined = Examined(file.name)
    content = _read(file, examined)
    text = decode(content) if content is not None else None
    if text is not None and is_manifest(file.name):
        return _examine_manifest(file, text, wanted, examined)
    reading = read_source(file.name, text) if text is not None else None
    if reading is None:
        return examined
    examined.language = reading.language
    view = read_view(reading, file.name, below, project)
    found, examined.state = settle(_ask(view, wanted, examined))
    kept, waived = read_waivers(reading, found)
    examined.findings, examined.waived = tuple(kept), tuple(waived)
    if reading.faults and found and not examined.fault:
        examined.fault = Fault(file.name, "has syntax errors; it was read around them")
    return examined


def _ask(view: View, wanted: frozenset[str], examined: Examined) -> list[Finding]:
    """Ask the rules; one that fails on the file costs what it would have found, and nothing of the others'."""
    found: list[Finding] = []
    for kind, rule in RULES.items():
        if wanted and kind not in wanted:
            continue
        try:
            found += rule(view)
        except Exception as error:  # as above
            told = f"the rule {kind} failed on it: {type(error).__name__}"
            examined.fault, examined.failed = Fault(view.shown, told), True
    return found


def _examine_manifest(file: AuditFile, text: str, wanted: frozenset[str], examined: Examined) -> Examined:
    if not wanted or "client_library" in wanted:
        found, examined.state = settle(find_dependencies(file.name, text))
        examined.findings = tuple(found)
    return examined


@lru_cache(maxsize=64)
def _search_for(names: frozenset[str]) -> BytesAhoCorasick:
    return BytesAhoCorasick([name.encode() for name in sorted(names)], implementation=Implementation.DFA)


def mentions_any(file: AuditFile, names: frozenset[str]) -> bool:
    """Say whether a file holds any of the names that stand for Clever elsewhere in its project, as a whole word."""
    content = _read(file, Gathered(file.name))
    if content is None:
        return False
    found = _search_for(names).find_matches_as_indexes(content, overlapping=True)
    return any(
        not WORD.match(content[start - 1 : start]) and not WORD.match(content[end : end + 1]) for _, start, end in found
    )
