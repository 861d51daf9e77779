"""Text that a spreadsheet would run as a formula is written so that it does not, and is read back unchanged.

Source: OWASP, CSV injection; the Application Security Verification Standard 5, 1.2.10.
"""

from __future__ import annotations

import unicodedata

MARK = "'"
_STARTERS = frozenset("=+-@\t\r\n\0")


def neutralise_formula(text: str) -> str:
    """Return a cell that every spreadsheet shows as text; `restore_formula` gives the first text back."""
    return MARK + text if text.startswith(MARK) or _starts_formula(text) else text


def restore_formula(cell: str) -> str:
    """Return the text that `neutralise_formula` was given."""
    return cell[1:] if cell.startswith(MARK) else cell


def _starts_formula(text: str) -> bool:
    """Say whether a spreadsheet may run it; some skip blanks first, and some fold full-width signs."""
    start = text.lstrip(" \N{NO-BREAK SPACE}\N{IDEOGRAPHIC SPACE}\N{ZERO WIDTH NO-BREAK SPACE}\N{ZERO WIDTH SPACE}")[:1]
    return start != "" and unicodedata.normalize("NFKC", start)[0] in _STARTERS
