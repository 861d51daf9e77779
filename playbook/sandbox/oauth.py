"""Clever's OAuth corner: the tokens of connected districts, the exchange of a login's code, and what a token may read.

Source: https://dev.clever.com/docs/oauth-implementation
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from starlette.responses import Response

from playbook.sandbox.access import Caller
from playbook.sandbox.district import SandboxDistrict
from playbook.sandbox.moments import LAST_SYNC, moment
from playbook.sandbox.replies import reply_json, reply_oauth_error

REDIRECT_URI = "https://app.example/oauth/clever"
CODE_SECONDS = 60
DISTRICT_SCOPES = ("read:district_admins", "read:school_admins", "read:sis", "read:student_contacts")
LOGIN_SCOPES = (
    "read:user_id",
    "read:district_admins_basic",
    "read:school_admins_basic",
    "read:students_basic",
    "read:teachers_basic",
)


class OAuth:
    """Knows the application's credentials, and which codes have been used."""

    def __init__(self, districts: Sequence[SandboxDistrict], clock: Callable[[], float]) -> None:
        """Take over the districts.

        Args:
            districts: The connected districts; they all belong to one application.
            clock: Unix seconds; a code is good for one minute.
        """
        self._districts = districts
        self._clock = clock
        self._used: set[str] = set()

    def is_application(self, authorization: str) -> bool:
        """Say whether a Basic header holds the application's client id and secret."""
        kind, _, encoded = authorization.partition(" ")
        try:
            pair = base64.b64decode(encoded, validate=True).decode("ascii")
        except (binascii.Error, UnicodeDecodeError):
            return False
        known = self._districts[0]
        return kind.lower() == "basic" and pair == f"{known.client_id}:{known.client_secret}"

    def list_tokens(self, parameters: Mapping[str, str], target: str) -> Response:
        """Return the tokens of the connected districts, or of the one that is named.

        Args:
            parameters: The request's parameters; `district` names one.
            target: Path and query of the request, for the `self` link.
        """
        wanted = parameters.get("district", "")
        found = [district for district in self._districts if wanted in ("", district.id)]
        return reply_json(
            {"data": [_show_token(district) for district in found], "links": [{"rel": "self", "uri": target}]}
        )

    def exchange(self, body: Mapping[str, Any]) -> Response:
        """Return the token for a login's code, which is good once and for a minute."""
        if body.get("grant_type") != "authorization_code":
            return reply_oauth_error(400, "unsupported_grant_type", "grant_type must be authorization_code")
        if body.get("redirect_uri") != REDIRECT_URI:
            return reply_oauth_error(400, "invalid_grant", "redirect_uri does not match")
        code = str(body.get("code", ""))
        login = self._read_code(code)
        if login is None:
            return reply_oauth_error(400, "invalid_grant", "invalid code")
        self._used.add(code)
        district, index, role = login
        return reply_json({"access_token": district.user_token(index, role), "token_type": "bearer"})

    def _read_code(self, code: str) -> tuple[SandboxDistrict, int, str] | None:
        if code in self._used:
            return None
        for district in self._districts:
            read = district.read_code(code)
            if read and 0 <= self._clock() - read[2] <= CODE_SECONDS:
                return district, read[0], read[1]
        return None

    def show_token_info(self, caller: Caller) -> Response:
        """Return which application a token belongs to and what it may read."""
        scopes = LOGIN_SCOPES if caller.is_user else DISTRICT_SCOPES
        return reply_json({"client_id": caller.district.client_id, "scopes": list(scopes)})


def _show_token(district: SandboxDistrict) -> dict[str, Any]:
    return {
        "id": district.id[::-1],
        "created": moment(LAST_SYNC),
        "owner": {"type": "district", "id": district.id},
        "access_token": district.token,
        "scopes": list(DISTRICT_SCOPES),
    }
