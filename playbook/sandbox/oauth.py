"""Clever's OAuth corner: the tokens of connected districts, the exchange of a login's code, and what a token may read.

Source: https://dev.clever.com/docs/oauth-implementation
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Mapping, Sequence
from itertools import count
from typing import Any
from urllib.parse import urlencode

from starlette.responses import RedirectResponse, Response

from playbook.sandbox.access import Caller, find_caller
from playbook.sandbox.district import SandboxDistrict
from playbook.sandbox.moments import LAST_SYNC, moment
from playbook.sandbox.openid import make_id_token
from playbook.sandbox.replies import reply_json, reply_oauth_error
from playbook.sandbox.sign_in import show_userinfo

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

    def __init__(
        self, districts: Sequence[SandboxDistrict], clock: Callable[[], float], *, gives_id_token: bool = False
    ) -> None:
        """Take over the districts.

        Args:
            districts: The connected districts; they all belong to one application.
            clock: Unix seconds; a code is good for one minute.
            gives_id_token: Whether the application is set up for OpenID Connect.
        """
        self._districts = districts
        self._clock = clock
        self._gives_id_token = gives_id_token
        self._used: set[str] = set()
        self._nonces: dict[str, str] = {}
        self._serials = count(1)

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

    def authorize(self, parameters: Mapping[str, str]) -> Response:
        """Return the redirect by which a login hands its code to the application.

        Nobody is there to type a password: `login` names the user by her v3 id, and `role` what v2 lets her choose,
        else the first teacher of the district signs in.
        """
        if parameters.get("client_id") != self._districts[0].client_id:
            return reply_oauth_error(400, "invalid_client", "unknown client_id")
        if parameters.get("redirect_uri") != REDIRECT_URI:
            return reply_oauth_error(400, "invalid_request", "redirect_uri does not match")
        found = self._find_login(parameters)
        if found is None:
            return reply_oauth_error(400, "access_denied", "nobody signs in so")
        district, index, role = found
        code = district.authorization_code(index, role, int(self._clock()), next(self._serials))
        self._nonces[code] = parameters.get("nonce", "")
        carried = {"code": code, **({"state": parameters["state"]} if "state" in parameters else {})}
        return RedirectResponse(f"{REDIRECT_URI}?{urlencode(carried)}", 302)

    def _find_login(self, parameters: Mapping[str, str]) -> tuple[SandboxDistrict, int, str] | None:
        wanted = parameters.get("district_id", "")
        for district in self._districts:
            if wanted not in ("", district.id):
                continue
            login = parameters.get("login") or district.user_id(district.index_of_teacher(0))
            index = district.index_of(login)
            words = [role.role for role in district.person(index).shared_roles] if index is not None else []
            role = parameters.get("role") or next(iter(words), "")
            if index is not None and role in words and role != "contact":
                return district, index, role
        return None

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
        answer = {"access_token": district.user_token(index, role), "token_type": "bearer"}
        if self._gives_id_token:
            answer["id_token"] = self._id_token(answer["access_token"], self._nonces.get(code, ""))
        return reply_json(answer)

    def _id_token(self, token: str, nonce: str) -> str:
        caller = find_caller(self._districts, f"Bearer {token}")
        return make_id_token(
            show_userinfo(caller),
            client_id=caller.district.client_id,
            client_secret=caller.district.client_secret,
            issued=int(self._clock()),
            nonce=nonce,
        )

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
