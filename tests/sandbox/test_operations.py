"""Every path is answered in a district of any size, down to the smallest."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from playbook.sandbox.district import SandboxDistrict, make_district
from playbook.sandbox.holdings import Holdings
from playbook.sandbox.listing import Listing
from playbook.sandbox.operations import V3_OPERATIONS, Operation
from playbook.sandbox.query import Query
from playbook.sandbox.role_operations import V2_OPERATIONS
from playbook.sandbox.role_records import V2_PATHS

ROLE_OF = {path: role for role, path in V2_PATHS.items()}


def some_ids(district: SandboxDistrict, collection: str) -> list[str]:
    """The first and last ids of a collection; none where the district is too small to have any."""
    if collection == "districts":
        return [district.id]
    if collection == "users":
        return [district.user_id(index) for index in (0, district.students, district.users - 1)]
    if collection in ROLE_OF:
        role = ROLE_OF[collection]
        return [district.v2_id(index, role) for index in district.members(role) if district.shares_role(index, role)][
            :2
        ]
    return [district.mints[collection.removesuffix("s")].id(0)]


@pytest.mark.parametrize(("version", "operations"), [("v2.0", V2_OPERATIONS), ("v3.1", V3_OPERATIONS)])
@pytest.mark.parametrize("users", [10, 11, 19, 20, 119, 121, 1201])
def test_every_path_answers_whatever_the_size(users: int, version: str, operations: Mapping[str, Operation]) -> None:
    """No list and no record depends on the district being large or round."""
    district = make_district(5, users)
    holdings, everything = Holdings(district, version), Query(limit=10_000)

    for template, operation in operations.items():
        for identifier in some_ids(district, template.split("/")[1]) if "{id}" in template else [""]:
            answer = operation(holdings, identifier, everything)
            shown = answer.page(everything, template) if isinstance(answer, Listing) else answer
            assert "data" in shown or shown == {"resources": []}, template
