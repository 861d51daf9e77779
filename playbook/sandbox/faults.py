"""What can go wrong on purpose, and how it is said: `KIND[=VALUE][~PATH][@WHEN]`.

`status=503@3` answers the third request with 503; `latency=0.2~/v3.1/users` delays every request under that path;
`truncate=500@2-4` cuts the second to the fourth answer after 500 bytes. Requests are counted for each fault apart, and
only those under its path. What changes the district (`revoke`, `unshare`, `state`, `sync`, `hide`) lasts from there on.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from playbook.errors import Fault as Wrong
from playbook.errors import InputError

FORM = re.compile(r"(?P<kind>[a-z]+)(=(?P<value>.*?))?(~(?P<path>/\S*?))?(@(?P<when>[0-9,-]+))?", re.DOTALL)
SPAN = re.compile(r"[1-9][0-9]*(-([1-9][0-9]*)?)?")
NUMBER = r"[0-9]+(\.[0-9]+)?"


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of fault.

    Attributes:
        help: What it does.
        value: What a value must look like, as a pattern for the whole of it.
        default: The value where none is given; None where one must be.
        lasts: Whether it goes on once it has begun.
    """

    help: str
    value: str = ""
    default: str | None = ""
    lasts: bool = False


KINDS: Mapping[str, Kind] = {
    "status": Kind("answer STATUS[/RETRY-AFTER[/RATE-LIMIT-RESET]]", r"[1-5][0-9]{2}(/[^/]*){0,2}", None),
    "html": Kind("answer an HTML page with this status", r"[1-5][0-9]{2}", "500"),
    "redirect": Kind("answer 302 to this location", r"\S+", None),
    "latency": Kind("wait so many seconds before the answer", NUMBER, None),
    "drip": Kind("send so many bytes a second", r"[1-9][0-9]*", "100"),
    "truncate": Kind("close the connection after so many bytes of the body", r"[0-9]+", "100"),
    "cut": Kind("send only so many bytes, and say that this is all", r"[0-9]+", "100"),
    "stall": Kind("send so many bytes of the body, then nothing more", r"[0-9]+", "100"),
    "reset": Kind("reset the connection after so many bytes of the body", r"[0-9]+", "0"),
    "bomb": Kind("send so many megabytes of blanks, gzipped small", r"[1-9][0-9]*", "200"),
    "endless": Kind("send a body that never ends"),
    "loop": Kind("let `next` lead round a cycle of so many pages", r"[1-9][0-9]*", "1"),
    "fresh": Kind("repeat the page for ever, each time under a new cursor"),
    "next": Kind("send this `next` link, whatever it is", r".+", None),
    "empty": Kind("send a page without records that still has its `next`"),
    "unsorted": Kind("send a page's records in descending order"),
    "duplicate": Kind("repeat the last record of the page before, `same` or `changed`", r"same|changed", "same"),
    "appear": Kind("show a record in mid-page that was not there before"),
    "vanish": Kind("leave out the first record of a page"),
    "change": Kind("show the first record of a page as modified just now"),
    "revoke": Kind("refuse the token with 401", lasts=True),
    "unshare": Kind("show nothing any more: lists are empty, records unknown", lasts=True),
    "state": Kind("show the district in this state", r"running|pending|error|paused|success", "paused", lasts=True),
    "sync": Kind("show that Clever took over new data a day later", lasts=True),
    "hide": Kind("stop sharing this role", r"student|teacher|staff|district_admin|contact", None, lasts=True),
}


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault, as it was asked for.

    Attributes:
        kind: A word of `KINDS`.
        value: What the kind needs to know; blank where it needs nothing.
        path: The beginning of the paths that it strikes.
        spans: First and last request of each span, counted from 1; a last of 0 is open. No span strikes them all.
    """

    kind: str
    value: str = ""
    path: str = "/"
    spans: tuple[tuple[int, int], ...] = ()

    def concerns(self, path: str) -> bool:
        """Say whether requests of a path are counted; what changes the district leaves OAuth alone."""
        return path.startswith(self.path) and not (KINDS[self.kind].lasts and path.startswith("/oauth/"))

    def strikes(self, number: int) -> bool:
        """Say whether the fault strikes the so-manieth request under its path."""
        if KINDS[self.kind].lasts and self.spans:
            return number >= self.spans[0][0]
        return not self.spans or any(first <= number and (not last or number <= last) for first, last in self.spans)


def parse_faults(specs: Iterable[str]) -> tuple[Fault, ...]:
    """Read faults.

    Raises:
        InputError: One or more are not of the form, of no known kind, or have a value that the kind cannot take.
    """
    faults: list[Fault] = []
    wrong: list[Wrong] = []
    for spec in specs:
        read = _parse(spec)
        if isinstance(read, Fault):
            faults.append(read)
        else:
            wrong.append(read)
    if wrong:
        raise InputError(
            "the sandbox cannot make these faults",
            remedy=f"Write KIND[=VALUE][~PATH][@WHEN], such as status=503@3; kinds: {', '.join(KINDS)}.",
            faults=wrong,
        )
    return tuple(faults)


def _parse(spec: str) -> Fault | Wrong:
    form = FORM.fullmatch(spec)
    kind = KINDS.get(form["kind"]) if form else None
    if form is None or kind is None:
        return Wrong(spec, "no such kind of fault" if form else "is not of the form KIND[=VALUE][~PATH][@WHEN]")
    value = kind.default if form["value"] is None else form["value"]
    if value is None or not re.fullmatch(kind.value, value, re.DOTALL):
        return Wrong(spec, f"to {kind.help}, it needs a value that fits")
    spans = _spans(form["when"] or "")
    if spans is None:
        return Wrong(spec, "after @ stand request numbers, such as 3 or 2-4 or 5-")
    return Fault(form["kind"], value, form["path"] or "/", spans)


def _spans(when: str) -> tuple[tuple[int, int], ...] | None:
    parts: Sequence[str] = when.split(",") if when else []
    if not all(SPAN.fullmatch(part) for part in parts):
        return None
    return tuple(_span(part) for part in parts)


def _span(part: str) -> tuple[int, int]:
    first, dash, last = part.partition("-")
    return int(first), int(last or 0) if dash else int(first)
