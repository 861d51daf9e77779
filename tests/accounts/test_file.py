"""An export is read like a database, as text, and a faulty one is refused with all its faults."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from playbook.accounts.source import open_source
from playbook.district import Accounts, Identities
from playbook.errors import InputError

ACCOUNTS = Accounts(url="file:a.csv", clever_id="clever", role="kind", email="email", last_login="seen")
HEADER = "id,clever,kind,email,seen\n"


def faults_of(path: Path, accounts: Accounts = ACCOUNTS) -> list[str]:
    with pytest.raises(InputError) as refusal:
        open_source(accounts, f"file:{path.name}", base=path.parent).read()
    assert refusal.value.exit_code == 2
    return [str(fault) for fault in refusal.value.faults]


def written(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def test_a_repeated_or_missing_column_is_refused(tmp_path: Path) -> None:
    """Both faults are told at once, the missing column with the nearest name."""
    path = written(tmp_path / "a.csv", "id,kind,kind,cleverid,email,seen\n1,teacher,staff,a,b,c\n")
    assert faults_of(path) == [
        "kind: the column stands 2 times in the file (export each column once)",
        "accounts.clever_id: the file has no column clever (did you mean cleverid?)",
    ]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.csv", HEADER + "1,a,teacher\n"),
        ("a.csv", ""),
        ("gone.csv", None),
        ("a.xlsx", HEADER),
        ("a.parquet", "no parquet"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path, name: str, text: str | None) -> None:
    """Ragged rows, empty files, missing files and other formats are one fault each."""
    if text is not None:
        written(tmp_path / name, text)
    assert len(faults_of(tmp_path / name)) == 1


def test_bytes_that_are_no_utf8_are_refused(tmp_path: Path) -> None:
    """A file in another encoding is not guessed at."""
    (tmp_path / "a.csv").write_bytes(HEADER.encode() + b"1,a,teacher,jos\xe9@d.example,\n")
    assert len(faults_of(tmp_path / "a.csv")) == 1


def test_a_quotation_mark_that_is_never_closed_loses_no_rows(tmp_path: Path) -> None:
    """All that stands behind it would be one cell; marks inside of plain cells open nothing."""
    torn = written(tmp_path / "a.csv", HEADER + '1,a,teacher,"x,\n2,b,teacher,y@d.example,\n')
    assert faults_of(torn) == ["a.csv: a quotation mark is never closed; the rows behind it would be lost"]

    plain = written(tmp_path / "b.csv", HEADER + '1,a,teacher,5" tall,\n2,b,teacher,"a ""b"" c",\n')
    assert len(open_source(ACCOUNTS, f"file:{plain.name}", base=tmp_path).read()) == 2


def test_repeated_and_blank_keys_are_counted(tmp_path: Path) -> None:
    """A file has no primary key, so its keys are checked."""
    path = written(tmp_path / "a.csv", HEADER + "1,a,,,\n1,b,,,\n,c,,,\n")
    assert faults_of(path) == [
        "accounts.key (id): 1 rows have no key",
        "accounts.key (id): 1 rows repeat a key (export each account once)",
    ]


def test_what_only_a_database_can_do_is_refused(tmp_path: Path) -> None:
    """A credential table and a condition are named as faults for a file."""
    path = written(tmp_path / "a.csv", HEADER)
    wrong = Accounts(
        url="file:a.csv",
        clever_id="clever",
        where="x = 1",
        identities=Identities(table="t", account="a", clever_id="c"),
    )
    assert [fault.split(":")[0] for fault in faults_of(path, wrong)] == ["accounts.identities", "accounts.where"]


def test_csv_and_parquet_give_the_same_rows(tmp_path: Path) -> None:
    """Leading zeros, quotes and line breaks stay; a byte order mark is not part of the first column."""
    path = written(
        tmp_path / "a.csv", "\ufeff" + HEADER + '007,ABCD,school_admin,"x ""y""\nz@d.example",2026-01-01\n10,,pupil,,\n'
    )
    pd.read_csv(path, dtype=str).to_parquet(tmp_path / "a.parquet")
    from_csv = open_source(ACCOUNTS, "file:a.csv", base=tmp_path).read()
    from_parquet = open_source(ACCOUNTS, "file:a.parquet", base=tmp_path).read()
    told = ["account_id", "clever_id", "role", "role_word", "email", "last_login"]
    assert from_csv[told].to_numpy().tolist() == [
        ["007", "abcd", "staff", "school_admin", 'x "y"\nz@d.example', "2026-01-01"],
        ["10", "", "", "pupil", "", ""],
    ]
    assert from_parquet[told].equals(from_csv[told])


def test_an_edited_row_has_another_image_and_the_file_another_identity(tmp_path: Path) -> None:
    """A plan that was made for one export is not one for the next."""
    path = written(tmp_path / "a.csv", HEADER + "1,a,teacher,x@d.example,\n2,b,teacher,y@d.example,\n")
    source = open_source(ACCOUNTS, "file:a.csv", base=tmp_path)
    before, identity = source.read(), source.identity()
    written(path, HEADER + "1,a,teacher,x@d.example,\n2,b,teacher,z@d.example,\n")
    assert (before["image"] == source.read()["image"]).tolist() == [True, False]
    assert source.identity() != identity
