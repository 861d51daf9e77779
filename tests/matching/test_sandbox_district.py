"""The sample district with every hard case, as a server sends it and a database holds it, ends as the oracle says."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from playbook.accounts.source import open_source
from playbook.clever.client import Clever
from playbook.clever.snapshot import fetch_snapshot, read_snapshot
from playbook.district_file import read_district_file
from playbook.matching.match import match_accounts
from playbook.sandbox.accounts import build_accounts, write_district_file
from playbook.settings import Secret
from tests.matching.oracle import Oracle
from tests.matching.test_against_oracle import opinions

NOW = datetime(2026, 8, 3, 6, tzinfo=UTC)


@pytest.fixture(scope="module")
def snapshot(sandbox, tmp_path_factory):
    """The whole sample district, fetched."""
    directory = tmp_path_factory.mktemp("run") / "snapshot"
    with Clever(sandbox.base_url, Secret(sandbox.announcement["district_token"])) as clever:
        fetch_snapshot(clever, directory, now=NOW)
    return read_snapshot(directory)


def read_accounts(directory, layout, base_url):
    """The sample application's accounts in one of its layouts."""
    url = f"sqlite:///{directory}/{layout}.sqlite"
    build_accounts(url, layout=layout)
    write_district_file(directory / f"{layout}.toml", base_url=base_url, layout=layout)
    return open_source(read_district_file(directory / f"{layout}.toml").accounts, url, base=directory).read()


@pytest.mark.parametrize("layout", ["users", "credentials"])
def test_every_account_of_the_sample_district_ends_as_the_oracle_says(sandbox, snapshot, tmp_path, layout):
    """State, reason, user, role and rule of each account, the candidates, and the users without an account."""
    accounts = read_accounts(tmp_path, layout, sandbox.base_url)
    district_id = sandbox.district.id

    found = match_accounts(accounts, snapshot.users, snapshot.roles, district_id=district_id)

    tables = (accounts, snapshot.users, snapshot.roles)
    oracle = Oracle(*(table.to_dict("records") for table in tables), [], district=district_id)
    assert opinions(found) == (oracle.verdicts(), oracle.candidates(), oracle.new_users())


def test_the_hard_cases_are_found_and_none_is_guessed(sandbox, snapshot, tmp_path):
    """Re-issued ids and roles that are not shared are suggested; people of several roles are matched, each account."""
    accounts = read_accounts(tmp_path, "users", sandbox.base_url)
    cases = {name: len(people) for name, people in sandbox.district.hard_cases().items()}

    found = match_accounts(accounts, snapshot.users, snapshot.roles, district_id=sandbox.district.id)

    assert found.reasons["id_reissued"] == cases["reissued_id"]
    assert found.reasons["role_not_shared"] == cases["role_not_shared"]
    assert found.states["suggested"] == cases["reissued_id"] + cases["role_not_shared"] + found.reasons["never_had_id"]
    assert found.reasons["several_accounts_one_user"] >= 2 * (cases["teacher_staff"] + cases["teacher_staff_admin"])
