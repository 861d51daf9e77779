"""Where the sandbox departs from Clever's specification, each time with the reason; some departures can be chosen.

The specification is the judge of the sandbox; the wire, as recorded and as the documentation tells it, is why it may
depart. A test holds both: every answer conforms, but for what stands in this list.
Source: https://github.com/Clever/swagger-api and https://dev.clever.com/docs
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from playbook.errors import Fault, InputError


class Quirk(StrEnum):
    """A departure that can be switched on and off."""

    STUDENT_LEGACY_ID = "student_legacy_id"
    RESOURCES_KEY = "resources_key"
    ITEM_URI = "item_uri"
    INNER_PREVIOUS = "inner_previous"
    BLANKS = "blanks"
    CAMEL_LINKS = "camel_links"
    ME_ROLE_INSIDE = "me_role_inside"
    BARE_EVENTS_LINK = "bare_events_link"
    UNFILTERED_EVENTS = "unfiltered_events"
    ID_TOKEN = "id_token"


@dataclass(frozen=True, slots=True)
class Departure:
    """One departure.

    Attributes:
        what: What the sandbox does where the specification says otherwise or nothing.
        why: Why it is right to.
        quirk: The switch; None where it is always so.
        is_on: Whether the switch is on unless chosen otherwise.
        statuses: Statuses that the specification does not list for an operation.
        narrows: By parameter, what the specification does not say that a value must be.
        widens: Parameters that may hold what the specification does not list.
        adds: Fields that the specification does not know, as patterns of `Definition.field`.
        lacks: Fields of the specification that never come, as patterns of `Definition.field`.
    """

    what: str
    why: str
    quirk: Quirk | None = None
    is_on: bool = True
    statuses: tuple[int, ...] = ()
    narrows: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    widens: tuple[str, ...] = ()
    adds: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()


REPEATED = ("name", "district", "created", "last_modified")
DEPARTURES: tuple[Departure, ...] = (
    Departure(
        "every student carries a legacy_id equal to the id, not only the odd one",
        "the specification has the field; on the wire no student had it, so it is off",
        Quirk.STUDENT_LEGACY_ID,
        is_on=False,
        lacks=("Student.legacy_id",),
    ),
    Departure(
        'an empty list of resources is {"resources": []}, without data and links',
        "recorded on the wire",
        Quirk.RESOURCES_KEY,
    ),
    Departure(
        "items of a list carry their uri beside data", "recorded on the wire", Quirk.ITEM_URI, adds=("*Response.uri",)
    ),
    Departure(
        "previous_attributes stands inside the inner data of an event, not beside it",
        "recorded on the wire, and so documented on the events page",
        Quirk.INNER_PREVIOUS,
        adds=("*Object.previous_attributes",),
        lacks=("Event.previous_attributes",),
    ),
    Departure(
        "an old value in previous_attributes is whatever the field held: a text, a list, an object",
        "recorded on the wire; the specification calls every one an object",
    ),
    Departure(
        "an absent value is the empty text; switched off, its key is missing",
        "recorded on the wire; the specification requires no key at all",
        Quirk.BLANKS,
    ),
    Departure(
        "links of a user are spelled myContacts, myTeachers, myStudents; both spellings are answered",
        "recorded on the wire; the specification's paths are in lower case",
        Quirk.CAMEL_LINKS,
    ),
    Departure(
        "under v3, /me names the role in data.type while the outer type is user",
        "recorded on the wire in 2023; the documentation says that both are user, so it is off",
        Quirk.ME_ROLE_INSIDE,
        is_on=False,
    ),
    Departure("the self link of the bare events feed ends in ?", "recorded on the wire", Quirk.BARE_EVENTS_LINK),
    Departure(
        "record_type is ignored and the whole feed comes",
        "the upgrade guide says so in one place and shows the filter at work in another, so it is off",
        Quirk.UNFILTERED_EVENTS,
        is_on=False,
    ),
    Departure(
        "a single record carries links whose rel is district, sections or schools, not only next, prev and self",
        "recorded on the wire",
        adds=("*Response.links",),
    ),
    Departure("count=true adds a whole number `count` beside data", "version 1.1 did; no later source shows the shape"),
    Departure(
        "count and primary are ignored where they are not `true`, whatever they hold",
        "recorded on the wire for count=5",
        widens=("count", "primary"),
    ),
    Departure(
        "a contact's role in an event keeps v2's one relationship, type and students beside student_relationships",
        "recorded on the wire",
        adds=("Contact.relationship", "Contact.type", "Contact.students"),
    ),
    Departure(
        "a student's role under v3 has grade point averages",
        "shown in an example of the documentation; a client must let fields pass that it does not know",
        adds=("Student.*weighted_gpa",),
    ),
    Departure(
        "a role repeats neither name nor district nor dates of the user, but a student's repeats the e-mail",
        "recorded on the wire; the specification lists the former and not the latter",
        adds=("Student.email",),
        lacks=("Student.created", "Student.last_modified", *(f"Teacher.{name}" for name in REPEATED)),
    ),
    Departure("a user's token gets single records without links", "recorded on the wire"),
    Departure(
        "/oauth/authorize signs in whom `login` names by v3 id, or the first teacher",
        "nobody is there to type a password",
    ),
    Departure(
        "/me, /userinfo, /oauth/* and OpenID's discovery document are answered", "documented, and in no specification"
    ),
    Departure(
        "a login's code is exchanged for an id_token too, signed with the application's secret",
        "documented for applications that are set up for OpenID Connect, so it is off; how Clever signs is not told",
        Quirk.ID_TOKEN,
        is_on=False,
    ),
    Departure(
        "no token, or one that nobody knows, is refused with 401", "documented on the errors page", statuses=(401,)
    ),
    Departure(
        "a limit that is no count, an unknown role and an unknown event as cursor are refused with 400",
        "the specification defines a BadRequest that no operation names; the errors page speaks of bad parameters",
        statuses=(400,),
    ),
    Departure(
        "a limit above 10000 is refused with 413",
        "documented on the paging page",
        statuses=(413,),
        narrows={"limit": {"minimum": 1, "maximum": 10_000}},
    ),
    Departure(
        "the 1201st request of a token in one minute is refused with 429 and an empty body",
        "documented on the errors page",
        statuses=(429,),
    ),
    Departure(
        "an unknown id in a path is answered with 404, also where the operation lists 200 alone",
        "documented on the errors page",
        statuses=(404,),
    ),
    Departure(
        "a path that does not exist, or not for this token or version, is answered with an HTML 404",
        "recorded on the wire; the specification knows JSON errors alone",
    ),
    Departure(
        "LMS Connect and Attendance answer 403 with a message, whatever the id",
        "so documented for an application without their scopes; the specification lists 401 and 404",
        statuses=(403,),
    ),
)

DEFAULT_QUIRKS = frozenset(item.quirk for item in DEPARTURES if item.quirk and item.is_on)


def choose_quirks(*, on: Iterable[str] = (), off: Iterable[str] = ()) -> frozenset[Quirk]:
    """Return the usual quirks with some switched on and some off.

    Raises:
        InputError: A name is no quirk's.
    """
    on, off = list(on), list(off)
    unknown = [name for name in (*on, *off) if name not in set(Quirk)]
    if unknown:
        raise InputError(
            "the sandbox knows no such quirk",
            remedy=f"Choose from {', '.join(Quirk)}.",
            faults=[Fault(name, "is no quirk") for name in unknown],
        )
    return (DEFAULT_QUIRKS | {Quirk(name) for name in on}) - {Quirk(name) for name in off}
