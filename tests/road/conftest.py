"""A district on the road: the sandbox serves it, its accounts stand in a fresh SQLite database."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from playbook.road.context import open_district
from playbook.road.done import Done
from playbook.road.steps import STEPS, run_step
from playbook.run import Run
from playbook.sandbox.accounts import build_accounts, write_district_file
from playbook.sandbox.server import RunningSandbox
from playbook.sandbox.source_tree import copy_source
from playbook.settings import read_settings

CLOCK = "2026-08-03T06:00:00+00:00"


@dataclass(frozen=True)
class Rehearsal:
    """A district that a test may walk with.

    Attributes:
        directory: Holds the district file, `accounts.sqlite`, `app/` and `run/`.
        environ: The environment that the references of the district file lead into.
        application: What would lead to the application's client id and secret.
    """

    directory: Path
    environ: dict[str, str]
    application: dict[str, str] = field(default_factory=dict)

    @property
    def file(self) -> Path:
        """The district file."""
        return self.directory / "district.toml"

    @property
    def database(self) -> Path:
        """The accounts database."""
        return self.directory / "accounts.sqlite"

    def open(self) -> Run:
        """The run, opened anew from its file."""
        return open_district(self.file, read_settings(self.environ), directory=self.directory / "run")

    def edit(self, old: str, new: str) -> None:
        """Change the district file."""
        text = self.file.read_text()
        assert old in text
        self.file.write_text(text.replace(old, new))

    def walk(self, first: str = "00", last: str = "06", **options: Any) -> dict[str, Done]:
        """Run a stretch of the road; options go to step 07."""
        run = self.open()
        steps = [step for step in STEPS if first <= step[:2] <= last]
        return {step[:2]: run_step(step, run, **(options if step.startswith("07") else {})) for step in steps}


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Build the sample database of a layout once; each test works on a copy."""
    directory = tmp_path_factory.mktemp("built")

    def build(layout: str) -> Path:
        path = directory / f"{layout}.sqlite"
        if not path.exists():
            build_accounts(f"sqlite:///{path}", layout=layout)
        return path

    return build


@pytest.fixture
def rehearse(sandbox: RunningSandbox, tmp_path: Path, built: Callable[[str], Path]) -> Callable[..., Rehearsal]:
    """Make a rehearsal; keywords go to the district file."""

    def make(**choices: str) -> Rehearsal:
        directory = tmp_path / "district"
        directory.mkdir()
        url = f"sqlite:///{directory / 'accounts.sqlite'}"
        layout = choices.pop("layout", "users")
        shutil.copy(built(layout), directory / "accounts.sqlite")
        copy_source(directory / "app")
        write_district_file(
            directory / "district.toml",
            base_url=sandbox.base_url,
            layout=layout,
            sources=[Path("app")],
            logins=True,
            **choices,  # type: ignore[arg-type]
        )
        environ = {
            "CLEVER_DISTRICT_TOKEN": sandbox.announcement["district_token"],
            "ACCOUNTS_DATABASE_URL": url,
            **{f"CLEVER_{role.upper()}_TOKEN": token for role, token in sandbox.announcement["user_tokens"].items()},
            "PLAYBOOK_CLOCK": CLOCK,
            "PLAYBOOK_OPERATOR": "an engineer",
        }
        told = sandbox.announcement
        pair = {"CLEVER_CLIENT_ID": told["client_id"], "CLEVER_CLIENT_SECRET": told["client_secret"]}
        return Rehearsal(directory, environ, pair)

    return make
