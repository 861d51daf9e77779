"""The one Jinja2 environment: every value is escaped, nothing missing is passed over, hidden characters are shown."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from playbook.sharing.plain_text import clean_text
from playbook.sharing.summary import VERDICTS

_PART = re.compile(r"(?<=[/_?&])(?=[\w{])|(?<=\.)(?=[a-z<]{4})")
"""Where a part of a path, an endpoint or a field begins; neither in a version nor before a file's ending."""


def render(name: str, /, **values: Any) -> str:
    """Return a template of `sharing/templates/` filled with values."""
    return _environment().get_template(name).render(**values)


def render_part(name: str, /, *values: Any) -> Markup:
    """Return one macro of `parts.html.j2`, such as a table, filled with values."""
    part: Callable[..., Markup] = getattr(_environment().get_template("parts.html.j2").module, name)
    return part(*values)


def show_count(value: int) -> str:
    """Return a whole number with its thousands apart."""
    return f"{value:,}"


def show_cell(value: str | int) -> Markup | str:
    """Return one cell: a count with its thousands apart, or text whose direction cannot spill over its cell."""
    if isinstance(value, int):
        return show_count(value)
    text = clean_text(value)
    if text.isascii():
        return _breakable(text) if "/" in text or "." in text else text
    return Markup("<bdi>{}</bdi>").format(text)


def _breakable(path: str) -> Markup:
    """Let a path, an endpoint or a field go on in the next line after a separator, not in the middle of a word."""
    return Markup("<wbr>").join(_PART.split(path))


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("playbook.sharing"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_finalize,
    )
    environment.filters |= {"cell": show_cell, "count": show_count, "moment": _moment}
    environment.globals |= {"VERDICTS": VERDICTS, "SHAPES": _SHAPES}
    return environment


def _finalize(value: Any) -> Any:
    """Every text that a template shows is cleaned, whatever table or note it comes from."""
    return clean_text(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _moment(iso: str) -> str:
    return f"{iso[:10]} {iso[11:16]} UTC" if iso else "not recorded"


# Drawn, not only coloured: a tick in a disc, a bar in a triangle, a cross in an octagon.
_SHAPES: Mapping[str, Markup] = {
    "go": Markup('<circle cx="12" cy="12" r="11"/><path class="mark" d="M6.5 12.5l3.7 3.7 7.3-8"/>'),
    "review": Markup('<path d="M12 1.5L23.2 21.5H.8z"/><path class="mark" d="M12 9v6M12 17.6v.9"/>'),
    "no_go": Markup(
        '<path d="M7.4 1h9.2L23 7.4v9.2L16.6 23H7.4L1 16.6V7.4z"/><path class="mark" d="M8 8l8 8M16 8l-8 8"/>'
    ),
}
