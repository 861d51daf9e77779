"""The audit chain: every transaction leaves an entry that names the hash of the one before it.

An entry holds codes and counts, and the digest of the journal rows that it stands for, so that a journal row that is
edited or deleted afterwards breaks the chain.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Connection, insert, select

from playbook.applying.journal import CELLS, CHAIN

START = "0" * 64
_PARTS = ("position", "part", "action", "table_name", "row_key", "column_name", "before_value", "after_value")


def digest_cells(rows: Iterable[Mapping[str, Any]]) -> str:
    """Return the SHA-256 of journal rows, in the order of position and part."""
    digest = hashlib.sha256()
    for row in sorted(rows, key=lambda r: (r["position"], r["part"])):
        digest.update(json.dumps([row[name] for name in _PARTS], ensure_ascii=False).encode())
    return digest.hexdigest()


def add_entry(connection: Connection, *, run: int, event: str, body: Mapping[str, Any]) -> None:
    """Append one entry within the caller's transaction."""
    last = connection.execute(select(CHAIN.c.entry, CHAIN.c.hash).order_by(CHAIN.c.entry.desc()).limit(1)).one_or_none()
    entry, previous = (last.entry + 1, last.hash) if last else (1, START)
    text = json.dumps(body, sort_keys=True)
    connection.execute(
        insert(CHAIN).values(
            entry=entry, run=run, event=event, body=text, previous=previous, hash=_hash(previous, run, event, text)
        )
    )


def broken_entries(connection: Connection) -> list[str]:
    """Return what is wrong with the chain, in words; nothing where every entry and journal row is in place."""
    faults: list[str] = []
    previous, expected = START, 1
    for row in connection.execute(select(CHAIN).order_by(CHAIN.c.entry)).all():
        if row.entry != expected or row.previous != previous:
            faults.append(f"entry {expected} is missing")
        if row.hash != _hash(row.previous, row.run, row.event, row.body):
            faults.append(f"entry {row.entry} was altered")
        body = json.loads(row.body)
        if "cells" in body and body["cells"] != _journaled(connection, row.run, body["positions"]):
            faults.append(f"the journal rows of entry {row.entry} were altered")
        previous, expected = row.hash, row.entry + 1
    return faults


def _journaled(connection: Connection, run: int, positions: list[int]) -> str:
    query = select(CELLS).where(CELLS.c.run == run, CELLS.c.position.in_(positions))
    return digest_cells([dict(row) for row in connection.execute(query).mappings()])


def _hash(previous: str, run: int, event: str, body: str) -> str:
    return hashlib.sha256(json.dumps([previous, run, event, body]).encode()).hexdigest()
