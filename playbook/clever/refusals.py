"""What Clever's refusals mean: each status becomes an error that names the likely cause and what to do.

An unknown path, a wrong kind of token and a version that this app may not call all give the same HTML page; its
text says nothing, so the cause is worked out from what was asked. A body is never quoted: it may hold anything.

Source: https://dev.clever.com/docs/error-messages, https://dev.clever.com/docs/api-overview.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from playbook.clever.urls import path_template
from playbook.errors import CleverError, Fault

RETRIED = frozenset({408, 429, 500, 502, 503, 504})
V2_PATHS = frozenset({"students", "teachers", "contacts", "school_admins", "district_admins"})
_SINGLE = re.compile(r"/v[0-9.]+/(me|userinfo|users/[^/]+|districts(/[^/]+)?)")

_REFUSALS: Mapping[int, tuple[str, str, str]] = {
    400: ("bad_request", "Clever calls the request wrong", "Check the path's parameters against the catalogue."),
    401: ("unauthorized", "Clever does not accept the token", "Fetch the district's current token; it may be revoked."),
    403: ("forbidden", "the token may not do this", "Check the app's scopes and the district's sharing in Clever."),
    404: ("not_found", "Clever does not know it, or does not share it", "Check that the district still shares it."),
    405: ("not_allowed", "Clever does not allow this verb here", "Check the path against the catalogue."),
    413: ("page_too_large", "the page is larger than Clever allows", "Ask for at most 10000 records a page."),
    429: ("rate_limited", "the token's allowance is used up for too long", "Wait for the reset and run it again."),
    501: ("not_implemented", "Clever does not offer this", "Check the path and the API version."),
}
_SERVER = ("server_error", "Clever failed and did not recover", "Run it again later; what was read is kept.")
_REDIRECT = ("redirect_refused", "Clever answered with a redirect", "Set base_url to the origin that answers itself.")


def refusal(status: int, target: str, headers: Mapping[str, str], *, is_user_token: bool = False) -> CleverError:
    """Return the error for a status that is not 200.

    Args:
        status: The HTTP status.
        target: Path and query that were asked; only the path's template is shown.
        headers: The answer's headers.
        is_user_token: True where the token looks like one of a single user's login.
    """
    template = path_template(target)
    code, what, remedy = _REFUSALS.get(status) or (_REDIRECT if 300 <= status < 400 else _SERVER)
    faults: list[Fault] = []
    if status == 404 and "html" in headers.get("content-type", ""):
        code, what = "not_an_endpoint", "Clever has no such endpoint for this token"
        cause, remedy = _likely_cause(target, is_user_token)
        faults.append(Fault(template, cause))
    return CleverError(
        f"GET {template} gave {status}: {what}",
        code=code,
        remedy=remedy,
        status=status,
        path=template,
        request_id=request_id(headers),
        faults=faults,
    )


def request_id(headers: Mapping[str, str]) -> str:
    """Return Clever's id of a request, for its support; only if it looks like one."""
    found = headers.get("x-request-id") or headers.get("clever-request-id") or ""
    return found if re.fullmatch(r"[\w.:-]{1,80}", found, re.ASCII) else ""


def _likely_cause(target: str, is_user_token: bool) -> tuple[str, str]:
    path = target.partition("?")[0]
    _, _, rest = path.lstrip("/").partition("/")
    noun = rest.partition("/")[0]
    if is_user_token and not _SINGLE.fullmatch(path):
        return (
            "the token looks like one of a single user's login (il…), which cannot read lists",
            "Use the district's token, or let it be found: [clever] client_id and client_secret.",
        )
    if path.startswith("/v3") and noun in V2_PATHS:
        return f"/{noun} does not exist in v3", "Read /users with the role as a parameter instead."
    if path.startswith(("/v1", "/v2")):
        return (
            "this app may not call that version; apps made after a newer version came out cannot",
            "Use the application that already speaks v2, or leave legacy_version empty.",
        )
    return (
        "the path does not exist in this version, or the app has no Secure Sync access to lists",
        "Check the path with `playbook endpoints`, and the app's access in Clever's dashboard.",
    )
