"""The endpoint catalogue: every v2 request and the v3.1 request that replaces it, as data that can be searched.

The rows stand in `catalogue_people` and `catalogue_records`; this module says which versions they hold for and finds
the row of a URL as it stands in code or in a log.

Source: https://dev.clever.com/docs/new-in-api-v3, and Clever's published specifications of v2.0, v2.1 and v3.1.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from urllib.parse import urlsplit

from playbook.clever.catalogue_people import PEOPLE
from playbook.clever.catalogue_records import ME, RECORDS
from playbook.clever.endpoint import COUNT, Endpoint, Parameter, needed, row
from playbook.errors import InputError

__all__ = ["LEGACY_VERSIONS", "V3_PATHS", "VERSIONS", "Endpoint", "endpoints", "find_endpoint", "is_v3_path"]

VERSIONS = ("v2.0", "v2.1")
LEGACY_VERSIONS = ("v1.1", "v1.2", *VERSIONS)

V3_PATHS = frozenset(
    f"/{collection}{below}"
    for collection, belows in {
        "users": "district mycontacts mystudents myteachers resources schools sections",
        "schools": "courses district sections terms users",
        "sections": "course district resources school term users",
        "courses": "district resources schools sections",
        "terms": "district schools sections",
        "resources": "courses sections users",
        "districts": "",
        "events": "",
    }.items()
    for below in ("", "/{id}", *(f"/{{id}}/{name}" for name in belows.split()))
) | {"/me"}
"""Every path of the v3.1 Data and Events APIs below the version, and `/me`, which no specification holds."""

RETIRED = tuple(
    row(
        f"/districts/{{id}}/{name}",
        v3_path,
        change,
        f"Ask {v3_path}{f'?role={role}' if role else ''} with the district's token: a token reads one district only.",
        params=needed(role=role) if role else (),
        source="https://dev.clever.com/docs/api-v1-deprecation",
        in_spec=False,
    )
    for name, v3_path, role, change in (
        ("schools", "/schools", "", "path"),
        ("sections", "/sections", "", "path id"),
        ("students", "/users", "student", "path shape"),
        ("teachers", "/users", "teacher", "path id shape"),
        ("admins", "/users", "district_admin", "path id shape"),
        ("events", "/events", "", "path id shape event"),
    )
)
"""Paths that v1 alone had; code that still has them has not run since v1 was switched off in December 2022."""

_VERSION = re.compile(r"v\d+(?:\.\d+)?", re.IGNORECASE)


def endpoints(version: str | None = None) -> tuple[Endpoint, ...]:
    """Return the catalogue, sorted by version and path.

    Args:
        version: One of `LEGACY_VERSIONS`; v2.0, v2.1 and the URLs without a version where not given.

    Returns:
        One row for every request of that version, those spellings included that only Clever's guides use.

    Raises:
        InputError: There is no catalogue of that version.
    """
    if version is None:
        return (*(found for known in VERSIONS for found in endpoints(known)), replace(ME, version=""))
    if version not in LEGACY_VERSIONS:
        raise InputError(
            "there is no catalogue of that version",
            code="unknown_version",
            remedy=f"Name one of {', '.join(LEGACY_VERSIONS)}.",
        )
    return tuple(_rows(version).values())


def find_endpoint(path: str, version: str | None = None) -> Endpoint | None:
    """Return the catalogue row of a request, or None where nothing has to change or it is no request of Clever's.

    Args:
        path: A path or URL with or without version, concrete (`/v2.1/teachers/58da…`) or with any kind of placeholder
            (`teachers/:id`); letter case, query, fragment and trailing slash do not matter.
        version: The version, where the path does not say it; the path's own version comes first.

    Returns:
        The row, its version the request's own; a v2 path on a v3 base is a row too, because v3 answers it with 404.
    """
    stated, key = _read(path)
    version = stated or version
    if version is None:
        version = "" if key == "/me" else VERSIONS[-1]
    if version.startswith("v3") and key in V3_PATHS:
        return None
    table = version if version in LEGACY_VERSIONS else "v1.2" if version.startswith("v1") else VERSIONS[-1]
    found = _rows(table).get(key)
    return replace(found, version=version) if found else None


def is_v3_path(path: str) -> bool:
    """Say whether v3.1 has this path; version, letter case, ids and query do not matter."""
    return _read(path)[1] in V3_PATHS


def _read(path: str) -> tuple[str, str]:
    """Return the version that a path states, blank where it states none, and its template in lower case."""
    segments = [segment.lower() for segment in _path_of(path).split("/") if segment]
    stated = next((index for index, segment in enumerate(segments) if _VERSION.fullmatch(segment)), None)
    below = segments if stated is None else segments[stated + 1 :]
    if len(below) > 1:
        below[1] = "{id}"
    return "" if stated is None else segments[stated], "/" + "/".join(below)


def _path_of(path: str) -> str:
    """Return the path of a URL; a placeholder's own marks (`#{id}`, `{id?}`) are no fragment and no query."""
    blanked = re.sub(r"[#$]?\{[^{}]*\}|<[^<>]*>", "{id}", path.strip())
    return urlsplit(blanked).path


@cache
def _rows(version: str) -> Mapping[str, Endpoint]:
    """Return one version's rows by path template."""
    rows = [*PEOPLE, *RECORDS, *(RETIRED if version.startswith("v1") else ())]
    return {
        found.path: replace(found, version=version, params=_params(found, version))
        for found in sorted(rows, key=lambda found: found.path)
    }


def _params(found: Endpoint, version: str) -> tuple[Parameter, ...]:
    """Return a row's parameters in one version: `count` came with v2.1."""
    return found.params if version == "v2.1" else tuple(param for param in found.params if param != COUNT)
