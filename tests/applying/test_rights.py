"""What a database role may not do is refused by name before there is a plan, and never found out in the middle."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from sqlalchemy import create_engine, make_url, text

from playbook.accounts.source import DatabaseSource, open_source
from playbook.applying.journal import OWN
from playbook.applying.rights import needed_privileges
from playbook.applying.survey import survey_database
from playbook.applying.undo import plan_undo
from playbook.errors import AnswerIsNo, DatabaseError
from tests.applying.schemas import engine_of
from tests.applying.vendor import NOW, Vendor, build_vendor, dump
from tests.databases import NewDatabase

WAYS = [{"fold": "move"}, {"fold": "alias"}, {"fold": "move", "layout": "credentials"}]
OTHERS = set(OWN.tables) - {"playbook_links"}
"""Tables of the playbook's own, of which one stands for all."""
SEQUENCE = "authentication_options_id_seq"


@dataclass(frozen=True)
class Role:
    """A database role that holds what it was granted and nothing else."""

    url: str
    name: str

    @property
    def account(self) -> str:
        """The role as a GRANT names it."""
        return self.name if self._is_postgres else f"'{self.name}'@'localhost'"

    @property
    def _is_postgres(self) -> bool:
        return engine_of(self.url) == "postgresql"

    def make(self) -> None:
        """Make the role; it may read every table, as the look for references does."""
        database = make_url(self.url).database
        if self._is_postgres:
            self.do(f"CREATE ROLE {self.name} LOGIN", f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {self.name}")
        else:
            self.do(f"CREATE USER {self.account}", f"GRANT SELECT ON {database}.* TO {self.account}")

    def drop(self) -> None:
        """Drop the role and what it owns."""
        if self._is_postgres:
            self.do(f"REASSIGN OWNED BY {self.name} TO postgres", f"DROP OWNED BY {self.name}")
        self.do(f"DROP {'ROLE' if self._is_postgres else 'USER'} {self.account}")

    def grant(self, table: str, kind: str, *, back: bool = False) -> None:
        """Grant one privilege, or take it back; on PostgreSQL to alter a table is its owner's."""
        database = make_url(self.url).database
        verb, to = ("REVOKE", "FROM") if back else ("GRANT", "TO")
        if self._is_postgres and kind == "ALTER":
            self.do(f"ALTER TABLE {table} OWNER TO {'postgres' if back else self.name}")
            self.do(f"GRANT SELECT, UPDATE ON {table} TO {self.name}")  # which an owner does not take along
            return
        if self._is_postgres:
            place = {"*": "SCHEMA public", SEQUENCE: f"SEQUENCE {SEQUENCE}"}.get(table, table)
        else:
            place = f"{database}.{table}"
            kind += ", CREATE" if table in OWN.tables and not back else ""
        self.do(f"{verb} {kind} ON {place} {to} {self.account}")

    def do(self, *statements: str) -> None:
        """Do as the administrator would."""
        engine = create_engine(self.url)
        with engine.begin() as connection:
            for statement in statements:
                connection.execute(text(statement))
        engine.dispose()

    def use(self, vendor: Vendor) -> Vendor:
        """Return the vendor, opened as this role."""
        url = make_url(self.url).set(username=self.name).render_as_string()
        source = open_source(vendor.source.accounts, url, base=Path("/"))
        assert isinstance(source, DatabaseSource)
        return replace(vendor, source=source)


@pytest.fixture
def make_role() -> Iterator[Callable[[str], Role]]:
    """Make a role for a database; dropped after the test, before its database."""
    made: list[Role] = []

    def make(url: str) -> Role:
        role = Role(url, f"few_{make_url(url).database}")
        role.make()
        made.append(role)
        return role

    yield make
    for role in made:
        role.drop()


def privileges_of(vendor: Vendor) -> list[tuple[str, str]]:
    """Return what the vendor's plan needs, as its own look at the database says; reading is granted anyway."""
    layout = survey_database(vendor.source, vendor.merge).layout
    needed = set(needed_privileges(layout, vendor.merge)) | {("*", "CREATE")}
    if engine_of(vendor.url) == "postgresql":  # where whoever makes a table owns it
        needed = {(table, kind) for table, kind in needed if table not in OWN.tables}
        needed |= {(SEQUENCE, "USAGE")} if layout.credentials else set()
    return sorted((table, kind) for table, kind in needed if kind != "SELECT")


@pytest.mark.parametrize("engine", ["postgres", "mariadb"])
@pytest.mark.parametrize("way", WAYS, ids=lambda way: "-".join(way.values()))
def test_what_is_listed_is_enough_and_nothing_of_it_is_too_much(
    new_database: NewDatabase,
    make_role: Callable[[str], Role],
    engine: str,
    way: dict[str, str],
) -> None:
    """With exactly these grants a plan goes there and back; with each removed in turn it is refused beforehand."""
    url = new_database(engine)
    vendor = build_vendor(url, persons=3, **way)
    needed, role = privileges_of(vendor), make_role(url)
    for table, kind in needed:
        role.grant(table, kind)
    few, before = role.use(vendor), dump(url, also_ours=True)
    for table, kind in [pair for pair in needed if pair[0] not in OTHERS]:
        role.grant(table, kind, back=True)
        assert refused_for(few) == {kind if table == "*" and engine == "mariadb" else f"{_told(table)} {kind}"}
        role.grant(table, kind)
    assert dump(url, also_ours=True) == before
    plan = few.plan()
    assert few.apply(plan).refusals == []
    assert few.verify(plan) == ()
    assert few.apply(plan_undo(plan, few.source, made_at=NOW)).refusals == []
    assert dump(url) == {name: rows for name, rows in before.items() if not name.startswith("playbook_")}


def _told(table: str) -> str:
    return "public" if table == "*" else table


def refused_for(vendor: Vendor) -> set[str]:
    """Return the privileges for whose lack the plan is refused."""
    plan = vendor.plan()
    with pytest.raises(AnswerIsNo) as refused:
        vendor.apply(plan)
    assert refused.value.code == "checks_pending"
    (check,) = plan.header.pending
    assert check.name == "privileges_missing"
    return set(check.things)


def test_a_role_that_may_not_read_is_refused_at_once(postgres_url: str, make_role: Callable[[str], Role]) -> None:
    """There is no plan without a look at every table."""
    vendor, role = build_vendor(postgres_url, persons=3), make_role(postgres_url)
    role.grant("grades", "SELECT", back=True)
    with pytest.raises(DatabaseError) as refused:
        role.use(vendor).plan()
    assert refused.value.code == "permission_denied"


def test_a_grant_that_comes_with_a_role_counts(mariadb_url: str, make_role: Callable[[str], Role]) -> None:
    """What a user may do through a role, or by a pattern for databases, is not reported as missing."""
    vendor, role, name = build_vendor(mariadb_url, persons=3), make_role(mariadb_url), make_url(mariadb_url).database
    role.do(f"CREATE ROLE writers_{name}", f"GRANT ALL PRIVILEGES ON `{name}%`.* TO writers_{name}")
    role.do(f"GRANT writers_{name} TO {role.account}", f"SET DEFAULT ROLE writers_{name} FOR {role.account}")
    assert role.use(vendor).apply(vendor.plan()).failed == 0
    assert role.use(vendor).plan().header.pending == ()
    role.do(f"DROP ROLE writers_{name}")
