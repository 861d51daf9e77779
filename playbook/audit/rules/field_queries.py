"""Moved fields read by a query rather than by an expression: jq filters, JSON paths, Scala's `\\ "dob"`.

Source: the v2.1 and v3.1 data models.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from playbook.audit.findings import Finding
from playbook.audit.reading.node import Join, Text
from playbook.audit.rules.field_places import PEOPLE, PLACES, STRONG, report_field
from playbook.audit.view import View

PICKED = r"[.{,]\s*([a-z_]+)"
"""What a program of jq reaches, and what it picks: `.data | {id, sis_id}`."""

SLASHED = re.compile(r"(\w+)\)?(?:\s*\\{1,2}\s*\"(?:data|object)\")*\s*\\{1,2}\s*$")


def find_field_queries(view: View, node: Text) -> Iterator[Finding]:
    """Give a text that reads a moved field by itself."""
    if view.reading.language == "scala" and node.value in PLACES:
        yield from _of_slash(view, node)
        return
    value = node.value
    if (not value.lstrip().startswith((".", "$.", "[.", "$[", "/data")) and ".data" not in value) or len(value) > 400:
        return
    if "/" in value and "|" not in value and not value.startswith("/data"):
        return
    found = [
        part
        for part in re.findall(PICKED if "jq " in value else r"\.([a-z_]+)", value.replace("/", "."))
        if part in STRONG | {"grade", "school", "relationship"}
    ]
    is_filter = view.reading.language == "shell" or (view.evidence.is_about and value.count(".") >= 2)
    if found and is_filter and "roles" not in value and not isinstance(node.parent, Join):
        yield report_field(view, node.start, found[-1], value.strip()[:60], "json_path")


def _of_slash(view: View, node: Text) -> Iterator[Finding]:
    """`(record \\ "dob").as[String]`: Play's and json4s' way into an object."""
    before = SLASHED.search(view.reading.content, max(0, node.start - 120), node.start)
    is_theirs = before is not None and (PEOPLE.search(before[1].lower()) or before[1] in view.evidence.shape)
    if is_theirs and (view.evidence.is_about or view.evidence.shape):
        yield report_field(view, node.start, node.value, f"{before[1] if before else ''}.{node.value}", "read")
