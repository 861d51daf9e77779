"""Which texts must never leave a run directory: everybody's names, e-mails and ids, the secrets, and where we work.

We possess the exact list, so the scanner needs no guess at what a name looks like.
"""

from __future__ import annotations

import getpass
import socket
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import pandas as pd
import pyarrow.parquet as pq

from playbook.errors import InputError
from playbook.run import KEYS, SHAREABLE, Run

_KINDS = {
    "email": "e-mail",
    "name": "name",
    "last": "name",  # a contact's whole name stands here
    "user_id": "id",
    "legacy_id": "id",
    "clever_id": "id",
    "v3_id": "id",
    "sis_id": "id",
    "number": "id",
    "state_id": "id",
    "student_id": "id",
}
_PEOPLE = frozenset(_KINDS.values())
_SHORTEST = {"id": 6, "name": 5, "e-mail": 5, "secret": 4, "place": 6}
"""Shorter texts stand in every file by chance; a name counts only whole, with a space in it."""


@dataclass(frozen=True, slots=True)
class Forbidden:
    """The texts that a shared file must not hold.

    Attributes:
        kinds: Each text to what it is: name, e-mail, id, secret, place. Never shown.
    """

    kinds: Mapping[str, str] = field(repr=False)

    def __len__(self) -> int:
        return len(self.kinds)

    def refuse_empty(self) -> None:
        """Raise if no person is on the list: finding nobody would prove nothing.

        Raises:
            InputError: Code `nobody_known`.
        """
        if not _PEOPLE.intersection(self.kinds.values()):
            raise InputError(
                "the run directory holds no people, or no longer does, so nothing can be searched for",
                code="nobody_known",
                remedy="Fetch and match first; after `playbook erase` this proof can no longer be had.",
            )


def make_forbidden(texts: Iterable[tuple[str, str]]) -> Forbidden:
    """Make the list out of (text, kind), leaving out what is too short to mean anybody."""
    return Forbidden({text: kind for text, kind in texts if _is_telling(text, kind)})


def read_forbidden(run: Run) -> Forbidden:
    """Collect the list from every table of a run directory, its secrets, and the machine that it lies on."""
    private = [path for path in sorted(run.directory.rglob("*.parquet")) if not _is_shareable(path, run.directory)]
    people = (text for path in private for text in _people(path))
    return make_forbidden([*people, *_secrets(run), *_places(run)])


def read_secrets(run: Run) -> tuple[str, ...]:
    """Return the secrets that the district file refers to, as far as this process can resolve them."""
    return tuple(text for text, _ in _secrets(run))


def _is_shareable(path: Path, root: Path) -> bool:
    return path.relative_to(root).parts[0] in SHAREABLE


def _is_telling(text: str, kind: str) -> bool:
    return len(text) >= _SHORTEST[kind] and (kind != "name" or " " in text.strip())


def _people(path: Path) -> Iterator[tuple[str, str]]:
    columns = [name for name in pq.read_schema(path).names if name in _KINDS or name in ("first", "middle")]
    table = pd.read_parquet(path, columns=columns, dtype_backend="pyarrow")
    for column in columns:
        if column in _KINDS:
            yield from ((text, _KINDS[column]) for text in table[column].dropna().unique())
    if {"first", "last"} <= set(columns):
        names = table[["first", "last"]].drop_duplicates()
        for first, last in zip(names["first"], names["last"], strict=True):
            if first and last:
                yield f"{first} {last}", "name"
                yield f"{last}, {first}", "name"


def _secrets(run: Run) -> Iterator[tuple[str, str]]:
    """The secrets that this process can resolve; one that it cannot resolve it cannot have written."""
    clever, privacy = run.district.clever, run.district.privacy
    references = (clever.token, clever.client_secret, run.district.accounts.url)
    for reference in filter(None, (*references, privacy.journal_key, *privacy.journal_keys_before)):
        try:
            value = run.secret(reference).reveal()
        except InputError:
            continue
        password = urlsplit(value).password if "://" in value else value
        if password:
            yield password, "secret"
    for path in sorted((run.directory / KEYS).glob("*.key")):
        with suppress(OSError):  # what this process cannot read it cannot have written
            yield path.read_text(encoding="utf-8").strip(), "secret"


def _places(run: Run) -> Iterator[tuple[str, str]]:
    for place in (str(run.directory), str(run.district.directory), str(Path.home()), socket.gethostname()):
        yield place, "place"
    yield getpass.getuser(), "place"
