"""An application that speaks Clever's v2.0, v2.1, v3.0 and v3.1 for synthetic districts, over real HTTP on loopback.

Source: Clever's specifications, https://github.com/Clever/swagger-api, and https://dev.clever.com/docs/api-overview
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import lru_cache
from itertools import count
from typing import Any
from urllib.parse import parse_qsl

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from playbook.sandbox.access import Caller, find_caller
from playbook.sandbox.district import SandboxDistrict
from playbook.sandbox.events import EVENT_OPERATIONS
from playbook.sandbox.holdings import Holdings
from playbook.sandbox.identifiers import digest, digest_of
from playbook.sandbox.limiter import Limiter
from playbook.sandbox.listing import Listing
from playbook.sandbox.oauth import OAuth
from playbook.sandbox.openid import DISCOVERY, describe_provider
from playbook.sandbox.operations import V3_OPERATIONS, Operation
from playbook.sandbox.query import Refusal, read_query
from playbook.sandbox.quirks import DEFAULT_QUIRKS, Quirk
from playbook.sandbox.replies import reply_json, reply_message, reply_no_such_path, reply_oauth_error, without_blanks
from playbook.sandbox.role_operations import V2_OPERATIONS
from playbook.sandbox.sign_in import UNVERSIONED, show_me, show_userinfo

VERSIONS = ("v2.0", "v2.1", "v3.0", "v3.1")
OTHER_SCOPES = (
    "/v3.1/sections/{section}/assignments",
    "/v3.1/sections/{section}/assignments/{assignment}",
    "/v3.1/sections/{section}/assignments/{assignment}/submissions",
    "/v3.1/sections/{section}/assignments/{assignment}/submissions/{user}",
    "/v3.1/attendance/schools/{school}",
    "/v3.1/attendance/sections/{section}",
)
"""LMS Connect and Attendance: paths that exist, for applications with scopes that this one has not."""

ANY_METHOD = ["GET", "POST", "PATCH", "DELETE"]
CAMEL = {"mycontacts": "myContacts", "mystudents": "myStudents", "myteachers": "myTeachers"}
"""How links spell three paths that the specification spells in lower case; both are answered."""

Handler = Callable[[Request], Awaitable[Response]]


class SandboxApplication:
    """The districts behind the wire, and what it remembers between requests."""

    def __init__(
        self,
        districts: Sequence[SandboxDistrict],
        clock: Callable[[], float],
        *,
        versions: Sequence[str] = VERSIONS,
        quirks: frozenset[Quirk] = DEFAULT_QUIRKS,
    ) -> None:
        """Connect the districts.

        Args:
            districts: At least one.
            clock: Unix seconds, for the rate limit and the life of codes.
            versions: The versions that the application may call; the others answer as if they did not exist.
            quirks: Which departures from the specification are on.
        """
        self.districts = tuple(districts)
        self.versions = tuple(versions)
        self.quirks = quirks
        self.oauth = OAuth(self.districts, clock, gives_id_token=Quirk.ID_TOKEN in quirks)
        self.limiter = Limiter(clock)
        self._requests = count(1)
        self.holdings = lru_cache(maxsize=None)(Holdings)

    def build(self) -> Starlette:
        """Return the ASGI application."""
        routes = [
            Route("/oauth/authorize", self._oauth_authorize),
            Route("/oauth/tokens", self._oauth_tokens, methods=["GET", "POST"]),
            Route(DISCOVERY, self._openid),
            Route("/oauth/tokeninfo", self._guarded(self._token_info)),
            Route("/userinfo", self._guarded(self._userinfo), methods=["GET", "POST"]),
            Route("/me", self._guarded(self._me(UNVERSIONED))),
        ]
        for version in self.versions:
            operations = {**(V3_OPERATIONS if version >= "v3" else V2_OPERATIONS), **EVENT_OPERATIONS}
            routes.append(Route(f"/{version}/me", self._guarded(self._me(version))))
            for template, operation in operations.items():
                for path in _spellings(template):
                    routes.append(Route(f"/{version}{path}", self._guarded(self._read(version, template, operation))))
        if "v3.1" in self.versions:
            routes += [Route(path, self._guarded(_without_scope), methods=ANY_METHOD) for path in OTHER_SCOPES]
        handlers: dict[Any, Any] = {404: self._no_such_path, 405: self._no_such_path}
        application = Starlette(routes=routes, exception_handlers=handlers)
        application.router.redirect_slashes = False
        return application

    def _guarded(self, answer: Callable[[Request, Caller], Response]) -> Handler:
        """Wrap an answer in what every call meets: the token, the rate limit, the words of a refusal."""

        async def handle(request: Request) -> Response:
            limits: dict[str, str] = {}
            try:
                caller = find_caller(self.districts, request.headers.get("authorization", ""))
                is_allowed, limits = self.limiter.count(caller.token)
                if not is_allowed:
                    raise Refusal(429, "")
                response = answer(request, caller)
            except Refusal as refusal:
                response = reply_message(refusal.status, refusal.message)
            return self._finish(response, limits)

        return handle

    def _finish(self, response: Response, limits: Mapping[str, str]) -> Response:
        """Add the headers that every answer has; the request id is what Clever's support asks for."""
        identifier = digest(0, "request", next(self._requests)).hex()
        etag = f'W/"{digest_of(response.body)}"'
        response.headers.update({**limits, "cache-control": "no-store", "x-request-id": identifier, "etag": etag})
        return response

    def _read(self, version: str, template: str, operation: Operation) -> Callable[[Request, Caller], Response]:
        def answer(request: Request, caller: Caller) -> Response:
            if not caller.may_read(template):
                return reply_no_such_path(request.method, request.url.path)
            identifier = request.path_params.get("id", "")
            if not caller.owns(identifier, version):
                raise Refusal(404, "Resource not in token's scopes")
            query = read_query(_parameters(request), can_page=not caller.is_user)
            found = operation(self.holdings(caller.district, version, self.quirks), identifier, query)
            if isinstance(found, Listing):
                found = found.page(query, request.url.path)
            elif caller.is_user:
                found = {"data": found["data"]}
            return reply_json(found if Quirk.BLANKS in self.quirks else without_blanks(found))

        return answer

    def _me(self, version: str) -> Callable[[Request, Caller], Response]:
        def answer(request: Request, caller: Caller) -> Response:
            if not caller.is_user:
                return reply_no_such_path(request.method, request.url.path)
            return reply_json(show_me(caller, version, shows_role_inside=Quirk.ME_ROLE_INSIDE in self.quirks))

        return answer

    def _userinfo(self, request: Request, caller: Caller) -> Response:
        if not caller.is_user:
            return reply_no_such_path(request.method, request.url.path)
        return reply_json(show_userinfo(caller))

    def _token_info(self, request: Request, caller: Caller) -> Response:
        return self.oauth.show_token_info(caller)

    async def _oauth_authorize(self, request: Request) -> Response:
        return self._finish(self.oauth.authorize(request.query_params), {})

    async def _openid(self, request: Request) -> Response:
        return self._finish(reply_json(describe_provider(str(request.base_url).rstrip("/"))), {})

    async def _oauth_tokens(self, request: Request) -> Response:
        if not self.oauth.is_application(request.headers.get("authorization", "")):
            return self._finish(reply_oauth_error(401, "invalid_client", "client id or secret is wrong"), {})
        if request.method == "GET":
            target = request.url.path + (f"?{request.url.query}" if request.url.query else "")
            return self._finish(self.oauth.list_tokens(request.query_params, target), {})
        body = _read_body(await request.body(), request.headers.get("content-type", ""))
        return self._finish(self.oauth.exchange(body), {})

    async def _no_such_path(self, request: Request, error: Exception) -> Response:
        return self._finish(reply_no_such_path(request.method, request.url.path), {})


def _without_scope(request: Request, caller: Caller) -> Response:
    raise Refusal(403, "Resource not in token's scopes")


def _read_body(body: bytes, content_type: str) -> dict[str, Any]:
    """Read a form or a JSON object; anything else holds no code."""
    if content_type.startswith("application/json"):
        try:
            read = json.loads(body)
        except ValueError:
            return {}
        return read if isinstance(read, dict) else {}
    return dict(parse_qsl(body.decode("utf-8", "replace")))


def _parameters(request: Request) -> list[tuple[str, str]]:
    return [(name, value) for name, value in request.query_params.multi_items() if name]


def _spellings(template: str) -> tuple[str, ...]:
    tail = template.rpartition("/")[2]
    return (template, template.removesuffix(tail) + CAMEL[tail]) if tail in CAMEL else (template,)
