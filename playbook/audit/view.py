"""One file as the rules see it: its tokens, its syntax, what its texts fold to, and what it says of Clever."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

from playbook.audit.evidence import Evidence, Project, weigh
from playbook.audit.findings import Finding, Kind, Severity, State
from playbook.audit.flow.facts import NO_FACTS
from playbook.audit.flow.places import Places
from playbook.audit.flow.values import Values
from playbook.audit.folding.definitions import Definitions
from playbook.audit.folding.fold import Folder
from playbook.audit.languages import BY_LANGUAGE
from playbook.audit.reading.node import Call, Chain, Node, Pair
from playbook.audit.reading.parser import Syntax
from playbook.audit.reading.paths import clean, segments, snake
from playbook.audit.reading.token import Reading
from playbook.audit.scopes import Keys, find_scopes

TEST_PATH = re.compile(
    r"(?:^|/)(?:tests?|specs?|__tests__|features|fixtures|cassettes|testdata|mocks?|stubs|factories)(?:/|$)"
    r"|(?:_test|_spec|\.test|\.spec|Test|Tests|Spec)\.\w+$|(?:^|/)test_[\w]+\.\w+$"
)
SECRET = re.compile(
    r"(?i)((?:bearer|basic|token|secret|password|passwd|api[_-]?key|client_id|private[_-]?key)[\"']?\s*(?::|=>|=|,|\s)\s*"
    r"[\"']?)([A-Za-z0-9+/=_.\-]{8,})"
)
EMAIL = re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+")
USERINFO = re.compile(r"(?<=://)[^/\s:@]+:[^/\s@]+(?=@)")


@dataclass(frozen=True)
class Usage:
    """How a node is used: in a call of what, on what, as which argument or under which key."""

    callee: str
    receiver: tuple[str, ...]
    index: int
    key: str
    call: Call | None


@dataclass(frozen=True)
class View:
    """One file, read.

    Attributes:
        shown: The file's path as findings call it.
        below: The file's path below the audited tree.
    """

    reading: Reading
    syntax: Syntax
    folder: Folder
    places: Places
    evidence: Evidence
    shown: str
    below: str

    @property
    def definitions(self) -> Definitions:
        """Where the file's names get their values."""
        return self.folder.definitions

    @cached_property
    def is_test(self) -> bool:
        """True for tests, fixtures and recordings."""
        return bool(TEST_PATH.search(self.below))

    @cached_property
    def is_document(self) -> bool:
        """True for configuration, data and prose."""
        return BY_LANGUAGE[self.reading.language].form == "document"

    @cached_property
    def scopes(self) -> frozenset[Keys]:
        """The keys of a document under which it is about Clever."""
        return find_scopes(self.syntax.nodes) if self.is_document else frozenset()

    @cached_property
    def values(self) -> Values:
        """What the file's nodes hold of what Clever sent."""
        evidence = self.evidence
        is_about = evidence.is_in_path or bool(evidence.bases)
        return Values(
            self.places,
            self.folder,
            evidence.project.facts,
            is_about=is_about,
            is_speaking=evidence.speaks,
            builders=evidence.builders,
            own=evidence.project.columns,
        )

    @cached_property
    def is_reached(self) -> bool:
        """True where values that Clever sent come by in the file."""
        return not self.is_document and self.evidence.project.is_clever and self.values.is_reached

    def context_at(self, offset: int) -> str:
        """Return where in the file a place is: code, dead code, a test or a document."""
        if self.reading.is_dead(offset):
            return "dead"
        if self.is_test:
            return "test"
        return "document" if self.is_document else "code"

    def find(
        self,
        kind: Kind,
        offset: int,
        *,
        legacy: str,
        v3: str,
        change: tuple[str, ...],
        remedy: str,
        state: State = "legacy",
        severity: Severity = "medium",
        variant: str = "",
        roles: tuple[str, ...] = (),
        context: str = "",
    ) -> Finding:
        """Return a finding at an offset; what never runs, or is prose, is never severe."""
        where = context or self.context_at(offset)
        line = self.reading.line_of(offset)
        if state == "already_v3":
            severity = "info"
        elif where != "code" and severity in ("high", "medium"):
            severity = "low" if where in ("comment", "dead", "test") else "medium"
        return Finding(
            self.shown, line, self.reading.column_of(offset), kind, state, legacy, v3, change, severity, remedy,
            variant, mask(self.reading.text_of(line).strip())[:240], self.reading.language, where, roles=roles,
        )  # fmt: skip

    def nodes(self) -> Iterator[Node]:
        """Give the file's nodes, inner ones first."""
        return iter(self.syntax.nodes)


def read_view(reading: Reading, syntax: Syntax, shown: str, below: str, project: Project) -> View:
    """Return a file as the rules see it; what does not depend on where values go in the project is read once."""
    known = (shown, below, replace(project, facts=NO_FACTS))
    told = syntax.told.get("view")
    if told is None or told[0] != known:
        folder = Folder(Definitions(reading, syntax, project.constants))
        evidence = weigh(reading, syntax, folder, project, below)
        places = Places(reading, syntax, folder.definitions)
        told = syntax.told["view"] = known, View(reading, syntax, folder, places, evidence, shown, below)
    view: View = told[1]
    return replace(view, evidence=replace(view.evidence, project=project))


def usage_of(node: Node) -> Usage:
    """Say how a node is used: the nearest call around it, and the nearest key in front of it."""
    key, child = "", node
    for parent in node.ancestors():
        if isinstance(parent, Pair) and parent.value is child and not key:
            key = key_name(parent)
        if isinstance(parent, Chain):
            if call := parent.call_with(child):
                return Usage(call.name, clean(segments(call.owner)), call.place, key, call)
            if key:
                break
        child = parent
    return Usage("", (), 0, key, None)


def key_name(pair: Pair) -> str:
    """Return the name of a pair's key in snake case: the last one of `self.base_url`."""
    if isinstance(pair.key, Chain):
        path = clean(segments(pair.key))
        return path[-1] if path else ""
    value = getattr(pair.key, "value", "")
    return snake(value) if isinstance(value, str) else ""


def mask(line: str) -> str:
    """Return a line of source without what looks like a secret or an e-mail address."""
    return USERINFO.sub("***", EMAIL.sub("***", SECRET.sub(r"\1***", line)))
