"""From file to file: which files get values that Clever sent, told by the names that the files which ask it use.

A file that asks Clever tells which functions give its answers, which are handed them, and which columns keep an id. The
files that use these names are read for what they tell in turn; two hops find a mapper behind a job behind a client.
Functions and classes are known to files of languages that can call them, columns to all; a name that many files use
tells nothing of any of them.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import accumulate, product
from typing import Protocol, TypeVar

from ahocorasick_rs import BytesAhoCorasick, Implementation

from playbook.audit.content import read_content
from playbook.audit.evidence import Project
from playbook.audit.files import AuditFile
from playbook.audit.flow.facts import NO_FACTS, Facts, join_facts
from playbook.audit.flow.owners import GENERIC
from playbook.audit.flow.telling import SHORT_NAMES, tell
from playbook.audit.languages import find_language
from playbook.audit.mentions import camel
from playbook.audit.parsed import read_parsed
from playbook.audit.reading.paths import snake
from playbook.audit.reading.reader import decode
from playbook.audit.view import read_view

HOPS = 3
MIN_NAME = 5
RARE = 8  # letters of a single word
CLOSE = 300  # bytes between the two columns of a row
SIGNED_IN = ("provider", "uid")
"""The columns of whichever provider somebody signed in with, as most frameworks call them."""
FEW_LETTERS = 4  # of a function's name, which a client has in front of it
SHORTEST = 2  # letters of a function's name in a file that is known to be reached
MAX_NAMES = 2_000
FEW_FILES, SHARE = 100, 0.05
"""A name that more files use than these, or than this share of all, is everybody's."""
OPERATORS = ("== ", "=== ", "!= ", "!== ", "eq ", "in (", "in [", "in {")
ROLES = ("student", "teacher", "school_admin", "district_admin")
FAMILIES = {
    language: family
    for family, languages in {
        "javascript": "javascript typescript tsx coffeescript html",
        "jvm": "java kotlin scala groovy clojure",
        "net": "csharp fsharp vb",
        "apple": "swift objective-c",
        "ruby": "ruby erb haml crystal",
        "beam": "elixir erlang",
        "python": "python notebook",
        "shell": "shell powershell",
    }.items()
    for language in languages.split()
}
DEFINES = re.compile(
    rb"(?:\b(?:def|defp|func|fun|function|fn|sub|void|async|public|private|static|const|let|var|class|module|type|struct|"
    rb"interface|object|record|exports)\b[^\n(]{0,60}|\bfunc\s*\([^)\n]*\)\s*|"
    rb"^[ \t]*(?:[A-Z][\w<>\[\], ]*\s)?|\bexports\.)$"
)
ASKED_OF = re.compile(
    rb"(?i)(?:client|api|gateway|connector|roster|source|adapter|provider|service|sdk|feed|fetcher|importer|extractor|reader|poller)\w{0,4}(?:\(\))?"
    rb"(?:\.|->|::|\?\.|&\.|!\.)$"
)
WORD = re.compile(rb"\w")
Given = TypeVar("Given")
Answer = TypeVar("Answer")


class Runner(Protocol):
    """Maps a function over files, in this process or in several."""

    def __call__(self, function: Callable[[Given], Answer], given: Sequence[Given]) -> Iterable[Answer]:
        """Give the answers in the order of what was given."""
        ...


@dataclass(frozen=True, slots=True)
class Names:
    """What other files may spell.

    Attributes:
        used: Names that count wherever they are used.
        defined: Functions and classes, where they are defined.
        asked: Functions, where they are called on what is named like a client: `adapter.teachers`.
        short: Functions whose names say too little but where a file is known to be reached: `who`.
        rows: Columns that say little alone, each pair where both stand close to each other: `source` and `key`.
    """

    used: frozenset[str]
    defined: frozenset[str]
    asked: frozenset[str]
    short: frozenset[str] = frozenset()
    rows: frozenset[tuple[str, str]] = frozenset()

    @property
    def anywhere(self) -> Names:
        """The names as files spell them that are known to be reached: however short, wherever they stand."""
        used = self.used | self.defined | self.asked | self.short
        return Names(used, frozenset(), frozenset(), rows=self.rows)


NO_NAMES = Names(frozenset(), frozenset(), frozenset())

Source = tuple[AuditFile, str]


def link_files(
    sources: Sequence[Source], speaking: set[int], others: Sequence[int], project: Project, run: Runner
) -> tuple[Project, set[int]]:
    """Follow Clever's values from file to file of one project.

    Args:
        sources: The files, each with its path below the audited tree.
        speaking: The files that speak of Clever.
        others: The files that could be reached.

    Returns:
        The project with what its files tell, and the files that are reached.
    """
    told: dict[int, Facts] = {}
    facts, stale = NO_FACTS, sorted(speaking)
    families = {index: _family(sources[index][0].name) for index in others}
    before: dict[str, tuple[Facts, Facts]] = {}
    for _ in range(HOPS):
        known = replace(project, facts=facts)
        told |= zip(stale, run(_trace, [(*sources[index], known) for index in stale]), strict=True)
        facts = join_facts(told.values())
        stale = []
        for family in sorted(set(families.values())):
            own = [index for index in others if families[index] == family]
            now = (join_facts([told[index] for index in own if index in told]), facts)
            changed, before[family] = _names(*now, *before.get(family, (NO_FACTS, NO_FACTS))), now
            if changed == NO_NAMES:
                continue
            again = [index for index in own if index in told]
            found = _using(sources, [index for index in own if index not in told], changed, run)
            stale += [*found, *_using(sources, again, changed.anywhere, run)]
            told |= dict.fromkeys(found, NO_FACTS)
        if not stale:
            break
    return replace(project, facts=facts), set(told)


def _using(sources: Sequence[Source], indexes: Sequence[int], names: Names, run: Runner) -> list[int]:
    """Return the files that use any of the names."""
    uses = list(run(_uses, [(sources[index][0], names) for index in indexes]))
    counts = Counter(name for used in uses for name in used)
    most = max(FEW_FILES, len(indexes) * SHARE)
    return [index for index, used in zip(indexes, uses, strict=True) if any(counts[name] <= most for name in used)]


def _trace(given: tuple[AuditFile, str, Project]) -> Facts:
    """Return what one file tells; nothing where it cannot be read, which pass two says."""
    file, below, project = given
    try:
        content = read_content(file)
        text = decode(content) if content is not None else None
        parsed = read_parsed(file.name, text) if text is not None else None
        if parsed is None:
            return NO_FACTS
        view = read_view(*parsed, file.name, below, project)
        return (
            NO_FACTS
            if view.is_document
            else tell(view.values, is_speaking=view.evidence.speaks or view.evidence.is_neighbour)
        )
    except Exception:  # pass two meets the same file, and tells
        return NO_FACTS


def _names(own: Facts, facts: Facts, own_before: Facts, before: Facts) -> Names:
    """Return how files of one family of languages may spell what is told now and was not before.

    Args:
        own: What files of the family tell.
        facts: What all files tell, of which columns count.
        own_before: What files of the family told before.
        before: What all told.
    """
    classes = (own.classes | own.records) - (own_before.classes | own_before.records)
    classes |= own.identities.keys() - own_before.identities.keys()
    used = {name for name in classes if len(name) >= MIN_NAME}
    kept = (facts.columns | facts.marks) - (before.columns | before.marks)
    kept |= {column for _, column in facts.rows - before.rows if len(column) >= MIN_NAME}
    taking = {name for name, places in own.takes.items() if places != own_before.takes.get(name)}
    giving = {name for name, kinds in own.gives.items() if kinds != own_before.gives.get(name)}
    telling = {name for name in taking | giving if len(name) >= MIN_NAME and not GENERIC.match(name)}
    types = {name for name in own.types - own_before.types if _is_rare(snake(name))}
    used |= {spelled for name in (facts.carriers - before.carriers) & SHORT_NAMES for spelled in _compared(name)}
    used |= {name for name in facts.carriers - before.carriers if "." in name}
    defined = {spelled for name in telling if _is_rare(name) for spelled in _spell(name)} | types
    identifying = {name for name in giving & telling if "me" in own.gives[name]}
    used |= {spelled for name in identifying | set(filter(_is_rare, kept)) for spelled in _spell(name)}
    short = {spelled for name in taking | giving if len(name) >= SHORTEST for spelled in _spell(name)}
    giving = {name for name in giving if len(name) > FEW_LETTERS and not GENERIC.match(name)}
    asked = {spelled for name in giving for spelled in (name, camel(name))}
    told = facts.rows - before.rows if before is not NO_FACTS else facts.rows | {SIGNED_IN}
    rows = {pair for row in told for pair in zip(*map(_spell, row), strict=True)}
    limited = [frozenset(sorted(each)[:MAX_NAMES]) for each in (used, defined, asked, short)]
    return Names(limited[0], limited[1], limited[2], limited[3], frozenset(sorted(rows)[:MAX_NAMES]))


def _compared(name: str) -> Iterator[str]:
    """Give how a name that says little by itself is compared with a role: `kind"] == "student`."""
    for behind, operator, quote, role in product(("", '"]', "']", '")', "')"), OPERATORS, "'\"", ROLES):
        yield f"{name}{behind} {operator}{quote}{role}"


def _is_rare(name: str) -> bool:
    """Say whether a name is telling enough to look for it in every file: a word of few letters is everybody's."""
    return "_" in name.strip("_") or len(name) >= RARE


def _spell(name: str) -> Iterator[str]:
    first = camel(name)
    yield from (name, first, first[:1].upper() + first[1:])


@lru_cache(maxsize=64)
def _search_for(names: Names) -> tuple[BytesAhoCorasick, int, int, int]:
    groups = sorted(names.used), sorted(names.defined), sorted(names.asked)
    patterns = [name.encode() for group in groups for name in group]
    ends = [*accumulate(map(len, groups))]
    patterns += [name.encode() for row in sorted(names.rows) for name in row]
    return BytesAhoCorasick(patterns, implementation=Implementation.DFA), ends[0], ends[1], ends[2]


def _uses(given: tuple[AuditFile, Names]) -> frozenset[int]:
    """Return which of the names a file uses as whole words, or defines functions of."""
    file, names = given
    try:
        content = read_content(file)
    except OSError:
        return frozenset()  # pass one has told so
    if content is None:
        return frozenset()
    search, used, defined, asked = _search_for(names)
    found: set[int] = set()
    columns: dict[int, int] = {}
    for which, start, end in search.find_matches_as_indexes(content, overlapping=True):
        if which in found or WORD.match(content[start - 1 : start]) or WORD.match(content[end : end + 1]):
            continue
        if which >= asked:
            columns[which] = start
            other = asked + ((which - asked) ^ 1)  # the two of a row stand one after the other
            if start - columns.get(other, -CLOSE) < CLOSE:
                found.add(min(which, other))
            continue
        before = content[max(0, start - 80) : start].rpartition(b"\n")[2]
        if which < used or (DEFINES if which < defined else ASKED_OF).search(before):
            found.add(which)
    return frozenset(found)


def _family(name: str) -> str:
    """Return which languages a file's functions can be called from: `jvm` for Java, Kotlin and Scala, for one."""
    language = find_language(name)
    return FAMILIES.get(language.name, language.name) if language else ""
