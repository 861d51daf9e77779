"""A ciphertext says nothing, opens nowhere but in its place, and any touch of it is noticed."""

from __future__ import annotations

import base64
import pickle
from typing import Any

import pytest

from playbook.applying.ciphers import TAG, Altered, MasterKey, RunKey, hide_cell, key_text, parse_master_key, run_key
from playbook.errors import InputError

CLEAR = ("users", "clever_v3_id")
CELL: dict[str, Any] = {
    "run": 1,
    "position": 7,
    "part": 2,
    "action": "update",
    "table_name": "notes",
    "row_key": '{"id": "i:1"}',
    "column_name": "body",
    "entry": 3,
    "before_value": "s:Ana Li",
    "after_value": "s:ana@home.example",
}


def key(number: int = 1) -> RunKey:
    """Return a run's key."""
    return run_key(lambda: bytes([number] * 32), CLEAR)


def test_every_touched_byte_is_noticed() -> None:
    """Whichever byte of whichever text is flipped, the cell is not read."""
    cell = key().encrypt_cell(CELL, is_key_clear=False)
    for name in ("row_key", "before_value", "after_value"):
        data = base64.b64decode(cell[name].removeprefix(TAG))
        for number in range(len(data)):
            flipped = bytes(byte ^ (place == number) for place, byte in enumerate(data))
            with pytest.raises(Altered):
                key().decrypt_cell({**cell, name: TAG + base64.b64encode(flipped).decode()})


@pytest.mark.parametrize("text", [TAG, f"{TAG}AAAA", f"{TAG}not base64", f"{TAG}é"])
def test_what_is_no_ciphertext_is_noticed(text: str) -> None:
    """Cut short, or never one: the cell is not read."""
    with pytest.raises(Altered):
        key().decrypt_cell({**CELL, "after_value": text})


@pytest.mark.parametrize(
    "moved",
    [
        {"run": 2},
        {"position": 8},
        {"part": 3},
        {"action": "insert"},
        {"table_name": "grades"},
        {"column_name": "title"},
        {"row_key": '{"id": "i:2"}'},
    ],
    ids=lambda moved: next(iter(moved)),
)
def test_a_ciphertext_opens_in_its_own_place_only(moved: dict[str, Any]) -> None:
    """Moved to another run, action, row or column it is not read."""
    cell = key().encrypt_cell(CELL, is_key_clear=True)
    with pytest.raises(Altered):
        key().decrypt_cell({**cell, **moved})


def test_before_and_after_are_not_exchanged() -> None:
    """A value of the same cell's other side is not read either."""
    cell = key().encrypt_cell(CELL, is_key_clear=True)
    with pytest.raises(Altered):
        key().decrypt_cell({**cell, "before_value": cell["after_value"]})


def test_a_clear_value_is_not_taken_for_an_encrypted_one() -> None:
    """Only the ids that links write in bulk may stand in clear; anything else was put there by somebody."""
    link = {**CELL, "table_name": "users", "column_name": "clever_v3_id"}
    assert key().decrypt_cell(link) == link
    with pytest.raises(Altered):
        key().decrypt_cell(CELL)


def test_another_runs_key_opens_nothing() -> None:
    """Each run has a key of its own."""
    with pytest.raises(Altered):
        key(2).decrypt_cell(key(1).encrypt_cell(CELL, is_key_clear=True))


def test_a_cell_comes_back_as_it_was() -> None:
    """Nulls, empty texts and any character; the same text is never encrypted the same way twice."""
    for values in (("s:", None), (None, "s:ß\x00\U0001f600'"), ("{}", "x:not a ciphertext")):
        cell = CELL | dict(zip(("before_value", "after_value"), values, strict=True))
        once, again = (key().encrypt_cell(cell, is_key_clear=False) for _ in range(2))
        assert key().decrypt_cell(once) == key().decrypt_cell(again) == cell
        assert once["row_key"] != again["row_key"]
        assert all(value is None or value.startswith(TAG) for value in (once["before_value"], once["after_value"]))


def test_a_shown_cell_tells_nothing() -> None:
    """Statements that are only shown tell where something would stand, not what."""
    assert "Ana" not in str(hidden := hide_cell(CELL, is_key_clear=True))
    assert "home.example" not in str(hidden)
    assert hidden["row_key"] == CELL["row_key"] != hide_cell(CELL, is_key_clear=False)["row_key"]


def test_a_runs_key_opens_with_its_master_key_and_for_its_run_only() -> None:
    """A wrapped key that is moved to another run, or meant for another master key, stays shut."""
    master = MasterKey(bytes(32))
    wrapped = master.wrap(b"k" * 32, "run 1")
    assert master.unwrap(wrapped, "run 1") == b"k" * 32
    for other, place in ((master, "run 2"), (MasterKey(b"o" * 32), "run 1")):
        with pytest.raises(Altered):
            other.unwrap(wrapped, place)


def test_a_master_key_is_neither_shown_nor_pickled() -> None:
    """It prints as its name, from which nobody learns the key."""
    secret = bytes(range(32))
    master = parse_master_key(key_text(secret))
    assert all(text not in f"{master!r} {master} {master.name}" for text in (secret.hex(), key_text(secret)))
    with pytest.raises(TypeError):
        pickle.dumps(master)


def test_a_master_key_is_read_in_either_writing() -> None:
    """Base64, with either alphabet, or hexadecimal digits."""
    secret = bytes(range(224, 256))
    texts = (key_text(secret), base64.urlsafe_b64encode(secret).decode(), secret.hex(), f"{secret.hex()}\n")
    assert {parse_master_key(text).name for text in texts} == {MasterKey(secret).name}


@pytest.mark.parametrize("text", ["", "secret", key_text(bytes(31)), key_text(bytes(33)), "z" * 64, "é" * 32])
def test_what_is_no_key_is_refused(text: str) -> None:
    """A short or mistyped key is never stretched into one, and never shown."""
    with pytest.raises(InputError) as refused:
        parse_master_key(text)
    assert refused.value.code == "journal_key_malformed"
    assert not text or text not in f"{refused.value} {refused.value.remedy}"
