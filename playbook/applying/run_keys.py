"""The keys of runs, each kept encrypted in the accounts database beside the journal that it encrypts.

A run's key is made in the transaction that begins the run, and is never shown or stored in clear.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, insert, select

from playbook.applying.ciphers import Altered, MasterKey, RunKey, make_key, run_key
from playbook.applying.journal import KEYS, RUNS
from playbook.applying.key_places import Keys
from playbook.applying.links import link_column
from playbook.errors import AnswerIsNo, InputError
from playbook.merging.plan import Header


@dataclass(frozen=True, slots=True)
class WrappedKey:
    """A run's key as the database keeps it.

    Attributes:
        master: The name of the master key that it is encrypted with.
        wrapped: The encrypted key; blank once it was destroyed.
        bound_to: The run, its plan and its district.
    """

    run: int
    master: str
    wrapped: str
    bound_to: str

    @property
    def is_erased(self) -> bool:
        """Whether the key was destroyed, so that nobody can read the run's images again."""
        return not self.wrapped

    def open(self, keys: Keys) -> bytes:
        """Return the run's key.

        Raises:
            InputError: Code `journal_key_missing`, `journal_key_wrong` or `journal_altered`; or the master key's
                reference leads nowhere.
            AnswerIsNo: Code `journal_erased`.
        """
        if self.is_erased:
            raise _erased()
        master = keys.find(self.master)
        if master is None:
            raise _missing(self.master)
        try:
            return master.unwrap(self.wrapped, self.bound_to)
        except Altered:
            raise InputError(
                "the journal's own key was altered, so nobody can read what the run wrote",
                code="journal_altered",
                remedy="Restore playbook_keys from a backup; nothing was written.",
            ) from None


def read_wrapped(connection: Connection, run: int) -> WrappedKey | None:
    """Return a run's key as the database keeps it; a run of an early version has none, and nothing encrypted."""
    if not connection.dialect.has_table(connection, KEYS.name):
        return None
    query = select(RUNS.c.run, RUNS.c.plan, RUNS.c.district_id, KEYS.c.master, KEYS.c.wrapped)
    row = connection.execute(query.join(KEYS, KEYS.c.run == RUNS.c.run).where(RUNS.c.run == run)).one_or_none()
    return WrappedKey(row.run, row.master, row.wrapped, bound_to(row.run, row.plan, row.district_id)) if row else None


def find_run_key(connection: Connection, run: int, keys: Keys, header: Header) -> RunKey | None:
    """Return what reads and writes a run's journal; nothing for a run of an early version.

    Its master key is looked for when it is needed first; `RunKey.open` then raises what `WrappedKey.open` does.
    """
    wrapped = read_wrapped(connection, run)
    return run_key(lambda: wrapped.open(keys), clear_column(header)) if wrapped else None


def open_run_key(connection: Connection, run: int, keys: Keys, header: Header) -> RunKey:
    """Return what writes on in the journal of a run that has begun; its key is there.

    Raises:
        InputError: The key is not there, or the run has none.
        AnswerIsNo: Code `journal_erased`.
    """
    key = find_run_key(connection, run, keys, header)
    if key is None:
        raise InputError(
            "the plan was begun by an early version, whose journal has no key",
            code="journal_key_missing",
            remedy="Take back what it has done with playbook undo, and plan again; nothing was written.",
        )
    return key.open()


def make_run_key(connection: Connection, run: int, plan: str, header: Header, master: MasterKey) -> RunKey:
    """Make the key of a run that begins."""
    key = make_key()
    wrapped = master.wrap(key, bound_to(run, plan, header.district_id))
    connection.execute(insert(KEYS).values(run=run, master=master.name, wrapped=wrapped, erased_at="", emptied_at=""))
    return run_key(lambda: key, clear_column(header))


def is_erased(connection: Connection, run: int) -> bool:
    """Say whether a run's key was destroyed, so that what it wrote can be neither read nor taken back."""
    wrapped = read_wrapped(connection, run)
    return wrapped is not None and wrapped.is_erased


def refuse_erased(connection: Connection, run: int) -> None:
    """Raise if a run's images were erased.

    Raises:
        AnswerIsNo: Code `journal_erased`.
    """
    if is_erased(connection, run):
        raise _erased()


def clear_column(header: Header) -> tuple[str, str]:
    """Return the table and column that links write in bulk, inside the database: ids of Clever's, and nothing else."""
    return header.layout.table, link_column(header)


def bound_to(run: int, plan: str, district_id: str) -> str:
    """Return what a run's key is bound to, so that it opens no other run's journal."""
    return f"{run}\x1f{plan}\x1f{district_id}"


def _erased() -> AnswerIsNo:
    return AnswerIsNo(
        "what the plan wrote over was erased, so it can no longer be taken back",
        code="journal_erased",
        remedy="Plan anew from what stands in the database now; nothing was written.",
    )


def _missing(name: str) -> InputError:
    return InputError(
        f"the journal was encrypted with another key, named {name}",
        code="journal_key_wrong",
        remedy="Give that key as [privacy] journal_key or among journal_keys_before, or use the run directory that the "
        "plan was applied from; nothing was written.",
    )
