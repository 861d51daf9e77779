"""A file's bytes, and what is said of a file that cannot be read or judged."""

from __future__ import annotations

import codecs

from playbook.audit.files import AuditFile
from playbook.errors import Fault

UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def read_content(file: AuditFile) -> bytes | None:
    """Return a file's bytes, as UTF-8 where they say that they are UTF-16; None for what is no text.

    Raises:
        OSError: The file cannot be read.
    """
    with open(file.path, "rb") as opened:
        content = opened.read()
    if content.startswith(UTF_16):
        return content.decode("utf-16", "replace").encode()
    return None if b"\0" in content[:1024] else content


def tell_failure(file: AuditFile, error: Exception) -> Fault:
    """Tell of an error by its class alone, because its message may quote the file."""
    if isinstance(error, OSError):
        return Fault(file.name, "the file cannot be read", error.strerror or "")
    if isinstance(error, RecursionError):
        return Fault(file.name, "nested too deeply to be read", "Split the file.")
    return Fault(file.name, f"could not be read: {type(error).__name__}")
