"""How one place's source is rewritten for v3.1, where that needs nobody's judgment.

Only text between quotes changes; what stands in a variable, or would have to move to another line, is left alone.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from playbook.audit.roles import COLLECTIONS
from playbook.audit.routes import RETIRED_HOST
from playbook.clever.catalogue import find_endpoint

VERSION = re.compile(r"(?<![\w.])(v?)[12]\.\d(?![\w.])", re.IGNORECASE)
RECORD_TYPE = re.compile(r"(record_?[tT]ypes?(?:\[\])?(?:=|%3D))(?:[\w]+)")


@dataclass(frozen=True, slots=True)
class Left:
    """A place that was left alone, and why."""

    path: str
    line: int
    legacy: str
    reason: str


class NeedsJudgment(Exception):
    """A place cannot be rewritten without somebody's judgment; the message says why."""


def rewrite_version(source: str) -> str:
    """Return a text with its v1 or v2 version, and the retired host, moved to v3.1."""
    return VERSION.sub(lambda match: f"{match[1]}3.1", source).replace(RETIRED_HOST, "api.clever.com")


def rewrite_request(source: str, legacy: str) -> str:
    """Return the source of a request as v3.1 wants it.

    Args:
        source: The source of the whole text: literals, holes, joins.
        legacy: What it asks, such as `GET /v2.1/teachers/{id}/sections`.

    Raises:
        NeedsJudgment: It asks who signed in, the path has no successor, its collection is a variable, or a parameter
            would have to be added where the text does not end.
    """
    path = re.sub(r"^GET (?:/v\d\.\d)?", "", legacy)
    row = find_endpoint(path, "v2.1")
    # In v3.1 the type of /me is always "user": whatever decides by it takes everybody for its default, which may be an
    # administrator. Who reads the answer may stand in another file, a library or a session, and to have found no such
    # place proves nothing; so nobody's sign-in moves without a person, wherever it stands.
    if path == "/me":
        raise NeedsJudgment('v3 answers "user" as the type of everybody; decide by roles before it moves')
    if "{role}" in path:
        raise NeedsJudgment("its collection is a variable")
    if row is None or row.is_removed or row.v3_path.count("{") != row.path.count("{"):
        raise NeedsJudgment("v3 has no such path; what it gave must be read another way")
    moved = rewrite_version(source)
    moved = _rename(moved, row.path, row.v3_path)
    return _with_query(moved, row.query, row.v3_path) if row.query else moved


def _rename(source: str, path: str, v3_path: str) -> str:
    """Replace the literal segments of a path by those of another with as many."""
    old, new = path.strip("/").split("/"), v3_path.strip("/").split("/")
    if len(old) != len(new):
        raise NeedsJudgment("the path has another form in v3")
    position = 0
    for before, after in zip(old, new, strict=True):
        if before.startswith("{"):
            continue
        found = re.compile(rf"(?<![\w]){re.escape(before)}(?![\w])").search(source, position)
        if found is None:
            raise NeedsJudgment("a part of its path stands elsewhere")
        source = source[: found.start()] + after + source[found.end() :]
        position = found.start() + len(after)
    return source


def _with_query(source: str, query: str, v3_path: str) -> str:
    """Add the parameters that v3 needs behind the path."""
    last = v3_path.rpartition("/")[2]
    found = list(re.finditer(rf"(?<![\w]){re.escape(last)}(?![\w])(?P<mark>\?)?(?P<end>[\"'`])?", source))
    if not found:
        raise NeedsJudgment("a part of its path stands elsewhere")
    place = found[-1] if last != "users" else found[0]
    position = place.start() + len(last)
    if place["mark"]:
        return f"{source[: position + 1]}{query}&{source[position + 1 :]}"
    if place["end"] and position + 1 >= len(source.rstrip(")")):
        return f"{source[:position]}?{query}{source[position:]}"
    if re.match(r"[\s\"'`]*$", source[position:]):
        return f"{source[:position]}?{query}{source[position:]}"
    raise NeedsJudgment(f"{query} would have to be added where the text does not end")


def rewrite_record_type(source: str) -> str:
    """Return a text with the role in its record_type replaced by `users`."""
    if RECORD_TYPE.search(source):
        return RECORD_TYPE.sub(r"\1users", source)
    bare = source.strip("\"'`:")
    if re.fullmatch(r"\w+", bare) and (bare in COLLECTIONS or f"{bare}s" in COLLECTIONS or "admin" in bare):
        return source.replace(bare, "users")
    raise NeedsJudgment("the filter is put together elsewhere")
