"""The rules are data that people can read: ordered, named, and each with its sentence and reason."""

from __future__ import annotations

from playbook.matching.reasons import EXPLANATIONS, Reason
from playbook.matching.rules import RULE_NAMES, RULES
from playbook.matching.table import STATES


def test_every_rule_prints_as_a_sentence():
    """A rule is its kind, its name and one sentence that ends with a full stop."""
    for rule in RULES:
        assert str(rule).startswith(f"{rule.kind}: {rule.name} - ")
        assert rule.says.endswith(".")


def test_no_name_is_given_twice():
    """A rule's name in a table leads to one rule."""
    assert len(RULE_NAMES) == len(set(RULE_NAMES))


def test_proofs_come_before_what_stops_them_and_guesses_come_last():
    """The order in which the rules are asked is the order of the list."""
    kinds = [rule.kind for rule in RULES]

    assert kinds.index("objection") > kinds.index("proof")
    assert kinds.index("suggestion") > max(place for place, kind in enumerate(kinds) if kind == "objection")


def test_every_reason_is_explained():
    """Each code says in one sentence what it means and in one what to do."""
    assert set(EXPLANATIONS) == set(Reason)
    for explanation in EXPLANATIONS.values():
        assert explanation.says.endswith(".")
        assert explanation.remedy.endswith(".")


def test_what_clever_never_combines_cannot_be_accepted():
    """Students, contacts, other districts and shared mailboxes are not for a reviewer to wave through."""
    barred = {"student_combined", "contact_combined", "user_of_other_district", "shared_mailbox"}

    assert not any(EXPLANATIONS[Reason(reason)].may_accept for reason in barred)


def test_the_states_are_the_designs():
    """Six states, no more."""
    assert STATES == ("matched", "already_v3", "suggested", "tie", "conflict", "unmatched")
