"""What support may see of a person: the first letter and a keyed hash, stable within one run and in no other.

The key is made by the run, stays in its directory, and goes with it; a plain hash of a name could be guessed back.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from dataclasses import dataclass, field
from pathlib import Path

from playbook.sharing.plain_text import REPLACEMENT, clean_text

KEY_FILE = "mask.key"
_KEY_BYTES = 32


@dataclass(frozen=True, slots=True)
class Mask:
    """Masks names, ids and e-mails of one run.

    Attributes:
        key: 32 bytes that never leave the run directory.
    """

    key: bytes = field(repr=False)

    def name(self, name: str) -> str:
        """Return a name as its first letter and a code, such as `M·7f3a09c2`; blank stays blank."""
        first = clean_text(name).lstrip(f" {REPLACEMENT}")[:1].upper()
        return f"{first or '?'}·{self.code('name', name)}" if name.strip() else ""

    def code(self, kind: str, value: str) -> str:
        """Return eight characters that stand for a value of one kind; the same value of another kind has others."""
        if not value:
            return ""
        return hmac.new(self.key, f"{kind}\0{value}".encode(errors="surrogatepass"), hashlib.sha256).hexdigest()[:8]


def read_mask(directory: Path) -> Mask:
    """Read a run directory's key, made on the first use for its owner's eyes only."""
    path = directory / KEY_FILE
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0), 0o600)
    except FileExistsError:
        return Mask(path.read_bytes())
    with os.fdopen(handle, "wb") as file:
        file.write(secrets.token_bytes(_KEY_BYTES))
    return Mask(path.read_bytes())
