"""The environment has one reader, and a secret never shows itself."""

from __future__ import annotations

import pickle
from datetime import UTC, datetime
from pathlib import Path

import pytest

from playbook.errors import InputError, ReferenceUnresolved
from playbook.settings import Secret, read_settings, resolve

CANARY = "tok-canary-51c0"


@pytest.mark.parametrize("shown", [str, repr, "{}".format, "{!s:>20}".format, lambda s: f"{s}", lambda s: f"{[s]}"])
def test_a_secret_never_shows_itself(shown: object) -> None:
    """However it is printed, the value stays inside."""
    assert CANARY not in shown(Secret(CANARY))  # type: ignore[operator]


def test_a_secret_is_no_text_and_is_not_pickled() -> None:
    """It cannot travel by accident, into a log line or to another process."""
    assert not isinstance(Secret(CANARY), str)
    with pytest.raises(TypeError):
        pickle.dumps(Secret(CANARY))


def test_an_environment_reference_is_followed() -> None:
    """env:NAME leads to the variable's value."""
    assert resolve("env:T", read_settings({"T": CANARY})).reveal() == CANARY


@pytest.mark.parametrize("value", ["", "two words", "line\nbreak", "caf\u00e9", "\x1b[0m"])
def test_a_value_that_no_header_can_carry_is_refused(value: str) -> None:
    """Carriage returns and the like would split a request; the value is not repeated in the message."""
    with pytest.raises(ReferenceUnresolved) as caught:
        resolve("env:T", read_settings({"T": value}))

    assert not value or value not in str(caught.value)


def test_a_file_reference_must_be_private(tmp_path: Path) -> None:
    """A token file that others may read is refused with the command that mends it."""
    path = tmp_path / "token"
    path.write_text(CANARY + "\n")
    path.chmod(0o644)
    with pytest.raises(ReferenceUnresolved, match="chmod 600"):
        resolve("file:token", read_settings({}), base=tmp_path)
    path.chmod(0o600)

    assert resolve("file:token", read_settings({}), base=tmp_path).reveal() == CANARY


@pytest.mark.parametrize("reference", ["file:missing", "env:", "plain-text", "keyring:"])
def test_a_reference_that_leads_nowhere_says_so(tmp_path: Path, reference: str) -> None:
    """Each kind of dead reference is one clear error."""
    with pytest.raises(ReferenceUnresolved):
        resolve(reference, read_settings({}), base=tmp_path)


def test_the_clock_can_be_frozen() -> None:
    """A rehearsal reads the same moment each time; without one the clock is real."""
    frozen = read_settings({"PLAYBOOK_CLOCK": "2026-08-03T06:00:00+02:00"})

    assert frozen.now() == datetime(2026, 8, 3, 4, tzinfo=UTC)
    assert read_settings({}).now().tzinfo is UTC


@pytest.mark.parametrize("text", ["yesterday", "2026-08-03", "2026-08-03T06:00:00"])
def test_a_clock_without_zone_is_refused(text: str) -> None:
    """A moment without a time zone would differ from laptop to laptop."""
    with pytest.raises(InputError):
        read_settings({"PLAYBOOK_CLOCK": text})
