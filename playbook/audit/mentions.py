"""Which files use a name that stands for Clever elsewhere in their project, without speaking of Clever themselves."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from ahocorasick_rs import BytesAhoCorasick, Implementation

from playbook.audit.content import read_content
from playbook.audit.files import AuditFile

MIN_NAME = 6
WORD = re.compile(rb"\w")


def spell_names(constants: Mapping[str, tuple[str, ...]]) -> set[str]:
    """Return the names of constants that hold Clever's host, in the ways in which other files may spell them.

    Args:
        constants: Names, as they are spelled, to what they hold.
    """
    plain = {name for name, texts in constants.items() if _stands_for_clever(name, texts)}
    return {form for name in plain for form in (name, name.upper(), camel(name))}


def spell_class(name: str) -> str:
    """Return a class's name in snake case as it is spelled, where it is rare enough to look for what inherits it."""
    return "".join(part.capitalize() for part in name.split("_")) if "_" in name and len(name) > MIN_NAME else ""


def _stands_for_clever(name: str, texts: tuple[str, ...]) -> bool:
    """Say whether a constant's name is telling enough to look for it in files that do not speak of Clever."""
    is_telling = "." not in name and "_" in name and len(name) >= MIN_NAME and "clever" not in name
    return is_telling and any("clever.com" in text for text in texts)


def camel(name: str) -> str:
    """Return a name in snake case as others spell it: `api_root` as `apiRoot`."""
    first, *others = name.split("_")
    return first + "".join(other.capitalize() for other in others)


@lru_cache(maxsize=64)
def _search_for(names: frozenset[str]) -> BytesAhoCorasick:
    return BytesAhoCorasick([name.encode() for name in sorted(names)], implementation=Implementation.DFA)


def mentions_any(file: AuditFile, names: frozenset[str]) -> bool:
    """Say whether a file holds any of the names that stand for Clever elsewhere in its project, as a whole word."""
    try:
        content = read_content(file)
    except OSError:
        return False  # pass one has told so
    if content is None:
        return False
    found = _search_for(names).find_matches_as_indexes(content, overlapping=True)
    return any(
        not WORD.match(content[start - 1 : start]) and not WORD.match(content[end : end + 1]) for _, start, end in found
    )
