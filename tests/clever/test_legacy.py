"""What v2 still lists, for the dual read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from playbook.clever.client import Clever
from playbook.clever.legacy import fetch_legacy_users
from playbook.errors import CleverError
from playbook.settings import Secret
from tests.clever.faulty_server import Request, faulty_server

RECORDS: dict[str, dict[str, Any]] = {
    "students": {"id": "s1", "sis_id": "S-1", "email": None},
    "teachers": {"id": "t1", "sis_id": "T-1", "email": "t@district.example"},
    "school_admins": {"id": "a1", "staff_id": "F-1", "sis_id": "never"},
    "district_admins": {"id": "d1"},
}


def _answer(request: Request) -> None:
    record = RECORDS.get(request.path.removeprefix("/v2.1/"))
    if record:
        request.send_json({"data": [{"data": record}], "links": []})
    else:
        request.send(404, b"<html>", {"content-type": "text/html"})


def test_a_list_that_is_gone_has_no_rows(tmp_path: Path) -> None:
    """Contacts ended in v2; the other roles are told all the same, each with its own kind of SIS id."""
    with faulty_server(_answer) as server, Clever(server.origin, Secret("t"), pace_directory=tmp_path) as clever:
        legacy = fetch_legacy_users(clever)

    assert list(legacy.refused) == ["contact"]
    assert "gave 404" in legacy.refused["contact"]
    assert legacy.users[["legacy_id", "role", "sis_id"]].values.tolist() == [
        ["a1", "staff", "F-1"],
        ["d1", "district_admin", ""],
        ["s1", "student", "S-1"],
        ["t1", "teacher", "T-1"],
    ]


def test_an_app_that_may_not_call_v2_is_told_so(tmp_path: Path) -> None:
    """Where no list answers it is the version, and the message says it."""
    with faulty_server(_answer) as server, Clever(server.origin, Secret("t"), pace_directory=tmp_path) as clever:
        with pytest.raises(CleverError, match="may not call that version"):
            fetch_legacy_users(clever, "v2.0")
        assert len(server.requests) == 5
