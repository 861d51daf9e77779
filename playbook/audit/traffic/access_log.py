"""Access logs, streamed: common, combined, JSON lines, and those of AWS load balancers.

A line counts where it asks a path of Clever's under a version, or `/me`; where the log names Clever's host at all, only
lines that name it count, because the application's own API may look the same. A line that is of no form of log is
counted too: a gate must not pass over a log that nobody could read.
"""

from __future__ import annotations

import gzip
import re
import zlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO, cast

from playbook.audit.traffic.table import Tally, token_of
from playbook.errors import Fault, InputError

CHUNK = 4 * 2**20
PATHS = (
    rb"students|teachers|school_admins|district_admins|contacts|schools|sections|courses|terms|districts|events|"
    rb"users|resources|me"
)
HIT = re.compile(
    rb"/(?:v(?P<version>[123](?:\.\d)?)/)?(?P<first>"
    + PATHS
    + rb")(?:/(?P<id>[^/\s\"?\\,]+)(?:/(?P<below>\w+))?)?(?=[\s\"?\\,])"
)
VERSIONED = re.compile(rb"/v[123](?:\.\d)?/(?:" + PATHS + rb")[\s\"?/\\,]|/me[\s\"?]")
HOST = b"clever.com"
MOMENT = re.compile(
    rb"\[(\d{1,2}/\w{3}/\d{4}:\d\d:\d\d:\d\d[^\]]*)\]|"
    rb"(\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)?)"
)
METHOD = re.compile(rb"\b(GET|POST|HEAD|PUT|PATCH|DELETE)\b")
BEARER = re.compile(rb"Bearer\s+(\w{2})", re.IGNORECASE)
READABLE = re.compile(
    rb"^\s*\{\s*\"|\b(?:GET|POST|HEAD|PUT|PATCH|DELETE|OPTIONS|CONNECT|TRACE)\b|\d\d:\d\d:\d\d|/v[123](?:\.\d)?/"
)
"""What a line of some form of log has: an object of JSON, a method, a time of day or a version."""

REQUEST = b" HTTP/"
LEAST = 0.01
"""The share of readable lines below which a file is no log."""


def read_access_log(path: Path) -> Tally:
    """Count the requests to Clever in a log of any size, gzipped or not.

    Raises:
        InputError: The log cannot be read, or hardly a line of it is one of a log.
    """
    hosted, bare, lines = Tally(path.as_posix()), Tally(path.as_posix()), Tally(path.as_posix())
    try:
        with _opened(path) as log:
            for lines_before, chunk in _chunks(log):
                _count(chunk, lines_before, hosted, bare)
                _count_lines(chunk, lines)
    except (OSError, EOFError, zlib.error) as fault:
        raise _not_readable(path, type(fault).__name__, "Check the path and its permissions.") from None
    if lines.lines - lines.unread < LEAST * lines.lines:
        told = f"{lines.unread:,} of {lines.lines:,} lines are of no form of log"
        raise _not_readable(path, told, "Name a log of requests: common, combined, JSON lines or a load balancer's.")
    return replace(hosted if hosted.calls else bare, lines=lines.lines, unread=lines.unread)


def _not_readable(path: Path, what: str, remedy: str) -> InputError:
    faults = [Fault(path.as_posix(), what)]
    return InputError("a log cannot be read", code="log_unreadable", remedy=remedy, faults=faults)


def _opened(path: Path) -> BinaryIO:
    return cast(BinaryIO, gzip.open(path, "rb")) if path.suffix == ".gz" else path.open("rb")


def _chunks(log: BinaryIO) -> Iterator[tuple[int, bytes]]:
    """Give stretches of whole lines, with the number of lines before each."""
    rest, lines = b"", 0
    while block := log.read(CHUNK):
        cut = block.rfind(b"\n") + 1
        if not cut:
            rest += block
            continue
        chunk = rest + block[:cut]
        yield lines, chunk
        lines += chunk.count(b"\n")
        rest = block[cut:]
    if rest:
        yield lines, rest + b"\n"


def _count_lines(chunk: bytes, tally: Tally) -> None:
    """Count a stretch's lines, and those of no form of log; nearly all of most logs tell by one word."""
    lines = chunk.split(b"\n")
    others = [line for line in lines if REQUEST not in line]
    written = [line for line in others if line and not line.isspace()]
    tally.lines += len(lines) - len(others) + len(written)
    tally.unread += sum(READABLE.search(line) is None for line in written)


Key = tuple[bytes, bytes | None, bytes, bool, bytes | None, bytes, bool]


def _count(chunk: bytes, lines_before: int, hosted: Tally, bare: Tally) -> None:
    """Count a stretch; equal requests are counted together and read once."""
    seen: dict[Key, list[int]] = {}
    may_name_host, may_name_token = HOST in chunk, b"earer" in chunk
    end_of_line = -1
    for found in VERSIONED.finditer(chunk):
        start = found.start()
        if start < end_of_line or (match := HIT.match(chunk, start)) is None:
            continue  # the same line's referrer
        line_start = chunk.rfind(b"\n", 0, start) + 1
        end_of_line = chunk.find(b"\n", start)
        names_host = may_name_host and chunk.find(HOST, line_start, end_of_line) >= 0
        version, first, identifier, below = match.groups()
        if version is None and not names_host:
            continue  # anybody's /me
        bearer = BEARER.search(chunk, line_start, end_of_line) if may_name_token else None
        method = (
            b"GET" if b"GET" in chunk[max(line_start, start - 60) : start] else _method(chunk, line_start, end_of_line)
        )
        key = (method, version, first, identifier is not None, below, bearer[1] if bearer else b"", names_host)
        place = seen.get(key)
        if place is None:
            seen[key] = [1, line_start, line_start]
        else:
            place[0] += 1
            place[2] = line_start
    for key, (count, first_line, last_line) in seen.items():
        tally = hosted if key[-1] else bare
        asked, token = _asked(key), _token(key)
        line = lines_before + chunk.count(b"\n", 0, first_line) + 1
        tally.add(key[0].decode(), asked, token, _moment(chunk, first_line), line, 1)
        tally.add(key[0].decode(), asked, token, _moment(chunk, last_line), line, count - 1)


def _method(chunk: bytes, line_start: int, end_of_line: int) -> bytes:
    found = METHOD.search(chunk, line_start, end_of_line)
    return found[1] if found else b"GET"


def _asked(key: Key) -> str:
    _, version, first, has_identifier, below, _, _ = key
    parts = [f"v{version.decode()}"] if version else []
    parts += [first.decode(), *(["{id}"] if has_identifier else []), *([below.decode()] if below else [])]
    return "/" + "/".join(parts)


def _token(key: Key) -> str:
    return token_of(f"Bearer {key[5].decode()}" if key[5] else "", _asked(key))


def _moment(chunk: bytes, line_start: int) -> str:
    found = MOMENT.search(chunk, line_start, chunk.find(b"\n", line_start))
    return (found[1] or found[2]).decode() if found else ""
