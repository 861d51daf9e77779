"""The districts' tokens, found with the app's client id and secret: store district ids, ask for the token when needed.

Source: https://dev.clever.com/docs/onboarding (tokens rotate), https://dev.clever.com/docs/api-overview.
"""

from __future__ import annotations

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from playbook.clever.oddities import Document
from playbook.clever.reading import read_document, read_documents
from playbook.clever.session import Options, Session
from playbook.clever.transport import Credential, basic
from playbook.errors import CleverError
from playbook.settings import Secret

_OAUTH_ORIGINS = {"https://api.clever.com": "https://clever.com"}


@dataclass(frozen=True, slots=True)
class DistrictToken:
    """One district's token and what it may read."""

    district_id: str
    token: Secret
    scopes: tuple[str, ...]
    created: str


def oauth_origin(origin: str) -> str:
    """Return where tokens are asked for: Clever's own site for Clever's API, else the same origin."""
    return _OAUTH_ORIGINS.get(origin, origin)


def find_district_token(origin: str, client_id: Secret, client_secret: Secret, district_id: str) -> Secret:
    """Return a district's token: the newest, where Clever lists several.

    Raises:
        CleverError: Clever does not accept the client id and secret, or the district has not authorized the app.
    """
    options = Options(clock=time.time, sleep=asyncio.sleep)
    reading = read_district_tokens(origin, client_id, client_secret, options, district_id)
    with ThreadPoolExecutor(max_workers=1) as thread:  # a notebook's own thread runs an event loop already
        try:
            tokens = thread.submit(asyncio.run, reading).result()
        except CleverError as error:
            raise (_unaccepted(error) if error.status == 401 else error) from None
    theirs = [found.token for found in tokens if found.district_id == district_id]
    if theirs:
        return theirs[-1]
    raise CleverError(
        "Clever lists no token of this district for the application",
        code="no_district_token",
        remedy="Ask the district to authorize the application in Clever, and compare [district] id with its id there.",
        district_id=district_id,
    )


def _unaccepted(error: CleverError) -> CleverError:
    return CleverError(
        "Clever does not accept the application's client id and secret",
        code="unauthorized",
        remedy="Compare what [clever] client_id and client_secret lead to with the application's page at Clever.",
        status=error.status,
        path=error.path,
        request_id=error.request_id,
    )


async def read_district_tokens(
    origin: str, client_id: Secret, client_secret: Secret, options: Options, district_id: str = ""
) -> list[DistrictToken]:
    """Return the tokens of the districts that have authorized the app, sorted by district.

    Raises:
        CleverError: Clever does not accept the client id and secret.
    """
    params = {"owner_type": "district"} | ({"district": district_id} if district_id else {})
    async with Session(oauth_origin(origin), basic(client_id, client_secret), "", options) as session:
        page = await session.get(session.target("/oauth/tokens", params), read_documents)
    tokens = [token for document in page.records if (token := _token(document))]
    return sorted(tokens, key=lambda token: (token.district_id, token.created))


async def read_tokeninfo(origin: str, credential: Credential, options: Options) -> Document:
    """Return which app a token belongs to (`client_id`) and what it may read (`scopes`)."""
    async with Session(origin, credential, "", options) as session:
        return await session.get("/oauth/tokeninfo", read_document)


def _token(document: dict[str, Any]) -> DistrictToken | None:
    owner, value = document.get("owner"), document.get("access_token")
    if not isinstance(owner, dict) or owner.get("type") != "district" or not value:
        return None
    scopes = document.get("scopes") or ()
    return DistrictToken(str(owner.get("id", "")), Secret(str(value)), tuple(scopes), str(document.get("created", "")))
