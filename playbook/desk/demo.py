"""The demo district that a notebook opens by default: offline, the same every time, nothing of anybody's in it.

A notebook finds the district as the step before leaves it, whichever notebook was opened last; where that step has not
run yet, it is run first. The sandbox is another process, which lives only while a step needs Clever.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import playbook
from playbook.desk.notebook import DIRECTORY as NOTEBOOKS
from playbook.desk.notebook import list_notebooks
from playbook.errors import ServiceError
from playbook.road import run_step
from playbook.road.context import open_district
from playbook.run import Run, make_private_directory
from playbook.settings import FROZEN_CLOCK, OPERATOR, OUTPUTS, Settings
from playbook.sharing.masking import KEY_FILE

CLOCK = datetime(2026, 8, 3, 6, tzinfo=UTC)
GUIDED = "guided"
ENGINEER = "the demo's engineer"
_DISTRICT_FILE, _DATABASE = "district.toml", "accounts.sqlite"
_TOKEN = "CLEVER_DISTRICT_TOKEN"
_BASE_URL = re.compile(r'^base_url = ".*"$', re.MULTILINE)
_NOWHERE = "http://127.0.0.1:1"


@dataclass(frozen=True, slots=True)
class Demo:
    """The demo district on disk.

    Attributes:
        root: Holds `now/`, the district that is worked on, and `NN/`, copies of it after each step.
        settings: What the environment says; the clock is frozen.
    """

    root: Path
    settings: Settings

    @property
    def now(self) -> Path:
        """The directory of the district file, the accounts database and the run directory."""
        return self.root / "now"

    def open(self) -> Run:
        """Open the district without Clever; what needs Clever goes through `serving`."""
        return self._open({})

    @contextmanager
    def serving(self) -> Iterator[Run]:
        """Start the sandbox, open the district on it, and stop it again."""
        with _sandbox() as announced:
            self._point_to(announced["base_url"])
            logins = {f"CLEVER_{role.upper()}_TOKEN": token for role, token in announced["user_tokens"].items()}
            yield self._open({_TOKEN: announced["district_token"], **logins})

    def prepare(self, step: str) -> None:
        """Put the district into the state that the step before a step leaves."""
        names = [path.stem for path in list_notebooks()]
        before = names[: names.index(step)]
        done = [name for name in before if (self.root / name[:2]).is_dir()]
        last = done[-1] if done else ""
        self._restore(self.root / last[:2] if last else None)
        missing = before[before.index(last) + 1 :] if last else before
        if missing:
            with self.serving() as run:
                for name in missing:
                    run_step(name, run)
                    self.keep(name)

    def keep(self, step: str) -> None:
        """Keep a copy of the district as a step leaves it; copies of later steps no longer follow from it."""
        for later in self.root.glob("[0-9][0-9]"):
            if later.name >= step[:2]:
                shutil.rmtree(later)
        shutil.copytree(self.now, self.root / step[:2])

    def _restore(self, copy: Path | None) -> None:
        decided = {path.name: path.read_bytes() for path in (self.now / "run").glob("decisions.*") if _is_sheet(path)}
        if self.now.exists():
            shutil.rmtree(self.now)
        if copy:
            shutil.copytree(copy, self.now)
        else:
            self.build()
        for name, content in decided.items():
            (self.now / "run" / name).write_bytes(content)

    def build(self) -> bool:
        """Build the accounts and the district file; the key of masked names is fixed, so that two builds show the same.

        Returns:
            False where they stood already; nothing was touched then.
        """
        if (self.now / _DISTRICT_FILE).exists():
            return False
        make_private_directory(self.now, root=self.now)
        subprocess.run(
            [
                *_playbook("sandbox", "accounts", f"sqlite:///{self.now / _DATABASE}"),
                *("--base-url", _NOWHERE, "--district-file", str(self.now / _DISTRICT_FILE)),
                *("--source", str(self.now / "application"), "--logins"),
            ],
            check=True,
            capture_output=True,
        )
        (self.now / _DATABASE).chmod(0o600)
        make_private_directory(self.now / "run", root=self.now)
        (self.now / "run" / KEY_FILE).write_bytes(b"the demo district has no secrets")
        (self.now / "run" / KEY_FILE).chmod(0o600)
        return True

    def _point_to(self, base_url: str) -> None:
        path = self.now / _DISTRICT_FILE
        text = path.read_text(encoding="utf-8")
        path.write_text(_BASE_URL.sub(f'base_url = "{base_url}"', text), encoding="utf-8")

    def _open(self, secrets: Mapping[str, str]) -> Run:
        clock = self.settings.frozen_clock
        frozen = {FROZEN_CLOCK: clock.isoformat()} if clock else {}
        operator = self.settings.operator or ENGINEER
        environ = {**self.settings.environ, **secrets, **frozen, OPERATOR: operator}
        settings = replace(self.settings, environ=environ, operator=operator)
        return open_district(self.now / _DISTRICT_FILE, settings, directory=self.now / "run")


def open_demo(settings: Settings) -> Demo:
    """Return the demo district under the outputs directory; what other code left there is thrown away."""
    # A kernel starts beside its notebook; what it makes belongs beside the notebooks' directory, not into it.
    outputs = settings.outputs if settings.environ.get(OUTPUTS) else NOTEBOOKS.parent / "outputs"
    root = outputs / GUIDED / _digest_code()
    for old in root.parent.glob("*"):
        if old != root:
            shutil.rmtree(old)
    return Demo(root, replace(settings, frozen_clock=CLOCK))


def _is_sheet(path: Path) -> bool:
    """What a person decided outlives the step that it was decided in; what the step made of it does not."""
    return path.suffix in (".csv", ".json", ".xlsx")


def _digest_code() -> str:
    """Name the code that makes the demo: a copy that other code left would show what this code does not do."""
    digest = hashlib.sha256()
    for path in sorted(Path(playbook.__file__).parent.rglob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


@contextmanager
def _sandbox() -> Iterator[Mapping[str, Any]]:
    process = subprocess.Popen(
        _playbook("sandbox", "serve"), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    with process:
        try:
            line = process.stdout.readline() if process.stdout else ""
            if not line:
                raise ServiceError("the sandbox did not start", code="sandbox", remedy="Run: playbook sandbox serve")
            yield json.loads(line)
        finally:
            process.terminate()


def _playbook(*words: str) -> list[str]:
    return [sys.executable, "-m", "playbook", *words]
