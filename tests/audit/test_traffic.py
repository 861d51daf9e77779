"""What is really called, from logs and recordings, joined to the code."""

from __future__ import annotations

import gzip
import json
import random
from pathlib import Path

import pytest

from playbook.audit.audit import run_audit
from playbook.audit.traffic.reader import add_traffic, read_traffic
from playbook.errors import InputError

ID = "58da8c65da15e5a1b3a3f3c1"
COMBINED = (
    f'10.0.0.1 - - [10/Oct/2026:13:55:36 +0000] "GET /v2.1/teachers/{ID}/sections?limit=9 HTTP/1.1" 200 12 "-" "x"\n'
)
PROXY = 'p - - [11/Oct/2026:13:55:36 +0000] "GET https://api.clever.com/v2.0/contacts HTTP/1.1" 200 12\n'
JSON_LINE = (
    '{"time":"2026-10-12T01:02:03Z","method":"GET","url":"https://api.clever.com/v2.1/me","auth":"Bearer il12"}\n'
)
ALB = (
    "https 2026-10-13T22:23:00.186641Z app/lb 10.0.0.1:2817 - 0 0 0 200 200 34 366 "
    '"GET https://api.clever.com:443/v3.1/users?role=student HTTP/1.1" "curl" - -\n'
)


def asked(path: Path) -> list[tuple[str, int, str, str]]:
    """Return request, calls, token kind and last moment of a log."""
    rows = read_traffic(logs=[path]).requests.to_dict("records")
    return [(row["request"], row["calls"], row["token"], row["last_seen"]) for row in rows]


def test_other_requests_are_not_counted(tmp_path: Path) -> None:
    """Pages, own routes without a version, and other products' hosts."""
    log = tmp_path / "a.log"
    log.write_text('- - - [x] "GET /students HTTP/1.1"\n- "GET https://graph.example/me HTTP/1.1"\n', encoding="utf-8")
    assert asked(log) == []


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (COMBINED, ("GET /v2.1/teachers/{id}/sections", 1, "unknown", "10/Oct/2026:13:55:36 +0000")),
        (PROXY, ("GET /v2.0/contacts", 1, "unknown", "11/Oct/2026:13:55:36 +0000")),
        (JSON_LINE, ("GET /v2.1/me", 1, "user", "2026-10-12T01:02:03Z")),
        (ALB, ("GET /v3.1/users", 1, "unknown", "2026-10-13T22:23:00.186641Z")),
    ],
)
def test_a_line_of_every_format_is_counted(tmp_path: Path, line: str, expected: tuple[str, int, str, str]) -> None:
    """Combined, proxy, JSON lines and AWS load balancers; ids become a placeholder."""
    log = tmp_path / "a.log"
    log.write_text(line, encoding="utf-8")
    assert asked(log) == [expected]


def test_a_log_that_names_the_host_counts_only_such_lines(tmp_path: Path) -> None:
    """The application's own API may look like Clever's."""
    log = tmp_path / "a.log"
    log.write_text(COMBINED + PROXY, encoding="utf-8")
    assert [request for request, *_ in asked(log)] == ["GET /v2.0/contacts"]


def test_calls_add_up_over_a_zipped_log_without_a_last_newline(tmp_path: Path) -> None:
    """First and last moments come from the first and the last line."""
    log = tmp_path / "a.log.gz"
    log.write_bytes(gzip.compress((COMBINED * 3 + COMBINED.replace("10/Oct", "12/Oct").rstrip("\n")).encode()))
    assert asked(log) == [("GET /v2.1/teachers/{id}/sections", 4, "unknown", "12/Oct/2026:13:55:36 +0000")]


@pytest.mark.parametrize("name", ["a.log", "a.log.gz"])
def test_what_is_no_log_is_refused(tmp_path: Path, name: str) -> None:
    """Bytes without a readable line are bad input, not a log in which nobody speaks v2."""
    noise = random.Random(7).randbytes(300_000)
    (tmp_path / name).write_bytes(gzip.compress(noise) if name.endswith(".gz") else noise)
    with pytest.raises(InputError) as raised:
        read_traffic(logs=[tmp_path / name])
    assert raised.value.exit_code == 2
    assert "lines are of no form of log" in raised.value.faults[0].what


def test_a_damaged_archive_is_refused(tmp_path: Path) -> None:
    """As bad input, with no part of it in the message."""
    packed = bytearray(gzip.compress(COMBINED.encode() * 999))
    packed[20:60] = bytes(40)
    (tmp_path / "a.log.gz").write_bytes(packed)
    with pytest.raises(InputError):
        read_traffic(logs=[tmp_path / "a.log.gz"])


def test_lines_of_no_form_of_log_are_told(tmp_path: Path) -> None:
    """Each is counted; blank lines are none, and neither is a line of a form that only has a time or an object."""
    (tmp_path / "a.log").write_text(
        COMBINED + PROXY + JSON_LINE + ALB + "\n \r\n10:00:01 worker started\n" + "\x07 noise\n" * 2, encoding="utf-8"
    )
    (tmp_path / "none.log").write_text("\n", encoding="utf-8")
    told = read_traffic(logs=[tmp_path / "a.log", tmp_path / "none.log"]).unread
    assert [fault.what for fault in told] == [
        "2 of 7 lines are of no form of log and were not counted",
        "the log holds no line",
    ]


def test_har_postman_and_openapi_are_read(tmp_path: Path) -> None:
    """Each by its own form; variables of a collection are put in."""
    headers = [{"name": "Authorization", "value": "Bearer abc"}]
    request = {"method": "GET", "url": f"https://api.clever.com/v2.1/students/{ID}", "headers": headers}
    entries = [{"startedDateTime": "2026-01-01T00:00:00Z", "request": request}]
    collection = {
        "variable": [{"key": "host", "value": "https://api.clever.com"}],
        "item": [{"item": [{"request": {"method": "GET", "url": {"raw": "{{host}}/v2.1/teachers"}}}]}],
    }
    document = {"host": "api.clever.com", "basePath": "/v2.0", "paths": {"/contacts": {"get": {}}}}
    for name, content in (("a.har", {"log": {"entries": entries}}), ("p.json", collection), ("o.json", document)):
        (tmp_path / name).write_text(json.dumps(content), encoding="utf-8")
    read = read_traffic(har=[tmp_path / "a.har"], postman=[tmp_path / "p.json"], openapi=[tmp_path / "o.json"])
    traffic = read.requests
    assert dict(zip(traffic["request"], traffic["token"], strict=True)) == {
        "GET /v2.1/students/{id}": "district_app",
        "GET /v2.1/teachers": "unknown",
        "GET /v2.0/contacts": "unknown",
    }


def test_what_is_no_recording_is_refused(tmp_path: Path) -> None:
    """With the file's name and no part of its content."""
    (tmp_path / "a.har").write_text("{}", encoding="utf-8")
    with pytest.raises(InputError) as raised:
        read_traffic(har=[tmp_path / "a.har"])
    assert raised.value.faults[0].what == "log.entries is missing"


def test_code_and_traffic_explain_each_other(tmp_path: Path) -> None:
    """Called, never called, and called from nowhere all show; the last is a finding at the log's line."""
    (tmp_path / "tree").mkdir()
    source = 'B = "https://api.clever.com/v2.1"\nget(B + "/teachers/#{id}/sections")\nget(B + "/students")\n'
    (tmp_path / "tree" / "a.rb").write_text(source, encoding="utf-8")
    log = tmp_path / "a.log"
    log.write_text(COMBINED * 2 + COMBINED.replace("teachers/" + ID + "/sections", "contacts"), encoding="utf-8")
    findings, joined = add_traffic(run_audit([tmp_path / "tree"]).findings, read_traffic(logs=[log]).requests)
    assert dict(zip(joined["request"], joined["verdict"], strict=True)) == {
        "GET /v2.1/contacts": "unexplained",
        "GET /v2.1/students": "not_called",
        "GET /v2.1/teachers/{id}/sections": "called",
    }
    (unexplained,) = findings[findings["context"] == "traffic"].to_dict("records")
    assert (unexplained["legacy"], unexplained["line"]) == ("GET /v2.1/contacts", 3)
