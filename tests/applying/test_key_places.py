"""The key of the journal: made once, whole, for its owner's eyes only, and never mixed up with another database's."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pytest

from playbook.applying.ciphers import MasterKey, key_text
from playbook.applying.key_places import KeptKeys, ReferredKeys
from playbook.errors import PlaybookError


def places(directory: Path) -> set[str]:
    """Return what lies in a directory, hidden files too."""
    return {path.name for path in directory.iterdir()}


def test_a_key_is_made_once_and_for_its_owner_only(tmp_path: Path) -> None:
    """Directory 0700, file 0600, nothing left beside it; asked again, or by many at once, it is the same key."""
    keys = KeptKeys(tmp_path / "keys", "sqlite:a")
    with ThreadPoolExecutor(8) as pool:
        names = {key.name for key in pool.map(lambda _: keys.current(), range(40))}
    assert len(names) == 1
    (path,) = (tmp_path / "keys").iterdir()
    assert (path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777) == (0o600, 0o700)


def test_looking_for_a_key_makes_none(tmp_path: Path) -> None:
    """A key that is not there is not found, and no directory comes of it."""
    assert KeptKeys(tmp_path / "keys", "sqlite:a").find("0" * 16) is None
    assert places(tmp_path) == set()


def test_two_databases_share_no_key(tmp_path: Path) -> None:
    """A rehearsal's database has a key of its own; either place finds both, because a key opens what it closed."""
    one, other = (KeptKeys(tmp_path / "keys", name) for name in ("sqlite:a", "sqlite:b"))
    assert one.current().name != other.current().name
    assert one.find(other.current().name) is not None
    one.settle(is_needed=False)
    assert one.find(other.current().name) is not None


@pytest.mark.parametrize("mode", [0o640, 0o604])
def test_a_key_that_others_may_read_is_refused(tmp_path: Path, mode: int) -> None:
    """Nothing is encrypted with it until its owner has looked."""
    keys = KeptKeys(tmp_path / "keys", "sqlite:a")
    keys.current()
    next((tmp_path / "keys").iterdir()).chmod(mode)
    with pytest.raises(PlaybookError, match="others") as refused:
        keys.current()
    assert refused.value.code == "journal_key_unreadable"


def test_a_planted_link_is_not_followed(tmp_path: Path) -> None:
    """A link where the key should be is refused, whatever it points to."""
    keys = KeptKeys(tmp_path / "keys", "sqlite:a")
    keys.current()
    (path,) = (tmp_path / "keys").iterdir()
    path.rename(tmp_path / "elsewhere")
    path.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(PlaybookError) as refused:
        keys.current()
    assert refused.value.code == "journal_key_unreadable"


def test_a_successor_takes_the_place_when_it_is_settled(tmp_path: Path) -> None:
    """Until then both are found; begun again, the same successor is gone on with; afterwards the old one is gone."""
    keys = KeptKeys(tmp_path / "keys", "sqlite:a")
    old, new = keys.current().name, keys.successor().name
    assert old != new == keys.successor().name
    assert keys.current().name == old
    assert keys.find(old)
    assert keys.find(new)
    keys.settle(is_needed=True)
    assert (keys.current().name, keys.find(old)) == (new, None)
    assert len(places(tmp_path / "keys")) == 1
    keys.settle(is_needed=False)
    assert places(tmp_path / "keys") == set()


def test_a_damaged_key_file_is_no_key(tmp_path: Path) -> None:
    """A file that was cut short is refused, never filled up or made anew."""
    keys = KeptKeys(tmp_path / "keys", "sqlite:a")
    keys.current()
    (path,) = (tmp_path / "keys").iterdir()
    path.write_text(key_text(bytes(32))[:20])
    with pytest.raises(PlaybookError) as refused:
        keys.current()
    assert refused.value.code == "journal_key_malformed"


def test_earlier_keys_are_found_and_never_used_anew() -> None:
    """A reference beside the current one opens what was encrypted with it, and nothing else."""
    now, before = (partial(MasterKey, bytes([number] * 32)) for number in (1, 2))
    keys = ReferredKeys(now, (before,))
    assert keys.current().name == keys.successor().name == now().name
    assert keys.find(before().name) is not None
    assert keys.find("0" * 16) is None
