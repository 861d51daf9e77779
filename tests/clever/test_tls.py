"""A server that cannot prove who it is gets no request, and no setting of the environment changes that."""

from __future__ import annotations

import ssl
import subprocess
from pathlib import Path

import certifi
import pytest

from playbook.clever.client import Clever
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
        assert refused is None or refused.code != "tls" or clever.session.tally.requests == 1
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


def test_an_old_tls_version_is_refused(authority: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Clever requires TLS 1.2; so do we."""
    monkeypatch.setattr(certifi, "where", lambda: str(authority / "known.pem"))
    context = _context(authority, tmp_path, signer="known", host="IP:127.0.0.1", days=3650)
    context.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.warns(DeprecationWarning, match="TLSv1"):
        context.minimum_version = ssl.TLSVersion.TLSv1
    with pytest.warns(DeprecationWarning, match="TLSv1"):
        context.maximum_version = ssl.TLSVersion.TLSv1_1
    error, requests = _ask(context, tmp_path)

    assert error is not None
    assert error.code == "unreachable"
    assert requests == 0


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
