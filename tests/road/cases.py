"""The hard cases' people as Clever sends them, and what the road made of their accounts."""

from __future__ import annotations

import json
import zipfile
from dataclasses import dataclass
from functools import cached_property
from html import escape
from pathlib import Path

from playbook.run import SHAREABLE
from playbook.sandbox.district import SandboxDistrict
from playbook.sandbox.hard_cases import HardCase
from tests.road.oracle import old_id
from tests.road.oracle_rights import Pair
from tests.road.raw import Row
from tests.road.walks import Walk


@dataclass(frozen=True)
class Cases:
    """The hard cases of a district that has walked the whole road in a dry run.

    Attributes:
        district: Says on whom each case is planted, and nothing else is asked of it.
        walk: What the road made of them.
        planted: The tempting accounts, by name.
    """

    district: SandboxDistrict
    walk: Walk
    planted: dict[str, Row]

    def places(self, case: HardCase) -> list[int]:
        """The numbers of the people on whom a case is planted."""
        return list(self.district.hard_cases()[case.value])

    def users(self, case: HardCase) -> list[Row]:
        """The users on whom a case is planted, as Clever sends them."""
        sent = {user["id"]: user for user in self.walk.world.users}
        return [sent[self.district.person(index).user_id] for index in self.places(case)]

    def accounts(self, user: Row) -> dict[str, str]:
        """For each of a user's roles the account that holds its old id."""
        return {role: self._by_old_id[old_id(user, role)] for role in user["roles"]}

    @cached_property
    def _by_old_id(self) -> dict[str, str]:
        return {account["clever_id"]: account["id"] for account in self.walk.world.accounts}

    @cached_property
    def matches(self) -> dict[str, Row]:
        """The match of every account."""
        return self.walk.rows("matches")

    @cached_property
    def ends(self) -> dict[str, Row]:
        """What becomes of every account."""
        return self.walk.rows("destinations")

    @cached_property
    def operations(self) -> list[Row]:
        """What the plan would do."""
        found: list[Row] = json.loads((self.walk.run / "plan.json").read_text())["operations"]
        return found

    def operations_on(self, account: str) -> set[str]:
        """The kinds of operations that the plan holds for an account."""
        return {row["kind"] for row in self.operations if row["account_id"] == account}

    def rights(self, account: str) -> set[Pair]:
        """What an account's login may do after the cut-over."""
        return {
            (row["action"], row["scope_kind"], row["scope_id"])
            for row in self.walk.tables["changes"]
            if row["credential"] == account and row["change"] != "loss"
        }

    def match_of(self, planted: str) -> Row:
        """The match of a planted account."""
        return self.matches[str(self.planted[planted]["id"])]

    @cached_property
    def shared(self) -> dict[str, str]:
        """Every file that may leave the house, a bundle's entries one by one."""
        files = [path for part in SHAREABLE for path in (self.walk.run / part).rglob("*") if path.is_file()]
        return {name: text for path in files for name, text in _texts(path).items()}

    def shows(self, text: str) -> list[str]:
        """The shareable files that show a text as it is, or escaped for HTML or JSON."""
        spellings = {text, escape(text), escape(text, quote=False), json.dumps(text)[1:-1]}
        return [name for name, content in self.shared.items() if any(spelling in content for spelling in spellings)]


def _texts(path: Path) -> dict[str, str]:
    if path.suffix != ".zip":
        return {path.name: path.read_bytes().decode("utf-8", "replace")}
    with zipfile.ZipFile(path) as archive:
        return {f"{path.name}/{name}": archive.read(name).decode("utf-8", "replace") for name in archive.namelist()}
