"""Sheets in a real spreadsheet: LibreOffice opens them, runs nothing, saves them, and every cell comes back."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from playbook.sharing.sheets import read_sheet, write_csv, write_xlsx
from playbook.tables import TEXT
from tests.sharing.conftest import HOSTILE_NAMES
from tests.sharing.test_sheets import FORMULAS

SOFFICE = shutil.which("soffice")
SECONDS = 120
CSV_AS_UTF8 = "--infilter=CSV:44,34,76,1"

pytestmark = pytest.mark.skipif(SOFFICE is None, reason="needs LibreOffice (Debian: libreoffice-calc-nogui)")


def save_again(sheet: Path, directory: Path, ending: str) -> Path:
    """Open a sheet in LibreOffice and let it save the sheet in its own way."""
    own = f"-env:UserInstallation={(directory / 'profile').as_uri()}"
    reading = [CSV_AS_UTF8] if sheet.suffix == ".csv" else []
    command = [
        str(SOFFICE),
        own,
        "--headless",
        *reading,
        "--convert-to",
        ending,
        "--outdir",
        str(directory),
        str(sheet),
    ]
    subprocess.run(command, check=True, capture_output=True, timeout=SECONDS)
    return directory / f"{sheet.stem}.{ending}"


def sheet_of(names: tuple[str, ...]) -> pd.DataFrame:
    """A review queue in small, one row a name; the keys begin with zeros."""
    rows = [{"account_id": f"00{index}", "name": name, "decision": ""} for index, name in enumerate(names)]
    return pd.DataFrame(rows, dtype=TEXT)


def formulas_in(workbook: Path) -> list[str]:
    """The cells that a spreadsheet would compute."""
    sheet = openpyxl.load_workbook(workbook).worksheets[0]
    return [cell.coordinate for row in sheet.iter_rows() for cell in row if cell.data_type == "f"]


@pytest.mark.parametrize("written", ["xlsx", "csv"])
def test_a_spreadsheet_runs_none_of_two_hundred_formulas(tmp_path: Path, written: str) -> None:
    """Opened and saved by LibreOffice, no cell is a formula."""
    sheet, saved = tmp_path / f"review.{written}", tmp_path / "saved"
    table = sheet_of(FORMULAS)
    write_xlsx(table, sheet, title="review") if written == "xlsx" else write_csv(table, sheet)

    assert formulas_in(save_again(sheet, saved, "xlsx")) == []


def test_what_a_spreadsheet_saves_comes_back_whole(tmp_path: Path) -> None:
    """District staff open the workbook, save it, and every text of it is still the one that was sent."""
    table = sheet_of(FORMULAS + HOSTILE_NAMES)
    write_xlsx(table, tmp_path / "review.xlsx", title="review")

    returned = read_sheet(save_again(tmp_path / "review.xlsx", tmp_path / "saved", "xlsx"))

    pd.testing.assert_frame_equal(returned, table)


def test_what_may_be_written_can_be_picked(tmp_path: Path) -> None:
    """A reviewer picks a decision from the words there are, in every row, and sees which cells are hers."""
    sheet = tmp_path / "review.xlsx"
    words = ("accept", "separate")
    write_xlsx(sheet_of(("Ann", "Bo")), sheet, title="review", to_fill=["decision"], choices={"decision": words})

    saved = openpyxl.load_workbook(save_again(sheet, tmp_path / "saved", "xlsx")).worksheets[0]

    (picking,) = saved.data_validations.dataValidation
    assert (str(picking.sqref), picking.formula1, picking.type) == ("C2:C3", '"accept,separate"', "list")
    assert [saved.cell(2, column).fill.fgColor.rgb == "FFFFF4D6" for column in (1, 2, 3)] == [False, False, True]


def test_the_check_can_fail(tmp_path: Path) -> None:
    """A formula that nobody neutralised is run by LibreOffice, and seen."""
    sheet = tmp_path / "review.csv"
    sheet.write_text("account_id,name\n001,=1+1\n")

    assert formulas_in(save_again(sheet, tmp_path / "saved", "xlsx")) == ["B2"]
