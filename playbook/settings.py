"""The only reader of the environment: where secrets are found, what the clock says, how we are being run.

A token is a reference (`env:NAME`, `file:PATH`, `keyring:SERVICE/NAME`), resolved inside the process that needs it.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import NoReturn

from playbook.errors import Fault, InputError, ReferenceUnresolved

REFERENCE_KINDS = ("env:", "file:", "keyring:")
FROZEN_CLOCK = "PLAYBOOK_CLOCK"
UNATTENDED = "PLAYBOOK_UNATTENDED"
OUTPUTS = "PLAYBOOK_OUTPUTS"
OPERATOR = "PLAYBOOK_OPERATOR"


class Secret:
    """A value that prints as `***` and refuses to be pickled; not a `str`, because subclasses of it leak."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """Return the value; called only where it leaves for the configured origin or database."""
        return self._value

    def __repr__(self) -> str:
        return "Secret(***)"

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return repr(self)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._value == self._value

    def __hash__(self) -> int:
        return hash((Secret, self._value))

    def __reduce__(self) -> NoReturn:
        raise TypeError("a Secret is never pickled")


@dataclass(frozen=True, slots=True)
class Settings:
    """What the environment says, read once.

    Attributes:
        environ: The environment's variables, for `env:` references; never shown.
        outputs: The directory that run directories are made in.
        frozen_clock: The moment that the clock shows, where a rehearsal must be repeatable.
        operator: Who is working; whoever planned may not approve; blank where nobody says.
        is_unattended: True where nobody can answer a control: under papermill and nbval.
    """

    environ: Mapping[str, str] = field(repr=False)
    outputs: Path
    frozen_clock: datetime | None
    operator: str
    is_unattended: bool

    def now(self) -> datetime:
        """Return the moment in UTC: the frozen one of a rehearsal, else the real one."""
        return self.frozen_clock or datetime.now(UTC)


def read_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """Read the environment once.

    Raises:
        InputError: The frozen clock is not an ISO moment with a time zone.
    """
    environ = os.environ if environ is None else environ
    return Settings(
        environ=environ,
        outputs=Path(environ.get(OUTPUTS) or "outputs").absolute(),
        frozen_clock=_moment(environ.get(FROZEN_CLOCK, "")),
        operator=next((environ[name] for name in (OPERATOR, "USER", "LOGNAME") if environ.get(name)), ""),
        is_unattended=environ.get(UNATTENDED, "") not in ("", "0"),
    )


def _moment(text: str) -> datetime | None:
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise InputError(
            f"{FROZEN_CLOCK} is not a moment",
            remedy=f"Set {FROZEN_CLOCK} to an ISO moment such as 2026-08-03T06:00:00+00:00, or unset it.",
        )
    return moment.astimezone(UTC)


def looks_like_reference(text: str) -> bool:
    """Say whether a text is a reference to a secret rather than the secret itself."""
    return text.startswith(REFERENCE_KINDS)


def resolve(reference: str, settings: Settings, *, base: Path | None = None) -> Secret:
    """Follow a reference to its secret.

    Args:
        reference: `env:NAME`, `file:PATH` (relative to `base`) or `keyring:SERVICE/NAME`.
        settings: What the environment says.
        base: The directory that relative paths start from.

    Raises:
        ReferenceUnresolved: The reference leads nowhere, or to nothing, or to a text no header can carry.
    """
    kind, _, name = reference.partition(":")
    finders = {"env": _from_environment, "file": _from_file, "keyring": _from_keyring}
    if kind not in finders:
        raise ReferenceUnresolved(
            "a secret must be given as a reference",
            remedy="Write env:NAME, file:PATH or keyring:SERVICE/NAME instead of the secret itself.",
        )
    value = finders[kind](name, settings, base or Path.cwd()).strip("\n")
    if not value:
        _unresolved(reference, "it is empty or not set")
    if any(ord(character) < 33 or ord(character) > 126 for character in value):
        _unresolved(reference, "the value holds spaces, control characters or other text that no header can carry")
    return Secret(value)


def _from_environment(name: str, settings: Settings, base: Path) -> str:
    return settings.environ.get(name, "")


def _from_file(name: str, settings: Settings, base: Path) -> str:
    path = base / name
    try:
        mode = path.stat().st_mode
        if os.name == "posix" and mode & 0o077:
            _unresolved(f"file:{path.name}", "others may read the file; run chmod 600 on it")
        return path.read_text(encoding="utf-8")
    except OSError:
        _unresolved(f"file:{path.name}", "the file cannot be read")


def _from_keyring(name: str, settings: Settings, base: Path) -> str:
    import keyring  # imported late: only those who use a keyring pay for it

    service, _, user = name.partition("/")
    try:
        return keyring.get_password(service, user) or ""
    except keyring.errors.KeyringError:
        _unresolved(f"keyring:{service}", "the keyring could not be opened")


def _unresolved(reference: str, why: str) -> NoReturn:
    raise ReferenceUnresolved(
        f"{reference} leads nowhere",
        remedy=f"Set {reference.partition(':')[2]} and try again.",
        faults=[Fault(reference, why)],
    ) from None
