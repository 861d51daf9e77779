"""The next page's URL built by hand from the last record's id, which is no v3 cursor.

Source: https://dev.clever.com/docs/api-v3-upgrade-guide
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from playbook.audit.findings import Finding
from playbook.audit.view import View

PAGED = re.compile(
    r"starting_after=?[\"']\s*(?:\)\s*\.append\(|,\s*|\+\s*)(?:last|after|cursor)\w*Id\b|last_records?\[-1\]\W+data\W+id\b|"
    r"(?:starting_after|ending_before)\b[\"']?\]?\s*(?:=>|=|:|,)\s*[^\n]{0,60}"
    r"(?:\[\s*-1\s*\]|\.last\b|\.at\(-1\)|length\s*-\s*1\s*\]|\bend\(|Last\(\)|last\(\)|List\.last)[^\n]{0,20}\bid\b|"
    r"starting_after(?:\b[\"']?\]?\s*(?:=>|=|:|,)\s*\$?|=[\"']\s*\)\s*\.append\(\s*)(?P<name>\w+)"
)


def find_paging(view: View) -> Iterator[Finding]:
    """Give the next page's URL built by hand from the last record's id, which is no v3 cursor."""
    if not (view.evidence.speaks or view.evidence.is_about) or view.is_document:
        return
    for match in PAGED.finditer(view.reading.content):
        function = view.reading.function_at(match.start())
        around = view.reading.content[function.start : function.end] if function else view.reading.content
        if match["name"] and not re.search(rf"\b{match['name']}\s*=[^=\n][^\n]*\bid\b[\"'\])]*;?\s*$", around, re.M):
            continue
        if "event" not in around.lower() and not re.search(r"/v3\.\d|/users", around):
            yield view.find(
                "endpoint", match.start(), legacy="starting_after of the last record", v3="links[rel=next]",
                change=("id",), remedy="Follow links[rel=next] instead of building the next page's URL from an id.",
                variant="pagination_by_hand",
            )  # fmt: skip
