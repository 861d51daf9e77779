"""Moved fields that stand in tables: a map from Clever's names to the application's, or a list of what is picked.

The line that reads them says only `record[theirs]`; the table is what has to change.

Source: the v2.1 and v3.1 data models.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from playbook.audit.findings import Finding
from playbook.audit.reading.node import Items, Node, Pair, Text
from playbook.audit.reading.paths import snake
from playbook.audit.rules.field_places import PLACES, STRONG, report_field
from playbook.audit.view import View, key_name, usage_of
from playbook.audit.words import words

TABLE = re.compile(r"map|field|column|^cols?$|attr|translat|alias|rename|header|key|propert|theirs|source|clever")
RENAMES = re.compile(r"map|rename|transform|translate|remap|alias", re.IGNORECASE)
PICKS = words("pick only slice values_at fetch_values take extract select_keys select-keys extract! Map.take")
OURS = re.compile(r"[A-Za-z_][\w.\-]{1,40}")
TYPES = words(
    "string str text int integer varchar date datetime bool boolean required nullable optional float uuid json number "
    "char array object list Y N M F"
)


def find_field_tables(view: View, node: Items) -> Iterator[Finding]:
    """Give the moved fields of a table that maps them to names of the application, or that lists what is picked."""
    if view.is_test:
        return
    is_map = any(isinstance(item, Pair) or _is_couple(item) for item in node.items)
    found = list(_of_map(view, node) if is_map else _of_list(view, node))
    if found and not re.search(r"[\"':.]roles\b", view.reading.content):  # asked last: it reads the whole file
        yield from found


def find_field_constant(view: View, node: Pair) -> Iterator[Finding]:
    """Give a constant that names a moved field of a Clever record: `DOB_KEY = "dob"`."""
    value = node.value
    if not isinstance(value, Text) or value.value not in PLACES or node.operator != "=" or view.is_test:
        return
    written = view.reading.content[node.start : value.start]
    name = snake(re.sub(r"\W+$", "", written).split()[-1]) if written.strip() else ""
    is_constant = bool(re.search(r"\bconst\b|\bfinal\b|\bstatic\b|^[A-Z][A-Z0-9_]+\b", written))
    if is_constant and value.value in name and re.search(r"key|field|attr|contact|student|teacher|clever", name):
        yield report_field(view, value.start, value.value, value.value, "constant")


def _of_map(view: View, node: Items) -> Iterator[Finding]:
    pairs = [item for item in node.items if isinstance(item, Pair) or _is_couple(item)]
    if len(pairs) < 2 or not _is_named_so(node):
        return
    values = [getattr(getattr(pair, "value", None), "value", "") for pair in pairs]
    if sum(value in TYPES for value in values) * 2 > len(pairs):
        return
    found = [(pair, field) for pair in pairs if (field := _mapped(pair))]
    if len(found) >= 2 and any(field in STRONG for _, field in found):
        for pair, field in found:
            yield report_field(view, pair.start, field, field, "table")


def _is_couple(item: Node) -> bool:
    """Say whether an item is a list of two texts: `("year_group", "grade")`."""
    return isinstance(item, Items) and len(item.items) == 2 and all(isinstance(each, Text) for each in item.items)


def _is_named_so(node: Items) -> bool:
    key = next((key_name(parent) for parent in node.ancestors() if isinstance(parent, Pair)), "")
    return bool(TABLE.search(key)) or bool(RENAMES.search(usage_of(node).callee))


def _mapped(pair: Node) -> str:
    """Return the moved field that a pair maps to or from a name of the application; blank where it does not."""
    if isinstance(pair, Items):
        key, value = _name(pair.items[0]), _name(pair.items[1])
    elif isinstance(pair, Pair):
        key, value = _name(pair.key), _name(pair.value) if isinstance(pair.value, Text) else ""
    if not key or not value:
        return ""
    told = [part for name in (key, value) for part in reversed(name.split(".")) if part in PLACES]
    return told[0] if told else ""


def _name(node: Node | None) -> str:
    if isinstance(node, Text):
        return node.value if OURS.fullmatch(node.value) else ""
    return snake(getattr(node, "head", "")) if isinstance(getattr(node, "head", None), str) else ""


def _of_list(view: View, node: Items) -> Iterator[Finding]:
    if usage_of(node).callee not in PICKS:
        return
    moved = [item for item in node.items if isinstance(item, Text) and item.value in PLACES]
    if any(item.value in STRONG for item in moved):
        yield report_field(view, moved[0].start, moved[0].value, ", ".join(item.value for item in moved), "picked")
