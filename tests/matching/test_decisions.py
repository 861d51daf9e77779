"""A reviewer's decision counts for the evidence that it was made on, and for nothing else."""

from __future__ import annotations

import pandas as pd
import pytest

from playbook.errors import InputError
from playbook.matching.decisions import apply_decisions, combine_decisions, read_decisions
from playbook.matching.review import hash_evidence, list_review
from tests.matching.small_district import clever_id, match, verdict

U, V, L = clever_id("c", 1), clever_id("c", 2), clever_id("b", 1)
ROSTER = (
    [{"user_id": U, "email": "rita@d.example"}, {"user_id": V, "email": "omar@d.example"}],
    [
        {"user_id": U, "role": "teacher", "legacy_id": clever_id("b", 8)},
        {"user_id": V, "role": "contact", "legacy_id": clever_id("b", 9)},
    ],
)
SIGNED = {"who": "Ana Ruiz", "when": "2026-11-22"}


def suggested():
    """One account that looks like one teacher by e-mail."""
    return match([{"account_id": "1", "role": "teacher", "email": "rita@d.example"}], *ROSTER)


def answered(matches, **cells):
    """The review queue of the matches, its first row filled in."""
    queue = list_review(matches).astype(object)
    for column, value in {**SIGNED, **cells}.items():
        queue.loc[0, column] = value
    return queue


def refusal(matches, queue):
    """What is said about the rows that were refused."""
    with pytest.raises(InputError) as refused:
        read_decisions(queue, matches, sheet="decisions.csv")
    assert refused.value.code == "decisions_refused"
    return [str(fault) for fault in refused.value.faults]


def test_nothing_is_decided_by_an_empty_queue():
    """A queue that comes back without a decision changes nothing."""
    matches = suggested()

    decided = apply_decisions(matches, read_decisions(list_review(matches), matches))

    assert decided.matches.rows.equals(matches.rows)
    assert decided.standing.empty


@pytest.mark.parametrize("column", ["state", "reason", "rule", "evidence", "candidates"])
def test_an_altered_row_is_refused(column):
    """Whoever changes a cell of the evidence is refused, whichever cell it is."""
    matches = suggested()
    queue = answered(matches, decision="accept")
    queue.loc[0, column] += "x"

    assert refusal(matches, queue) == ["decisions.csv row 2: the evidence was altered"]


def test_an_altered_row_with_a_hash_to_fit_decides_nothing():
    """A row is judged by what the rules say now, so that a forged hash helps nobody."""
    matches = suggested()
    other = match([{"account_id": "1", "role": "contact", "email": "omar@d.example"}], *ROSTER)
    forged = answered(other, decision="separate", reason="no reason of ours", candidates="x")
    forged["evidence_hash"] = hash_evidence(forged)

    decided = apply_decisions(matches, read_decisions(forged, matches))

    assert decided.matches.rows.equals(matches.rows)
    assert decided.stale["account_id"].tolist() == ["1"]


@pytest.mark.parametrize(
    ("cells", "what"),
    [
        ({"decision": "merge"}, "the decision is none of accept, separate"),
        ({"decision": "accept", "who": " "}, "who decided and when is missing"),
        ({"decision": "accept", "user_id": V}, "the user is none of the candidates"),
        ({"decision": "separate", "user_id": U}, "a user is named beside separate"),
    ],
)
def test_an_answer_that_makes_no_sense_is_refused(cells, what):
    """A word, a user or a signature that the queue did not ask for is refused, not interpreted."""
    matches = suggested()

    assert what in refusal(matches, answered(matches, **cells))[0]


def test_a_parent_is_not_accepted_as_a_teacher():
    """What Clever never combines cannot be accepted; keeping it apart can."""
    matches = match([{"account_id": "1", "role": "contact", "email": "rita@d.example"}], *ROSTER)

    assert verdict(matches)[:2] == ("conflict", "contact_combined")
    assert "only kept separate" in refusal(matches, answered(matches, decision="accept", user_id=U))[0]
    assert len(read_decisions(answered(matches, decision="separate"), matches)) == 1


def test_a_row_that_is_decided_twice_is_refused():
    """Two answers for one account are refused, both of them."""
    matches = suggested()
    queue = answered(matches, decision="accept")

    assert len(refusal(matches, pd.concat([queue, queue], ignore_index=True))) == 2


def test_an_accepted_user_is_matched():
    """The accepted user is the account's, by the rule reviewer, and is no new user any more."""
    matches = suggested()

    decided = apply_decisions(matches, read_decisions(answered(matches, decision="Accept "), matches)).matches

    assert verdict(decided) == ("matched", "accepted_by_reviewer", U, "teacher")
    assert decided.new_users["user_id"].tolist() == [V]


def test_an_account_kept_apart_is_unmatched():
    """Kept apart, the account has no user, and the user waits for nobody any more."""
    matches = suggested()

    decided = apply_decisions(matches, read_decisions(answered(matches, decision="separate"), matches)).matches

    assert verdict(decided) == ("unmatched", "kept_apart_by_reviewer", "", "")
    assert set(decided.new_users["reason"]) == {"no_account"}


def test_a_decision_survives_matching_again():
    """Other accounts may come and go: the decision stands while its own evidence does."""
    decisions = read_decisions(answered(suggested(), decision="accept"), suggested())
    accounts = [{"account_id": "1", "role": "teacher", "email": "rita@d.example"}, {"account_id": "2", "clever_id": L}]

    decided = apply_decisions(match(accounts, *ROSTER), decisions)

    assert verdict(decided.matches)[0] == "matched"
    assert decided.stale.empty


def test_a_decision_falls_with_its_evidence():
    """When a second account looks like the user as well, the decision is stale and the tie is shown."""
    decisions = read_decisions(answered(suggested(), decision="accept"), suggested())
    accounts = [{"account_id": n, "role": "teacher", "email": "rita@d.example"} for n in ("1", "2")]

    decided = apply_decisions(match(accounts, *ROSTER), decisions)

    assert decided.matches.states["tie"] == 2
    assert decided.stale["account_id"].tolist() == ["1"]


def test_a_district_in_which_nobody_waits_has_an_empty_queue():
    """Where every account is certain, the queue is there and holds no row."""
    certain = match([{"account_id": "1", "role": "teacher", "clever_id": clever_id("b", 8)}], *ROSTER)

    assert list_review(certain).empty
    assert read_decisions(list_review(certain), certain).empty


def test_the_queue_shows_decisions_that_stand():
    """Written anew, the queue holds the answers whose evidence still stands, so that they can be changed."""
    matches = suggested()
    decisions = read_decisions(answered(matches, decision="accept"), matches)

    assert list_review(matches, decisions=decisions)["decision"].tolist() == ["accept"]


def test_a_decision_that_was_carried_out_retires():
    """Once the account stores the accepted user's id, the decision is fulfilled, whatever the rules say of it now."""
    decisions = read_decisions(answered(suggested(), decision="accept"), suggested())
    stored = {"account_id": "1", "role": "teacher", "email": "rita@d.example", "v3_id": U}

    decided = apply_decisions(match([stored], *ROSTER), decisions)

    assert verdict(decided.matches)[:3] == ("already_v3", "on_v3_already", U)
    assert decided.fulfilled["account_id"].tolist() == ["1"]
    assert decided.standing.empty
    assert decided.stale.empty


def test_a_decision_is_not_made_stale_by_its_own_writing():
    """Where the rules object to what the reviewer decided, the id that the plan wrote for it is no new evidence."""
    account = {"account_id": "1", "role": "staff", "clever_id": clever_id("b", 8)}
    before = match([account], *ROSTER)
    decisions = read_decisions(answered(before, decision="accept"), before)
    after = match([{**account, "v3_id": U}], *ROSTER)
    assert verdict(before)[:2] == verdict(after)[:2] == ("conflict", "role_differs")

    decided = apply_decisions(after, decisions)

    assert verdict(decided.matches)[:3] == ("matched", "accepted_by_reviewer", U)
    assert list_review(after, decisions=decided.standing)["decision"].tolist() == ["accept"]


def test_somebody_elses_id_beside_an_account_is_new_evidence():
    """The id of another user than the accepted one was not written for the decision: it falls."""
    account = {"account_id": "1", "role": "staff", "clever_id": clever_id("b", 8)}
    before = match([account], *ROSTER)
    decisions = read_decisions(answered(before, decision="accept"), before)

    decided = apply_decisions(match([{**account, "v3_id": V}], *ROSTER), decisions)

    assert decided.stale["account_id"].tolist() == ["1"]


def test_a_stale_decision_is_left_out_and_the_others_stand():
    """Evidence that changed stops its own decision only; that account waits again."""
    people, roles = ROSTER[0], [{**role, "role": "teacher"} for role in ROSTER[1]]
    rita = {"account_id": "1", "role": "teacher", "email": "rita@d.example"}
    omar = {"account_id": "2", "role": "teacher", "email": "omar@d.example"}
    queue = list_review(match([rita, omar], people, roles)).astype(object)
    queue[["decision", "who", "when"]] = ["accept", SIGNED["who"], SIGNED["when"]]
    now = match([rita, omar, {**omar, "account_id": "3"}], people, roles)

    decided = apply_decisions(now, read_decisions(queue, now))

    assert decided.stale["account_id"].tolist() == ["2"]
    assert (verdict(decided.matches, "1")[0], verdict(decided.matches, "2")[0]) == ("matched", "tie")


def test_of_several_decisions_on_an_account_the_standing_one_counts():
    """An old sheet that came back once more does not push out what was decided on the present evidence."""
    matches = suggested()
    present = read_decisions(answered(matches, decision="separate"), matches)
    old = present.assign(evidence_hash="0" * 64, decision="accept")

    kept = combine_decisions([present, old], matches)

    assert kept["decision"].tolist() == ["separate"]
