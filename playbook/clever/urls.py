"""Where a request may go: Clever's links are followed on the configured origin only, everything else is refused unsent.

The client keeps one rule for every address, the first path as well as each `next` link: the answer is a path and a
query on the origin, or an error, before a socket is opened and before a token is near it.

Source: https://dev.clever.com/docs/paging-and-limits (links are relative paths with the version).
"""

from __future__ import annotations

import re
from urllib.parse import SplitResult, urlsplit

from playbook.errors import CleverError

_SAFE = re.compile(r"[A-Za-z0-9/._~!$&'()*+,;=:@%?\[\]-]*")
_ENCODED_TRICKS = re.compile(r"%(?:0[0-9a-f]|1[0-9a-f]|2e|2f|5c|7f|23)", re.IGNORECASE)
_IDENTIFIER = re.compile(r"(?<=/)(?:[0-9a-fA-F]{24}|[0-9]+|[^/]*[0-9a-fA-F]{12,}[^/]*)(?=/|$)")
_PORTS = {"https": 443, "http": 80}


def resolve_link(origin: str, link: str) -> str:
    """Return a link as path and query on the origin.

    Args:
        origin: Scheme, host and port, such as `https://api.clever.com`.
        link: What Clever sent, or a path of our own: relative, or absolute on that very origin.

    Raises:
        CleverError: The link leads anywhere else, or is written so that two readers could disagree where it leads.
    """
    if not _SAFE.fullmatch(link):
        raise _refused("it holds characters that no Clever link holds")
    try:
        parts = urlsplit(link)
        leads_away = bool(parts.scheme or parts.netloc) and not _is_on(origin, parts)
    except ValueError:
        raise _refused("it cannot be read as an address") from None
    if leads_away:
        raise _refused("it leaves the configured origin")
    if not parts.path.startswith("/") or "//" in (parts.path[:2], link[:2]):
        raise _refused("its path does not start at the root")
    if _ENCODED_TRICKS.search(parts.path) or {".", ".."} & set(parts.path.split("/")):
        raise _refused("its path walks upwards or hides characters")
    if re.search(r"%(?![0-9A-Fa-f]{2})|%0[0-9A-Fa-f]", link):
        raise _refused("it holds broken or control-character escapes")
    return parts.path + (f"?{parts.query}" if parts.query else "")


def path_template(target: str) -> str:
    """Return a path for messages and logs: no query, ids replaced, so that it names an endpoint and no person."""
    return _IDENTIFIER.sub("{id}", target.partition("?")[0])


def _is_on(origin: str, parts: SplitResult) -> bool:
    home = urlsplit(origin)
    if "@" in parts.netloc or not parts.hostname or parts.netloc.endswith(":"):
        return False
    return _address(home) == _address(parts)


def _address(parts: SplitResult) -> tuple[str, str, int | None]:
    return parts.scheme, parts.hostname or "", parts.port or _PORTS.get(parts.scheme)


def _refused(why: str) -> CleverError:
    return CleverError(
        f"a link was not followed: {why}",
        code="link_refused",
        remedy="Report the answer's request id to Clever; nothing was sent to that address.",
    )
