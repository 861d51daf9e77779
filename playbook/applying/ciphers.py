"""What the journal keeps of people is encrypted: a run's key encrypts its cells, a master key encrypts the runs' keys.

AES-256-GCM (NIST SP 800-38D), each text with a random nonce. A cell's ciphertext is bound to its place, so that one
that was altered, or moved to another row, is found out when it is read. Changing the master key touches no cell.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, NoReturn

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import RowMapping

from playbook.errors import InputError

TAG = "x:"
"""What an encrypted text begins with; no kept value and no JSON does."""

HIDDEN = f"{TAG}…"
"""What stands for an encrypted text where nothing is written and statements are only shown."""

KEY_BYTES, NONCE_BYTES = 32, 12

_VALUES = ("before_value", "after_value")
_PLACE = ("run", "position", "part", "action", "table_name", "column_name")


class Altered(Exception):
    """A ciphertext was altered, or stands where it was not written."""


class MasterKey:
    """A key that encrypts the keys of runs; it prints as its name and refuses to be pickled.

    Attributes:
        name: A short digest, by which a run's key tells which master key it needs.
    """

    __slots__ = ("_cipher", "name")

    def __init__(self, key: bytes) -> None:
        self.name = hashlib.sha256(b"playbook journal key\x00" + key).hexdigest()[:16]
        self._cipher = AESGCM(key)

    def wrap(self, key: bytes, bound_to: str) -> str:
        """Return a run's key, encrypted and bound to its run."""
        return _encrypt(self._cipher, key, bound_to)

    def unwrap(self, wrapped: str, bound_to: str) -> bytes:
        """Return a run's key.

        Raises:
            Altered: It was wrapped for another run, or altered since.
        """
        return _decrypt(self._cipher, wrapped, bound_to)

    def __repr__(self) -> str:
        return f"MasterKey({self.name})"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a MasterKey is never pickled")


@dataclass(frozen=True, slots=True)
class RunKey:
    """The key of one run's journal.

    Attributes:
        clear: The table and column of the ids that links write in bulk; they alone stand in the journal as they are,
            because they stand in the accounts' own table as well.
    """

    clear: tuple[str, str]
    _open: Callable[[], AESGCM] = field(repr=False)

    def open(self) -> RunKey:
        """Make sure that the key is there, before anything is done that rests on it; return it."""
        self._open()
        return self

    def encrypt_cell(self, cell: dict[str, Any], *, is_key_clear: bool) -> dict[str, Any]:
        """Return a journal row as it is stored: its values encrypted, and its row's key where that may tell a person.

        Args:
            is_key_clear: Whether the row is known by a number, or by what the plan tells anyway.
        """
        key = cell["row_key"] if is_key_clear else self._encrypt(cell["row_key"], cell, "row_key", "")
        values = {name: cell[name] and self._encrypt(cell[name], cell, name, key) for name in _VALUES}
        return {**cell, "row_key": key, **values}

    def decrypt_cell(self, cell: Mapping[str, Any] | RowMapping) -> dict[str, Any]:
        """Return a journal row as it was before it was encrypted.

        Raises:
            Altered: A text is not what was written there.
        """
        cell, key = dict(cell), cell["row_key"]
        values = {name: self._read(cell[name], cell, name, key) for name in _VALUES}
        opened = self._decrypt(key, cell, "row_key", "") if key.startswith(TAG) else key
        return {**cell, "row_key": opened, **values}

    def _read(self, value: str | None, cell: Mapping[str, Any], name: str, key: str) -> str | None:
        if value is None:
            return None
        if value.startswith(TAG):
            return self._decrypt(value, cell, name, key)
        if (cell["table_name"], cell["column_name"]) == self.clear:
            return value
        raise Altered

    def _encrypt(self, text: str, cell: Mapping[str, Any], name: str, key: str) -> str:
        return TAG + _encrypt(self._open(), text.encode(), _bound(cell, name, key))

    def _decrypt(self, text: str, cell: Mapping[str, Any], name: str, key: str) -> str:
        return _decrypt(self._open(), text.removeprefix(TAG), _bound(cell, name, key)).decode()


def decrypt_cells(key: RunKey | None, cells: Iterable[Mapping[str, Any] | RowMapping]) -> list[dict[str, Any]]:
    """Return journal rows as they were before they were encrypted; those of a run without a key never were.

    Raises:
        Altered: A text is not what was written there.
    """
    return [dict(cell) if key is None else key.decrypt_cell(cell) for cell in cells]


def hide_cell(cell: dict[str, Any], *, is_key_clear: bool) -> dict[str, Any]:
    """Return a journal row to be shown and not stored: what would be encrypted is left out."""
    hidden = () if is_key_clear else ("row_key",)
    return {**cell, **{name: HIDDEN for name in (*_VALUES, *hidden) if cell[name] is not None}}


def make_key() -> bytes:
    """Return a new random key."""
    return os.urandom(KEY_BYTES)


def key_text(key: bytes) -> str:
    """Return a key as `parse_master_key` reads it."""
    return base64.b64encode(key).decode()


def parse_master_key(text: str) -> MasterKey:
    """Return the master key that a text holds: 32 random bytes as base64, or as 64 hexadecimal digits.

    Raises:
        InputError: Code `journal_key_malformed`.
    """
    text = text.strip()
    try:
        key = bytes.fromhex(text) if len(text) == 2 * KEY_BYTES else base64.b64decode(text, altchars=b"-_")
    except (ValueError, binascii.Error):
        key = b""
    if len(key) != KEY_BYTES:
        raise InputError(
            "the journal's key is not one",
            code="journal_key_malformed",
            remedy="Make 32 random bytes as base64: openssl rand -base64 32; nothing was read or written.",
        )
    return MasterKey(key)


def run_key(find: Callable[[], bytes], clear: tuple[str, str]) -> RunKey:
    """Return what encrypts the journal of one run; its key is looked for when it is needed first."""
    return RunKey(clear, cache(lambda: AESGCM(find())))


def _bound(cell: Mapping[str, Any], name: str, key: str) -> str:
    return "\x1f".join((*(str(cell[part]) for part in _PLACE), name, key))


def _encrypt(cipher: AESGCM, data: bytes, bound_to: str) -> str:
    nonce = os.urandom(NONCE_BYTES)
    return base64.b64encode(nonce + cipher.encrypt(nonce, data, bound_to.encode())).decode()


def _decrypt(cipher: AESGCM, text: str, bound_to: str) -> bytes:
    try:
        data = base64.b64decode(text, validate=True)
        return cipher.decrypt(data[:NONCE_BYTES], data[NONCE_BYTES:], bound_to.encode())
    except (InvalidTag, ValueError):
        raise Altered from None
