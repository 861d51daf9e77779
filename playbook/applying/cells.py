"""What a row holds, as the journal and whoever writes to it have it: names of columns and kept values."""

from __future__ import annotations

import json
from collections.abc import Mapping

Cells = Mapping[str, str | None]
"""Column name to kept value."""

Row = dict[str, str | None]
"""A whole row's cells."""

Cell = tuple[str, str | None, str | None]
"""A column, and what it held before and holds after; for a whole row no column, and its cells as `row_text`."""


def row_text(cells: Cells) -> str:
    """Return cells as the journal keeps them in one text."""
    return json.dumps(dict(cells), sort_keys=True, ensure_ascii=False)


def moved_key(key: Cells, column: str, after: str | None) -> Cells:
    """Return the key under which a row stands once a column is changed, which may be a part of the key."""
    return {**key, column: after} if column in key else key


def holds(row: Cells, cells: Cells) -> bool:
    """Say whether a row holds exactly these values."""
    return all(row.get(name) == value for name, value in cells.items())
