"""Which characters of somebody's data may be shown: no controls, no direction overrides, nothing invisible.

Names come from school districts. A terminal obeys escape sequences, a browser obeys direction overrides, and a reader
is deceived by what cannot be seen; letters of every script stay as they are.
"""

from __future__ import annotations

import unicodedata

REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
_BREAKS = str.maketrans(dict.fromkeys("\t\n\r\v\f\x85\u2028\u2029", " "))
# Cc controls, Cf invisible and direction marks, Cs half characters, Co and Cn without an agreed meaning.
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})


def clean_text(text: str) -> str:
    """Return text that shows what it holds: line breaks become spaces, hidden characters a visible mark.

    Cleaning twice changes nothing more.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(map(_shown, text.translate(_BREAKS)))


def _shown(character: str) -> str:
    return REPLACEMENT if unicodedata.category(character) in _HIDDEN else character
