"""What was left as it was is explained: each reason in words, with what to do about it."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from pathlib import Path

from playbook import road
from playbook.applying import result
from playbook.applying.result import Refusal
from playbook.road.left_alone import count_refusals, explain
from tests.road.conftest import Rehearsal

APPLYING = Path(result.__file__).parent


def drift_codes() -> Iterator[str]:
    """Every code that applying refuses an action with."""
    for path in APPLYING.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            is_drift = isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Drift"
            if is_drift and isinstance(node.args[0], ast.Constant):
                yield str(node.args[0].value)


def test_no_reason_is_left_without_words() -> None:
    """A code that applying knows is not answered with the words for a database that gave no reason."""
    codes = set(drift_codes())

    assert len(codes) > 8
    assert {code for code in codes if explain(code) == explain("no such code")} == set()


def test_what_the_database_refused_is_explained_too() -> None:
    """A lock that was not given away is told as such."""
    assert explain("lock_timeout")[0] == "A row or table stayed locked."


def test_an_index_that_no_rule_reaches_is_told_as_such() -> None:
    """Whoever has a rule and is refused all the same is not told to write one, but why it does not help, and what
    does."""
    (row,) = count_refusals([Refusal(1, "a", "unique_violation", ("badges_once",))]).rows

    assert row[:3] == ("unique_violation", "badges_once", 1)
    assert "WHERE deleted_at IS NULL" in str(row[3])
    assert "no rule of [merge.unique] reaches it" in str(row[3])
    assert 'fold = "alias"' in str(row[4])
    assert "Give the unique index a rule" not in str(row)


def test_reasons_are_counted_by_code_and_column() -> None:
    """The table holds counts, codes and names of columns; no account."""
    refusals = [Refusal(n, f"account-{n}", "changed", ("users.email",)) for n in range(3)]

    (row,) = count_refusals(refusals).rows

    assert row[:3] == ("changed", "users.email", 3)
    assert "account-" not in str(row)


def test_a_collision_says_which_rule_to_write(rehearse: Callable[..., Rehearsal]) -> None:
    """Two rows that a unique index lets nobody have twice are refused with the line that settles them; it does."""
    rehearsal = rehearse()
    rehearsal.edit('fold = "alias"', 'fold = "move"')
    plan = str(rehearsal.walk()["04"].facts["plan"])

    refused = road.apply(rehearsal.open(), plan_hash=plan)

    row = next(row for row in refused.summary.tables[0].rows if row[0] == "unique_collision")
    assert f'[merge.unique] "{row[1]}" = "keep_survivor"' in str(row[4])
    rehearsal.edit("[permissions]\n", f'[merge.unique]\n"{row[1]}" = "keep_survivor"\n\n[permissions]\n')
    again = str(rehearsal.walk(first="04")["04"].facts["plan"])
    assert road.apply(rehearsal.open(), plan_hash=again).summary.verdict == "go"
