"""Why a TLS handshake failed for good: a certificate that proves nothing, or a server whose TLS is too old.

Neither passes by trying again, so both end the request at once; a handshake that merely broke off is tried again.

Source: https://dev.clever.com/docs/updating-to-use-tls-12-on-connection-to-clever-api.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterator

from playbook.errors import CleverError

_TOO_OLD = frozenset(
    {
        "UNSUPPORTED_PROTOCOL",
        "TLSV1_ALERT_PROTOCOL_VERSION",
        "SSLV3_ALERT_HANDSHAKE_FAILURE",
        "NO_PROTOCOLS_AVAILABLE",
        "NO_SHARED_CIPHER",
        "UNSUPPORTED_SSL_VERSION",
    }
)
_NO_TLS = frozenset({"WRONG_VERSION_NUMBER", "HTTP_REQUEST", "HTTPS_PROXY_REQUEST", "UNKNOWN_PROTOCOL"})


def find_refusal(error: BaseException, path: str) -> CleverError | None:
    """Return the error of a handshake that will never succeed; nothing where it may.

    Args:
        error: What the transport raised.
        path: The template of the path that was asked for.
    """
    for cause in _causes(error):
        if isinstance(cause, ssl.SSLCertVerificationError):
            what, why = "the server's certificate proves nothing", "Check base_url and this machine's clock"
            return _refused("tls", what, f"{why}; certificate checks cannot be switched off.", path)
        if isinstance(cause, ssl.SSLError) and cause.reason in _TOO_OLD:
            what, why = (
                "the server speaks no TLS that is safe",
                "Check base_url, and proxies before Clever",
            )
            return _refused("tls_version", what, f"{why}; TLS 1.2 is the oldest that is accepted.", path)
        if isinstance(cause, ssl.SSLError) and cause.reason in _NO_TLS:
            remedy = "Check base_url: its port answers, but not in https."
            return _refused("no_tls", "the server speaks no TLS at all", remedy, path)
    return None


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _refused(code: str, what: str, remedy: str, path: str) -> CleverError:
    return CleverError(what, code=code, remedy=remedy, path=path)
