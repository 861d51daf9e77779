"""Whether a file speaks of Clever at all, and of which version: without this, no rule says anything.

CleverTap, Clever Cloud, CleverReach and the adjective are not Clever.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import accumulate

from ahocorasick_rs import BytesAhoCorasick, Implementation

from playbook.audit.builders import Builder, find_builders
from playbook.audit.flow.facts import NO_FACTS, Facts
from playbook.audit.folding.definitions import Definitions
from playbook.audit.folding.fold import Folder
from playbook.audit.folding.pieces import render
from playbook.audit.reading.node import Chain, Join, Node, Text
from playbook.audit.reading.parser import Syntax
from playbook.audit.reading.paths import clean, segments
from playbook.audit.reading.token import Reading
from playbook.audit.routes import API_HOSTS, HOST, Route, read_route
from playbook.audit.shape import find_shape

LOOKALIKES = (
    r"ly\b|ness|er\b|est\b|[\s_\-]*tap|[\s_\-]*cloud|[\s_\-]*reach|bot\b|safe\b|hans\b|push\b|csv\b|dict\b|tech\b|"
    r"[\s_\-]*elements|[\s_\-]*components|[\s_\-]*tools\b|brush|stack|canyon|miner|age\b|bridge|[\s_\-]*ads\b|"
    r"[\s_\-]*charging|[\s_\-]*cms\b|selects?\b|-?ish\b|[ _]enough\b|"
    r"(?-i:(?<=clever))\.(?=\s)"
)
CLEVER = re.compile(rf"(?:(?<![A-Za-z])clever|Clever|CLEVER)(?!(?i:{LOOKALIKES}))")
SAID = re.compile(
    r"\bClever(?:'s)?\s+(?:/|API|SSO|id\b|ID|event|district|portal|sync|user|login|Library|Instant|roster|Secure|data|SDK|"
    r"student|teacher|section|account|webhook|response|record|role|migration|OAuth|token|docs)|clever\.com"
)
SAID_WEIGHT = 3  # a comment that says what the file is about counts as much as three names in code
LOOKALIKE = re.compile(rf"(?i)clever(?:{LOOKALIKES})")
NEEDLES = (
    b"clever",
    *(role + b"admin" for role in (b"school", b"district", b"school_", b"district_")),
    *(
        b"v%d.%d/" % version + path
        for version in ((1, 1), (1, 2), (2, 0), (2, 1))
        for path in (b"students", b"teachers")
    ),
    *(kind + action for kind in (b"students.", b"teachers.") for action in (b"created", b"updated", b"deleted")),
    *(b"record_type", b"sections_for_teacher", b"sectionsforteacher", b"students_for_section", b"studentsforsection"),
    *(b"dataapi", b"eventsapi", b"sis_id", b"district_username", b"student_number", b"teacher_number", b"user_type"),
)
"""What a file must hold, in lower case, to be worth reading at all."""

SEARCH = BytesAhoCorasick(NEEDLES, implementation=Implementation.DFA)
"""Every needle at once, because every file is searched: five times as fast as one needle after another."""

WINDOW = 2**18
LONGEST = max(len(needle) for needle in NEEDLES)

PATHS = re.compile(r"[\"'`/]v[123]\.\d/(?:students|teachers|school_admins|district_admins|contacts|users|me)\b")


@dataclass(frozen=True, slots=True)
class Project:
    """What other files of the same project say, gathered before any rule runs.

    Attributes:
        constants: Names in snake case to the Clever URLs, paths and versions that they hold.
        versions: The versions of Clever's API that base URLs of the project name.
        directories: Directories that hold a file that speaks of Clever.
        is_clever: True where any file of the project speaks of Clever.
        clients: Names of classes that talk to Clever, as other files call them.
        modules: Names, in snake case, of files, directories and classes of the project that name Clever or could be an
            SDK's: what is imported by these names is the application's own.
        functions: Names, in snake case, of functions that files speaking of Clever define.
        builders: Those of them that put a path behind Clever's address.
        columns: Moved fields that the application keeps in columns of the same name.
        renames: Properties of records that hold moved fields under other names, to the fields.
        facts: Where the values that Clever sent go.
    """

    constants: dict[str, tuple[str, ...]] = field(default_factory=dict)
    versions: frozenset[str] = frozenset()
    directories: frozenset[str] = frozenset()
    is_clever: bool = False
    clients: frozenset[str] = frozenset()
    modules: frozenset[str] = frozenset()
    functions: frozenset[str] = frozenset()
    builders: Mapping[str, Builder] = field(default_factory=dict)
    makers: frozenset[str] = frozenset()
    columns: frozenset[str] = frozenset()
    renames: Mapping[str, str] = field(default_factory=dict)
    facts: Facts = NO_FACTS


@dataclass(frozen=True, slots=True)
class Evidence:
    """What one file says of Clever.

    Attributes:
        mentions: How often it names Clever in code.
        is_in_path: Its own path names Clever.
        bases: The versions of the base URLs that it holds, as they stand; a blank for a host without version.
        has_paths: It holds paths of Clever's under a version, a module of Clever's name, or classes of its SDK.
        is_neighbour: A file of the same directory speaks of Clever.
        builders: Functions that put a path behind Clever's address, with the version of that address.
        is_linked: It imports from a module that holds Clever's address.
        shape: Names whose fields it reads as Clever sends them, in a project that speaks of Clever.
    """

    mentions: int
    is_in_path: bool
    bases: tuple[str, ...]
    is_neighbour: bool
    has_paths: bool
    project: Project
    shape: frozenset[str] = frozenset()
    builders: Mapping[str, str] = field(default_factory=dict)
    is_linked: bool = False

    @property
    def speaks(self) -> bool:
        """True where the file itself speaks of Clever."""
        return self.mentions > 0 or self.is_in_path

    @property
    def is_about(self) -> bool:
        """True where Clever is what the file is about, rather than one thing among others."""
        is_told = self.mentions > 0 and (self.has_paths or self.is_linked)
        return self.is_in_path or self.mentions >= 3 or bool(self.bases) or is_told

    @property
    def base_version(self) -> str | None:
        """The version of the base that relative paths of this file go to; None where there is no base."""
        legacy = [base for base in self.bases if base.startswith(("v1", "v2"))]
        v3 = [base for base in self.bases if base.startswith("v3")]
        if self.bases:
            return legacy[-1] if legacy else v3[0] if v3 else ""
        versions = sorted(self.project.versions)
        if not versions or not self.speaks:
            return None
        return next((version for version in versions if version.startswith(("v1", "v2"))), versions[0])


STRICT = re.compile(
    rf"(?:(?<=[\w./:\"'@#$\-=>\[(])|(?<![A-Za-z]))(?:clever|Clever|CLEVER)(?!(?i:{LOOKALIKES}))(?:(?<=[\w./:\"'@#$\-=>\[(]clever)"
    rf"|(?<=[\w./:\"'@#$\-=>\[(]Clever)|(?<=[\w./:\"'@#$\-=>\[(]CLEVER)|(?=[\w./:\"'(@\-\]\\]))"
)


def speaks_of_clever(text: str) -> bool:
    """Say whether a file's text speaks of Clever, not of something clever: in a name, a path, or as the product."""
    return bool(STRICT.search(text) or SAID.search(text))


def is_worth_reading(lowered: bytes) -> bool:
    """Say whether a file's bytes, in lower case, hold anything that a rule could be about."""
    searched = memoryview(lowered)
    windows = (searched[start : start + WINDOW + LONGEST] for start in range(0, len(lowered), WINDOW))
    return any(SEARCH.find_matches_as_indexes(window) for window in windows)


def names_clever(text: str) -> bool:
    """Say whether a name or text names Clever and none of its lookalikes."""
    return bool(CLEVER.search(text))


def path_names_clever(name: str) -> bool:
    """Say whether a file's own path, below the audited tree, names Clever."""
    return names_clever(name)


def weigh(reading: Reading, syntax: Syntax, folder: Folder, project: Project, shown: str) -> Evidence:
    """Gather what one file says.

    Args:
        shown: The file's path below the audited tree.
    """
    mentions = 0
    for token in reading.tokens:
        if token.kind == "comment":
            mentions += SAID_WEIGHT * bool(SAID.search(token.value) and not LOOKALIKE.search(token.value))
        elif "lever" in token.value or "LEVER" in token.value:
            mentions += bool(CLEVER.search(token.value))
        elif token.value in project.clients:
            mentions += 1
    bases = tuple(dict.fromkeys(route.version for route in _bases(syntax, folder)))
    directory = shown.rpartition("/")[0]
    is_generated = any(token.value in ("DataApi", "EventsApi") for token in reading.tokens if token.kind == "name")
    is_module = any(block.name == "Clever" for block in reading.blocks)
    has_paths = bool(PATHS.search(reading.content)) or is_module or is_generated
    shape = find_shape(reading, syntax) if project.is_clever else frozenset()
    is_in_path = path_names_clever(shown)
    builders = find_builders(reading, syntax, folder, is_in_path=is_in_path) if mentions or is_in_path else {}
    return Evidence(
        mentions, is_in_path, bases, directory in project.directories, has_paths, project, shape, builders,
        _is_linked(folder.definitions, project),
    )  # fmt: skip


def _is_linked(definitions: Definitions, project: Project) -> bool:
    """Say whether a file imports from a module that holds Clever's address."""
    modules = set(definitions.imports.values()) if project.constants else set()
    return any(
        name.startswith(f"{module}_") and "clever.com" in " ".join(texts)
        for module in modules
        if len(module) > 2
        for name, texts in project.constants.items()
    )


def _bases(syntax: Syntax, folder: Folder) -> Iterable[Route]:
    """Give the routes of every text that names Clever's API host, in order."""
    shared = folder.definitions.shared
    hosts = {
        ending
        for name, texts in shared.items()
        if any("clever.com" in text for text in texts)
        for ending in accumulate(reversed(name.split("_")), lambda last, word: f"{word}_{last}")
    }
    for node in syntax.nodes:
        if isinstance(node, Text | Join) and _may_be_base(node):
            for folded in folder.fold(node):
                route = read_route(render(folded))
                if route and route.host in API_HOSTS:
                    yield route
        elif hosts and isinstance(node, Chain) and not node.callee:
            yield from _shared(node, folder, hosts)


def _may_be_base(node: Node) -> bool:
    return not isinstance(node, Text) or "clever" in node.value.lower() or len(node.parts) > 1


def _shared(node: Chain, folder: Folder, hosts: Container[str]) -> Iterable[Route]:
    """Give the base that a constant of another file stands for.

    Args:
        hosts: What the names of such constants end in.
    """
    if not (path := clean(segments(node))) or path[-1] not in hosts:
        return
    for folded in folder.fold(node):
        told = render(folded)
        if HOST.search(told) and (route := read_route(told)):
            yield route
