"""What a catalogue row is: one v2 request, the v3.1 request that replaces it, and everything that changes on the way.

Source: https://dev.clever.com/docs/api-v3-upgrade-guide
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, cast

V3 = "v3.1"
GUIDE = "https://dev.clever.com/docs/api-v3-upgrade-guide"

Change = Literal["path", "id", "shape", "semantics", "event", "version"]
"""path: another path; id: other ids go in or come out; shape: fields move; semantics: the same call means something
else; event: types and payloads of events; version: nothing but the version in the URL."""

CHANGES: tuple[Change, ...] = ("path", "id", "shape", "semantics", "event", "version")

Fate = Literal["kept", "renamed", "dropped", "needed"]


@dataclass(frozen=True, slots=True)
class Parameter:
    """What becomes of one query parameter.

    Attributes:
        name: As v3.1 spells it; as v2 spells it where it is dropped.
        fate: kept as it is, renamed (the name or the values that it takes), dropped, or needed though v2 had no such.
        value: The value that is needed; blank where the caller chooses.
    """

    name: str
    fate: Fate
    value: str = ""

    def __str__(self) -> str:
        return f"{self.name}={self.value} ({self.fate})" if self.value else f"{self.name} ({self.fate})"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One v2 request and its replacement.

    Attributes:
        path: The v2 path below the version, such as `/teachers/{id}`.
        v3_path: The v3.1 path below the version that the data is found at now.
        params: What becomes of each query parameter.
        change: What changes besides the version, or "version" where nothing does.
        remedy: One imperative sentence.
        source: The page of Clever's documentation that says so.
        version: "v2.0", "v2.1", an older one, or blank for a URL without a version.
        is_removed: True where v3.1 has no such request and the data must be read another way.
        in_spec: False for spellings that only Clever's guides use.
    """

    path: str
    v3_path: str
    params: tuple[Parameter, ...]
    change: frozenset[Change]
    remedy: str
    source: str
    version: str = "v2.1"
    is_removed: bool = False
    in_spec: bool = True
    method: str = "GET"

    @property
    def from_(self) -> str:
        """The v2 request, such as `GET /v2.1/teachers/{id}`."""
        return f"{self.method} /{self.version}{self.path}" if self.version else f"{self.method} {self.path}"

    @property
    def to(self) -> str:
        """The v3.1 request with the parameters that it needs, such as `GET /v3.1/users?role=teacher`."""
        return f"{self.method} /{V3}{self.v3_path}" + (f"?{self.query}" if self.query else "")

    @property
    def query(self) -> str:
        """The query parameters that v3.1 needs to answer as v2 did, such as `role=student&primary=true`."""
        return "&".join(f"{param.name}={param.value}" for param in self.params if param.fate == "needed")

    def as_record(self) -> dict[str, Any]:
        """Return the row as a JSON object: from, to, params, change, remedy, source."""
        return {
            "from": self.from_,
            "to": self.to,
            "params": [str(param) for param in self.params],
            "change": [change for change in CHANGES if change in self.change],
            "remedy": self.remedy,
            "source": self.source,
        }


PAGED = tuple(Parameter(name, "kept") for name in ("limit", "starting_after", "ending_before"))
COUNT = Parameter("count", "kept")
LISTED = (*PAGED, COUNT)
"""The parameters of a top-level list; `count` came with v2.1."""


def needed(**values: str) -> tuple[Parameter, ...]:
    """Return parameters that v3.1 needs although v2 had no such."""
    return tuple(Parameter(name, "needed", value) for name, value in values.items())


def row(
    path: str,
    v3_path: str,
    change: str,
    remedy: str,
    *,
    params: tuple[Parameter, ...] = (),
    source: str = GUIDE,
    is_removed: bool = False,
    in_spec: bool = True,
) -> Endpoint:
    """Return a row of the v2.1 catalogue; `change` is written as words with spaces between them."""
    changes = cast("frozenset[Change]", frozenset(change.split()))
    return Endpoint(path, v3_path, params, changes, remedy, source, is_removed=is_removed, in_spec=in_spec)
