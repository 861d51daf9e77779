"""All rules, in the order in which a file is asked."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from playbook.audit.findings import Finding, Kind
from playbook.audit.rules.client_library import find_client_libraries
from playbook.audit.rules.endpoint import find_endpoints
from playbook.audit.rules.events import find_event_types
from playbook.audit.rules.fields import find_moved_fields
from playbook.audit.rules.id_usage import find_id_usages
from playbook.audit.rules.identity import find_identity_types
from playbook.audit.view import View

Rule = Callable[[View], Iterator[Finding]]

RULES: dict[Kind, Rule] = {
    "endpoint": find_endpoints,
    "client_library": find_client_libraries,
    "events_record_type": find_event_types,
    "identity_me_type": find_identity_types,
    "id_usage": find_id_usages,
    "field_move": find_moved_fields,
}
