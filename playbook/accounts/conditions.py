"""Which of the district file's conditions a database refuses: asked one by one once it has refused them together."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine, Table, literal, literal_column, select

from playbook.accounts.engine import reading
from playbook.accounts.query import is_about_credentials
from playbook.accounts.refusals import MISSING, SYNTAX
from playbook.accounts.schema import Schema, read_schema
from playbook.district import Accounts
from playbook.errors import DatabaseError, Fault, InputError

_WHAT = {
    MISSING.code: "names a column that is not there",
    SYNTAX.code: "is no condition that the database understands",
}


@contextmanager
def conditions_named(engine: Engine, accounts: Accounts) -> Iterator[None]:
    """Tell a refusal that a condition of the district file caused by the keys of those conditions.

    Raises:
        InputError: Code `condition`; every condition that the database refuses by itself.
        DatabaseError: It refuses for another reason.
    """
    try:
        yield
    except DatabaseError as error:
        faults = [*_faults(engine, accounts)] if error.code in _WHAT else []
        if not faults:
            raise
        raise InputError(
            "the database refuses conditions of the district file",
            code="condition",
            remedy="Correct the listed conditions; nothing was read or written.",
            faults=faults,
        ) from None


def _faults(engine: Engine, accounts: Accounts) -> Iterator[Fault]:
    with reading(engine) as connection:
        schema = read_schema(connection, accounts)
    for where, table, condition in _conditions(schema, accounts):
        try:
            with reading(engine) as connection:
                asked = select(literal(1)).select_from(table).where(literal_column(f"({condition})"))
                connection.execute(asked.limit(1)).first()
        except DatabaseError as error:
            yield Fault(where, _WHAT.get(error.code, error.message))


def _conditions(schema: Schema, accounts: Accounts) -> Iterator[tuple[str, Table, str]]:
    """Yield where each condition stands in the district file, the table that it is about, and the condition."""
    if accounts.where:
        is_theirs = is_about_credentials(schema, accounts.where)
        table = schema.identities if is_theirs and schema.identities is not None else schema.accounts
        yield "accounts.where", table, accounts.where
    if accounts.identities and accounts.identities.where and schema.identities is not None:
        yield "accounts.identities.where", schema.identities, accounts.identities.where
    for index, reference in enumerate(accounts.reference):
        if reference.where:
            yield f"accounts.reference[{index}].where", schema.tables.tables[reference.table], reference.where
