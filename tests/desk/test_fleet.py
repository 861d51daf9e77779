"""A fleet: districts beside each other, each with its own answer, no one's failure another's."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from playbook.__main__ import main
from playbook.sandbox.accounts import build_accounts, write_district_file
from playbook.sandbox.server import running_sandbox

SEEDS = (1, 2)


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Path]]:
    """The district files of two districts on one sandbox, and one whose token is missing."""
    monkeypatch.setenv("PLAYBOOK_OUTPUTS", str(tmp_path / "outputs"))
    made = []
    with running_sandbox(districts=len(SEEDS), users=150) as sandbox:
        for seed, district in zip(SEEDS, sandbox.districts, strict=True):
            monkeypatch.setenv(f"TOKEN_{seed}", district.token)
            url = f"sqlite:///{tmp_path / f'{seed}.sqlite'}"
            build_accounts(url, seed=seed, users=150)
            made.append(
                write_district_file(
                    tmp_path / f"{seed}.toml",
                    base_url=sandbox.base_url,
                    seed=seed,
                    users=150,
                    accounts_url=url,
                    token=f"env:TOKEN_{seed}",
                )
            )
        broken = tmp_path / "broken.toml"
        broken.write_text(made[1].read_text().replace("env:TOKEN_2", "env:TOKEN_MISSING").replace("Example", "Broken"))
        yield [made[0], broken]


def test_one_districts_refusal_stops_no_other(files: list[Path], capfd: pytest.CaptureFixture[str]) -> None:
    """Each district has its answer; the exit code is the worst one; workers and kernels do not talk in between."""
    code = main(["fleet", *map(str, files), "--to", "00", "--workers", "2", "--json"])

    shown = capfd.readouterr()
    first, second = json.loads(shown.out)["districts"]
    assert code == 2
    assert [line for line in shown.err.splitlines() if " of 2 " not in line] == []
    assert first["steps"]["00"] == "go"
    assert second["error"]["code"] == "reference_unresolved"
    assert "TOKEN_MISSING" in second["error"]["message"]


def test_a_district_named_twice_is_refused(files: list[Path], capsys: pytest.CaptureFixture[str]) -> None:
    """Two runs in one directory would write over each other, by whatever files."""
    assert main(["fleet", str(files[0]), str(files[0]), "--json"]) == 2
    assert json.loads(capsys.readouterr().out)["error"]["code"] == "named_twice"
    other = files[0].with_name("other.toml")
    other.write_text(files[0].read_text() + "\n# another database\n")
    assert main(["fleet", str(files[0]), str(other), "--json"]) == 2
    assert json.loads(capsys.readouterr().out)["error"]["code"] == "named_twice"
