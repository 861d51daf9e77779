"""A server that cannot prove who it is gets no request, and no setting of the environment changes that."""

from __future__ import annotations

import socket
import ssl
import subprocess
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import certifi
import pytest

from playbook.clever.client import Clever
from playbook.clever.retrying import ATTEMPTS
from playbook.errors import CleverError
from playbook.settings import Secret
from tests.clever.faulty_server import faulty_server
from tests.clever.small_district import DISTRICT_ID, SmallDistrict
from tests.clever.virtual_time import VirtualTime


def _openssl(*arguments: str, directory: Path) -> None:
    subprocess.run(["openssl", *arguments], cwd=directory, check=True, capture_output=True)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with an authority that signs, and one that nobody knows."""
    directory = tmp_path_factory.mktemp("authority")
    for name in ("known", "unknown"):
        request = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "3650", "-subj", f"/CN={name} example"]
        usage = ["-addext", "keyUsage=critical,keyCertSign"]
        _openssl(*request, *usage, "-keyout", f"{name}.key", "-out", f"{name}.pem", directory=directory)
    return directory


def _context(authority: Path, directory: Path, *, signer: str, host: str, days: int) -> ssl.SSLContext:
    """Return a server's context with a certificate made for this test."""
    subject = ["-subj", "/CN=server", "-addext", f"subjectAltName={host}", "-nodes"]
    key = ["req", "-newkey", "rsa:2048", "-keyout", str(directory / "key.pem")]
    if signer == "itself":
        _openssl(*key, "-x509", "-days", str(days), *subject, "-out", str(directory / "cert.pem"), directory=directory)
    else:
        _openssl(*key, *subject, "-out", str(directory / "request.pem"), directory=directory)
        signing = [
            "x509",
            "-req",
            "-in",
            str(directory / "request.pem"),
            "-copy_extensions",
            "copy",
            "-days",
            str(days),
        ]
        pair = ["-CA", f"{signer}.pem", "-CAkey", f"{signer}.key", "-CAcreateserial"]
        _openssl(*signing, *pair, "-out", str(directory / "cert.pem"), directory=authority)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(directory / "cert.pem", directory / "key.pem")
    return context


def _ask(context: ssl.SSLContext, directory: Path) -> tuple[CleverError | None, int]:
    """Ask a TLS server for its district; return the refusal and the number of requests that it saw."""
    virtual, refused = VirtualTime(), None
    with (
        faulty_server(SmallDistrict(5).answer, tls=context) as server,
        Clever(server.origin, Secret("t"), sleep=virtual.sleep, pace_directory=directory) as clever,
    ):
        try:
            assert clever.district()["id"] == DISTRICT_ID
        except CleverError as error:
            refused = error
        assert clever.session.tally.requests == 1
        return refused, len(server.requests)


def test_a_server_that_proves_itself_is_asked(authority: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: a valid certificate of a trusted authority for this address."""
    monkeypatch.setattr(certifi, "where", lambda: str(authority / "known.pem"))
    context = _context(authority, tmp_path, signer="known", host="IP:127.0.0.1", days=3650)

    assert _ask(context, tmp_path) == (None, 1)


@pytest.mark.parametrize(
    ("signer", "host", "days"),
    [
        ("known", "IP:127.0.0.1", -1),
        ("known", "IP:10.0.0.1", 3650),
        ("known", "DNS:api.clever.com", 3650),
        ("unknown", "IP:127.0.0.1", 3650),
        ("itself", "IP:127.0.0.1", 3650),
    ],
    ids=["expired", "another address", "another host", "unknown authority", "self-signed"],
)
def test_a_certificate_that_proves_nothing_is_refused(
    signer: str, host: str, days: int, authority: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One attempt, no request, and a message that says where the trouble lies."""
    monkeypatch.setattr(certifi, "where", lambda: str(authority / "known.pem"))
    error, requests = _ask(_context(authority, tmp_path, signer=signer, host=host, days=days), tmp_path)

    assert error is not None
    assert error.code == "tls"
    assert requests == 0


@pytest.mark.parametrize("newest", [ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1])
def test_an_old_tls_version_is_refused(newest: ssl.TLSVersion, authority: Path, tmp_path: Path) -> None:
    """Clever requires TLS 1.2; so do we, at the first attempt and by that name."""
    context = _context(authority, tmp_path, signer="known", host="IP:127.0.0.1", days=3650)
    context.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.warns(DeprecationWarning, match="TLSv1"):
        context.minimum_version = newest
    with pytest.warns(DeprecationWarning, match="TLSv1"):
        context.maximum_version = newest

    def answer(connection: socket.socket) -> None:
        with suppress(ssl.SSLError):
            context.wrap_socket(connection, server_side=True)

    error = _refused_by(answer, tmp_path, connections=1)

    assert error.code == "tls_version"
    assert "TLS 1.2" in error.remedy


def test_a_port_without_tls_is_named(tmp_path: Path) -> None:
    """An https origin whose port speaks plain HTTP is a wrong base_url, not an outage."""
    error = _refused_by(lambda connection: connection.sendall(b"HTTP/1.1 400 X\r\n\r\n"), tmp_path, connections=1)

    assert error.code == "no_tls"
    assert "base_url" in error.remedy


def test_a_handshake_that_breaks_off_is_tried_again(tmp_path: Path) -> None:
    """A server that goes away in the middle of it may come back."""
    error = _refused_by(lambda connection: None, tmp_path, connections=ATTEMPTS)

    assert error.code == "unreachable"


def _refused_by(answer: Callable[[socket.socket], None], directory: Path, *, connections: int) -> CleverError:
    """Ask a port that answers each handshake in its own way; return the refusal, after so many connections."""
    virtual = VirtualTime()
    times: dict[str, Any] = {"clock": virtual.clock, "sleep": virtual.sleep}
    with socket.create_server(("127.0.0.1", 0)) as listener, ThreadPoolExecutor(1) as thread:
        answering = thread.submit(_answer_each, listener, answer, connections)
        origin = f"https://127.0.0.1:{listener.getsockname()[1]}"
        with (
            Clever(origin, Secret("t"), pace_directory=directory, **times) as clever,
            pytest.raises(CleverError) as error,
        ):
            clever.district()
        answering.result()
        assert clever.session.tally.requests == connections
    return error.value


def _answer_each(listener: socket.socket, answer: Callable[[socket.socket], None], connections: int) -> None:
    for _ in range(connections):
        connection, _ = listener.accept()
        with connection:
            connection.recv(1, socket.MSG_PEEK)
            answer(connection)


def test_the_environment_cannot_add_an_authority(
    authority: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SSL_CERT_FILE and its like are not read."""
    monkeypatch.setenv("SSL_CERT_FILE", str(authority / "known.pem"))
    monkeypatch.setenv("SSL_CERT_DIR", str(authority))
    context = _context(authority, tmp_path, signer="known", host="IP:127.0.0.1", days=3650)
    error, requests = _ask(context, tmp_path)

    assert error is not None
    assert error.code == "tls"
    assert requests == 0
