"""Clever's own specifications judge the sandbox; what departs from them stands on a list, with its reason."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import httpx
import hypothesis
import jsonschema
import pytest
import schemathesis
import yaml
from schemathesis.core.failures import FailureGroup

from playbook.sandbox.district import SandboxDistrict
from playbook.sandbox.quirks import DEPARTURES, choose_quirks
from playbook.sandbox.server import RunningSandbox, running_sandbox
from tests.sandbox.conftest import connect

SPECS = tuple(f"{version}{kind}" for version in ("v2.0", "v2.1", "v3.0", "v3.1") for kind in ("", "-events"))
EXAMPLES = {schemathesis.GenerationMode.POSITIVE: 10, schemathesis.GenerationMode.NEGATIVE: 4}
NESTED = 4
UNKNOWN = ("0" * 24, "nonsense", "<b>&", "últimos")
TO_THE_LETTER = choose_quirks(off=("inner_previous", "resources_key", "item_uri", "bare_events_link"))
REFUSALS = sorted({400, 401, 403, 404, *(status for departure in DEPARTURES for status in departure.statuses)})
CONFIG = schemathesis.Config.from_dict({"checks": {"negative_data_rejection": {"expected-statuses": REFUSALS}}})

Spec = dict[str, Any]
Findings = dict[str, bool]


@pytest.fixture(scope="module")
def served() -> Iterator[RunningSandbox]:
    """A sandbox whose clock runs so fast that the rate limit never strikes."""
    ticks = itertools.count()
    with running_sandbox(clock=lambda: float(next(ticks))) as running:
        yield running


def known_ids(district: SandboxDistrict, collection: str) -> list[str]:
    """Ids of a collection, one for every hard case where it holds people."""
    people = sorted({planted[0] for planted in district.hard_cases().values()})
    if collection == "users":
        return [district.user_id(index) for index in people]
    roles = {"school_admins": "staff", "events": "event", "districts": "district"}
    kind = roles.get(collection, collection.removesuffix("s"))
    if kind == "district":
        return [district.id]
    if kind in ("school", "section", "course", "term", "resource"):
        return [district.mints[kind].id(number) for number in (0, 1)]
    return [district.v2_id(index, kind) for index in people if district.shares_role(index, kind)]


def event_ids(client: httpx.Client, version: str) -> list[str]:
    """All event ids of a version's feed."""
    return [item["data"]["id"] for item in client.get(f"/{version}/events").json()["data"]]


def read_spec(specs: Path, name: str) -> Spec:
    """A specification with the departures that are on the list added to it."""
    spec: Spec = yaml.safe_load((specs / f"{name}.yml").read_text())
    for operation in (path["get"] for path in spec["paths"].values()):
        for departure in DEPARTURES:
            for status in departure.statuses:
                operation["responses"].setdefault(str(status), {"description": departure.what})
            for parameter in operation["parameters"]:
                parameter.update(departure.narrows.get(parameter["name"], {}))
                if parameter["name"] in departure.widens:
                    parameter.pop("enum", None)
    return spec


def name_ids(spec: Spec, ids: Mapping[str, list[str]]) -> Spec:
    """The same specification, with ids in paths and event cursors chosen from some that exist and some that do not."""
    for path, operations in spec["paths"].items():
        collection = path.split("/")[1]
        for parameter in operations["get"]["parameters"]:
            if parameter["in"] == "path":
                parameter["enum"] = [*ids[collection], *UNKNOWN]
            elif parameter["name"] == "starting_after" and collection == "events":
                parameter["enum"] = ids["events"]
    return spec


def prepare(specs: Path, name: str, served: RunningSandbox) -> Spec:
    """The specification of a name, ready to be tried on the sandbox."""
    spec = read_spec(specs, name)
    collections = {path.split("/")[1] for path in spec["paths"]} - {"events"}
    with connect(served) as client:
        events = event_ids(client, spec["basePath"].strip("/"))
    return name_ids(spec, {"events": events, **{name: known_ids(served.district, name) for name in collections}})


@pytest.mark.parametrize("mode", EXAMPLES)
@pytest.mark.parametrize("name", SPECS)
def test_schemathesis_finds_nothing(
    name: str, mode: schemathesis.GenerationMode, specs: Path, served: RunningSandbox
) -> None:
    """Every operation answers generated requests, good and bad, as its specification says."""
    spec = prepare(specs, name, served)
    origin = served.base_url + spec["basePath"]
    headers = {"authorization": f"Bearer {served.district.token}"}
    tried = set()

    for result in schemathesis.openapi.from_dict(spec, config=CONFIG).get_all_operations():
        operation = result.ok()

        @hypothesis.settings(
            max_examples=EXAMPLES[mode],
            deadline=None,
            database=None,
            derandomize=True,
            suppress_health_check=list(hypothesis.HealthCheck),
        )
        @hypothesis.given(case=operation.as_strategy(generation_mode=mode))
        def check(case: schemathesis.Case) -> None:
            case.call_and_validate(base_url=origin, headers=headers)

        if mode is schemathesis.GenerationMode.POSITIVE or spec["paths"][operation.path]["get"]["parameters"]:
            check()
        tried.add(operation.path)

    assert tried == set(spec["paths"])


def answers(spec: Spec, client: httpx.Client) -> Iterator[tuple[str, Any]]:
    """The definition and the body of the answer of every operation, for every id that exists."""
    for path, operations in spec["paths"].items():
        definition = operations["get"]["responses"]["200"]["schema"]["$ref"].rpartition("/")[2]
        ids = [p["enum"] for p in operations["get"]["parameters"] if p["in"] == "path"]
        existing = ids[0][: -len(UNKNOWN)] if ids else [""]
        for identifier in existing if path.endswith("{id}") else existing[:NESTED]:
            answer = client.get(spec["basePath"] + path.replace("{id}", identifier))
            assert answer.status_code == 200, path
            yield definition, answer.json()


def compare(spec: Spec, definition: Any, name: str, value: Any, found: Findings) -> None:
    """Note each field that comes, by the definition it belongs to, and each that the definition does not know."""
    while "$ref" in definition:
        name = definition["$ref"].rpartition("/")[2]
        definition = spec["definitions"][name]
    if name == "Event":
        name, definition = "Event", whole_event(spec, value["type"])
    if isinstance(value, list):
        for item in value:
            compare(spec, definition.get("items", {}), name, item, found)
    elif isinstance(value, dict) and "properties" in definition:
        for key, inner in value.items():
            found.setdefault(f"{name}.{key}", key in definition["properties"])
            compare(spec, definition["properties"].get(key, {}), f"{name}.{key}", inner, found)


def not_listed(fields: Iterable[str], patterns: Sequence[str]) -> list[str]:
    """The fields that no pattern of the list covers."""
    return sorted(field for field in fields if not any(fnmatch(field, pattern) for pattern in patterns))


def whole_event(spec: Spec, kind: str) -> Spec:
    """The definition of an event of one type: what all events have, and what this one has."""
    own = dict(spec["definitions"][kind]["allOf"][-1]["properties"])
    if "previous_attributes" in own:
        own["previous_attributes"] = {"type": "object"}  # on the list: an old value is seldom an object
    return {"type": "object", "properties": spec["definitions"]["Event"]["properties"] | own}


@pytest.mark.parametrize("name", SPECS)
def test_every_field_is_in_the_specification_or_on_the_list(name: str, specs: Path, served: RunningSandbox) -> None:
    """No field comes that the specification does not know, and none stays away, unless the list of quirks says why."""
    spec = prepare(specs, name, served)
    found: Findings = {}
    with connect(served) as client:
        for definition, body in answers(spec, client):
            compare(spec, spec["definitions"][definition], definition, body, found)
    names = {field.split(".")[0] for field in found} - {"Event"}
    known = {f"{name}.{key}" for name in names for key in spec["definitions"].get(name, {}).get("properties", {})}

    unknown = {field for field, is_known in found.items() if not is_known}
    assert not_listed(unknown, [pattern for departure in DEPARTURES for pattern in departure.adds]) == []
    if not name.endswith("-events"):  # a feed shows few records; the lists show them all
        assert (
            not_listed(known - set(found), [pattern for departure in DEPARTURES for pattern in departure.lacks]) == []
        )


def nullable(definition: Any) -> Any:
    """The same definition in the words of JSON Schema, which knows no `x-nullable`."""
    if isinstance(definition, list):
        return [nullable(item) for item in definition]
    if not isinstance(definition, dict):
        return definition
    words = {key: nullable(value) for key, value in definition.items()}
    return {"anyOf": [words, {"type": "null"}]} if definition.get("x-nullable") is True else words


@pytest.mark.parametrize("version", ["v2.0", "v2.1", "v3.0", "v3.1"])
def test_an_event_is_what_its_type_says(version: str, specs: Path) -> None:
    """Each event fits the definition that its type names, with `previous_attributes` where the specification has it."""
    spec = nullable(yaml.safe_load((specs / f"{version}-events.yml").read_text()))

    with running_sandbox(quirks=TO_THE_LETTER) as running, connect(running) as client:
        events = [item["data"] for item in client.get(f"/{version}/events").json()["data"]]

    assert {event["type"].partition(".")[2] for event in events} == {"created", "updated", "deleted"}
    for event in events:
        definition = {**whole_event(spec, event["type"]), "definitions": spec["definitions"]}
        jsonschema.Draft4Validator(definition).validate(event)


@pytest.mark.parametrize("name", ["v3.1-lms", "v3.1-attendance"])
def test_paths_of_other_scopes_exist_and_are_closed(name: str, specs: Path, served: RunningSandbox) -> None:
    """Every operation of LMS Connect and Attendance answers as to an application without their scopes."""
    spec = yaml.safe_load((specs / f"{name}.yml").read_text())
    with connect(served) as client:
        answers = [
            client.request(method, spec["basePath"] + re.sub(r"{\w+}", "0" * 24, path))
            for path, operations in spec["paths"].items()
            for method in operations
        ]

    assert answers
    assert {(answer.status_code, *answer.json()) for answer in answers} == {(403, "message")}


def test_a_departure_that_is_not_listed_would_be_found(specs: Path) -> None:
    """The judge is awake: a status that no specification names does not pass."""
    spec = read_spec(specs, "v3.1")
    case = schemathesis.openapi.from_dict(spec)["/users"]["GET"].Case()

    with running_sandbox(faults=["status=418"]) as running, pytest.raises(FailureGroup):
        case.call_and_validate(base_url=f"{running.base_url}/v3.1", headers={"authorization": "Bearer x"})
