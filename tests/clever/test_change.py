"""A district that changes while it is read: nobody who was there throughout is missed, and the rest is said."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pyarrow as pa
import pytest

from playbook.clever.client import Clever
from playbook.clever.district_state import mark_district
from playbook.clever.kinds import USERS
from playbook.clever.retrying import Tally
from playbook.clever.session import Session
from playbook.clever.snapshot import fetch_snapshot, read_snapshot
from playbook.clever.sweeping import Sweep
from playbook.clever.walks import Walk, take_walk
from playbook.settings import Secret
from tests.clever.faulty_server import Request, faulty_server
from tests.clever.small_district import DISTRICT_ID, SCHOOL_IDS, SmallDistrict, section, student
from tests.clever.test_snapshot import NOW
from tests.clever.virtual_time import VirtualTime

SCHEDULES = 1000
FETCHES = 1000
MOST = 24


@dataclass
class Changing:
    """A district in memory to which something happens before some of its pages are sent."""

    schedule: random.Random
    users: dict[str, dict[str, Any]] = field(default_factory=dict)
    syncs: int = 0
    touched: set[str] = field(default_factory=set)
    sent: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.users = {user["id"]: user for user in map(student, range(0, MOST, 2))}

    def handle(self, request: httpx.Request) -> httpx.Response:
        """Answer, after something has happened or not."""
        if request.url.path == "/v3.1/districts":
            district = {"id": DISTRICT_ID, "state": "running", "last_sync": f"sync {self.syncs}"}
            return reply([district])
        if request.url.path == "/v3.1/schools":
            return reply([{"id": SCHOOL_IDS[0]}])
        if request.url.path != "/v3.1/users" or "count" in request.url.params:
            return reply([])
        for _ in range(self.schedule.choice([0, 0, 1, 2])):
            self._happen()
        after = request.url.params.get("starting_after", "")
        records = [self.users[id_] for id_ in sorted(self.users) if id_ > after]
        page = records[:4]
        self.sent.update(user["id"] for user in page)
        uri = f"/v3.1/users?limit=10000&starting_after={page[-1]['id']}" if len(records) > 4 else ""
        return reply(page, uri)

    def _happen(self) -> None:
        user = student(self.schedule.randrange(MOST))
        self.syncs += 1
        self.touched.add(user["id"])
        if self.schedule.random() < 0.3:
            self.users.pop(user["id"], None)
        else:
            user["last_modified"] = f"2026-08-{self.schedule.randrange(1, 28):02}"
            self.users[user["id"]] = user


@contextmanager
def clever_in_memory(handle: Callable[[httpx.Request], httpx.Response], directory: Path) -> Iterator[Clever]:
    """Open a client whose requests are answered in memory, and whose waits take no time."""
    virtual = VirtualTime()
    times: dict[str, Any] = {"clock": virtual.clock, "sleep": virtual.sleep}
    transport = httpx.MockTransport(handle)
    with Clever("http://127.0.0.1:1", Secret("t"), transport=transport, pace_directory=directory, **times) as clever:
        yield clever


def reply(records: list[dict[str, Any]], following: str = "") -> httpx.Response:
    """Return a page of records as an answer in memory."""
    links = [{"rel": "next", "uri": following}] if following else []
    body = json.dumps({"data": [{"data": record} for record in records], "links": links}).encode()
    return httpx.Response(200, headers={"content-type": "application/json"}, stream=httpx.ByteStream(body))


async def _read(session: Session) -> tuple[list[str], bool]:
    """Return whom a walk between two looks at the district finds, and whether the looks differ."""
    before, sweep, ids = await mark_district(session), Sweep(), []

    async def put(rows: pa.Table, following: str, spent: Tally) -> None:
        ids.extend(id_ for table in sweep.take(rows) for id_ in table["user_id"].to_pylist())

    await take_walk(session, Walk("users", USERS), None, put)
    ids.extend(id_ for table in sweep.finish() for id_ in table["user_id"].to_pylist())
    return ids, (await mark_district(session)).data != before.data


def test_no_one_is_missed_in_silence_in_a_thousand_schedules(tmp_path: Path) -> None:
    """Who is untouched is there once; where anybody was touched, the district's marks differ."""
    district = Changing(random.Random(-1))
    with clever_in_memory(lambda request: district.handle(request), tmp_path) as clever:
        for seed in range(SCHEDULES):
            district = Changing(random.Random(seed))
            before = set(district.users)
            found, has_changed = clever.run(_read(clever.session))

            assert found == sorted(set(found))
            assert before - district.touched <= set(found) <= district.sent
            assert has_changed == (district.syncs > 0)


@pytest.mark.parametrize("seed", range(10))
def test_a_snapshot_of_a_changing_district_is_held(seed: int, tmp_path: Path) -> None:
    """It is whole, and it says that it is of no one moment."""
    district = Changing(random.Random(seed))
    with clever_in_memory(district.handle, tmp_path) as clever:
        manifest = fetch_snapshot(clever, tmp_path / "snapshot", now=NOW)

    assert manifest.complete
    assert manifest.changed_while_reading == (district.syncs > 0)
    assert manifest.verdict == ("hold" if district.syncs else "go")


@pytest.mark.parametrize("newest_first", [True, False])
def test_of_two_readings_the_newest_is_kept_and_named(newest_first: bool, tmp_path: Path) -> None:
    """A user of the page before who comes once more is one user, and who differed is listed."""
    old, new = student(9), student(9) | {"last_modified": "2026-08-02", "email": "new@district.example"}
    same = student(8)
    pages = {
        "": ([student(7), same, new if newest_first else old], "1"),
        "1": ([same, old if newest_first else new, student(10)], ""),
    }
    district = SmallDistrict(0)

    def users(request: Request) -> None:
        records, following = pages[request.parameter("page")]
        links = [{"rel": "next", "uri": f"/v3.1/users?page={following}"}] if following else []
        request.send_json({"data": [{"data": user} for user in records], "links": links})

    answer = district.instead(lambda request: request.path == "/v3.1/users", users)
    with faulty_server(answer) as server, Clever(server.origin, Secret("t"), pace_directory=tmp_path) as clever:
        manifest = fetch_snapshot(clever, tmp_path / "snapshot", now=NOW)
    rows = read_snapshot(tmp_path / "snapshot").users

    assert rows["user_id"].tolist() == [student(n)["id"] for n in (7, 8, 9, 10)]
    assert rows["email"].tolist()[2] == "new@district.example"
    assert manifest.replaced == (old["id"],)
    assert manifest.verdict == "hold"


def test_districts_read_side_by_side_do_not_mix(tmp_path: Path) -> None:
    """Each token has its own client, pace and directory; the failure of one is not another's."""

    def answer(request: Request) -> None:
        number = int(request.headers["authorization"].rpartition("-")[2])
        if number == 3:
            request.send(401, b"")
            return
        district = SmallDistrict(10 + number)
        district.district["id"] = f"{number:024x}"
        district.lists["users"] = [user | {"district": f"{number:024x}"} for user in district.lists["users"]]
        district.answer(request)

    def fetch(number: int) -> str:
        directory = tmp_path / f"{number}"
        with Clever(server.origin, Secret(f"token-{number % 8}"), pace_directory=tmp_path / "pace") as clever:
            return fetch_snapshot(clever, directory, now=NOW).district_id

    with faulty_server(answer) as server, ThreadPoolExecutor(8) as threads:
        fetches = [threads.submit(fetch, number) for number in range(24)]

    for number, done in enumerate(fetches):
        if number % 8 == 3:
            assert done.exception()
        else:
            assert done.result() == f"{number % 8:024x}"
            assert set(read_snapshot(tmp_path / f"{number}").users["district_id"]) == {f"{number % 8:024x}"}


def test_two_districts_do_not_mix_in_a_thousand_fetches(tmp_path: Path) -> None:
    """Two tokens in one process, their fetches and connections side by side: each snapshot is of its own district."""
    districts = [SmallDistrict(6), SmallDistrict(6)]
    for number, district in enumerate(districts):
        district.district["id"] = f"{number:024x}"
        district.lists["users"] = [_of_district(user, number) for user in district.lists["users"]]
        district.lists["schools"] = [{"id": SCHOOL_IDS[number], "name": f"{number}"}]
        district.lists["sections"] = [section(n) | {"school": SCHOOL_IDS[number]} for n in range(2)]

    def answer(request: Request) -> None:
        districts[int(request.headers["authorization"].rpartition("-")[2])].answer(request)

    def fetch(number: int) -> tuple[str, str]:
        manifest = fetch_snapshot(clients[number % 2], tmp_path / f"{number}", now=NOW)
        return manifest.district_id, manifest.root

    with faulty_server(answer) as server, ExitStack() as stack:
        clients = [stack.enter_context(_patient_client(server.origin, f"token-{n}", tmp_path)) for n in range(2)]
        with ThreadPoolExecutor(8) as threads:
            done = list(threads.map(fetch, range(FETCHES)))

    assert [district_id for district_id, _ in done] == [f"{number % 2:024x}" for number in range(FETCHES)]
    assert len(set(done)) == 2
    for number in range(2):
        snapshot = read_snapshot(tmp_path / f"{number}")
        assert set(snapshot.users["district_id"]) == {f"{number:024x}"}
        assert set(snapshot.schools["school_id"]) == set(snapshot.sections["school_id"]) == {SCHOOL_IDS[number]}


def _of_district(user: dict[str, Any], number: int) -> dict[str, Any]:
    """The same ids in both districts, so that nothing but the district tells one record from the other."""
    return user | {"district": f"{number:024x}", "email": f"{user['id']}@{number}.example"}


def _patient_client(origin: str, token: str, directory: Path) -> Clever:
    virtual = VirtualTime()
    times: dict[str, Any] = {"clock": virtual.clock, "sleep": virtual.sleep}
    return Clever(origin, Secret(token), pace_directory=directory / "pace", **times)
