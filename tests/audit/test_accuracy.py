"""The audit finds what must change and nothing else, on applications written in the idioms of real ones."""

from __future__ import annotations

import pytest

from playbook.audit.findings import KINDS
from tests.audit.accuracy import Accuracy, measure

ENOUGH = 0.97


@pytest.fixture(scope="module")
def accuracy() -> Accuracy:
    """The fixtures are audited once."""
    return measure()


def test_the_fixtures_are_as_many_and_as_varied_as_promised(accuracy: Accuracy) -> None:
    """At least 250 labelled places in at least 18 languages, and at least 60 files that must stay silent."""
    assert accuracy.labelled >= 250
    assert accuracy.silent >= 60
    assert len(accuracy.by_language) >= 18


def test_recall_and_precision_are_at_least_97_percent(accuracy: Accuracy) -> None:
    """Of a hundred places that must change, three may be missed; of a hundred reported, three may be wrong."""
    assert accuracy.total.recall >= ENOUGH, sorted(accuracy.missed)
    assert accuracy.total.precision >= ENOUGH, sorted(accuracy.wrong)


@pytest.mark.parametrize("kind", KINDS)
def test_every_rule_reaches_97_percent_by_itself(accuracy: Accuracy, kind: str) -> None:
    """No rule hides behind the many endpoints."""
    score = accuracy.by_rule[kind]
    assert score.recall >= ENOUGH
    assert score.precision >= ENOUGH
