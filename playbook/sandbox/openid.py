"""OpenID Connect as far as it is documented: where its endpoints are, and the token that says who signed in.

The claims are those of `/userinfo`. How Clever signs stands in no page that the sandbox is built from; it signs with
the application's own secret, so that nobody can take its tokens for Clever's.

Source: https://dev.clever.com/docs/oidc-implementation
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any

Record = dict[str, Any]
ISSUER = "https://clever.com"
DISCOVERY = "/.well-known/openid-configuration"
LIFE_SECONDS = 3600


def describe_provider(origin: str) -> Record:
    """Return the discovery document; the endpoints are the sandbox's own.

    Args:
        origin: Scheme, host and port under which the sandbox was asked.
    """
    return {
        "issuer": ISSUER,
        "authorization_endpoint": f"{origin}/oauth/authorize",
        "token_endpoint": f"{origin}/oauth/tokens",
        "userinfo_endpoint": f"{origin}/userinfo",
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["HS256"],
    }


def make_id_token(userinfo: Mapping[str, Any], *, client_id: str, client_secret: str, issued: int, nonce: str) -> str:
    """Return the signed token of one sign-in, good for an hour.

    Args:
        userinfo: What `/userinfo` shows; `sub` is the v3 id.
        client_id: The application that the token is for.
        client_secret: What it is signed with.
        issued: Unix seconds.
        nonce: What the application sent along; "" where it sent none, as in every login that Clever began.
    """
    times = {"iss": ISSUER, "aud": client_id, "iat": issued, "exp": issued + LIFE_SECONDS}
    claims = {**userinfo, **times, **({"nonce": nonce} if nonce else {})}
    signed = f"{_encode({'alg': 'HS256', 'typ': 'JWT'})}.{_encode(claims)}"
    signature = hmac.new(client_secret.encode(), signed.encode(), hashlib.sha256).digest()
    return f"{signed}.{_base64(signature)}"


def _encode(document: Mapping[str, Any]) -> str:
    return _base64(json.dumps(document, separators=(",", ":")).encode())


def _base64(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()
