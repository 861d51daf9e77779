"""Clever ids that are followed to where they are kept, whatever the application calls its column.

Source: https://dev.clever.com/docs/api-v3-upgrade-guide ("Migrate to the v3.x User ID")
"""

from __future__ import annotations

from collections.abc import Iterator

from playbook.audit.findings import Finding
from playbook.audit.flow.handing import find_handed
from playbook.audit.flow.keeping import find_kept
from playbook.audit.rules.id_names import report_id
from playbook.audit.rules.known_columns import find_uses
from playbook.audit.shape import knows_roles
from playbook.audit.view import View
from playbook.audit.words import words

PASSING = words(
    "id params key value data query message text url path log event name label title after before since last cursor "
    "starting_after ending_before last_id last_seen id_ type"
)
"""Keys that hand an id on rather than keep it."""


def find_kept_ids(view: View) -> Iterator[Finding]:
    """Give every place that keeps a Clever id, hands it to the application, or looks somebody up by one."""
    if not view.is_reached:
        return
    for handed in find_handed(view.values, "id"):
        if not knows_roles(view.reading, handed.offset):
            yield report_id(view, handed.offset, handed.name, "handed")
    for kept in find_kept(view.values, "id"):
        if (kept.name not in PASSING or kept.is_lookup) and not knows_roles(view.reading, kept.offset):
            yield report_id(view, kept.offset, kept.name, "kept")


def find_known_ids(view: View) -> Iterator[Finding]:
    """Give every use of a column that another place of the project keeps a Clever id in."""
    for use in find_uses(view, view.evidence.project.facts.columns):
        yield report_id(view, use.offset, use.name, use.variant)
