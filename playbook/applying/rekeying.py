"""Changing the master key: the keys of all runs are encrypted anew in one transaction, and no cell is touched.

Until that transaction is committed every run opens with the key before, afterwards with the one of now; both are found
meanwhile, so whatever dies in between, the same command finishes it.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, select, update

from playbook.accounts.engine import reading
from playbook.accounts.source import DatabaseSource
from playbook.applying.chain import open_chain
from playbook.applying.ciphers import MasterKey
from playbook.applying.journal import KEYS, RUNS
from playbook.applying.key_places import Keys
from playbook.applying.run_keys import WrappedKey, read_wrapped
from playbook.applying.session import Session, writing


def rekey(source: DatabaseSource, *, district_id: str, keys: Keys, now: datetime, execute: bool = False) -> int:
    """Encrypt the keys of a district's runs with the master key of now; return how many are, or would be.

    Args:
        source: The accounts database.
        district_id: The district; runs of others are left alone.
        keys: Where the master keys lie; the one before must be found as well.
        now: The moment, with its time zone.
        execute: False for a dry run, which writes nothing.

    Raises:
        InputError: A run needs a master key that is not there; nothing was written.
        AnswerIsNo: Code `locked`.
        DatabaseError: The database refuses.
    """
    if not execute:
        with reading(source.engine) as connection:
            wrapped = _kept(connection, district_id)
        for key in wrapped:
            key.open(keys)
        return len(wrapped)
    with writing(source.engine, source.accounts, district_id=district_id, execute=True) as session:
        return rekey_within(session, district_id=district_id, keys=keys, now=now)


def rekey_within(session: Session, *, district_id: str, keys: Keys, now: datetime) -> int:
    """Do the same on a session that holds the district's lock, and let go of the keys before."""
    successor = keys.successor()
    with session.transaction(execute=True) as connection:
        wrapped = _kept(connection, district_id)
        for key in wrapped:
            if key.master != successor.name:
                _wrap_anew(connection, key, keys, successor, now)
    keys.settle(is_needed=bool(wrapped))
    return len(wrapped)


def can_rekey(session: Session, *, district_id: str, keys: Keys) -> bool:
    """Say whether the master key is ours to change and every run that needs one opens with what lies there."""
    with session.transaction(execute=False) as connection:
        return keys.are_ours and all(keys.find(key.master) for key in _kept(connection, district_id))


def kept_plans(source: DatabaseSource, district_id: str) -> list[str]:
    """Return the district's plans that can be taken back: begun, not undone, and their keys still there."""
    with reading(source.engine) as connection:
        runs = [key.run for key in _kept(connection, district_id)]
        undoable = select(RUNS.c.plan).where(RUNS.c.kind == "apply", RUNS.c.state != "undone", RUNS.c.run.in_(runs))
        return list(connection.scalars(undoable)) if runs else []


def _kept(connection: Connection, district_id: str) -> list[WrappedKey]:
    if not connection.dialect.has_table(connection, KEYS.name):
        return []
    query = select(RUNS.c.run).where(RUNS.c.district_id == district_id).order_by(RUNS.c.run)
    found = [read_wrapped(connection, run) for run in connection.scalars(query).all()]
    return [key for key in found if key and not key.is_erased]


def _wrap_anew(connection: Connection, key: WrappedKey, keys: Keys, successor: MasterKey, now: datetime) -> None:
    plan = connection.scalar(select(RUNS.c.plan).where(RUNS.c.run == key.run)) or ""
    wrapped = successor.wrap(key.open(keys), key.bound_to)
    connection.execute(update(KEYS).where(KEYS.c.run == key.run).values(master=successor.name, wrapped=wrapped))
    body = {"at": now.isoformat(), "from": key.master, "to": successor.name}
    open_chain(connection, key.run, plan).append(connection, "rekeyed", body)
