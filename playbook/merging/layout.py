"""Where in an application's database a plan's operations take effect: names only, found by reflection.

The layout is part of the plan, so that what a reviewer approves says which columns of which tables will be written.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Referrer:
    """A column whose values are account ids.

    Attributes:
        table: The table that holds it.
        column: The column.
        key: The columns that name a row of the table; empty where it has no primary key.
        where: A condition that limits which rows hold account ids; "" for all.
        is_declared: False where a foreign key says so, True where only the district file does.
        uniques: The unique keys of the table that hold the column: two accounts' rows may collide there.
    """

    table: str
    column: str
    key: tuple[str, ...] = ()
    where: str = ""
    is_declared: bool = False
    uniques: tuple[tuple[str, ...], ...] = ()

    @property
    def name(self) -> str:
        """`table.column`, as the district file writes it."""
        return f"{self.table}.{self.column}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """A separate credential table; blank `version` where it has no such column.

    Attributes:
        uniques: The unique keys of the table that hold the account: two accounts' credentials may collide there.
    """

    table: str
    key: tuple[str, ...]
    account: str
    clever_id: str
    version: str = ""
    where: str = ""
    columns: tuple[str, ...] = ()
    uniques: tuple[tuple[str, ...], ...] = ()

    @property
    def referrer(self) -> Referrer:
        """The table as a reference: only the credentials that the condition names follow to a survivor."""
        return Referrer(table=self.table, column=self.account, key=self.key, where=self.where, uniques=self.uniques)


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """The account table, and where the new id and the survivor are written.

    Attributes:
        columns: The columns that an image covers, in the order in which their marks stand.
        v3_id: The column beside the old id; blank where the playbook's own table of links takes it.
        adds_v3_id: The column is not there yet: applying adds it, and an undo takes it away again.
        merged_into: The column that points a folded account to its survivor; blank where the playbook's own table does.
        status: The column that a tombstone is marked in; blank where there is none.
        tombstone: The word that marks it there.
        uniques: Columns of the account table that are unique by themselves, the key left out.
        contact_cells: What a new contact's columns get: column, and `email`, `name`, `user_id`, or `=` with a word.
        unfilled: Columns that a new account needs and that nobody could fill; with any of them no account is made.
    """

    table: str
    key: str
    columns: tuple[str, ...] = ()
    clever_id: str = ""
    v3_id: str = ""
    adds_v3_id: bool = False
    merged_into: str = ""
    status: str = ""
    tombstone: str = "deleted"
    uniques: tuple[str, ...] = ()
    contact_cells: tuple[tuple[str, str], ...] = ()
    unfilled: tuple[str, ...] = ()
    credentials: Credentials | None = None
    referrers: tuple[Referrer, ...] = ()

    def misses_unique(self, name: str) -> bool:
        """Say whether a rule of `[merge.unique]` can be for no index, as where its table has others only.

        A table whose indexes are all over some rows only, or over expressions, may be named: no list holds those.
        """
        table = name.partition(".")[0]
        theirs = [known for known in self.unique_names if known.startswith(f"{table}.")]
        held = {self.table, *(r.table for r in self.referrers), *([self.credentials.table] if self.credentials else [])}
        return name not in theirs if theirs else table not in held

    @property
    def unique_names(self) -> tuple[str, ...]:
        """The unique indexes that a plan may come upon, as `[merge.unique]` names them."""
        moved = (*self.referrers, *([self.credentials.referrer] if self.credentials else []))
        rows = {f"{r.table}.{','.join(unique)}" for r in moved for unique in r.uniques}
        return tuple(sorted(rows | {f"{self.table}.{column}" for column in self.uniques}))
