"""A loopback server of pre-serialised pages in its own process, so that a benchmark measures the client alone.

One user is about 0.8 KB, as on the wire. Ids cluster by creation time: students first, employees and contacts later.
Prints its origin as its first line and serves until its standard input closes.
"""

from __future__ import annotations

import argparse
import json
import socketserver
import sys
import threading
import time
from bisect import bisect_right
from typing import Any
from urllib.parse import parse_qs, urlsplit

DISTRICT = "6f000000d1d1d1d1d1d1d101"
EMPTY = b'{"data": [], "links": []}'


def identifier(number: int, users: int) -> str:
    """Return the id of one user; four clusters of creation time, as real districts have."""
    cluster = number * 4 // users if number < users * 85 // 100 else 8 + number % 2
    return f"{0x58000000 + cluster * 0x02000000:08x}{number:016x}"


def record(number: int, users: int) -> bytes:
    """Return one user as Clever writes it."""
    school = f"5c000000c1c1c1c1c1c1{number % 250:04x}"
    id_ = identifier(number, users)
    head = (
        f'{{"data":{{"created":"2024-08-01T10:00:00.000Z","district":"{DISTRICT}",'
        f'"email":"person{number}@district.example","id":"{id_}","last_modified":"2025-09-02T10:00:00.000Z",'
        f'"name":{{"first":"First{number}","last":"Last{number}","middle":""}},"roles":{{'
    )
    return f'{head}{_roles(number, users, school)}}}}},"uri":"/v3.1/users/{id_}"}}'.encode()


def _roles(number: int, users: int, school: str) -> str:
    if number < users * 85 // 100:
        return (
            '"student":{"credentials":{"district_username":"user"},"dob":"1/16/2012","ell_status":"","enrollments":[],'
            f'"gender":"F","grade":"5","graduation_year":"","hispanic_ethnicity":"","location":{{"address":"",'
            f'"city":"Somewhere","lat":"","lon":"","state":"","zip":"00000"}},"race":"Unknown","school":"{school}",'
            f'"schools":["{school}"],"sis_id":"S{number}","state_id":"{number}","student_number":"{number}",'
            '"home_language":"","iep_status":"","frl_status":"","email":"","unweighted_gpa":"","weighted_gpa":""}'
        )
    legacy = f"6a000000{number:016x}"
    teacher = (
        f'"teacher":{{"credentials":{{"district_username":"user"}},"legacy_id":"{legacy}","school":"{school}",'
        f'"schools":["{school}"],"sis_id":"T{number}","state_id":"","teacher_number":"{number}","title":"Teacher"}}'
    )
    if number % 10:
        return teacher
    return (
        f'{teacher},"staff":{{"department":"","legacy_id":"6b{legacy[2:]}","roles":["PortalOnly"],'
        f'"schools":["{school}"],"staff_id":"F{number}","title":"Coach"}}'
    )


class Pages:
    """The users of one role, or all, as one text; a page is a stretch of it."""

    def __init__(self, pairs: list[tuple[str, bytes]], role: str = "") -> None:
        self._role = role
        self.ids = [id_ for id_, _ in pairs]
        self._ends = [0]
        for _, text in pairs:
            self._ends.append(self._ends[-1] + len(text) + 1)
        self._text = memoryview(b",".join(text for _, text in pairs) + b",")

    def page(self, after: str, limit: int) -> list[bytes | memoryview]:
        """Return the pieces of the page after an id."""
        first = bisect_right(self.ids, after)
        last = min(first + limit, len(self.ids))
        if first == last:
            return [EMPTY]
        following = f"/v3.1/users?limit={limit}&starting_after={self.ids[last - 1]}"
        following += f"&role={self._role}" if self._role else ""
        links = [{"rel": "next", "uri": following}] if last < len(self.ids) else []
        body = self._text[self._ends[first] : self._ends[last] - 1]
        return [b'{"data":[', body, b'],"links":' + json.dumps(links).encode() + b"}"]


def make_pages(users: int) -> dict[str, Pages]:
    """Return role to its pages; all users stand under ""."""
    pairs = sorted((identifier(number, users), record(number, users)) for number in range(users))
    by_role = {
        role: Pages([pair for pair in pairs if f'"{role}":'.encode() in pair[1]], role)
        for role in ("student", "teacher", "staff")
    }
    return by_role | {"": Pages(pairs)}


def serve(pages: dict[str, Pages], latency: float) -> socketserver.ThreadingTCPServer:
    """Return a server on a free port."""

    class Handler(socketserver.StreamRequestHandler):
        disable_nagle_algorithm = True  # else a page waits 40 ms for its head to be acknowledged

        def handle(self) -> None:
            while line := self.rfile.readline():
                while self.rfile.readline().strip():
                    pass
                target = urlsplit(line.split(b" ")[1].decode())
                pieces = self._answer(target.path, parse_qs(target.query))
                time.sleep(latency)
                size = sum(map(len, pieces))
                head = f"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {size}\r\n\r\n"
                for piece in [head.encode() + pieces[0], *pieces[1:]]:
                    self.connection.sendall(piece)

        def _answer(self, path: str, query: dict[str, list[str]]) -> list[Any]:
            if path.endswith("/districts"):
                return [json.dumps({"data": [{"data": {"id": DISTRICT, "state": "success"}}], "links": []}).encode()]
            if path.endswith("/users"):
                chosen = pages.get(query.get("role", [""])[0])
                after, limit = query.get("starting_after", [""])[0], int(query.get("limit", ["100"])[0])
                return chosen.page(after, limit) if chosen else [EMPTY]
            return [EMPTY]

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True
        allow_reuse_address = True

    return Server(("127.0.0.1", 0), Handler)


def main() -> None:
    """Serve until standard input closes."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--users", type=int, default=100_000)
    parser.add_argument("--latency", type=float, default=0.0)
    parser.add_argument("--ids", help="write the ids to this file, one a line")
    arguments = parser.parse_args()
    pages = make_pages(arguments.users)
    if arguments.ids:
        with open(arguments.ids, "w") as file:
            file.writelines(f"{id_}\n" for id_ in pages[""].ids)
    server = serve(pages, arguments.latency)
    print(f"http://127.0.0.1:{server.server_address[1]}", flush=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    sys.stdin.read()


if __name__ == "__main__":
    main()
