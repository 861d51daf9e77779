"""Sheets for district staff."""

from __future__ import annotations

import csv
import stat
import zipfile
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from playbook.errors import InputError
from playbook.sharing.sheets import read_sheet, write_csv, write_xlsx
from playbook.tables import TEXT
from tests.sharing.conftest import HOSTILE_NAMES

FORMULAS = tuple(
    f"{lead}{body}"
    for lead in (
        "=",
        "+",
        "-",
        "@",
        "\t=",
        "\r=",
        "\n=",
        "＝",
        "＋",
        "－",
        "＠",
        " =",
        "\u00a0=",
        "'=",
        "''=",
        "\x00=",
        ";=",
        "%=",
        "|=",
        '"=',
    )
    for body in (
        "1+1",
        "cmd|' /C calc'!A0",
        'HYPERLINK("http://e.example")',
        "SUM(A1)",
        "IMPORTXML(1)",
        "A1",
        "WEBSERVICE(1)",
        "-1",
        "'",
        "DDE(1)",
    )
)


def _table(names: tuple[str, ...]) -> pd.DataFrame:
    rows = [{"account_id": f"00{index}", "name": name, "decision": ""} for index, name in enumerate(names)]
    return pd.DataFrame(rows, dtype=TEXT)


def _write(table: pd.DataFrame, path: Path) -> None:
    if path.suffix == ".csv":
        write_csv(table, path)
    else:
        write_xlsx(table, path, title="review")


@pytest.mark.parametrize("name", ["review.csv", "review.xlsx"])
def test_two_hundred_formulas_come_back_unchanged(tmp_path: Path, name: str) -> None:
    """Whatever a spreadsheet would run is written as text and read back as it was."""
    table = _table(FORMULAS + HOSTILE_NAMES)
    assert len(FORMULAS) == 200

    _write(table, tmp_path / name)

    pd.testing.assert_frame_equal(read_sheet(tmp_path / name), table)


def test_a_workbook_holds_no_formula(tmp_path: Path) -> None:
    """No cell of the workbook is typed as a formula, in the bytes that a spreadsheet reads."""
    write_xlsx(_table(FORMULAS), tmp_path / "review.xlsx", title="review")

    with zipfile.ZipFile(tmp_path / "review.xlsx") as archive:
        assert b"<f>" not in archive.read("xl/worksheets/sheet1.xml")


def test_no_cell_of_a_csv_begins_as_a_formula(tmp_path: Path) -> None:
    """In the CSV every cell that a spreadsheet would run begins with an apostrophe."""
    write_csv(_table(FORMULAS), tmp_path / "review.csv")

    with (tmp_path / "review.csv").open(encoding="utf-8-sig", newline="") as file:
        assert not [row[1] for row in csv.reader(file) if row[1].lstrip().startswith(("=", "+", "-", "@", "＝"))]


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=st.text(st.characters(exclude_categories=["Cs"])))
@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_nothing_is_lost_on_the_way(tmp_path: Path, ending: str, name: str) -> None:
    """Every text of every script is itself again after a sheet was sent out and came back."""
    path = tmp_path / f"review.{ending}"

    _write(_table((name,)), path)

    assert read_sheet(path)["name"].tolist() == [name]


def test_reads_what_a_spreadsheet_saves(tmp_path: Path) -> None:
    """Semicolons, a byte order mark, blank last rows and short rows are how spreadsheets save."""
    path = tmp_path / "review.csv"
    path.write_text("\ufeffaccount_id;decision\n007;link\n008\n;\n", encoding="utf-8")

    assert read_sheet(path).to_dict("list") == {"account_id": ["007", "008"], "decision": ["link", ""]}


def test_refuses_what_cannot_be_told_apart(tmp_path: Path) -> None:
    """A repeated column, a column without a name and a row with too many cells are all listed; no cell is repeated."""
    path = tmp_path / "review.csv"
    path.write_text("a,a,,\n1,2,3,4,secret\n")

    with pytest.raises(InputError) as refusal:
        read_sheet(path)

    assert len(refusal.value.faults) == 3
    assert "secret" not in str(refusal.value)


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b"PK\x03\x04 broken"])
@pytest.mark.parametrize("name", ["review.csv", "review.xlsx"])
def test_refuses_what_is_no_sheet(tmp_path: Path, name: str, content: bytes) -> None:
    """A file that is neither CSV nor XLSX is refused with what to do."""
    (tmp_path / name).write_bytes(content)

    with pytest.raises(InputError, match=r"cannot be read|faults"):
        read_sheet(tmp_path / name)


@pytest.mark.parametrize("name", ["review.csv", "review.xlsx"])
def test_sheets_are_their_owners_alone(tmp_path: Path, name: str) -> None:
    """A sheet holds people, so nobody else may read it."""
    _write(_table(("Ann Lee",)), tmp_path / name)

    assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o600
