"""What a value can be of what Clever v2 sends, and what is left of it behind an attribute or a key.

Source: the v2.1 data model.
"""

from __future__ import annotations

import re

from playbook.audit.reading.paths import snake
from playbook.audit.roles import COLLECTIONS, role_of
from playbook.audit.routes import HOLE, Route
from playbook.audit.words import words

Kinds = frozenset[str]
"""Of `person`, `contact` (a person too), `me`, `event`, `thing` (a school or section: nothing of it moved), `id`,
`type`, `open` (whatever the caller names), `client` (what asks), `link` (of `/me`) and `path` (a link taken apart)."""

NOTHING: Kinds = frozenset()
PERSON: Kinds = frozenset({"person"})
ID: Kinds = frozenset({"id"})
TYPE: Kinds = frozenset({"type"})
LINK: Kinds = frozenset({"link"})
PATH: Kinds = frozenset({"path"})
CLIENT: Kinds = frozenset({"client"})
STUDENT: Kinds = frozenset({"person", "student"})
OPEN: Kinds = frozenset({"person", "open"})
ME: Kinds = frozenset({"me"})
EVENT: Kinds = frozenset({"person", "event"})
IDENTITY: Kinds = frozenset({"me", "person"})
CONTACT: Kinds = frozenset({"person", "contact"})

KEPT = ("id", "type")
"""What records of the application's own are known to keep, each under a name: `id@ref`, `type@kind`."""

LIKE_ID = re.compile(r"(?:^|_)(?:uid|ref|key|identifier|subject|remote|external)$")
"""What the field of an unknown class may be called that is known to keep an id."""

ADMINS = words("admins mystudents mycontacts myteachers")
CONTAINERS = words(
    "data body json response result results items records rows page pages content value values payload entries "
    "list first last next sample parsed_response object objects to_h to_a entity attributes unwrap ok await "
    "await_result resources dict decoded raw all each map collect flat_map for_each filter select reject find "
    "compact flatten to_list tolist then as_json symbolize_keys with_indifferent_access get_body contents read "
    "text embedded stream get copy clone iter into_iter cloned collection fetch deep_symbolize_keys sort sort_by "
    "uniq reverse slice to_array pluck_data children result_set unwrap_or_default expect and_then array members "
    "concat flat to_vec as_ref as_array students teachers contacts admins school_admins district_admins people "
    "persons users staff head tail let also apply tap each_with_index each_slice in_batches lazy group_by "
    "find_all filter_map take drop to_set sorted zip as_object get_result get_data get_object previous_attributes "
    "parsed subscribe pipe await_all value_or success attributes root_element raw_attributes"
)
"""Names that lead to the same records, or to one of them."""

CONVERSIONS = words(
    "to_s to_sym to_str to_string string strip chomp downcase upcase lower upper lowercase uppercase lowercased "
    "uppercased to_lower_case to_upper_case to_lower to_upper to_lower_invariant trim trim_end rtrim singularize "
    "as_text as_string text_value string_value as_str as_deref delete_suffix removesuffix chop substring substr "
    "slice replace presence or_else or_empty unwrap unwrap_or unwrap_or_default or_default freeze to_owned clone "
    "as opt as_opt get_string value get_as_string trim_suffix str strval ucfirst capitalize titleize camelize "
    "to_atom to_existing_atom sub gsub tr replace_all replace_first delete_prefix remove_prefix removeprefix "
    "drop_last trim_start camelcase classify constantize expect first or get_or_else to_option map some intern "
    "as_text_or"
)
"""Calls behind which an id or a type is still one."""

LINKS = words(
    "links link uri href url rel self canonical find first last data detect body path filter where get select"
)
SPLITS = words(
    "split explode partition path_segments segments path_components match scan components split_at preg_split"
)
PLACES = {
    **dict.fromkeys(words("first left _1 item1 component1 key"), "0"),
    **dict.fromkeys(words("second right _2 item2 component2 last"), "1"),
    **dict.fromkeys(words("third _3 item3 component3"), "2"),
}
"""What the values of a tuple are called."""

ID_NAMES = words("id _id uid")
TYPE_NAMES = words("type user_type usertype")


def kinds_asked(route: Route) -> Kinds:
    """Return what a path of v2's answers with; nothing for v3's own paths."""
    parts = [part for part in route.path.split("/") if part]
    if not parts or parts[0] in ("users", "resources"):
        return NOTHING
    if parts[0] == "me":
        return frozenset({"me"})
    last = parts[-1] if len(parts) != 2 else parts[0]
    if last == "events":
        return frozenset({"event"})
    if last in ("users",):
        return NOTHING
    if last in ("contacts", "mycontacts"):
        return CONTACT
    if HOLE.search(last):
        return OPEN
    if last in ("students", "mystudents"):
        return STUDENT
    return PERSON if last in COLLECTIONS or last in ADMINS else frozenset({"thing"})


def reach_all(kinds: Kinds, *names: str) -> Kinds:
    """Return what is reached through several attributes or keys, as they are spelled; a key may hold a path."""
    for name in names:
        for part in re.split(r"[./]", name.lstrip("$@.")):
            kinds = reach(kinds, snake(part)) if part else kinds
    return kinds


def kinds_named(name: str) -> Kinds:
    """Return what a function gives that is named after what it asks for: `teachers`, `students_for_section`, `me`.

    Args:
        name: In snake case, without `get`.
    """
    first = re.split(r"_(?:for|of|by|in|with|page|list)(?:_|$)", name)[0]
    if first in ("me", "identity", "whoami", "who_am_i"):
        return frozenset({"me"})
    if first in ("events", "event"):
        return frozenset({"event"})
    if role_of(first) == "contact":
        return CONTACT
    if role_of(first):
        return STUDENT if role_of(first) == "student" else PERSON
    return (
        frozenset({"thing"})
        if first in ("sections", "section", "schools", "school", "districts", "district")
        else NOTHING
    )


def taken_by_index(kinds: Kinds, index: str) -> Kinds:
    """Return what an item of a list is; that of a link taken apart is the role or the id."""
    if "path" not in kinds:
        return reach(kinds, index) if index.isdigit() and keeps(kinds) else kinds
    return TYPE if index in ("0", "1", "2", "-2") else ID if index in ("3", "4", "-1", "") else NOTHING


def kept_as(kept: str, name: str) -> str:
    """Return the kind of a record of the application's that keeps an id, or the type of `/me`, by a name."""
    return f"{kept}@{name}"


def keeps(kinds: Kinds) -> bool:
    """Say whether a value is a record of the application's that keeps an id or the type of `/me`."""
    return any("@" in kind for kind in kinds)


def is_apart(kinds: Kinds) -> bool:
    """Say whether a value is a tuple, some of whose places are known."""
    return any(kind.rpartition("@")[2].isdigit() for kind in kinds if "@" in kind)


def reach(kinds: Kinds, name: str) -> Kinds:
    """Return what an attribute or key of a value is.

    Args:
        name: In snake case.
    """
    if not kinds or kinds == CLIENT:
        return NOTHING
    if kept := frozenset(each for each in KEPT if {kept_as(each, name), kept_as(each, PLACES.get(name, name))} & kinds):
        return kept
    if name.isdigit():
        return NOTHING if is_apart(kinds) else taken_by_index(kinds, name) if "path" in kinds else kinds
    if LIKE_ID.search(name) and any(kind.startswith("id@") and "#" in kind for kind in kinds):
        return ID
    if name in ID_NAMES:
        if "student" in kinds and not kinds & {"me", "event", "open"}:
            return NOTHING  # the ids of students do not change
        return ID if kinds & {"person", "me"} else NOTHING
    if name in CONVERSIONS and kinds <= {"id", "type"}:
        return kinds
    if "path" in kinds:
        return ID if name in ("last", "pop") else kinds
    if "link" in kinds:
        return PATH if name in SPLITS else kinds if name in LINKS else NOTHING
    if name == "links" and "me" in kinds:
        return LINK
    if name in TYPE_NAMES:
        return TYPE if "me" in kinds else NOTHING
    if name == "user" and "me" in kinds:
        return ME  # OmniAuth's and Ueberauth's `raw_info` wraps the answer
    if name == "object" and "event" in kinds:
        return PERSON
    return kinds - {"id", "type"} if name in CONTAINERS else NOTHING
