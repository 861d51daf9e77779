"""The preview against an oracle that shares no code with it: every role set, account, place and way to grant.

An action is granted by a set of policy keys at a kind of place, and actions do not touch each other. So eight policies
of six actions hold all 48 ways: 16 sets of the four keys, at three kinds of place.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from functools import cache
from itertools import chain, combinations, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from playbook.district import Permissions
from playbook.errors import AnswerIsNo
from playbook.permissions.approvals import check_approval
from playbook.permissions.preview import Preview, preview_permissions
from tests.permissions.worlds import DISTRICT, SCHOOL_SECTIONS, Account, Person, Role, tables

KEYS = ("teacher", "staff", "staff.SchoolTechLead", "district_admin")
KINDS = ("section", "school", "district")
MODES = ("per_role", "union", "highest", "lowest")
ROLES = ("teacher", "staff", "district_admin")
WIDEST_FIRST = ("district_admin", "staff", "teacher")

Pairs = frozenset[tuple[str, str]]


def _sets(items: tuple[str, ...]) -> list[tuple[str, ...]]:
    return list(chain.from_iterable(combinations(items, size) for size in range(len(items) + 1)))


def _policies() -> list[dict[str, tuple[str, ...]]]:
    """Eight policies of six actions that hold every way to grant an action."""
    ways = list(product(_sets(KEYS), KINDS))
    policies = []
    for start in range(0, len(ways), 6):
        granted: dict[str, list[str]] = {}
        for number, (keys, kind) in enumerate(ways[start : start + 6]):
            for key in keys:
                granted.setdefault(key, []).append(f"act{number}:{kind}")
        policies.append({key: tuple(grants) for key, grants in granted.items()})
    return policies


def _shapes(name: str) -> list[Role]:
    return {
        "teacher": [Role("teacher", ["A"], ["A1"]), Role("teacher", ["A", "B"], ["A1", "B2"])],
        "staff": [Role("staff", ["B"]), Role("staff", ["A", "B"], staff_roles=["PortalOnly", "SchoolTechLead"])],
        "district_admin": [Role("district_admin")],
    }[name]


@cache
def _people() -> list[Person]:
    """Every set of roles in every shape, with every set of accounts, folded, apart and held."""
    return list(_make_people())


def _make_people() -> Iterator[Person]:
    for names in _sets(ROLES)[1:]:
        for roles in product(*(_shapes(name) for name in names)):
            for statuses in product(("", "active", "suspended", "deleted"), repeat=len(names)):
                held = [(name, status) for name, status in zip(names, statuses, strict=True) if status]
                yield Person(roles, [Account(name, status) for name, status in held])
                yield Person(roles, [Account(name, status, "held") for name, status in held])
                for survivor, _ in held if len(held) > 1 else ():
                    yield Person(
                        roles,
                        [
                            Account(name, status, "survivor")
                            if name == survivor
                            else Account(name, status, "folded", survivor)
                            for name, status in held
                        ],
                    )


class Oracle:
    """What one person may do under one policy, told in the plainest way."""

    def __init__(self, person: Person, policy: Mapping[str, tuple[str, ...]]) -> None:
        self.person = person
        self.policy = policy

    def before(self, account: Account) -> Pairs:
        return self.of_role(account.role, is_v2=True) if account.status == "active" else frozenset()

    def after(self, account: Account, mode: str) -> Pairs:
        if account.outcome == "held":
            return self.before(account)
        leader = account.survivor or account.role
        group = [a for a in self.person.accounts if (a.survivor or a.role) == leader]
        if any(a.status == "suspended" or (a.role == leader and a.status != "active") for a in group):
            return frozenset()
        if mode == "per_role":
            return self.before(account)
        leaders = {a.survivor or a.role for a in self.person.accounts}
        return self.of_role(account.role) if len(leaders) > 1 else self.together(mode)

    def together(self, mode: str) -> Pairs:
        given = [pairs for name in WIDEST_FIRST if (pairs := self.of_role(name))]
        if mode == "union" or not given:
            return frozenset().union(*given)
        return given[0] if mode == "highest" else given[-1]

    def of_role(self, name: str, *, is_v2: bool = False) -> Pairs:
        role = next((role for role in self.person.roles if role.name == name), None)
        if role is None:
            return frozenset()
        keys = [name] if is_v2 else [name, *(f"{name}.{designation}" for designation in role.staff_roles)]
        grants = [grant.split(":") for key in keys for grant in self.policy.get(key, ())]
        return frozenset((action, place) for action, kind in grants for place in self.places(role, kind))

    def places(self, role: Role, kind: str) -> set[str]:
        if kind == "district":
            return {DISTRICT}
        schools = set(SCHOOL_SECTIONS) if role.name == "district_admin" else set(role.schools)
        if kind == "school":
            return schools
        return set(role.teaches) if role.name == "teacher" else {s for at in schools for s in SCHOOL_SECTIONS[at]}


def _expected(policy: Mapping[str, tuple[str, ...]], mode: str) -> set[tuple[str, str, str, str]]:
    rows = set()
    for number, person in enumerate(_people()):
        oracle = Oracle(person, policy)
        for account in person.accounts:
            was, will = oracle.before(account), oracle.after(account, mode)
            for code, pairs in (("gain", will - was), ("loss", was - will), ("kept", was & will)):
                rows |= {(f"{number}-{account.role}", code, action, place) for action, place in pairs}
    return rows


@cache
def _previews() -> list[tuple[dict[str, tuple[str, ...]], str, Preview]]:
    world = tables(_people())
    return [
        (policy, mode, preview_permissions(Permissions(mode=mode, grants=policy), **world))
        for policy in _policies()
        for mode in MODES
    ]


@pytest.mark.slow
def test_the_preview_is_what_the_oracle_says() -> None:
    """For every login, policy and mode, each pair is gained, lost or kept as the oracle says."""
    assert len(_people()) > 1_000
    for policy, mode, shown in _previews():
        columns = (shown.changes[name] for name in ("credential", "change", "action", "scope_id"))
        assert set(zip(*columns, strict=True)) == _expected(policy, mode), (policy, mode)


@pytest.mark.slow
def test_the_default_elevates_nobody_anywhere() -> None:
    """In the mode per_role no policy and no merge gives any login anything."""
    assert all(shown.verdict == "pass" for _, mode, shown in _previews() if mode == "per_role")


@pytest.mark.slow
def test_no_gain_passes_without_approval() -> None:
    """In 10,000 small districts, one person each, a gain is refused without approval, and nothing else is."""
    tried = gaining = 0
    for _, mode, shown in _previews():
        if mode == "per_role":
            continue
        people = shown.changes["credential"].str.partition("-")[0]
        for _, changes in list(shown.changes.groupby(people))[:420]:
            tried += 1
            try:
                check_approval(None, plan="p", changes=changes, planner="a", now=datetime(2026, 8, 3, tzinfo=UTC))
            except AnswerIsNo:
                gaining += 1
                assert (changes["change"] == "gain").any()
            else:
                assert not (changes["change"] == "gain").any()
    assert tried >= 10_000
    assert gaining >= 1_000


@st.composite
def _worlds(draw: st.DrawFn) -> tuple[list[Person], dict[str, tuple[str, ...]], str]:
    grants = st.lists(st.sampled_from([f"{a}:{kind}" for a in "xyz" for kind in KINDS]), max_size=4).map(tuple)
    policy = draw(st.dictionaries(st.sampled_from(KEYS), grants, max_size=4))
    return draw(st.lists(st.sampled_from(_people()), max_size=6)), policy, draw(st.sampled_from(MODES))


@given(_worlds())
@settings(max_examples=40, deadline=None)
def test_no_account_has_what_no_login_was_shown_to_have(
    world: tuple[list[Person], dict[str, tuple[str, ...]], str],
) -> None:
    """Every pair that an account has afterwards is listed as gained or kept by a login, and the verdict follows."""
    people, policy, mode = world
    shown = preview_permissions(Permissions(mode=mode, grants=policy), **tables(people))
    pair = ["principal", "action", "scope_id"]
    listed = shown.changes[shown.changes["change"] != "loss"]
    assert set(shown.after[pair].itertuples(index=False)) == set(listed[pair].itertuples(index=False))
    had = shown.changes[shown.changes["change"] != "gain"].rename(columns={"principal": "_", "credential": "principal"})
    assert set(shown.before[pair].itertuples(index=False)) == set(had[pair].itertuples(index=False))
    assert (shown.verdict == "gains") == (shown.changes["change"] == "gain").any()
