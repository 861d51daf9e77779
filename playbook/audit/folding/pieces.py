"""What a folded text consists of: pieces that are known, holes that carry a name, and the ways to put them together."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

MAX_WAYS = 8


@dataclass(frozen=True, slots=True)
class Hole:
    """A piece that is not known: the name that stands there, and how it is reached."""

    name: str
    path: tuple[str, ...] = ()


Piece = str | Hole
Folded = tuple[Piece, ...]


def render(folded: Folded) -> str:
    """Return a fold as a text with `{name}` for each hole."""
    return "".join(piece if isinstance(piece, str) else f"{{{piece.name or 'value'}}}" for piece in folded)


def products(ways: list[list[Folded]], *, between: str = "", trims: bool = True) -> list[Folded]:
    """Return every way of one after the other, with a separator that is not doubled; eight at most."""
    found: list[Folded] = []
    for combination in product(*ways):
        pieces: list[Piece] = []
        for index, way in enumerate(combination):
            if index and between:
                pieces = _separated(pieces, between) if trims else [*pieces, between]
                way = _without_front(way, between) if trims else way
            pieces.extend(way)
        found.append(tuple(pieces))
        if len(found) == MAX_WAYS:
            break
    return found


def _separated(pieces: list[Piece], between: str) -> list[Piece]:
    if pieces and isinstance(pieces[-1], str) and pieces[-1].endswith(between):
        return pieces
    return [*pieces, between]


def _without_front(way: Folded, between: str) -> Folded:
    if way and isinstance(way[0], str) and way[0].startswith(between) and "://" not in way[0]:
        return (way[0].removeprefix(between), *way[1:])
    return way


def merged(ways: list[Folded]) -> list[Folded]:
    """Return ways without repetition, literal neighbours put together."""
    merged: dict[Folded, None] = {}
    for way in ways:
        pieces: list[Piece] = []
        for piece in way:
            if isinstance(piece, str) and pieces and isinstance(pieces[-1], str):
                pieces[-1] += piece
            elif piece != "":
                pieces.append(piece)
        merged[tuple(pieces)] = None
    return list(merged)[:MAX_WAYS]
