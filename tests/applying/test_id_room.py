"""A column that would cut a Clever id, or make something else of it, is refused by name before anything is written."""

from __future__ import annotations

import pytest
from sqlalchemy import create_engine, event, inspect, text

from playbook.applying.staging import unnested
from playbook.applying.undo import plan_undo
from playbook.errors import AnswerIsNo
from playbook.merging.plan import Plan
from tests.applying.schemas import comes_back, engine_of, vendor_with
from tests.applying.vendor import NOW, Vendor, build_vendor, dump
from tests.databases import NewDatabase

COLUMN = "users.clever_v3_id"
UNFIT = {
    "sqlite": ["INTEGER", "UUID", "BLOB"],
    "postgresql": ["VARCHAR(20)", "CHAR(30)", "INTEGER", "UUID", "BYTEA"],
    "mysql": ["VARCHAR(20)", "INTEGER", "UUID", "VARBINARY(30)", "ENUM('70', '71')"],
}
FIT = {
    "sqlite": ["VARCHAR(20)", "TEXT"],  # SQLite does not mind a width
    "postgresql": ["CHAR(24)", "VARCHAR(24)", "VARCHAR"],
    "mysql": ["CHAR(24)", "VARCHAR(24)", "TEXT"],
}


def write(vendor: Vendor, *statements: str) -> None:
    """Do what the application's owners might do."""
    with vendor.source.engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement))


def be_lax(vendor: Vendor) -> None:
    """Let a MySQL server be one that cuts what is too long, and says nothing."""
    if vendor.source.engine.dialect.name == "mysql":

        @event.listens_for(vendor.source.engine, "connect")
        def _set_mode(connection: object, _record: object) -> None:
            with connection.cursor() as cursor:  # type: ignore[attr-defined]
                cursor.execute("SET SESSION sql_mode = ''")


def refusal(vendor: Vendor, plan: Plan, *, execute: bool) -> AnswerIsNo:
    """Return the refusal of a plan; nothing was written."""
    before = dump(vendor.url, also_ours=True)
    with pytest.raises(AnswerIsNo) as refused:
        vendor.apply(plan, execute=execute)
    assert dump(vendor.url, also_ours=True) == before
    return refused.value


def test_a_column_that_cannot_hold_an_id_stops_the_plan(database_url: str) -> None:
    """It is named with its type, dry as in earnest, whatever the server's mode; nobody can acknowledge it away."""
    vendor = vendor_with(database_url, fold="alias", acknowledge=("ids_do_not_fit",))
    be_lax(vendor)
    for kind in UNFIT[engine_of(database_url)]:
        write(vendor, f"ALTER TABLE users ADD COLUMN clever_v3_id {kind}")
        plan = vendor.plan()
        check = {check.name: check for check in plan.header.checks}["ids_do_not_fit"]
        assert [name.partition(" ")[0] for name in check.things] == [COLUMN], kind
        for execute in (False, True):
            assert refusal(vendor, plan, execute=execute).code == "checks_pending"
        write(vendor, "ALTER TABLE users DROP COLUMN clever_v3_id")


@pytest.mark.parametrize("execute", [False, True], ids=["dry", "real"])
def test_a_column_that_came_after_the_plan_is_refused_as_well(database_url: str, execute: bool) -> None:
    """The schema that a plan is bound to leaves that column out, because applying adds it; so apply looks itself."""
    vendor = build_vendor(database_url, fold="alias")
    plan = vendor.plan()
    kind = UNFIT[engine_of(database_url)][0]
    write(vendor, f"ALTER TABLE users ADD COLUMN clever_v3_id {kind}")
    refused = refusal(vendor, plan, execute=execute)
    assert (refused.code, [(f.where, f.what) for f in refused.faults]) == ("ids_do_not_fit", [(COLUMN, f"is {kind}")])


def test_a_column_that_holds_an_id_takes_the_plan_and_gives_it_back(database_url: str) -> None:
    """What is exactly wide enough is not refused, and neither is what says nothing of its width."""
    vendor = build_vendor(database_url, fold="alias")
    be_lax(vendor)
    for kind in FIT[engine_of(database_url)]:
        write(vendor, f"ALTER TABLE users ADD COLUMN clever_v3_id {kind}")
        comes_back(vendor, vendor.plan(), dump(database_url))
        write(vendor, "ALTER TABLE users DROP COLUMN clever_v3_id", *forgetting(vendor))


def forgetting(vendor: Vendor) -> list[str]:
    """Return the statements that take the playbook's own tables away, so that the same plan can be applied again."""
    names = inspect(vendor.source.engine).get_table_names()
    return [f"DROP TABLE {name}" for name in names if name.startswith("playbook_")]


@pytest.mark.parametrize("store", ["beside", "replace"])
def test_a_narrow_credential_column_is_refused(new_database: NewDatabase, store: str) -> None:
    """Rows of a credential table hold ids too: where old ones fit, new ones may not."""
    for engine in ("postgres", "mariadb"):
        vendor = build_vendor(new_database(engine), layout="credentials", fold="alias", store=store)
        be_lax(vendor)
        kind = "TYPE VARCHAR(24)" if engine == "postgres" else "VARCHAR(24) NOT NULL"
        column = "ALTER COLUMN uid" if engine == "postgres" else "MODIFY uid"
        write(vendor, f"ALTER TABLE authentication_options {column} {kind}")
        assert "ids_do_not_fit" not in {check.name for check in vendor.plan().header.checks}
        write(vendor, "UPDATE authentication_options SET uid = substr(uid, 1, 20)")
        write(vendor, f"ALTER TABLE authentication_options {column} {kind.replace('24', '20')}")
        check = {check.name: check for check in vendor.plan().header.checks}["ids_do_not_fit"]
        assert check.things == ("authentication_options.uid VARCHAR(20)",)


def test_what_else_does_not_fit_is_refused_and_never_cut(mariadb_url: str) -> None:
    """Writers ask the server for its strict mode; whoever takes back what stood there needs the mode that let it in."""
    vendor = build_vendor(mariadb_url, fold="alias", layout="credentials")
    be_lax(vendor)
    write(
        vendor,
        "UPDATE authentication_options SET version = 'x' WHERE user_id = 40",
        "UPDATE authentication_options SET version = '2' WHERE user_id <> 40",
        "ALTER TABLE authentication_options MODIFY version VARCHAR(1)",
    )
    plan = vendor.plan()
    result = vendor.apply(plan)
    assert [(refused.account_id, refused.code) for refused in result.refusals] == [("40", "value_too_long")]
    assert vendor.apply(plan_undo(plan, vendor.source, made_at=NOW)).failed == 0


def test_rows_of_arrays_keep_what_is_longer_than_their_column(postgres_url: str) -> None:
    """A cast to a narrow type would cut it; the column itself has to refuse it."""
    vendor = build_vendor(postgres_url)
    engine = create_engine(vendor.source.engine.url)
    column = vendor.source.schema().accounts.columns["kind"].type
    with engine.connect() as connection:
        rows = unnested({"word": (["w" * 30], column)}, "now")
        assert connection.scalars(rows.select()).all() == ["w" * 30]
    engine.dispose()
