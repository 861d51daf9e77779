"""How the sandbox mints what Clever mints: ids that carry their second of creation, tokens, and a person's own bits.

All of it is computed from the seed, so that no list of people is ever held. Clever's ids are 24 hex digits that start
with a second; an employee of the later years has a v2 id and a v3 id that differ in the last digits only.
Source: https://dev.clever.com/docs/multi-role-users-in-clever
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2b


def digest(seed: int, *parts: object, size: int = 16) -> bytes:
    """Return bits that belong to this seed and these parts, the same on every machine."""
    return blake2b(":".join(map(str, (seed, *parts))).encode(), digest_size=size).digest()


def digest_of(body: bytes | memoryview) -> str:
    """Return a short fingerprint of an answer."""
    return blake2b(body, digest_size=8).hexdigest()


def object_id(second: int, salt: str, counter: int) -> str:
    """Return an id as Clever writes it: 8 digits of time, 10 of origin, 6 of counting."""
    return f"{second:08x}{salt}{counter:06x}"


@dataclass(frozen=True, slots=True)
class Mint:
    """Mints ascending ids for one kind of record.

    Attributes:
        salt: Ten hex digits that belong to the district and the kind.
        start: The second of the first record.
        span: The seconds over which `count` records were made.
        count: How many records there are.
        stride: The steps of the counter between two records; the numbers between are free for related ids.
    """

    salt: str
    start: int
    span: int
    count: int
    stride: int = 1

    def second(self, number: int) -> int:
        """Return the second in which the record was made."""
        return self.start + number * self.span // max(self.count, 1)

    def id(self, number: int, offset: int = 0) -> str:
        """Return the record's id, or one minted with it in the same second."""
        return object_id(self.second(number), self.salt, number * self.stride + offset)


def make_mint(seed: int, kind: str, start: int, span: int, count: int, stride: int = 1) -> Mint:
    """Make the mint of one kind of record in one district."""
    return Mint(digest(seed, "salt", kind, size=5).hex(), start, span, count, stride)


def district_token(seed: int) -> str:
    """Return the token of a district's app: hex digits without a prefix."""
    return digest(seed, "district token", size=20).hex()


def sealed(seed: int, prefix: str, payload: str) -> str:
    """Return a token that holds its own payload, so that the server need not remember to whom it gave it."""
    return f"{prefix}{payload}{digest(seed, prefix, payload, size=12).hex()}"


def unseal(seed: int, prefix: str, token: str) -> str:
    """Return the payload of a sealed token, or nothing where this seed did not seal it."""
    payload = token[len(prefix) : -24]
    return payload if payload and token == sealed(seed, prefix, payload) else ""
