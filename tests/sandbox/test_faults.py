"""How a fault is said, and which requests it strikes."""

from __future__ import annotations

import pytest

from playbook.errors import InputError
from playbook.sandbox.faults import KINDS, Fault, parse_faults


@pytest.mark.parametrize(
    "spec",
    [
        "",
        "503",
        "explode",
        "status",
        "status=abc",
        "status=503@0",
        "status=503@x",
        "status=503@3-2-1",
        "latency=-1",
        "latency=soon",
        "drip=0",
        "loop=0",
        "revoke=now",
        "hide=principal",
        "state=asleep",
        "duplicate=twice",
    ],
)
def test_what_is_no_fault_is_refused(spec: str) -> None:
    """A fault that the sandbox cannot make is refused before it serves, and the kinds are named."""
    with pytest.raises(InputError) as refusal:
        parse_faults([spec])

    assert [fault.where for fault in refusal.value.faults] == [spec]
    assert all(kind in refusal.value.remedy for kind in KINDS)


def test_all_wrong_faults_are_listed_at_once() -> None:
    """One refusal names every wrong fault and no right one."""
    with pytest.raises(InputError) as refusal:
        parse_faults(["explode", "status=503", "drip=0"])

    assert [fault.where for fault in refusal.value.faults] == ["explode", "drip=0"]


@pytest.mark.parametrize(
    ("spec", "fault"),
    [
        ("status=503@3", Fault("status", "503", "/", ((3, 3),))),
        ("status=429/5/1700000000", Fault("status", "429/5/1700000000")),
        ("latency=0.2~/v3.1/users", Fault("latency", "0.2", "/v3.1/users")),
        ("truncate=500@2-4", Fault("truncate", "500", "/", ((2, 4),))),
        ("reset@1,3-", Fault("reset", "0", "/", ((1, 1), (3, 0)))),
        ("next=http://127.0.0.1:9/x?a=b@2", Fault("next", "http://127.0.0.1:9/x?a=b", "/", ((2, 2),))),
        ("next=https://user@evil.example/v3.1/users", Fault("next", "https://user@evil.example/v3.1/users")),
        ("bomb", Fault("bomb", "200")),
    ],
)
def test_a_fault_is_read_as_it_is_said(spec: str, fault: Fault) -> None:
    """Kind, value, path and requests are read; a URL keeps its own @ and =."""
    assert parse_faults([spec]) == (fault,)


@pytest.mark.parametrize(
    ("spec", "struck"),
    [
        ("html", [1, 2, 3, 4, 5, 6]),
        ("html@3", [3]),
        ("html@2-4", [2, 3, 4]),
        ("html@1,5-", [1, 5, 6]),
        ("revoke@4", [4, 5, 6]),
        ("hide=staff", [1, 2, 3, 4, 5, 6]),
    ],
)
def test_a_fault_strikes_the_requests_that_it_names(spec: str, struck: list[int]) -> None:
    """Without numbers it strikes all; what changes the district lasts once it has begun."""
    (fault,) = parse_faults([spec])

    assert [number for number in range(1, 7) if fault.strikes(number)] == struck
