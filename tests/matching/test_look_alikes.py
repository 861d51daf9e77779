"""People who look alike are never merged, however alike they look; people whom Clever merged always are."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.matching.small_district import OTHER_DISTRICT, clever_id, match

EACH = 50
"""People a kind of likeness; ten kinds make five hundred."""


def person(serial, role, **clues):
    """A user with one role, and the account that Clever's old id proves to be theirs."""
    user_id, old_id = clever_id("c", serial), clever_id("b", serial)
    names = {"first": clues.pop("first", ""), "last": clues.pop("last", "")}
    user = {"user_id": user_id, "email": clues.pop("email", ""), **names}
    return user, {"user_id": user_id, "role": role, "legacy_id": "" if role == "student" else old_id, **clues}


def stranger(serial, role, **clues):
    """An account that no id proves, with its clues."""
    return {"account_id": f"{serial:05d}", "role": role, **clues}


def kinds():
    """Each kind of likeness: n → (users with their roles, accounts of other people who look like them)."""
    mail, name = "{0}@d.example".format, "rita osei{}".format
    yield (
        "parent and teacher with one e-mail",
        lambda n: ([person(n, "teacher", email=mail(n))], [stranger(n, "contact", email=mail(n))]),
    )
    yield (
        "teacher and parent with one e-mail",
        lambda n: ([person(n, "contact", email=mail(n))], [stranger(n, "teacher", email=mail(n))]),
    )
    yield (
        "student and teacher with one e-mail",
        lambda n: ([person(n, "teacher", email=mail(n))], [stranger(n, "student", email=mail(n))]),
    )
    yield (
        "siblings with one e-mail",
        lambda n: (
            [person(n, "student", email=mail(n), first="ana"), person(n + 1, "student", email=mail(n), first="bo")],
            [stranger(n, "student", email=mail(n), name="cy")],
        ),
    )
    yield (
        "the same name",
        lambda n: ([person(n, "teacher", first="Rita", last=f"Osei{n}")], [stranger(n, "teacher", name=name(n))]),
    )
    yield (
        "a shared mailbox",
        lambda n: (
            [person(n + place, "staff", email=f"office{n}@d.example") for place in range(3)],
            [stranger(n, "staff", email=f"office{n}@d.example")],
        ),
    )
    yield (
        "an e-mail given to the next employee",
        lambda n: (
            [person(n, "teacher", email=mail(n))],
            [stranger(n, "teacher", email=mail(n), clever_id=clever_id("a", n))],
        ),
    )
    yield (
        "the same SIS id in another district",
        lambda n: (
            [person(n, "teacher", sis_id=f"s{n}")],
            [stranger(n, "teacher", sis_id=f"s{n}", district_id=OTHER_DISTRICT)],
        ),
    )
    yield (
        "a staff id equal to a teacher number",
        lambda n: ([person(n, "teacher", number=f"t{n}")], [stranger(n, "staff", sis_id=f"t{n}", number=f"t{n}")]),
    )
    yield (
        "an id that differs in the last digit",
        lambda n: ([person(n, "teacher")], [stranger(n, "teacher", clever_id=clever_id("b", n)[:-1] + "f")]),
    )


@pytest.mark.parametrize("kind", list(kinds()), ids=lambda kind: kind[0])
def test_nobody_who_looks_alike_is_merged(kind):
    """Fifty look-alikes of the kind: not one is matched without a reviewer."""
    _, likeness = kind
    pairs = [likeness(10 * number) for number in range(1, EACH + 1)]
    people = [person for there, _ in pairs for person in there]

    found = match([a for _, here in pairs for a in here], [u for u, _ in people], [r for _, r in people])

    assert len(found.rows) == EACH
    assert found.states["matched"] == found.states["already_v3"] == 0


def test_the_kinds_are_five_hundred_people():
    """Ten kinds of fifty."""
    assert len(list(kinds())) * EACH == 500


def test_people_whom_clever_merged_are_always_recognised():
    """A person with two or three roles is one user, whatever the accounts' e-mails and names say."""
    accounts, users, roles = [], [], []
    for n in range(100):
        held = ["teacher", "staff", "district_admin"][: 2 + n % 2]
        users.append({"user_id": clever_id("c", n), "email": f"{n}@d.example"})
        for place, role in enumerate(held):
            old_id = clever_id("b", 10 * n + place)
            roles.append({"user_id": clever_id("c", n), "role": role, "legacy_id": old_id})
            accounts.append(
                {"account_id": f"{n}-{place}", "role": role, "clever_id": old_id, "email": f"{place}@d.example"}
            )

    found = match(accounts, users, roles)

    assert found.states["matched"] == len(accounts)
    assert set(found.rows["reason"]) == {"several_accounts_one_user"}
    assert Counter(Counter(found.rows["user_id"]).values()) == {2: 50, 3: 50}
