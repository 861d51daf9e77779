"""A line to a database server that can be cut at any message of the client's."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

from sqlalchemy import make_url

from playbook.accounts.source import DatabaseSource, open_source
from tests.applying.schemas import engine_of
from tests.applying.vendor import Vendor


class Line:
    """A line to a server's socket that is cut at the client's n-th message: before it arrives, or before the answer."""

    def __init__(self, path: str) -> None:
        self.path, self.sent, self.cut_at, self.answer_only = path, 0, 0, False
        self.ends: list[socket.socket] = []
        self.door = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def port(self) -> int:
        """The port that clients connect to."""
        return int(self.door.getsockname()[1])

    def arm(self, number: int, *, answer_only: bool) -> None:
        """Cut at the n-th message from now on; 0 for never."""
        self.sent, self.cut_at, self.answer_only = 0, number, answer_only

    def close(self) -> None:
        """Close the line for good."""
        for end in (self.door, *self.ends):
            end.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self.door.accept()
                server = socket.socket(socket.AF_UNIX)
                server.connect(self.path)
                self.ends += [client, server]
                for pump in (self._ask, self._answer):
                    threading.Thread(target=pump, args=(client, server), daemon=True).start()

    def _ask(self, client: socket.socket, server: socket.socket) -> None:
        with suppress(OSError):
            while message := client.recv(65_536):
                self.sent += 1
                is_cut = self.sent == self.cut_at
                if is_cut and self.answer_only:
                    client.shutdown(socket.SHUT_RDWR)
                if not is_cut or self.answer_only:
                    server.sendall(message)
                if is_cut:
                    break
        for end in (client, server):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def _answer(self, client: socket.socket, server: socket.socket) -> None:
        with suppress(OSError):
            while message := server.recv(65_536):
                client.sendall(message)
        with suppress(OSError):
            client.shutdown(socket.SHUT_RDWR)


@contextmanager
def through_a_line(vendor: Vendor) -> Iterator[tuple[Vendor, Line]]:
    """Open a vendor's database through a line that can be cut."""
    url = make_url(vendor.url)
    if engine_of(vendor.url) == "postgresql":
        line = Line(f"{url.query['host']}/.s.PGSQL.{url.port or 5432}")
        query = {name: value for name, value in url.query.items() if name != "host"}
    else:
        line = Line(str(url.query["unix_socket"]))
        query = {name: value for name, value in url.query.items() if name != "unix_socket"}
    cut = url.set(host="127.0.0.1", port=line.port, query=query).render_as_string(hide_password=False)
    source = open_source(vendor.source.accounts, cut, base=Path("/"))
    assert isinstance(source, DatabaseSource)
    yield replace(vendor, source=source), line
    line.close()
