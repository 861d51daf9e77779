"""Whose token a request carries, and what that kind of token may read.

A district's token reads everything of its district and pages; a user's token reads its own user, its district and what
signs it in, without paging. Everything else is an HTML 404, as if the path did not exist.
Source: https://dev.clever.com/docs/api-overview and https://dev.clever.com/docs/oauth-implementation
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from playbook.sandbox.district import SandboxDistrict
from playbook.sandbox.query import Refusal
from playbook.sandbox.role_records import V2_PATHS

OF_USERS = ("/users/{id}", "/districts/{id}", *(f"/{path}/{{id}}" for path in V2_PATHS.values()))
"""The paths that a user's token may read, each for its own id alone."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls.

    Attributes:
        district: The district that the token belongs to.
        token: The token itself; the rate limit counts by it.
        index: The number of the person who signed in; None for a district's token.
        role: The role of the sign-in; blank for a district's token.
    """

    district: SandboxDistrict
    token: str
    index: int | None = None
    role: str = ""

    @property
    def is_user(self) -> bool:
        """Whether a person signed in, rather than a district connected."""
        return self.index is not None

    def may_read(self, template: str) -> bool:
        """Say whether a path exists for this kind of token."""
        return not self.is_user or template in OF_USERS

    def owns(self, identifier: str, version: str) -> bool:
        """Say whether an id in the path is the caller's own: her user, her role's record or her district."""
        if self.index is None or identifier == self.district.id:
            return True
        if version >= "v3":
            return identifier == self.district.user_id(self.index)
        return identifier == self.district.v2_id(self.index, self.role)


def find_caller(districts: Sequence[SandboxDistrict], authorization: str) -> Caller:
    """Return who a request's `Authorization` header says is calling.

    Raises:
        Refusal: 401 where the header is missing or no district knows the token.
    """
    kind, _, token = authorization.partition(" ")
    if kind.lower() == "bearer" and token:
        for district in districts:
            if token == district.token:
                return Caller(district, token)
            login = district.read_user_token(token)
            if login:
                return Caller(district, token, *login)
    raise Refusal(401, "Unauthorized")
