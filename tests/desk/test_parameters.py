"""The parameters cell: what is refused before anything runs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from playbook.desk.parameters import Parameter, check_values, looks_like_credential, read_parameters
from playbook.errors import InputError

DEMO = {"district_id": "", "run_dir": "", "source": "demo"}
CELL = """\
district_id: str = ""  # Clever's id of the district
run_dir: str = ""  # the run directory
source: str = "demo"  # demo or clever
limit: int = 100  # rows
names: list[str] = ["a", "b"]  # names of checks
"""


def write_notebook(path: Path, source: str, *, tags: tuple[str, ...] = ("parameters",)) -> Path:
    """A notebook with one code cell."""
    cell = {"cell_type": "code", "metadata": {"tags": list(tags)}, "source": source.splitlines(keepends=True)}
    path.write_text(json.dumps({"cells": [cell]}))
    return path


@pytest.fixture
def declared(tmp_path: Path) -> tuple[Parameter, ...]:
    """What the cell above declares."""
    return read_parameters(write_notebook(tmp_path / "nb.ipynb", CELL))


def test_reads_every_line(declared: tuple[Parameter, ...]) -> None:
    """Name, type, default and help of each parameter, in order."""
    assert [parameter.name for parameter in declared] == ["district_id", "run_dir", "source", "limit", "names"]
    assert declared[3] == Parameter("limit", "int", 100, "rows")
    assert declared[4].default == ["a", "b"]


@pytest.mark.parametrize(
    "line",
    [
        "limit = 100  # rows",
        'district_id: "str | None" = None  # an id',
        "limit: int = 100",
        'url: str = "a?b=c"  # an address',
        "import os",
        "limit: dict = {}  # rows",
    ],
)
def test_refuses_a_line_that_papermill_would_overlook(tmp_path: Path, line: str) -> None:
    """No type, a union, no help, a second equals sign or a statement: none is a parameter."""
    with pytest.raises(InputError, match="declares parameters wrongly"):
        read_parameters(write_notebook(tmp_path / "nb.ipynb", line))


def test_refuses_a_notebook_without_the_cell(tmp_path: Path) -> None:
    """papermill would put values on top without a word."""
    with pytest.raises(InputError, match="0 parameters cells"):
        read_parameters(write_notebook(tmp_path / "nb.ipynb", CELL, tags=()))


def test_lists_all_faults_at_once(declared: tuple[Parameter, ...]) -> None:
    """Unknown names, wrong types, missing and secret values come in one message that repeats no value."""
    given = {"source": "clever", "limit": "100", "distrct": "sentinel", "names": [1], "api_token": "sentinel"}

    with pytest.raises(InputError) as refusal:
        check_values(declared, given)

    assert [fault.where for fault in refusal.value.faults] == [
        "limit",
        "distrct",
        "names",
        "api_token",
        "district_id",
        "run_dir",
    ]
    assert "sentinel" not in str(refusal.value)


def test_a_number_is_not_an_id(declared: tuple[Parameter, ...]) -> None:
    """An id that a shell turned into a number is refused, because zeros and exponents are lost."""
    with pytest.raises(InputError, match="district_id: must be str"):
        check_values(declared, {**DEMO, "district_id": 123})


def test_true_is_not_a_number(declared: tuple[Parameter, ...]) -> None:
    """Python counts True as 1; a parameter does not."""
    with pytest.raises(InputError, match="limit: must be int"):
        check_values(declared, {**DEMO, "limit": True})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("clever_token", ""),
        ("PASSWORD", "x"),
        ("note", "Bearer abc"),
        ("note", "0123456789abcdef0123456789abcdef01234567"),
        ("note", "eyJhbGciOiJIUzI1NiJ9.e30.x"),
        ("url", "postgresql://user:pass@host/db"),
        ("names", ["Bearer abc"]),
    ],
)
def test_knows_a_credential(name: str, value: object) -> None:
    """By its name or by its value."""
    assert looks_like_credential(name, value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("district_id", "6385008f69df036e83e984a3"),
        ("fingerprint", "3f" * 32),
        ("run_dir", "/home/somebody/outputs/6385008f69df036e83e984a3"),
        ("execute", True),
        ("source", "https://api.clever.com"),
    ],
)
def test_leaves_ids_hashes_and_paths_alone(name: str, value: object) -> None:
    """What the notebooks are really given is no credential."""
    assert not looks_like_credential(name, value)


def test_the_demo_needs_nothing(declared: tuple[Parameter, ...]) -> None:
    """The defaults are complete."""
    check_values(declared, DEMO)
