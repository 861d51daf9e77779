"""Search a file, unpacked and decoded to its last layer, for an exact list of texts; what cannot be read is no pass."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ahocorasick_rs import AhoCorasick

from playbook.errors import InputError
from playbook.sharing.decoding import decode_views
from playbook.sharing.forbidden import Forbidden
from playbook.sharing.unpacking import UnreadableLayer, unpack_layers

_BY_CHANCE = 12
"""Shorter ids, such as an account's number, stand inside every long hash by chance."""


@dataclass(frozen=True, slots=True, order=True)
class Hit:
    """One place that holds what must not leave; never the text itself.

    Attributes:
        where: File name and the path inside it, `bundle.zip!pages/index.html`.
        kind: name, e-mail, id, secret, place, or unreadable.
        encoding: How it was hidden: `text`, or the decoders that showed it.
    """

    where: str
    kind: str
    encoding: str


@dataclass(frozen=True, slots=True)
class Scan:
    """What a search found.

    Attributes:
        hits: Sorted, one a (place, kind, encoding).
        searched: How many forbidden texts were searched for.
    """

    hits: tuple[Hit, ...]
    searched: int

    @property
    def clean(self) -> bool:
        """True where nothing was found and everything could be read."""
        return not self.hits


def scan(path: Path, forbidden: Forbidden) -> Scan:
    """Search one file.

    Args:
        path: Any file; archives, compressed files, notebooks and images are unpacked.
        forbidden: The exact texts; see `read_forbidden`.

    Raises:
        InputError: There is no such file, or it cannot be read.
    """
    try:
        content = path.read_bytes()
    except OSError:
        raise InputError(f"{path.name} cannot be read", remedy="Name a file that is there, not a directory.") from None
    return scan_bytes(path.name, content, forbidden)


def scan_bytes(name: str, content: bytes, forbidden: Forbidden) -> Scan:
    """Search bytes as if they were a file of that name."""
    search = _Search(forbidden)
    return Scan(tuple(sorted(set(_hits(name, content, search)))), len(forbidden))


def _hits(name: str, content: bytes, search: _Search) -> Iterator[Hit]:
    for layer in unpack_layers(name, content):
        if isinstance(layer, UnreadableLayer):
            yield Hit(layer.where, "unreadable", layer.reason)
            continue
        yield from (Hit(layer.where, kind, "name of the entry") for kind in search.kinds(layer.where))
        for view in decode_views(layer.content):
            yield from (Hit(layer.where, kind, view.encoding) for kind in search.kinds(view.text))


class _Search:
    """All forbidden texts at once, compared without case, accents' spelling, or width."""

    def __init__(self, forbidden: Forbidden) -> None:
        folded = {fold(text): kind for text, kind in forbidden.kinds.items()}
        self._kinds = list(folded.values())
        self._texts = list(folded)
        self._automaton = AhoCorasick(self._texts) if folded else None

    def kinds(self, text: str) -> set[str]:
        """Return the kinds of what stands in a text; names, places and short ids only as whole words."""
        if self._automaton is None:
            return set()
        folded = fold(text)
        matches = self._automaton.find_matches_as_indexes(folded, overlapping=True)
        return {self._kinds[index] for index, start, end in matches if self._is_whole(folded, start, end, index)}

    def _is_whole(self, text: str, start: int, end: int, index: int) -> bool:
        if self._kinds[index] not in ("name", "place") and len(self._texts[index]) >= _BY_CHANCE:
            return True
        before, after = text[start - 1 : start], text[end : end + 1]
        return not (_continues_word(before) or _continues_word(after))


def _continues_word(character: str) -> bool:
    """Scripts without blanks between words, from CJK on, have no word that goes on."""
    return character.isalnum() and character < "\u2e80"


def fold(text: str) -> str:
    """Return a text as it is compared: one spelling, one case, one kind of blank, nothing invisible."""
    if not text.isascii():
        text = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
        text = "".join(character for character in text if unicodedata.category(character) != "Cf")
    return " ".join(text.lower().split())
