"""What a folded text asks of Clever: host, version, path; and what v3.1 says to it.

Source: the endpoint catalogue (`playbook.clever.catalogue`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import parse_qsl

from playbook.audit.findings import Severity, State
from playbook.audit.roles import ALL, COLLECTIONS, SPELLINGS, V3_ROLES
from playbook.audit.words import words
from playbook.clever.catalogue import find_endpoint, is_v3_path

API_HOSTS = frozenset({"api.clever.com", "api.getclever.com"})
RETIRED_HOST = "api.getclever.com"
SHARED = words("schools sections courses terms districts events me")
V3_ONLY = words("users resources")
RESOURCES = frozenset(COLLECTIONS) | frozenset(SPELLINGS) | SHARED | V3_ONLY
BELOW = words(
    "students teachers teacher school schools sections contacts district course courses term terms events grade_levels "
    "mystudents mycontacts myteachers admins status users resources properties photo about"
)
HOST = re.compile(r"(?:https?:)?//(?:[^/\s@]*@)?((?:[\w\-]+\.)*(?:get)?clever\.com)(?::\d+)?(?![\w.\-])", re.IGNORECASE)
VERSION = re.compile(r"v?([123])\.(\d)|v([123])", re.IGNORECASE)
HOLE = re.compile(r"\{([\w./\-]*)\}")
ROLE_HOLE = re.compile(
    r"(?:^|_)(?:type|kind|role|roles|user_type|record|resource|entity|entities|collection|"
    r"plural|klass|class_name|group|what|table|noun|thing|scope|category)s?(?:_name|_type|_path|_plural)?$"
)
ID_LIKE = re.compile(
    r"\{[^}]*\}|:\w+|<[^>]*>|[0-9a-f]{24}|%s|%d|%v|%@|\$\w+|\d+|\*|__\w+__|[A-Z_]*ID[A-Z_]*", re.IGNORECASE
)

PROXIED = re.compile(r"/?(?:(?:api|proxy|gateway|upstream|ext|external)/)?clever(?:-api)?(?=/v\d\.\d/)")
"""An application's own path that a proxy takes off in front of Clever's."""

NAME_LIKE = re.compile(r"[\w\-]+")


@dataclass(frozen=True, slots=True)
class Route:
    """What a text asks: `version` is blank where there is none and `?` where it is in a hole."""

    host: str
    base: str
    version: str
    path: str
    query: str
    is_rooted: bool

    @property
    def first(self) -> str:
        """The collection that the path begins with."""
        return self.path.strip("/").partition("/")[0]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What v3.1 says to a route."""

    state: State
    legacy: str
    v3: str
    change: tuple[str, ...]
    severity: Severity
    remedy: str
    variant: str
    roles: tuple[str, ...] = ()


@lru_cache(maxsize=10_000)
def read_route(text: str) -> Route | None:
    """Return what a folded text (holes as `{name}`) asks of Clever, or None where it is no path at all."""
    told = re.sub(r"^\s*(?:GET|POST|HEAD)\s+|\{[?&][^{}]*\}$", "", text.strip().strip("<>\"'`")).strip()
    if "\\" in told:
        told = re.sub(r"\\([./\-?])", r"\1", told)  # a pattern for the URL
        told = f"//{told}" if told.startswith("api.") else told
    told = re.sub(r"(?<=/)(v\d\.\d)(?=\{)", r"\1/", told)  # the path in the hole brings its own slash
    if told.startswith(tuple(API_HOSTS)):
        told = f"//{told}"  # clients that put the scheme in front themselves
    found = HOST.search(told)
    if found:
        if found[1].lower() not in API_HOSTS:
            return None
        host, base, rest = found[1].lower(), "", re.split(r"[\s\"'<>\\]", told[found.end() :])[0]
        rest = rest.partition("}")[0] if "{" not in rest else rest  # the default of a placeholder
    else:
        if not told or len(told) > 300 or re.search(r"\s|://|[<>]", HOLE.sub("", told)):
            return None
        host, base, rest = "", *_without_base(told)
    path, _, query = rest.partition("?")
    parts = [re.sub(r"^%[sdv@]$", "{value}", part) for part in path.split("#")[0].split("/") if part]
    parts = [part if part == "*" else part.rstrip("*") for part in parts]
    version = ""
    if parts and (stated := _version(parts[0], bool(host))):
        version, parts = stated, parts[1:]
    is_rooted = bool(host) or bool(base) or bool(version) or path.startswith("/")
    parts = [_spelled(re.sub(r"^%[s@v](?=s$)", "{role}", part), index) for index, part in enumerate(parts)]
    return Route(host, base, version, "/" + "/".join(parts) if parts else "", query, is_rooted)


def _without_base(told: str) -> tuple[str, str]:
    """Take a leading `{base}` or `%s` off; a hole that is itself the collection stays."""
    if proxied := PROXIED.match(told):
        return "clever", told[proxied.end() :]
    match = re.match(r"(?:\{([\w./\-]*)\}|%[s@v])(?=/|v\d|\{version\}|$)", told)
    if match and not (match[1] and ROLE_HOLE.search(match[1])):
        return match[1] or "base", told[match.end() :]
    return "", told


def _version(part: str, is_clever: bool) -> str:
    if match := VERSION.fullmatch(part):
        if match[3]:
            return f"v{match[3]}" if is_clever else ""
        return f"v{match[1]}.{match[2]}" if part[0] in "vV" or is_clever else ""
    hole = HOLE.search(part)
    return "?" if (hole and "ver" in hole[1]) or (is_clever and part == "*") else ""


def _spelled(part: str, index: int) -> str:
    bare = re.sub(r"\.json$|\.\{format\}$", "", part)
    if index != 1:
        lowered = bare.lower()
        return SPELLINGS.get(lowered, lowered if lowered in RESOURCES | BELOW else bare)
    return bare


def is_clever_path(route: Route) -> bool:
    """Say whether a path could be one of Clever's: a collection, then an id, then what is below it."""
    parts = route.path.strip("/").split("/")
    if not parts[0] or len(parts) > 3:
        return False
    if parts[0] not in RESOURCES and not _role_hole(parts[0]):
        return False
    if parts[0] == "me":
        return len(parts) == 1
    is_stated = route.version.startswith(("v1", "v2")) and (
        parts[0] in COLLECTIONS or bool(route.host) or parts[2:] in (["students"], ["teachers"])
    )
    if len(parts) > 1 and not ID_LIKE.search(parts[1]) and not (is_stated and NAME_LIKE.fullmatch(parts[1])):
        return False
    return len(parts) < 3 or parts[2] in BELOW or bool(HOLE.fullmatch(parts[2]) or ID_LIKE.fullmatch(parts[2]))


def judge(route: Route, version: str | None = None) -> Verdict | None:
    """Say what becomes of a route.

    Args:
        route: What is asked.
        version: The version of the base, where the route itself states none and the base is known.

    Returns:
        None where nothing can be said: a bare host, an OAuth URL, a shared path whose version nobody knows.
    """
    stated = route.version if route.version not in ("", "?") else (version or route.version)
    if not route.path:
        return _judge_base(route, stated)
    if _role_hole(route.first):
        return _judge_role_hole(route, stated)
    if not is_clever_path(route):
        if not HOLE.fullmatch(route.first):
            return None
        if not route.host and route.version.startswith(("v1", "v2")):
            return _judge_open(route)
        return _judge_base(route, stated)  # any path below a base
    if stated.startswith("v3"):
        return _judge_on_v3(route, stated)
    if stated in ("", "?") and route.first != "me" and route.first not in COLLECTIONS:
        if route.first in V3_ONLY:
            return _already(f"GET {route.path}", "literal")
        found = find_endpoint(_template(route), None)
        if found is None or "path" not in found.change:
            return None if route.host != RETIRED_HOST else _judge_base(route, "v1.1")
    if route.first in V3_ONLY and stated.startswith(("v1", "v2")):
        return Verdict(
            "mixed", f"GET /{stated}{route.path}", f"GET /v3.1{route.path}", ("path", "id"), "high",
            f"Ask {route.path} under v3.1: {stated} has no such path and answers 404.", "v3_path_on_v2",
        )  # fmt: skip
    return _judge_legacy(route, stated)


def _judge_base(route: Route, stated: str) -> Verdict | None:
    if not route.host:
        return None
    legacy = f"https://{route.host}/{stated}".rstrip("/?")
    if stated.startswith(("v1", "v2")) or (route.host == RETIRED_HOST):
        variant = "retired_host" if route.host == RETIRED_HOST else "base_url"
        remedy = f"Point the base at https://api.clever.com/v3.1 once every path below it is a v3 path; {legacy} goes."
        return Verdict("legacy", legacy, "https://api.clever.com/v3.1", ("version",), "medium", remedy, variant)
    return _already(legacy, "base_url") if stated.startswith("v3") else None


def _judge_open(route: Route) -> Verdict:
    """A version with any path below it."""
    remedy = f"Put v3.1 for {route.version} once everything that is asked below it is a v3 path."
    return Verdict("legacy", f"/{route.version}/{{path}}", "/v3.1/{path}", ("version",), "medium", remedy, "base_url")


def _already(legacy: str, variant: str, remedy: str = "Nothing: this is on v3 already.") -> Verdict:
    return Verdict("already_v3", legacy, legacy, (), "info", remedy, variant)


def _judge_on_v3(route: Route, stated: str) -> Verdict | None:
    asked = f"GET /{stated}{_template(route)}"
    if is_v3_path(_template(route)):
        query = dict(parse_qsl(route.query.replace("{", "").replace("}", ""), keep_blank_values=True))
        if _template(route) == "/schools/{id}/users" and query and "primary" not in query:
            note = "Add primary=true where v2 counted only the people whose primary school it is."
            return Verdict("mixed", asked, f"{asked}?primary=true", ("semantics",), "medium", note, "primary_missing")
        return _already(asked, "literal")
    found = find_endpoint(_template(route), stated)
    if found is None:
        return None
    remedy = f"{found.remedy.rstrip('.')}; today the call is a v2 path on a v3 base, which answers 404."
    return Verdict(
        "mixed", asked, found.to, tuple(sorted(found.change - {"version"})), "high", remedy, "v2_path_on_v3",
        _roles(route),
    )  # fmt: skip


def _judge_legacy(route: Route, stated: str) -> Verdict | None:
    version = stated if stated not in ("", "?") else None
    found = find_endpoint(
        _template(route), version if version in (None, "v1.1", "v1.2", "v2.0", "v2.1") else _near(version)
    )
    if found is None:
        return None
    is_unversioned = stated in ("", "?")
    asked = found.path if is_unversioned else f"/{stated}{found.path}"
    severity: Severity = "high" if {"id", "shape", "event"} & set(found.change) else "medium"
    variant = "unversioned" if is_unversioned else "retired_host" if route.host == RETIRED_HOST else "literal"
    return Verdict(
        "legacy", f"GET {asked}", found.to, tuple(sorted(found.change)), severity, _with_query(found.remedy, route),
        variant, _roles(route),
    )  # fmt: skip


def _near(version: str | None) -> str:
    return "v1.2" if version and version.startswith("v1") else "v2.1"


def _with_query(remedy: str, route: Route) -> str:
    if "starting_after" in route.query or "page=" in route.query:
        return f"{remedy} Follow links[rel=next] instead of building the next page's URL; a v2 id is no v3 cursor."
    return remedy


def _template(route: Route) -> str:
    parts = route.path.strip("/").split("/")
    if len(parts) > 1:
        parts[1] = "{id}"
    return "/" + "/".join(parts[:3])


def _roles(route: Route) -> tuple[str, ...]:
    role = COLLECTIONS.get(route.first)
    below = COLLECTIONS.get(route.path.rpartition("/")[2])
    return tuple(dict.fromkeys(found for found in (role, below) if found))


def _role_hole(part: str) -> bool:
    match = re.fullmatch(r"\{([\w./\-]*)\}(s|es)?", part)
    return bool(match and (match[2] or ROLE_HOLE.search(match[1])))


def _judge_role_hole(route: Route, stated: str) -> Verdict | None:
    """A path whose collection is a variable: it can be any role's."""
    if not (route.host or route.base or stated or re.match(r"/\{\w+\}s(?:/|$)", route.path)):
        return None
    parts = route.path.strip("/").split("/")
    if len(parts) > 3 or (len(parts) > 1 and not ID_LIKE.search(parts[1])):
        return None
    below = f"/{parts[2]}" if len(parts) > 2 else ""
    path = "/{role}s" + ("/{id}" if len(parts) > 1 else "") + below
    to = "GET /v3.1/users" + (f"/{{id}}{below}" if len(parts) > 1 else "?role={role}")
    said = f"GET /{stated}{path}" if stated not in ("", "?") else f"GET {path}"
    v2_words = ", ".join(word for word in V3_ROLES if "_" in word or word in ("student", "teacher", "contact"))
    remedy = (
        f"Ask {to.removeprefix('GET ')} with the v3 user id whatever the role; the collection was one of {v2_words} "
        f"(plural)."
    )
    return Verdict(
        "mixed" if stated.startswith("v3") else "legacy", said, to, ("id", "path", "shape"), "high", remedy,
        "role_in_hole", ALL,
    )  # fmt: skip
