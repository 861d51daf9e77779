"""What in a value may be an account's key: the value itself, numbers in JSON documents and lists, global ids."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

WHOLE = ""
"""The path of a value that is a key as it stands."""

_LIST = re.compile(r"\s*[\w-]+(?:\s*[,;|]\s*[\w-]+)+\s*")
_GLOBAL_ID = re.compile(r"(?:[\w.+-]*:/{0,2}(?:[\w.-]+/)*)?(\w+)[/:#]([\w-]+)")  # gid://app/User/12, user:12
_LONGEST = 100_000
_KEY = 64  # no key is longer; what is cut off cannot be one


def keys_in(value: object) -> Iterator[tuple[str, str]]:
    """Yield what may be keys in a value, as (path, text).

    Paths: "" the value itself; `$.a.b` and `$.a[*]` in a JSON document or array; `list` between commas;
    `gid:User` in a global id of that type.
    """
    if isinstance(value, bool) or value is None:
        return
    if isinstance(value, dict | list):
        yield from _in_document(value, "$")
    elif isinstance(value, int | uuid.UUID):
        yield WHOLE, str(value)
    elif isinstance(value, Decimal | float):
        if value == int(value):
            yield WHOLE, str(int(value))
    elif isinstance(value, str) and len(value) < _LONGEST:
        yield from _in_text(value.strip())


def _in_text(text: str) -> Iterator[tuple[str, str]]:
    if text[:1] in ("{", "["):
        yield from _in_json(text)
    elif found := _GLOBAL_ID.fullmatch(text):
        yield f"gid:{found[1]}", found[2]
    elif _LIST.fullmatch(text):
        for part in re.split(r"[,;|]", text):
            yield "list", part.strip()
    elif text:
        yield WHOLE, text[:_KEY]


def _in_json(text: str) -> Iterator[tuple[str, str]]:
    try:
        document: Any = json.loads(text)
    except ValueError:
        return
    yield from _in_document(document, "$")


def _in_document(document: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(document, dict):
        for key, value in document.items():
            yield from _in_document(value, f"{path}.{key}")
    elif isinstance(document, list):
        for value in document:
            yield from _in_document(value, f"{path}[*]")
    elif isinstance(document, str | int | uuid.UUID) and not isinstance(document, bool):
        yield path, str(document)[:_KEY]
