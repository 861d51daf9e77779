"""The accounts of the sample vendor application: one a role and v2 id, as v2 made vendors keep them, and the accidents.

Every row is computed from the district and the person's number, so a million accounts need no memory.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from playbook.sandbox.accounts_accidents import NEIGHBOURS, STUDENTS, Accident, accident_at
from playbook.sandbox.district import SandboxDistrict, make_district
from playbook.sandbox.hard_cases import HardCase
from playbook.sandbox.identifiers import digest, object_id
from playbook.sandbox.person import Person, PersonRole

KINDS = {
    "student": "student",
    "teacher": "teacher",
    "staff": "school_admin",
    "district_admin": "district_admin",
    "contact": "contact",
}
"""v3 role to the word that a v2 application knows it by."""

FIRST_KEY = 104_511
SLOTS = 4
"""Keys that a person's accounts may take: up to three roles and one neighbour."""

SCHOOL_YEAR = datetime(2025, 8, 18, 7, 30, tzinfo=UTC)
DAYS = 290
GONE_MINTED = 1_446_336_000  # 2015-11-01: ids of people who have left since
CONTACT_EVERY = 2


@dataclass(frozen=True, slots=True)
class VendorAccount:
    """One account as the vendor keeps it.

    Attributes:
        id: The application's own key.
        clever_id: The v2 id, or "" where the account never had one.
        person: The number of the person in the district; of the neighbour for an account of nobody.
        role: The v3 role that the id belongs to.
        kind: The role word that the application keeps, right or wrong.
        last_login: None where the account was never used.
        accidents: What is wrong with it.
    """

    id: int
    clever_id: str
    person: int
    role: str
    kind: str
    username: str
    name: str
    email: str
    sis_id: str
    number: str
    district_id: str
    status: str
    last_login: datetime | None
    accidents: frozenset[Accident] = frozenset()


def make_accounts(district: SandboxDistrict) -> Iterator[VendorAccount]:
    """Yield every account of the sample application by ascending key."""
    for _, accounts in accounts_by_person(district):
        yield from accounts


def accounts_by_person(district: SandboxDistrict) -> Iterator[tuple[Person, list[VendorAccount]]]:
    """Yield every person with the accounts that stand at her place, the neighbour's last, by ascending key."""
    other = make_district(district.seed + 1, district.users)
    for person in district.people():
        accident = _accident(district, person)
        beside = [_neighbour(district, other, person, accident)] if accident in NEIGHBOURS else []
        yield person, accounts_of(district, person) + beside


def accounts_of(district: SandboxDistrict, person: Person) -> list[VendorAccount]:
    """Return one person's own accounts, neighbours apart, by ascending key."""
    accident = _accident(district, person)
    if accident is Accident.NO_ACCOUNT or (person.kind == "contact" and not _came(person)):
        return []
    roles = sorted(person.roles, key=lambda role: digest(district.seed, "slot", person.index, role.role))
    found = [_account(district, person, role, slot) for slot, role in enumerate(roles)]
    return [_with(accident, account, person, is_last=account is found[-1]) for account in found]


def _came(contact: Person) -> bool:
    """Say whether a contact has an account: every other one, and those on whom a hard case is planted."""
    return contact.index % CONTACT_EVERY == 0 or bool(contact.cases - {HardCase.CLOSE_IDS})


def is_neighbour(account: VendorAccount) -> bool:
    """Say whether an account stands beside a person's own."""
    return (account.id - FIRST_KEY) % SLOTS == SLOTS - 1


def planted_accidents(district: SandboxDistrict) -> dict[Accident, list[int]]:
    """Return for every accident the keys of the accounts that show it, ascending."""
    planted: dict[Accident, list[int]] = {accident: [] for accident in Accident}
    for account in make_accounts(district):
        for accident in account.accidents:
            planted[accident].append(account.id)
    return planted


def _accident(district: SandboxDistrict, person: Person) -> Accident | None:
    first = {"student": 0, "employee": district.students}.get(person.kind, 0)
    return accident_at(person.kind, person.index - first)


def _account(district: SandboxDistrict, person: Person, role: PersonRole, slot: int) -> VendorAccount:
    bits = digest(district.seed, "account", person.index, role.role, size=4)
    key = FIRST_KEY + person.index * SLOTS + slot
    never = bits[0] < 20  # about one in thirteen never signed in
    return VendorAccount(
        id=key,
        clever_id=role.former_v2_id or role.v2_id,
        person=person.index,
        role=role.role,
        kind=KINDS[role.role],
        username=f"{KINDS[role.role][0]}{key}",
        name=person.full_name,
        email=person.email,
        sis_id=role.sis_id,
        number=role.number,
        district_id=district.id,
        status="active",
        last_login=None if never else _login(bits),
    )


def _login(bits: bytes) -> datetime:
    return SCHOOL_YEAR + timedelta(days=bits[1] * DAYS // 256, minutes=bits[2], hours=bits[3] % 9)


def _with(accident: Accident | None, account: VendorAccount, person: Person, *, is_last: bool) -> VendorAccount:
    """Return the account as the accident left it."""
    is_touched = is_last or accident not in (Accident.SUSPENDED_PART, Accident.ALREADY_V3)
    if accident is None or not is_touched or accident in (Accident.ORPHAN, Accident.OTHER_DISTRICT):
        return account
    marked = replace(account, accidents=frozenset({accident}))
    if accident in (Accident.SUSPENDED, Accident.SUSPENDED_PART):
        return replace(marked, status="suspended")
    if accident is Accident.ALREADY_V3:
        return replace(marked, clever_id=person.user_id)
    if accident is Accident.UPPER_CASE_ID:
        return replace(marked, clever_id=account.clever_id.upper())
    if accident is Accident.NEVER_CLEVER:
        return replace(marked, clever_id="")
    if accident is Accident.UNKNOWN_ROLE:
        return replace(marked, kind="librarian")
    if accident is Accident.WRONG_ROLE:
        return replace(marked, kind="school_admin" if account.role == "teacher" else "teacher")
    return marked


def _neighbour(district: SandboxDistrict, other: SandboxDistrict, person: Person, accident: Accident) -> VendorAccount:
    """Return the account beside the person's own: the same id again, an id that is gone, or another district's."""
    own = _account(district, person, person.roles[0], SLOTS - 1)
    if accident is Accident.DUPLICATE:
        return replace(own, accidents=frozenset({accident}))
    role = ("teacher", "student", "contact")[person.index % 3]
    if accident is Accident.OTHER_DISTRICT:
        members = other.members(role)
        foreigner = other.person(members[person.index // STUDENTS % len(members)])
        return _stranger(own, accident, foreigner, foreigner.roles[0], other.id)
    gone = object_id(GONE_MINTED, digest(district.seed, "gone", size=5).hex(), person.index)
    departed = other.person(person.index)
    account = _stranger(own, accident, departed, replace(departed.roles[0], role=role, v2_id=gone), district.id)
    return replace(account, sis_id=f"Z{person.index}", email=f"gone{person.index}@{district.domain}")


def _stranger(
    own: VendorAccount, accident: Accident, person: Person, role: PersonRole, district_id: str
) -> VendorAccount:
    return replace(
        own,
        clever_id=role.v2_id,
        role=role.role,
        kind=KINDS[role.role],
        username=f"x{own.id}",
        name=person.full_name,
        email=person.email,
        sis_id=role.sis_id,
        number="",
        district_id=district_id,
        accidents=frozenset({accident}),
    )
