"""The traps that a database can hold: what each would do, what to do about it, and whether it stops a plan.

Each has a name, under which a person acknowledges it. Those that block are refusals: going on would lose rows, orphan
them, or leave half a change behind. `playbook.accounts.preflight` looks for them.
Sources: the manuals of PostgreSQL, MariaDB and SQLite on what their transactions, keys and checks do not cover.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rule:
    """What a trap or a safety check is about.

    Attributes:
        message: What it is and what it would do.
        remedy: What to do about it.
        is_blocking: Nothing may be written while it is there and nobody has acknowledged it.
        can_be_acknowledged: False where going on would break the database, whatever anybody says.
    """

    message: str
    remedy: str
    is_blocking: bool = True
    can_be_acknowledged: bool = True


@dataclass(frozen=True, slots=True)
class Trap:
    """One kind of thing that makes plans go wrong, and where it was found.

    Attributes:
        name: What a person acknowledges it by.
        message: What it is and what it would do.
        remedy: What to do about it.
        is_blocking: Nothing may be written while it is there and nobody has acknowledged it.
        things: The tables, columns and triggers that it is about, sorted; never a value.
    """

    name: str
    message: str
    remedy: str
    is_blocking: bool
    things: tuple[str, ...]


RULES: Mapping[str, Rule] = {
    "undeclared_references": Rule(
        "columns hold account keys although neither a foreign key nor the district file says so",
        "Declare each as [[accounts.reference]], or waive it in [accounts] waive.",
    ),
    "ids_inside_values": Rule(
        "columns hold account keys inside JSON documents, lists or global ids; no rule moves those",
        'Write fold = "alias", or waive the column in [accounts] waive after reading it.',
    ),
    "copied_ids": Rule(
        "columns outside of the accounts hold Clever's v2 ids",
        "Move the code that reads them to v3 as well; the playbook leaves them as they are.",
        is_blocking=False,
    ),
    "references_by_other_column": Rule(
        "foreign keys reference an account by another column than its key",
        'Write fold = "alias" and store = "beside", so that no referenced value changes.',
    ),
    "references_outside_schema": Rule(
        "tables of other schemas reference accounts; the playbook neither counts nor moves their rows",
        'Write fold = "alias", or bring the tables into the schema that the URL names.',
    ),
    "composite_references": Rule(
        "foreign keys reference an account together with other columns, which a move must keep equal",
        "Look whether the listed columns are equal for both accounts of a person, such as the tenant.",
        is_blocking=False,
    ),
    "rows_removed_with_accounts": Rule(
        "the database deletes or empties rows when their account is deleted",
        "Never delete a folded account while the journal may be needed; the playbook itself deletes none.",
        is_blocking=False,
    ),
    "deferred_constraints": Rule(
        "foreign keys are checked only when a transaction commits",
        "Nothing: the playbook asks for the check before it commits.",
        is_blocking=False,
    ),
    "key_not_unique": Rule(
        "the column named as the accounts' key is not unique by the schema",
        "Name the primary key in [accounts] key.",
        can_be_acknowledged=False,
    ),
    "keys_are_bytes": Rule(
        "accounts' keys are bytes, which have no text that every engine agrees on",
        "Give the accounts a key that is a number or a text.",
        can_be_acknowledged=False,
    ),
    "soft_deletes_unnamed": Rule(
        "the accounts table has a column that marks deleted rows, and the district file does not name it",
        "Name it in [accounts] status, or exclude deleted rows in where.",
    ),
    "tombstone_refused": Rule(
        "the accounts' status column refuses the word that marks a folded account",
        "Write a word that the column takes as [merge] tombstone, or leave [accounts] status out.",
        can_be_acknowledged=False,
    ),
    "tombstones_unmarked": Rule(
        "the accounts' status column holds no words, so folded accounts are not marked there",
        "Let your sign-in follow the survivor of a folded account; the playbook leaves the column as it is.",
        is_blocking=False,
    ),
    "triggers": Rule(
        "tables that would be written have triggers; what they do is not part of a plan",
        'Read the listed triggers, then write [merge] acknowledge = ["triggers"].',
    ),
    "computed_columns": Rule(
        "tables that would be written have columns that the database computes",
        "Nothing: they are compared, never written.",
        is_blocking=False,
    ),
    "not_transactional": Rule(
        "tables that would be written cannot roll back",
        "Convert the listed tables to InnoDB.",
        can_be_acknowledged=False,
    ),
    "foreign_keys_broken": Rule(
        "rows break a foreign key already",
        "Repair the listed tables first; the playbook could not tell its own faults from these.",
    ),
    "foreign_keys_unchecked": Rule(
        "the server does not check foreign keys by default",
        "Nothing: the playbook turns the check on for its own connection.",
        is_blocking=False,
    ),
    "loose_collations": Rule(
        "unique columns take texts for equal that differ in case or accents",
        "Expect collisions between accounts whose values differ only so; they are held.",
        is_blocking=False,
    ),
    "row_security": Rule(
        "row security may hide accounts or their rows from this role",
        "Connect with a role that bypasses row security.",
    ),
    "rewrite_rules": Rule(
        "rules rewrite what is written to the tables",
        'Read the listed rules, then write [merge] acknowledge = ["rewrite_rules"].',
    ),
    "replicas": Rule(
        "replicas or change feeds follow this database",
        "Tell their owners when the plan is applied; watch the lag while it runs.",
        is_blocking=False,
    ),
    "privileges_missing": Rule(
        "the database role may not do what applying needs",
        "Grant the role what is listed: an ALTER on PostgreSQL is for the table's owner, CREATE is for the journal.",
        can_be_acknowledged=False,
    ),
}
