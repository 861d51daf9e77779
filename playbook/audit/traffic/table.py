"""What traffic says: one row a request template and source, with how often it was asked and when last."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import pandas as pd

from playbook.audit.routes import Route, judge, read_route
from playbook.tables import Contract, join

TOKENS = ("district_app", "user", "unknown")
TRAFFIC = Contract(
    "traffic",
    {
        "source": "text",  # the file
        "method": "text",
        "request": "text",  # GET /v2.1/teachers/{id}
        "v3": "text",
        "state": "text",
        "calls": "int",
        "token": "text",
        "first_seen": "text",  # as the log writes it
        "last_seen": "text",
        "change": "text",
        "remedy": "text",
        "line": "int",  # the first line or entry that asked
    },
    key=("source", "method", "request", "token"),
    codes={"token": frozenset(TOKENS)},
)
IDENTIFIER = re.compile(r"(?<=/)(?:[0-9a-f]{24}|\{\{?[^/]*|:[A-Za-z_]\w*|\d+|[0-9a-f-]{32,36})(?=/|$)", re.IGNORECASE)


@dataclass(slots=True)
class Calls:
    """How often one request was made with one kind of token."""

    count: int = 0
    first: str = ""
    last: str = ""
    line: int = 0


@dataclass(slots=True)
class Tally:
    """The requests of one source, counted as they stream by: (method, path, token) to calls.

    Attributes:
        lines: How many lines of a log there were, blank ones left out.
        unread: Those of them that are of no form of log.
    """

    source: str
    calls: dict[tuple[str, str, str], Calls] = field(default_factory=dict)
    lines: int = 0
    unread: int = 0

    def add(self, method: str, path: str, token: str, moment: str, line: int, count: int = 1) -> None:
        """Count one request; moments come in the order of the log."""
        found = self.calls.setdefault((method, path, token), Calls(first=moment, line=line))
        found.count += count
        found.last = moment or found.last


def template(url: str) -> str:
    """Return a URL or path without host and query, its ids as `{id}`: `/v2.1/teachers/{id}/sections`."""
    path = re.sub(r"^(?:https?:)?//[^/]+", "", url.partition("?")[0].partition("#")[0])
    return IDENTIFIER.sub("{id}", "/" + path.strip("/"))


def token_of(authorization: str, path: str) -> str:
    """Return the kind of token: users' tokens start with `il`; `/me` is asked with nothing else.

    Source: https://dev.clever.com/docs/oauth-implementation
    """
    bearer = authorization.removeprefix("Bearer ").strip()
    if bearer:
        return "user" if bearer.startswith("il") else "district_app"
    return "user" if path.rstrip("/").endswith(("/me", "/userinfo")) else "unknown"


def make_traffic(tallies: Iterable[Tally]) -> pd.DataFrame:
    """Return the table `TRAFFIC`, sorted by source and request; requests that are none of Clever's are left out."""
    rows: list[Mapping[str, object]] = []
    for tally in tallies:
        for (method, path, token), calls in tally.calls.items():
            route = read_route(path)
            verdict = judge(route) if route is not None and route.path else None
            if route is None or (verdict is None and not _is_shared(route)):
                continue
            rows.append(
                {
                    "source": tally.source,
                    "method": method,
                    "request": f"{method} {path}",
                    "v3": verdict.v3 if verdict else "",
                    "state": verdict.state if verdict else "",
                    "calls": calls.count,
                    "token": token,
                    "first_seen": calls.first,
                    "last_seen": calls.last,
                    "change": join(verdict.change) if verdict else "",
                    "remedy": verdict.remedy if verdict else "",
                    "line": calls.line,
                }
            )
    return TRAFFIC.make(rows)


def _is_shared(route: Route) -> bool:
    return bool(route.version) and route.first in ("schools", "sections", "courses", "terms", "districts")
