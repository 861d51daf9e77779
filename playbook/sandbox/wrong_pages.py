"""Pages that lie: cycles, foreign links, records that come twice, appear, vanish or change in mid-walk.

Each function takes an honest envelope and returns the dishonest one; what it must remember of earlier pages is a list
that belongs to the fault.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from playbook.sandbox.faults import Fault

Envelope = dict[str, Any]
Memory = list[Any]
Lie = Callable[[Envelope, Fault, str, Memory], Envelope]
"""Takes the envelope, the fault, the request's target and the fault's memory."""

JUST_NOW = "2026-08-02T00:00:00.000Z"


def tell(envelope: Envelope, fault: Fault, target: str, memory: Memory) -> Envelope:
    """Return what an answer becomes under a fault; one that the fault does not concern stays as it is."""
    lie = OF_ANSWERS.get(fault.kind)
    if lie:
        return lie(envelope, fault, target, memory)
    lie = OF_PAGES.get(fault.kind)
    is_page = isinstance(envelope.get("data"), list) and "links" in envelope
    return lie(envelope, fault, target, memory) if lie and is_page else envelope


def _with_next(envelope: Envelope, uri: str) -> Envelope:
    others = [link for link in envelope["links"] if link["rel"] != "next"]
    return {**envelope, "links": [*others, {"rel": "next", "uri": uri}]}


def _loop(envelope: Envelope, fault: Fault, target: str, memory: Memory) -> Envelope:
    if target not in memory:
        memory.append(target)
    at_end = not any(link["rel"] == "next" for link in envelope["links"])
    closes = at_end or memory.index(target) % int(fault.value) == int(fault.value) - 1
    return _with_next(envelope, memory[0]) if closes else envelope


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
    before, records = memory[:1], envelope["data"]
    memory[:] = records[-1:]
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


def _unshare(envelope: Envelope, fault: Fault, target: str, memory: Memory) -> Envelope:
    links = [link for link in envelope["links"] if link["rel"] == "self"]
    return {**envelope, "data": [], "links": links}


def _hide(envelope: Envelope, fault: Fault, target: str, memory: Memory) -> Envelope:
    shown = [_without_role(record, fault.value) for record in envelope["data"]]
    return {**envelope, "data": [record for record in shown if record]}


def _state(envelope: Envelope, fault: Fault, target: str, memory: Memory) -> Envelope:
    if not target.partition("?")[0].endswith("/districts") and "sis_type" not in envelope.get("data", ()):
        return envelope
    if isinstance(envelope["data"], list):
        return {**envelope, "data": [_in_state(record, fault.value) for record in envelope["data"]]}
    return _in_state(envelope, fault.value)


def _in_state(record: Envelope, state: str) -> Envelope:
    start = JUST_NOW if state == "paused" else None
    return {**record, "data": {**record["data"], "state": state, "pause_start": start}}


def _modified(record: Envelope) -> Envelope:
    return {**record, "data": {**record["data"], "email": "changed@families.example", "last_modified": JUST_NOW}}


def _renamed(record: Envelope) -> Envelope:
    """Return the record under an id that sorts right behind it: minted in the same second."""
    before = record["data"]["id"]
    after = before[:8] + "f" * 16
    return {**record, "data": {**record["data"], "id": after}, "uri": record["uri"].replace(before, after)}


def _without_role(record: Envelope, role: str) -> Envelope:
    roles = record["data"].get("roles")
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
    "unshare": _unshare,
    "hide": _hide,
}
OF_ANSWERS: Mapping[str, Lie] = {"state": _state}
