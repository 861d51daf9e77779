"""Clever's migration CSVs, in every form in which they may arrive."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from playbook.clever import migration_csv, migration_files
from playbook.clever.migration_csv import read_migration_csvs
from playbook.errors import InputError

DISTRICT = "6385008f69df036e83e984a3"
OTHER = "6385008f69df036e83e984ff"
OLD = [f"6a000000b1b1b1b1b1b1b1{n:02x}" for n in range(8)]
NEW = [f"70000000a1a1a1a1a1a1a1{n:02x}" for n in range(8)]


def _file(path: Path, text: str, encoding: str = "utf-8") -> Path:
    path.write_bytes(text.encode(encoding))
    return path


def _refused(path: Path) -> str:
    with pytest.raises(InputError) as refused:
        read_migration_csvs([path], DISTRICT)
    assert refused.value.code == "migration_csv"
    return str(refused.value)


@pytest.mark.parametrize(
    ("header", "says"),
    [
        ("role_id,user_id,user_id", "repeats the column user_id"),
        ("role_id,user_id,User ID", "repeats the column user_id"),
        ("role_id,legacy_id,user_id", "several columns for legacy_id"),
        ("role_id,name", "no column for user_id"),
        ("user_id", "no column for legacy_id"),
        ("", "no column for legacy_id"),
    ],
)
def test_a_header_that_can_be_read_two_ways_is_refused(tmp_path: Path, header: str, says: str) -> None:
    """A repeated, doubled or missing column stops the reading: a wrong guess would join strangers."""
    assert says in _refused(_file(tmp_path / "map.csv", f"{header}\n"))


def test_all_bad_files_are_listed_at_once(tmp_path: Path) -> None:
    """One call names every file that cannot be used."""
    paths = [tmp_path / "absent.csv", _file(tmp_path / "a.csv", "x\n"), _file(tmp_path / "b.csv", "role_id\n")]
    with pytest.raises(InputError) as refused:
        read_migration_csvs(paths, DISTRICT)
    assert [fault.where for fault in refused.value.faults] == ["absent.csv", "a.csv", "b.csv"]


@pytest.mark.parametrize("name", ["../out.csv", "/etc/x.csv", "a/../../x.csv", "..\\x.csv", "C:\\x.csv"])
def test_a_zip_with_a_name_that_leads_out_is_refused(tmp_path: Path, name: str) -> None:
    """A zip is never unpacked, and one that was made to be unpacked elsewhere is not read either."""
    with zipfile.ZipFile(tmp_path / "m.zip", "w") as archive:
        archive.writestr(name, f"role_id,user_id\n{OLD[0]},{NEW[0]}\n")
    assert "leads out of the zip" in _refused(tmp_path / "m.zip")


def test_a_zip_that_unpacks_to_too_much_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The bytes are counted as they come out; the sizes in the zip's own directory are not believed."""
    monkeypatch.setattr(migration_files, "MAX_BYTES", 10_000)
    with zipfile.ZipFile(tmp_path / "m.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("m.csv", "role_id,user_id\n" + ",\n" * 20_000)
    assert "unpacks to more" in _refused(tmp_path / "m.zip")
    lying = (tmp_path / "m.zip").read_bytes().replace((40_016).to_bytes(4, "little"), (100).to_bytes(4, "little"))
    (tmp_path / "lying.zip").write_bytes(lying)
    assert _refused(tmp_path / "lying.zip")


def test_a_line_without_end_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file of one endless line is not gathered in memory."""
    monkeypatch.setattr(migration_csv, "MAX_LINE", 1_000)
    assert "a line of 1000 characters" in _refused(_file(tmp_path / "m.csv", "role_id,user_id\n" + "x" * 5_000))


def test_damaged_empty_and_crowded_zips_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A zip without CSV, with too many, or cut short says so."""
    with zipfile.ZipFile(tmp_path / "none.zip", "w") as archive:
        archive.writestr("README.txt", "nothing")
    assert "holds no CSV" in _refused(tmp_path / "none.zip")
    with zipfile.ZipFile(tmp_path / "many.zip", "w") as archive:
        for n in range(3):
            archive.writestr(f"{n}.csv", "role_id,user_id\n" * 50)
    monkeypatch.setattr(migration_files, "MAX_MEMBERS", 2)
    assert "more than 2" in _refused(tmp_path / "many.zip")
    whole = bytearray((tmp_path / "many.zip").read_bytes())
    whole[40:60] = bytes(20)
    (tmp_path / "torn.zip").write_bytes(whole)
    monkeypatch.setattr(migration_files, "MAX_MEMBERS", 9)
    assert "damaged zip" in _refused(tmp_path / "torn.zip")
    (tmp_path / "page.zip").write_text("<html>Sign in to download</html>")
    assert "damaged zip" in _refused(tmp_path / "page.zip")


def test_no_message_shows_a_row(tmp_path: Path) -> None:
    """A file with a quoting accident is refused without its content."""
    text = 'role_id,user_id,name\n"' + "Renske Achterberg " * 20_000
    assert "Renske" not in _refused(_file(tmp_path / "m.csv", text))
    says = _refused(_file(tmp_path / "headless.csv", f"{OLD[0]},{NEW[0]},Renske,Renske\n"))
    assert "repeats a column" in says
    assert "renske" not in says.lower()


def test_every_row_is_accounted_for(tmp_path: Path) -> None:
    """Each row of the file stands in the table once, with its line and the reason why it cannot be used."""
    lines = [
        "role_id,user_id,district_id",
        f"{OLD[0]},{NEW[0]},{DISTRICT}",
        f"{OLD[1].upper()}, {NEW[0].upper()} ,",
        ",,",
        "",
        f",{NEW[1]},",
        f"{OLD[2]},",
        f"{OLD[2]}",
        f"{OLD[2][:-1]},{NEW[2]},",
        f"{OLD[2]},12345,",
        f"{OLD[3]},{NEW[3]},{OTHER}",
        f"{OLD[0]},{NEW[0]},{DISTRICT}",
        f"{OLD[4]},{NEW[4]},",
        f"{OLD[4]},{NEW[5]},",
        f"{OLD[6]},{NEW[6]},{DISTRICT},extra",
    ]
    rows = read_migration_csvs([_file(tmp_path / "map.csv", "\r\n".join(lines))], DISTRICT)
    assert list(zip(rows["line"], rows["fault"], strict=True)) == [
        (2, ""),
        (3, ""),
        (4, "blank_row"),
        (6, "blank_legacy_id"),
        (7, "blank_user_id"),
        (8, "blank_user_id"),
        (9, "malformed_legacy_id"),
        (10, "malformed_user_id"),
        (11, "foreign_district"),
        (12, "repeated_row"),
        (13, "conflicting_user"),
        (14, "conflicting_user"),
        (15, "misaligned_row"),
    ]
    assert set(rows["fault"]) - {""} == set(migration_csv.FAULTS)
    assert list(rows["legacy_id"][:2]) == [OLD[0], OLD[1]]
    assert list(rows["user_id"][:2]) == [NEW[0], NEW[0]]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_spreadsheets_may_have_saved_the_file(tmp_path: Path, encoding: str, delimiter: str) -> None:
    """Byte order marks, other separators and foreign letters in other columns change nothing."""
    header = delimiter.join(["First Name", "Multi-Role User ID", "Legacy ID", "Type"])
    row = delimiter.join(["José", NEW[0], OLD[0], "School Admin"])
    rows = read_migration_csvs([_file(tmp_path / "m.csv", f"{header}\r\n{row}\r\n", encoding)], DISTRICT)
    assert rows[["legacy_id", "user_id", "role", "fault"]].values.tolist() == [[OLD[0], NEW[0], "staff", ""]]


@pytest.mark.parametrize("legacy", ["role_id", "legacy_id", "previous_id", "v2_id", "Role ID"])
@pytest.mark.parametrize("user", ["user_id", "v3_user_id", "multi_role_user_id", "id"])
def test_the_two_ids_may_have_any_of_their_names(tmp_path: Path, legacy: str, user: str) -> None:
    """Every name that Clever's pages use for the two ids is understood, in any order of columns."""
    rows = read_migration_csvs([_file(tmp_path / "m.csv", f"{user},x,{legacy}\n{NEW[0]},,{OLD[0]}\n")], DISTRICT)
    assert rows[["legacy_id", "user_id", "fault"]].values.tolist() == [[OLD[0], NEW[0], ""]]


def test_a_bare_id_gives_way_to_a_name_that_says_more(tmp_path: Path) -> None:
    """Where user_id stands, a column called id is somebody's row number."""
    rows = read_migration_csvs([_file(tmp_path / "m.csv", f"id,role_id,user_id\n7,{OLD[0]},{NEW[0]}\n")], DISTRICT)
    assert rows["user_id"].tolist() == [NEW[0]]


def test_the_file_name_may_say_the_district(tmp_path: Path) -> None:
    """Of a zip with a file a district, the rows of the other districts are coded, not dropped."""
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        for n, district in enumerate((DISTRICT, OTHER)):
            archive.writestr(f"migration/{district}.csv", f"role_id,user_id\n{OLD[n]},{NEW[n]}\n")
        archive.writestr("__MACOSX/._x.csv", b"\x00\x05")
        archive.writestr("migration/", "")
    rows = read_migration_csvs([tmp_path / "all.zip"], DISTRICT)
    assert rows[["legacy_id", "district_id", "fault"]].values.tolist() == [
        [OLD[0], DISTRICT, ""],
        [OLD[1], OTHER, "foreign_district"],
    ]
    assert rows["file"][0] == f"all.zip/migration/{DISTRICT}.csv"


def test_a_conflict_may_stand_in_two_files(tmp_path: Path) -> None:
    """Two files that give one v2 id to two users contradict each other, whichever is read first."""
    paths = [
        _file(tmp_path / f"{n}.csv", f"role_id,user_id\n{OLD[0]},{NEW[n]}\n{OLD[n + 1]},{NEW[n]}\n") for n in range(2)
    ]
    rows, turned = read_migration_csvs(paths, DISTRICT), read_migration_csvs(paths[::-1], DISTRICT)
    assert rows["fault"].tolist() == ["conflicting_user", "", "conflicting_user", ""]
    assert rows.equals(turned)


def test_no_file_is_no_row() -> None:
    """A district without migration CSVs has an empty table."""
    assert read_migration_csvs([], DISTRICT).empty


def test_a_file_with_a_header_alone_is_no_row(tmp_path: Path) -> None:
    """A district without changed users has an empty file, which hides nothing of the others."""
    empty = _file(tmp_path / "a.csv", "role_id,user_id\n")
    full = _file(tmp_path / "b.csv", f"role_id,user_id\n{OLD[0]},{NEW[0]}\n")
    assert read_migration_csvs([empty], DISTRICT).empty
    assert len(read_migration_csvs([empty, full], DISTRICT)) == 1
    assert len(read_migration_csvs([full, empty], DISTRICT)) == 1
