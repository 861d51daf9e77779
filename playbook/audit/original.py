"""A file as it stands on disk, beside its text as the rules read it: what changes in one changes in the other alike.

A patch must name bytes as they are, or no tool finds its place: the mark at the beginning of a file, carriage returns
and letters of Windows-1252 stay what they were.
"""

from __future__ import annotations

import codecs
import re
from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from playbook.audit.content import UTF_16
from playbook.audit.reading.reader import decode
from playbook.audit.rewrite import NeedsJudgment


@dataclass(frozen=True, slots=True)
class Original:
    """A file's bytes and what they say.

    Attributes:
        content: The bytes.
        text: What they say, its lines ended as the rules want them.
        written: What they say, its lines ended as they are.
        mark: The byte order mark that they begin with, if any.
        encoding: How the rest is encoded.
    """

    content: bytes
    text: str
    written: str
    mark: bytes
    encoding: str

    def replaced(self, stretches: Iterable[tuple[int, int, str]]) -> bytes:
        """Return the file with stretches of its text replaced.

        Args:
            stretches: Start and end in the text, and what stands there instead.
        """
        pairs = [match.start() - before for before, match in enumerate(re.finditer("\r\n", self.written))]
        written = self.written
        for start, end, text in sorted(stretches, reverse=True):
            first, last = start + bisect_left(pairs, start), end + bisect_left(pairs, end)
            ending = next((each for each in ("\r\n", "\r") if each in written[first:last]), "\n")
            written = written[:first] + text.replace("\n", ending) + written[last:]
        return self.mark + written.encode(self.encoding)


def read_original(place: str) -> Original:
    """Read a file that is to be patched.

    Raises:
        NeedsJudgment: No tool can patch it; the message says why.
    """
    try:
        content = Path(place).read_bytes()
    except OSError:
        raise NeedsJudgment("its file cannot be read") from None
    if content.startswith(UTF_16):
        raise NeedsJudgment("its file is UTF-16, which tools that apply patches take for no text")
    written = decode(content) or ""
    mark = codecs.BOM_UTF8 if content.startswith(codecs.BOM_UTF8) else b""
    for encoding in ("utf-8", "cp1252"):
        try:
            if written and mark + written.encode(encoding) == content:
                text = written.replace("\r\n", "\n").replace("\r", "\n")
                return Original(content, text, written, mark, encoding)
        except UnicodeEncodeError:
            continue
    raise NeedsJudgment("its file is in no encoding that could be written back")
