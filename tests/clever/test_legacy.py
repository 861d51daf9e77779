"""What v2 still lists, for the dual read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from playbook.clever.client import Clever
from playbook.clever.legacy import fetch_legacy_users
from playbook.errors import CleverError
from playbook.settings import Secret
from tests.clever.faulty_server import Request, faulty_server
from tests.clever.misbehaviour import clever_against

RECORDS: dict[str, dict[str, Any]] = {
    "students": {"id": "s1", "sis_id": "SECRET-1", "email": None},
    "teachers": {"id": "t1", "email": "SECRET@district.example"},
    "school_admins": {"id": 4711, "staff_id": "SECRET-2", "name": {"first": "SECRET"}},
    "district_admins": {"id": "d1"},
}


def _answer(request: Request) -> None:
    record = RECORDS.get(request.path.removeprefix("/v2.1/"))
    if record:
        request.send_json({"data": [{"data": record}], "links": []})
    else:
        request.send(404, b"<html>", {"content-type": "text/html"})


def test_a_list_that_is_gone_has_no_rows(tmp_path: Path) -> None:
    """Contacts ended in v2; the other roles are told all the same."""
    with faulty_server(_answer) as server, Clever(server.origin, Secret("t"), pace_directory=tmp_path) as clever:
        legacy = fetch_legacy_users(clever, tmp_path)

    assert list(legacy.refused) == ["contact"]
    assert "gave 404" in legacy.refused["contact"]
    assert legacy.read().values.tolist() == [
        ["4711", "staff"],
        ["d1", "district_admin"],
        ["s1", "student"],
        ["t1", "teacher"],
    ]


def test_nothing_but_ids_and_roles_reaches_the_disk(tmp_path: Path) -> None:
    """And only the owner may read them."""
    with faulty_server(_answer) as server, Clever(server.origin, Secret("t"), pace_directory=tmp_path) as clever:
        path = fetch_legacy_users(clever, tmp_path).path

    assert pq.read_schema(path).names == ["legacy_id", "role"]
    assert b"SECRET" not in path.read_bytes()
    assert path.stat().st_mode & 0o077 == 0


def test_an_id_that_stands_in_two_lists_has_one_row(tmp_path: Path) -> None:
    """The list that was read last says the role."""
    page = {"data": [{"data": {"id": "x1"}}, {"data": {"id": "x2"}}], "links": []}
    with (
        faulty_server(lambda request: request.send_json(page)) as server,
        Clever(server.origin, Secret("t"), pace_directory=tmp_path) as clever,
    ):
        legacy = fetch_legacy_users(clever, tmp_path).read()

    assert legacy.values.tolist() == [["x1", "contact"], ["x2", "contact"]]


@pytest.mark.parametrize("status", [401, 500])
def test_where_v2_breaks_off_no_table_stays(status: int, tmp_path: Path) -> None:
    """Half a list would look like ids that v2 has given up."""

    def answer(request: Request) -> None:
        if request.path.endswith("/teachers"):
            request.send(status, b"{}")
        else:
            _answer(request)

    with clever_against(answer, tmp_path) as (clever, _, _virtual), pytest.raises(CleverError):
        fetch_legacy_users(clever, tmp_path)

    assert not list(tmp_path.glob("*.parquet"))


def test_an_app_that_may_not_call_v2_is_told_so(tmp_path: Path) -> None:
    """Where no list answers it is the version, and the message says it."""
    with faulty_server(_answer) as server, Clever(server.origin, Secret("t"), pace_directory=tmp_path) as clever:
        with pytest.raises(CleverError, match="may not call that version"):
            fetch_legacy_users(clever, tmp_path, "v2.0")
        assert len(server.requests) == 5
