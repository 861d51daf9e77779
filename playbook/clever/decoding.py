"""The other process of `playbook.clever.decoder`: bodies of pages of users come in, tables go out.

It has no token, asks nothing of the network and writes no file; it ends where its input does.
"""

from __future__ import annotations

import gc
import signal
import struct
import sys
from typing import IO

import pyarrow as pa

from playbook.clever.kinds import USERS
from playbook.clever.retrying import Passing
from playbook.clever.transport import Answer
from playbook.errors import CleverError

_SIZE = struct.Struct("<Q")
_NEXT = b"next"
READY = b"ready"
UNREADABLE = b""


def read_frame(stream: IO[bytes]) -> bytes:
    """Return the content of the next frame.

    Raises:
        EOFError: The other side has ended.
    """
    size = _SIZE.unpack(_read(stream, _SIZE.size))[0]
    return _read(stream, size)


def write_frame(stream: IO[bytes], content: bytes | bytearray | pa.Buffer) -> None:
    """Write one frame.

    Raises:
        OSError: The other side has ended.
    """
    stream.write(_SIZE.pack(len(content)))
    stream.write(content)
    stream.flush()


def unpack_table(content: bytes) -> tuple[pa.Table, str]:
    """Return the table of a frame, and the link to the next page."""
    table = pa.ipc.open_stream(content).read_all()
    return table.replace_schema_metadata(None), table.schema.metadata[_NEXT].decode()


def _read(stream: IO[bytes], size: int) -> bytes:
    content = stream.read(size)
    if len(content) < size:
        raise EOFError
    return content


def _pack_table(body: bytes) -> pa.Buffer:
    page = USERS.read_page(Answer(200, {}, body))
    table = page.rows().replace_schema_metadata({_NEXT: page.next})
    out = pa.BufferOutputStream()
    with pa.ipc.new_stream(out, table.schema) as stream:
        stream.write_table(table)
    return out.getvalue()


def _serve(bodies: IO[bytes], tables: IO[bytes]) -> None:
    """Answer each body with its table, or with nothing where it has none: why is found out on the other side."""
    write_frame(tables, READY)
    while True:
        body = read_frame(bodies)
        try:
            table = _pack_table(body)
        except (Passing, CleverError):
            table = UNREADABLE
        write_frame(tables, table)


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # who is interrupted is the other side, and it ends our input
    gc.disable()  # records are no part of a cycle
    try:
        _serve(sys.stdin.buffer, sys.stdout.buffer)
    except (EOFError, BrokenPipeError):
        sys.exit()
