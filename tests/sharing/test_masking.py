"""Masked names."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from playbook.sharing.masking import Mask, read_mask


def test_tells_nothing_but_the_first_letter() -> None:
    """A masked name holds no more of the name than its first letter."""
    masked = Mask(b"k" * 32).name("Marisol Ybarra-Quandt")

    assert masked.startswith("M·")
    assert not any(part in masked for part in ("arisol", "Ybarra", "Quandt"))


def test_is_stable_within_a_run_and_differs_between_runs(tmp_path: Path) -> None:
    """The same key gives the same mask; two runs' keys never do."""
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()

    assert read_mask(tmp_path / "one").name("Ann Lee") == read_mask(tmp_path / "one").name("Ann Lee")
    assert read_mask(tmp_path / "one").name("Ann Lee") != read_mask(tmp_path / "two").name("Ann Lee")


def test_separates_kinds() -> None:
    """The same text as a name and as an e-mail has two codes, so that columns cannot be joined."""
    mask = Mask(b"k" * 32)

    assert mask.code("name", "x") != mask.code("email", "x")


@pytest.mark.parametrize("name", ["\u202eevil", "<b>", "\x1b[0m", "\ud800"])
def test_hostile_first_letters_are_shown_as_text(name: str) -> None:
    """Hidden characters are not what a masked name starts with."""
    assert Mask(b"k" * 32).name(name)[0].isprintable()


def test_keeps_its_key_from_others(tmp_path: Path) -> None:
    """The key file is the owner's alone, and the key is in no repr."""
    mask = read_mask(tmp_path)

    assert stat.S_IMODE((tmp_path / "mask.key").stat().st_mode) == 0o600
    assert repr(mask) == "Mask()"


def test_blank_stays_blank() -> None:
    """Nobody has no mask."""
    assert Mask(b"k" * 32).name("  ") == ""
