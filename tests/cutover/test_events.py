"""The events replay: who is who after the feed, and what a consumer that only renamed its types does wrong."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from playbook.clever.tables import ROLES
from playbook.cutover.events import REPLAYED, Replay, has_gap, replay_events

Shape = Mapping[str, str]


def _roles(**people: Shape) -> pd.DataFrame:
    """People by user id: each role with its old id, and after a slash its SIS id."""
    blank = dict.fromkeys(ROLES.columns, "")
    rows = [
        blank | {"user_id": user, "role": role, "legacy_id": old.partition("/")[0], "sis_id": old.partition("/")[2]}
        for user, own in people.items()
        for role, old in own.items()
    ]
    return ROLES.make(rows) if rows else ROLES.empty()


def _event(number: int, kind: str, user_id: str, roles: Shape) -> dict[str, Any]:
    parts = {
        role: {"legacy_id": old.partition("/")[0], "sis_id": old.partition("/")[2]} if old else {}
        for role, old in roles.items()
    }
    body = {"id": f"e{number}", "type": kind, "data": {"object": {"id": user_id, "roles": parts}}}
    return {"data": body, "uri": f"/v3.1/events/e{number}"} if number % 2 else body


def _replay(before: pd.DataFrame, *events: tuple[str, str, Shape]) -> Replay:
    replayed = replay_events(
        [_event(n, f"users.{k}", user, roles) for n, (k, user, roles) in enumerate(events)], before
    )
    REPLAYED.check(replayed.events)
    return replayed


def _effects(replayed: Replay) -> list[tuple[str, str, str]]:
    rows = replayed.events[["effect", "naive", "other_user_id"]]
    return [tuple(row) for row in rows.values.tolist()]


MANY = {f"s{n}": {"teacher": f"old-s{n}"} for n in range(40)}


def test_a_deletion_before_the_new_id_deactivates_nobody() -> None:
    """Two employees become one: the id that goes says nothing about the person, whichever event comes first."""
    before = _roles(u={"teacher": "t"}, v={"staff": "s"}, **MANY)
    merged, gone = ("updated", "u", {"teacher": "t", "staff": "s"}), ("deleted", "v", {"staff": "s"})
    for feed in ((merged, gone), (gone, merged)):
        replayed = _replay(before, *feed)
        assert set(_effects(replayed)) == {
            ("rekeyed", "role_missed", "v"),
            ("kept", "wrong_deactivation", "u"),
        }
        assert replayed.verdict == "go"
        assert not (replayed.roles["user_id"] == "v").any()


def test_a_split_user_takes_the_old_id_along() -> None:
    """A new user id with a known old id is no new person."""
    replayed = _replay(
        _roles(u={"teacher": "t", "staff": "s"}), ("created", "w", {"staff": "s"}), ("updated", "u", {"teacher": "t"})
    )
    assert _effects(replayed) == [("rekeyed", "duplicate_account", "u"), ("role_removed", "role_missed", "")]
    assert replayed.roles.values.tolist() == [["u", "teacher", "t"], ["w", "staff", "s"]]


def test_created_is_an_upsert() -> None:
    """A user who is known, or was deleted and comes back under the same id, gets no second account."""
    replayed = _replay(_roles(u={"teacher": "t"}, **MANY), ("created", "u", {"teacher": "t"}))
    assert _effects(replayed) == [("upserted", "duplicate_account", "")]
    replayed = _replay(_roles(u={"teacher": "t"}, **MANY), ("deleted", "u", {}), ("created", "u", {"teacher": "t"}))
    assert _effects(replayed) == [("back", "wrong_deactivation", ""), ("upserted", "duplicate_account", "")]


def test_a_student_without_legacy_id_is_known_by_the_one_id() -> None:
    """On the wire a student has no legacy id; created again is no newcomer."""
    replayed = _replay(_roles(x={"student": ""}), ("created", "x", {"student": ""}), ("updated", "x", {"student": ""}))
    assert [effect for effect, _, _ in _effects(replayed)] == ["upserted", "updated"]


def test_an_old_id_that_was_deleted_under_an_unknown_user_id_lives_on() -> None:
    """Even a user whom the snapshot never held deactivates nobody whose old id lives."""
    replayed = _replay(_roles(u={"teacher": "t"}), ("deleted", "former", {"teacher": "t"}))
    assert _effects(replayed) == [("kept", "wrong_deactivation", "u")]
    replayed = _replay(_roles(u={"teacher": "t"}), ("deleted", "former", {"teacher": "other"}))
    assert _effects(replayed) == [("unknown_user", "", "")]


def test_a_role_comes_and_goes_by_an_update() -> None:
    """The key set of roles is compared with what was known; previous_attributes need not name it."""
    replayed = _replay(
        _roles(u={"teacher": "t"}), ("updated", "u", {"teacher": "t", "staff": "s"}), ("updated", "u", {"staff": "s"})
    )
    assert [effect for effect, _, _ in _effects(replayed)] == ["role_added", "role_removed"]


def test_a_newcomer_with_the_number_of_somebody_gone_is_left_to_a_person() -> None:
    """After 300 days Clever issues new ids: the same SIS id suggests, and never decides, that it is the same person."""
    before = _roles(u={"teacher": "t/77"}, **MANY)
    gone, new = ("deleted", "u", {"teacher": "t/77"}), ("created", "w", {"teacher": "n/77"})
    for feed in ((gone, new), (new, gone)):
        assert ("reissue_suspected", "duplicate_account", "u") in _effects(_replay(before, *feed))
    assert _effects(_replay(before, new)) == [("created", "", "")]


def test_whoever_is_gone_is_deactivated() -> None:
    """A deleted user whose old ids live nowhere is gone."""
    replayed = _replay(_roles(u={"teacher": "t"}, **MANY), ("deleted", "u", {"teacher": "t"}))
    assert _effects(replayed) == [("deactivated", "", "")]
    assert replayed.verdict == "go"


def test_mass_deletions_pull_the_brake() -> None:
    """More than a tenth of a role gone is no deletion but a no-go; a tenth is not."""
    before = _roles(**MANY)
    feed = [("deleted", f"s{n}", {}) for n in range(5)]
    assert _replay(before, *feed[:4]).verdict == "go"
    assert (_replay(before, *feed).verdict, _replay(before, *feed).braked_roles) == ("no", ("teacher",))


@pytest.mark.parametrize("kind", ["students.created", "schooladmins.updated", "teachers.deleted"])
def test_a_v2_feed_is_refused(kind: str) -> None:
    """Events of v2 after the cut-over change nothing and are a no-go."""
    replayed = replay_events([_event(0, kind, "t", {})], _roles(u={"teacher": "t"}))
    assert (replayed.counts, replayed.verdict) == ({"v2_event": 1}, "no")


@pytest.mark.parametrize(
    "document",
    [{}, {"data": None}, {"type": 5}, {"type": "users.moved", "data": {}}, {"type": "users.created", "data": []}],
)
def test_an_unreadable_event_is_told_and_survived(document: dict[str, Any]) -> None:
    """Whatever the wire sends, the replay goes on and says so."""
    replayed = replay_events([document, _event(1, "users.updated", "u", {"teacher": "t"})], _roles(u={"teacher": "t"}))
    assert replayed.events["effect"].tolist() == ["unreadable", "updated"]
    assert replayed.verdict == "no"


def test_other_records_pass() -> None:
    """Events of schools and sections are no person's, and the cursor goes on behind them."""
    feed = [{"id": "e9", "type": "sections.updated", "data": {"object": {"id": "sec", "students": []}}}]
    replayed = replay_events(feed, _roles())
    assert (replayed.counts, replayed.cursor, replayed.missed_by_type) == ({"other_record": 1}, "e9", 0)


def test_roles_may_arrive_as_an_array_or_under_old_words() -> None:
    """Should the roles be an array, or a role be called school_admin, they are the same roles."""
    parts = [{"type": "School Admin", "legacy_id": "S"}, {"type": "teacher", "legacy_id": "t"}]
    feed = [{"id": "e", "type": "users.updated", "data": {"object": {"id": "U", "roles": parts}}}]
    replayed = replay_events(feed, _roles(u={"teacher": "t", "staff": "s"}))
    assert replayed.counts == {"updated": 1}


def test_a_repeated_event_changes_nothing() -> None:
    """A page that is read twice is applied once."""
    feed = [_event(1, "users.created", "u", {"teacher": "t"})] * 2
    assert replay_events(feed, _roles()).counts == {"created": 1, "repeated": 1}


def test_thirty_days_after_the_snapshot_a_full_sync_comes_first() -> None:
    """Clever keeps events for 30 days: later, some are gone without a word."""
    taken = datetime(2026, 7, 1, tzinfo=UTC)
    assert not has_gap(taken, taken + timedelta(days=29, hours=23))
    assert has_gap(taken, taken + timedelta(days=30))


IDS = st.sampled_from(["a", "b", "c", "d"])
OWN = st.dictionaries(st.sampled_from(["teacher", "staff", "district_admin"]), st.sampled_from("klmno"), min_size=1)
FEEDS = st.lists(st.tuples(st.sampled_from(["created", "updated", "deleted"]), IDS, OWN), max_size=12)


@given(st.dictionaries(IDS, OWN), FEEDS)
@settings(max_examples=80, deadline=None)
def test_nobody_is_deactivated_whose_old_id_lives(people: Mapping[str, Shape], feed: list[Any]) -> None:
    """For any feed: the living users are those of a plain replay, and no deactivated one's old id stands among them."""
    replayed = _replay(_roles(**people), *feed)
    living = dict.fromkeys(people, None) | {}
    for kind, user_id, _ in feed:
        living.pop(user_id, None)
        if kind != "deleted":
            living[user_id] = None
    assert set(replayed.roles["user_id"]) == set(living)
    held = set(replayed.roles["legacy_id"])
    rows = replayed.events[replayed.events["effect"] == "deactivated"]
    for gone in rows["user_id"]:
        ever = {*people.get(gone, {}).values(), *(old for _, user, own in feed if user == gone for old in own.values())}
        assert not ever & held
