"""The second opinion notices when a rule is missing, whichever rule it is."""

from __future__ import annotations

from random import Random

import pytest

from playbook.errors import TableError
from playbook.matching import suggestions, verdicts
from tests.matching.generated import make_district
from tests.matching.test_against_oracle import match_together, opinions, second_opinion

DISTRICTS = 400
LISTS = [(verdicts, "OBJECTIONS"), (suggestions, "SUGGESTIONS"), (verdicts, "ABSENCES")]
*RULES, LAST = [(module, name, rule) for module, name in LISTS for rule in getattr(module, name)]


@pytest.fixture(scope="module")
def expected():
    """Some hundred districts and what the oracle says of their accounts."""
    dice = Random(11)
    words = ("student", "teacher", "staff", "contact")
    districts = [make_district(dice, number, words) for number in range(DISTRICTS)]
    shared = {role["role"] for district in districts for role in district.roles}
    return districts, {a: v for d in districts for a, v in second_opinion(d, None, shared)[0].items()}


def test_with_all_rules_both_agree(expected):
    """Nothing is reported where nothing is wrong."""
    districts, verdicts_of_oracle = expected

    assert opinions(match_together(districts))[0] == verdicts_of_oracle


@pytest.mark.parametrize(("module", "name", "rule"), RULES, ids=lambda value: getattr(value, "name", ""))
def test_a_missing_rule_is_noticed(expected, monkeypatch, module, name, rule):
    """Without one of the rules, some account's verdict differs from the oracle's."""
    districts, verdicts_of_oracle = expected
    monkeypatch.setattr(module, name, tuple(other for other in getattr(module, name) if other is not rule))

    assert opinions(match_together(districts))[0] != verdicts_of_oracle


def test_an_account_without_any_verdict_is_not_let_out(expected, monkeypatch):
    """Without the rule that always applies, the table of matches is refused, not given out with holes."""
    module, name, last = LAST
    monkeypatch.setattr(module, name, tuple(other for other in getattr(module, name) if other is not last))

    with pytest.raises(TableError, match="state"):
        match_together(expected[0])
