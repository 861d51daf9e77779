"""Pages that lie: cycles, foreign links, records that come twice, appear, vanish or change in mid-walk.

Each function takes an honest envelope and returns the dishonest one; what it must remember of earlier pages is a list
that belongs to the fault.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from playbook.sandbox.faults import Fault
from playbook.sandbox.role_records import V2_PATHS

Envelope = dict[str, Any]
Memory = list[Any]
Lie = Callable[[Envelope, Fault, str, Memory], Envelope]
"""Takes the envelope, the fault, the request's target and the fault's memory."""

Change = Callable[[Envelope, Fault, str], Envelope | None]
"""Takes the envelope, the fault and the request's target; concerns every answer, and may take it away."""

JUST_NOW = "2026-08-02T00:00:00.000Z"


def tell(envelope: Envelope, fault: Fault, target: str, memory: Memory) -> Envelope | None:
    """Return what an answer becomes under a fault; nothing where the record is not to be seen any more.

    Args:
        envelope: The honest answer.
        fault: The fault; an answer that it does not concern stays as it is.
        target: Path and query of the request.
        memory: What the fault keeps from one answer to the next.
    """
    if fault.kind in OF_DISTRICTS:
        return OF_DISTRICTS[fault.kind](envelope, fault, target)
    is_page = isinstance(envelope.get("data"), list) and all("data" in record for record in envelope["data"])
    if fault.kind in OF_PAGES and is_page and "links" in envelope:
        return OF_PAGES[fault.kind](envelope, fault, target, memory)
    return envelope


def _path(target: str) -> str:
    return target.partition("?")[0]


def _with_next(envelope: Envelope, uri: str) -> Envelope:
    others = [link for link in envelope["links"] if link["rel"] != "next"]
    return {**envelope, "links": [*others, {"rel": "next", "uri": uri}]}


def _loop(envelope: Envelope, fault: Fault, target: str, memory: Memory) -> Envelope:
    if target not in memory:
        memory.append(target)
    walk = [page for page in memory if _path(page) == _path(target)]
    at_end = not any(link["rel"] == "next" for link in envelope["links"])
    closes = at_end or walk.index(target) % int(fault.value) == int(fault.value) - 1
    return _with_next(envelope, walk[0]) if closes else envelope


def _fresh(envelope: Envelope, fault: Fault, target: str, memory: Memory) -> Envelope:
    memory.append(target)
    path, _, query = target.partition("?")
    kept = [part for part in query.split("&") if part and not part.startswith("turn=")]
    return _with_next(envelope, f"{path}?{'&'.join([*kept, f'turn={len(memory)}'])}")


def _next(envelope: Envelope, fault: Fault, target: str, memory: Memory) -> Envelope:
    return _with_next(envelope, fault.value)


def _empty(envelope: Envelope, fault: Fault, target: str, memory: Memory) -> Envelope:
    return {**envelope, "data": []}


def _unsorted(envelope: Envelope, fault: Fault, target: str, memory: Memory) -> Envelope:
    return {**envelope, "data": envelope["data"][::-1]}


def _duplicate(envelope: Envelope, fault: Fault, target: str, memory: Memory) -> Envelope:
    records = envelope["data"]
    before = [record for path, record in memory if path == _path(target)]
    memory[:] = [(_path(target), record) for record in records[-1:]]
    again = [_modified(record) for record in before] if fault.value == "changed" else before
    return {**envelope, "data": [*again, *records]}


def _appear(envelope: Envelope, fault: Fault, target: str, memory: Memory) -> Envelope:
    records = envelope["data"]
    middle = len(records) // 2
    born = [_renamed(record) for record in records[middle : middle + 1]]
    return {**envelope, "data": [*records[: middle + 1], *born, *records[middle + 1 :]]}


def _vanish(envelope: Envelope, fault: Fault, target: str, memory: Memory) -> Envelope:
    return {**envelope, "data": envelope["data"][1:]}


def _change(envelope: Envelope, fault: Fault, target: str, memory: Memory) -> Envelope:
    records = envelope["data"]
    return {**envelope, "data": [*map(_modified, records[:1]), *records[1:]]}


def _unshare(envelope: Envelope, fault: Fault, target: str) -> Envelope | None:
    if "resources" in envelope:
        return envelope
    if not isinstance(envelope.get("data"), list):
        return None
    links = [link for link in envelope["links"] if link["rel"] == "self"]
    return {"data": [], "links": links}


def _hide(envelope: Envelope, fault: Fault, target: str) -> Envelope | None:
    """Take one role from every answer: its lists are empty, who holds another stays, and nobody is counted."""
    path, _, query = target.partition("?")
    shown = envelope.get("data")
    is_of_role = f"role={fault.value}" in query.split("&") or V2_PATHS[fault.value] in path.split("/")
    if isinstance(shown, list):
        records = [] if is_of_role else [_without_role(record, fault.value) for record in shown]
        uncounted = {key: value for key, value in envelope.items() if key != "count"}
        return {**uncounted, "data": [record for record in records if record]}
    return None if is_of_role else _without_role(envelope, fault.value) or None


def _state(envelope: Envelope, fault: Fault, target: str) -> Envelope:
    return _with_district(envelope, state=fault.value, pause_start=JUST_NOW if fault.value == "paused" else None)


def _sync(envelope: Envelope, fault: Fault, target: str) -> Envelope:
    return _with_district(envelope, last_sync=JUST_NOW)


def _with_district(envelope: Envelope, **changes: str | None) -> Envelope:
    """Return an answer with these changes wherever it shows the district itself."""
    shown = envelope.get("data")
    if isinstance(shown, list):
        return {**envelope, "data": [_with_district(record, **changes) for record in shown]}
    if isinstance(shown, dict) and "sis_type" in shown:
        return {**envelope, "data": {**shown, **changes}}
    return envelope


def _modified(record: Envelope) -> Envelope:
    return {**record, "data": {**record["data"], "email": "changed@families.example", "last_modified": JUST_NOW}}


def _renamed(record: Envelope) -> Envelope:
    """Return the record under an id that sorts right behind it: minted in the same second."""
    before = record["data"]["id"]
    after = before[:8] + "f" * 16
    return {**record, "data": {**record["data"], "id": after}, "uri": record["uri"].replace(before, after)}


def _without_role(record: Envelope, role: str) -> Envelope:
    """Return a user's record without a role; an empty one where she holds no other."""
    shown = record.get("data")
    roles = shown.get("roles") if isinstance(shown, dict) else None
    if not isinstance(roles, dict) or role not in roles:
        return record
    others = {word: value for word, value in roles.items() if word != role}
    return {**record, "data": {**record["data"], "roles": others}} if others else {}


OF_PAGES: Mapping[str, Lie] = {
    "loop": _loop,
    "fresh": _fresh,
    "next": _next,
    "empty": _empty,
    "unsorted": _unsorted,
    "duplicate": _duplicate,
    "appear": _appear,
    "vanish": _vanish,
    "change": _change,
}
OF_DISTRICTS: Mapping[str, Change] = {"unshare": _unshare, "hide": _hide, "state": _state, "sync": _sync}
