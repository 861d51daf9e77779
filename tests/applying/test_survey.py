"""What the look at a database tells planning: every trap that the plan would step into, and none that it would not."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import create_engine, make_url, text

from playbook.accounts.source import DatabaseSource
from playbook.errors import AnswerIsNo
from playbook.merging.plan import Check, read_plan
from tests.applying.vendor import Vendor, build_vendor

TRIGGERS = {
    "sqlite": "CREATE TRIGGER touch AFTER UPDATE ON {0} BEGIN UPDATE {0} SET id = id WHERE id = 0; END",
    "mysql": "CREATE TRIGGER touch BEFORE UPDATE ON {0} FOR EACH ROW SET NEW.id = NEW.id",
    "postgresql": "CREATE TRIGGER touch BEFORE UPDATE ON {0} FOR EACH ROW EXECUTE FUNCTION keep()",
}
FUNCTION = "CREATE FUNCTION keep() RETURNS trigger AS 'BEGIN RETURN NEW; END' LANGUAGE plpgsql"


def execute(url: str, *statements: str) -> None:
    """Execute statements in one transaction."""
    engine = create_engine(make_url(url))
    with engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement))
    engine.dispose()


def add_trigger(url: str, table: str) -> None:
    """Make a trigger `touch` on a table."""
    engine = make_url(url).get_backend_name()
    execute(url, *([FUNCTION] if engine == "postgresql" else []), TRIGGERS[engine].format(table))


def checks(vendor: Vendor) -> dict[str, Check]:
    """The checks of the vendor's plan by name."""
    return {check.name: check for check in vendor.plan().header.checks}


def with_accounts(vendor: Vendor, **changes: object) -> Vendor:
    """The vendor with other words in [accounts]."""
    accounts = replace(vendor.source.accounts, **changes)  # type: ignore[arg-type]
    return replace(vendor, source=DatabaseSource(accounts, vendor.source.engine))


def with_merge(vendor: Vendor, **changes: object) -> Vendor:
    """The vendor with other words in [merge]."""
    return replace(vendor, merge=replace(vendor.merge, **changes))  # type: ignore[arg-type]


@pytest.mark.parametrize(("layout", "fold"), [("users", "alias"), ("credentials", "move")])
def test_a_column_that_nobody_declared_stops_the_plan(database_url: str, layout: str, fold: str) -> None:
    """It is named until the district file declares it or waives it; apply refuses meanwhile and writes nothing."""
    vendor = build_vendor(database_url, layout=layout, fold=fold)
    unaware = with_accounts(vendor, reference=())

    check = checks(unaware)["undeclared_references"]

    assert check.is_pending
    assert check.things == ("grades.graded_by",)
    with pytest.raises(AnswerIsNo) as caught:
        unaware.apply(unaware.plan())
    assert caught.value.code == "checks_pending"
    assert "grades.graded_by" in str(caught.value.faults[0])
    assert vendor.plan().header.pending == ()
    assert with_accounts(unaware, waive=("grades.graded_by",)).plan().header.pending == ()


def test_a_trigger_on_a_table_that_is_written_stops_the_plan_until_acknowledged(database_url: str) -> None:
    """What a trigger does is no part of the plan, so a person has to have read it."""
    vendor = build_vendor(database_url)
    add_trigger(database_url, "users")

    stopped, passed = checks(vendor), checks(with_merge(vendor, acknowledge=("triggers",)))

    assert stopped["triggers"].is_pending
    assert stopped["triggers"].things == ("users.touch",)
    assert not passed["triggers"].is_pending


def test_a_trigger_elsewhere_stops_nothing(database_url: str) -> None:
    """Where accounts are folded by alias, their rows stay where they are: only a move writes to them."""
    vendor = build_vendor(database_url, fold="alias")
    add_trigger(database_url, "notes")

    assert "triggers" not in checks(vendor)
    assert checks(with_merge(vendor, fold="move"))["triggers"].things == ("notes.touch",)


def test_keys_inside_documents_stop_a_move_only(database_url: str) -> None:
    """No rule moves what stands inside a JSON document; where rows stay, nothing has to be moved."""
    vendor = build_vendor(database_url, fold="move")
    execute(
        database_url,
        "CREATE TABLE drafts (id INTEGER PRIMARY KEY, body TEXT)",
        *(f"""INSERT INTO drafts VALUES ({n}, '{{"user_id"\\: {n}0}}')""" for n in range(1, 7)),
    )

    assert checks(vendor)["ids_inside_values"].things == ("drafts.body $.user_id",)
    assert "ids_inside_values" not in checks(with_merge(vendor, fold="alias"))


def test_a_table_that_cannot_roll_back_is_refused_whatever_anybody_says(mariadb_url: str) -> None:
    """Half a group would stay behind after a crash, so acknowledging a MyISAM table changes nothing."""
    vendor = build_vendor(mariadb_url)
    execute(mariadb_url, "ALTER TABLE grades DROP FOREIGN KEY grades_ibfk_1", "ALTER TABLE grades ENGINE = MyISAM")

    check = checks(with_merge(vendor, acknowledge=("not_transactional",)))["not_transactional"]

    assert check.is_pending
    assert check.things == ("grades MyISAM",)
    assert "not_transactional" not in checks(with_merge(vendor, fold="alias"))


def test_two_looks_at_one_database_give_one_plan(database_url: str) -> None:
    """What checks name is part of the plan, so it is sorted; the plan read back says the same."""
    vendor = build_vendor(database_url)
    add_trigger(database_url, "users")
    unaware = with_accounts(vendor, reference=())

    first, second = unaware.plan(), unaware.plan()

    assert first.sha256 == second.sha256
    assert read_plan(first.text).header == first.header
    assert [check.things for check in first.header.pending] == [("users.touch",), ("grades.graded_by",)]
