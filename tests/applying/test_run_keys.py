"""Whoever reads the journal's tables learns nobody's name, and without the key nothing can be taken back or forged."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest
from sqlalchemy import text

from playbook.applying.ciphers import TAG, MasterKey
from playbook.applying.key_places import ReferredKeys
from playbook.applying.undo import plan_undo
from playbook.errors import PlaybookError, ReferenceUnresolved
from playbook.merging.plan import Plan
from tests.applying.schemas import vendor_with
from tests.applying.vendor import NOW, UNIQUE, Vendor, build_vendor, dump

OTHER = ReferredKeys(partial(MasterKey, bytes([1] * 32)))
OURS = "playbook_"
NATURAL = (
    "CREATE TABLE badges (email VARCHAR(80) NOT NULL, user_id INTEGER NOT NULL, title VARCHAR(80), PRIMARY KEY (email),"
    " FOREIGN KEY (user_id) REFERENCES users (id))",
    "ALTER TABLE enrolments ADD COLUMN remark VARCHAR(80)",
)


def execute(vendor: Vendor, statement: str, **values: Any) -> None:
    """Do what the application, or a stranger, might do."""
    with vendor.source.engine.begin() as connection:
        connection.execute(text(statement), values)


def planted(url: str, **way: Any) -> Vendor:
    """Build a vendor whose every text about a person is a canary; a table is known by e-mails, and names are unique."""
    unique = UNIQUE | {"users.username": "suffix"}
    vendor = vendor_with(url, *NATURAL, unique=unique, **way)
    with vendor.source.engine.connect() as connection:
        people = list(connection.scalars(text("SELECT id FROM users")))
    for number in people:
        named = {"id": number, "word": f"Canary{number}", "email": f"canary{number}@person.example"}
        execute(vendor, "UPDATE users SET username = :word, email = :email WHERE id = :id", **named)
        execute(vendor, "UPDATE enrolments SET remark = :word WHERE user_id = :id", **named)
        execute(vendor, "UPDATE notes SET body = :word WHERE author_id = :id", **named)
        execute(vendor, "INSERT INTO badges VALUES (:email, :id, :word)", **named)
    if way.get("layout") == "credentials":
        execute(vendor, "ALTER TABLE authentication_options ADD COLUMN remark VARCHAR(80)")
        execute(vendor, "UPDATE authentication_options SET remark = 'Canary'")
    return vendor


def ours(url: str) -> str:
    """Return everything that the playbook's own tables hold."""
    return "\n".join(row for name, rows in dump(url, also_ours=True).items() if name.startswith(OURS) for row in rows)


@pytest.mark.parametrize("way", [{}, {"layout": "credentials"}], ids=["users", "credentials"])
def test_the_journal_names_nobody(database_url: str, way: dict[str, str]) -> None:
    """After moves, removed duplicates, tombstones, released names and copied credentials the playbook's tables hold
    no name and no e-mail, nor do they after the undo, which restores the very same database."""
    vendor = planted(database_url, **way)
    before, plan = dump(database_url), vendor.plan()
    result = vendor.apply(plan)
    assert (result.failed, result.refusals) == (0, [])
    assert vendor.verify(plan) == ()
    held = ours(database_url)
    assert "canary" not in held.lower()
    assert {action for action in ("'delete'", "'insert'", "'update'", "'marks'") if action in held} == {
        "'delete'", "'insert'", "'update'", "'marks'"
    }  # fmt: skip
    assert vendor.apply(plan_undo(plan, vendor.source, made_at=NOW)).failed == 0
    assert "canary" not in ours(database_url).lower()
    assert dump(database_url) == before


def test_a_shown_script_tells_no_image(database_url: str) -> None:
    """A dry run's statements hold what the application's tables need, and of the journal only places."""
    vendor = planted(database_url)
    script: list[str] = []
    vendor.apply(vendor.plan(), execute=False, show=script.append)
    journal = [statement for statement in script if statement.startswith("INSERT INTO playbook_journal")]
    assert (len(journal) > 20, "canary" in "".join(journal).lower()) == (True, False)
    assert all("canary" not in s.lower() for s in script if s.startswith("DELETE"))


def refusals(vendor: Vendor, plan: Plan, keys: Any) -> Iterator[str]:
    """Yield the codes with which everything that needs the key is refused, none of it having written anything."""
    undo = plan_undo(plan, vendor.source, made_at=NOW)
    tries: tuple[Callable[[], object], ...] = (
        lambda: vendor.apply(undo, keys=keys),
        lambda: vendor.apply(undo, keys=keys, execute=False),
        lambda: vendor.verify(plan, keys),
    )
    before = dump(vendor.url, also_ours=True)
    for attempt in tries:
        with pytest.raises(PlaybookError) as refused:
            attempt()
        yield refused.value.code
        assert dump(vendor.url, also_ours=True) == before
        assert refused.value.remedy


def nowhere() -> MasterKey:
    """Stand for a reference that leads nowhere."""
    raise ReferenceUnresolved("env:GONE leads nowhere", remedy="Set GONE.")


def test_without_the_right_key_nothing_is_taken_back(database_url: str) -> None:
    """Another key, or none: undo and verify say so by their codes and change nothing; with the key all goes well."""
    vendor = build_vendor(database_url)
    before, plan = dump(database_url), vendor.plan()
    vendor.apply(plan)
    assert [*refusals(vendor, plan, OTHER)] == ["journal_key_wrong"] * 3
    assert [*refusals(vendor, plan, ReferredKeys(nowhere))] == ["reference_unresolved"] * 3
    assert vendor.apply(plan_undo(plan, vendor.source, made_at=NOW)).failed == 0
    assert dump(database_url) == before


def test_without_a_key_nothing_is_begun(database_url: str) -> None:
    """Apply misses its key before it writes anything; a dry run needs none."""
    vendor = build_vendor(database_url)
    before, plan = dump(database_url, also_ours=True), vendor.plan()
    with pytest.raises(ReferenceUnresolved):
        vendor.apply(plan, keys=ReferredKeys(nowhere))
    assert vendor.apply(plan, keys=ReferredKeys(nowhere), execute=False).done > 0
    assert dump(database_url, also_ours=True) == before


def test_links_are_verified_without_the_key(database_url: str) -> None:
    """Where nothing but ids was written no image is needed, and nobody is asked for a key."""
    vendor = build_vendor(database_url, persons=2, fold="alias")
    plan = vendor.plan()
    vendor.apply(plan)
    assert vendor.verify(plan, ReferredKeys(nowhere)) == ()


def test_a_touched_ciphertext_is_named_and_its_group_left_alone(database_url: str) -> None:
    """One flipped byte of a removed row's image: verify names the place, undo leaves that group and does the rest."""
    vendor = build_vendor(database_url)
    before, plan = dump(database_url), vendor.plan()
    vendor.apply(plan)
    where, value = _cell(vendor, "action = 'delete'")
    last = "A" if value[-5] != "A" else "B"
    _write(vendor, where, f"{value[:-5]}{last}{value[-4:]}")
    told = f"playbook_journal: position {where['position']}, part {where['part']} was altered"
    assert told in [str(fault) for fault in vendor.verify(plan)]
    undone = vendor.apply(plan_undo(plan, vendor.source, made_at=NOW))
    assert {(refusal.code, refusal.columns) for refusal in undone.refusals} == {
        ("journal_altered", ("playbook_journal",))
    }
    assert 0 < undone.failed < undone.total
    _write(vendor, where, value)
    assert vendor.apply(plan_undo(plan, vendor.source, made_at=NOW)).failed == 0
    assert dump(database_url) == before


def test_a_ciphertext_in_another_cell_is_refused(database_url: str) -> None:
    """Whoever copies one row's image over another's gives nobody somebody else's data."""
    vendor = build_vendor(database_url)
    plan = vendor.plan()
    vendor.apply(plan)
    one, value = _cell(vendor, "action = 'delete'")
    other, _ = _cell(vendor, "action = 'delete'", last=True)
    assert one != other
    _write(vendor, other, value)
    assert vendor.apply(plan_undo(plan, vendor.source, made_at=NOW)).refusals[0].code == "journal_altered"


def test_another_runs_key_is_refused(database_url: str) -> None:
    """A wrapped key that was exchanged for another run's opens nothing."""
    vendor = build_vendor(database_url)
    plan = vendor.plan()
    vendor.apply(plan)
    vendor.apply(plan_undo(plan, vendor.source, made_at=NOW))
    again = vendor.plan(made_at=NOW.replace(hour=7))
    vendor.apply(again)
    execute(vendor, "DELETE FROM playbook_keys WHERE run = 3")
    execute(vendor, "UPDATE playbook_keys SET run = 3 WHERE run = 1")
    assert {*refusals(vendor, again, OTHER)} == {"journal_key_wrong"}
    with pytest.raises(PlaybookError) as refused:
        vendor.verify(again)
    assert refused.value.code == "journal_altered"


def test_a_run_of_an_early_version_is_taken_back_and_not_gone_on_with(sqlite_url: str) -> None:
    """A journal in clear, without a key, is read as it is; whoever would go on in it is told to take it back."""
    vendor = build_vendor(sqlite_url)
    before, plan = dump(sqlite_url), vendor.plan()
    vendor.apply(plan)
    _make_early(vendor, plan)
    with pytest.raises(PlaybookError) as refused:
        vendor.apply(plan)
    assert refused.value.code == "journal_key_missing"
    assert vendor.apply(plan_undo(plan, vendor.source, made_at=NOW)).failed == 0
    assert dump(sqlite_url) == before


def _make_early(vendor: Vendor, plan: Plan) -> None:
    """Rewrite a run as an early version would have left it."""
    from playbook.applying.run_keys import find_run_key
    from tests.applying.vendor import KEYS

    with vendor.source.engine.begin() as connection:
        key = find_run_key(connection, 1, KEYS, plan.header)
        assert key is not None
        for cell in connection.execute(text("SELECT * FROM playbook_journal")).mappings().all():
            opened = {name: value for name, value in key.decrypt_cell(cell).items() if name.endswith("_value")}
            where = {"position": cell["position"], "part": cell["part"]}
            statement = "UPDATE playbook_journal SET before_value = :before_value, after_value = :after_value"
            connection.execute(text(f"{statement} WHERE position = :position AND part = :part"), opened | where)
        connection.execute(text("DROP TABLE playbook_keys"))


def _cell(vendor: Vendor, condition: str, *, last: bool = False) -> tuple[dict[str, int], str]:
    """Return the place of an encrypted cell of the first run, and its value."""
    query = f"SELECT position, part, before_value FROM playbook_journal WHERE run = 1 AND {condition}"
    with vendor.source.engine.connect() as connection:
        rows = connection.execute(text(f"{query} ORDER BY position {'DESC' if last else 'ASC'}, part")).all()
    assert rows[0].before_value.startswith(TAG)
    return {"position": rows[0].position, "part": rows[0].part}, rows[0].before_value


def _write(vendor: Vendor, where: dict[str, int], value: str) -> None:
    statement = "UPDATE playbook_journal SET before_value = :value WHERE run = 1 AND position = :position"
    execute(vendor, f"{statement} AND part = :part", value=value, **where)
