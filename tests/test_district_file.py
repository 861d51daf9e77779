"""Reading a district file: nothing passes unseen, all faults come at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from playbook.district_file import read_district_file
from playbook.errors import DistrictFileError

WHOLE = """
[district]
id = "6385008f69df036e83e984a3"
name = "Example USD"

[clever]
base_url = "https://api.clever.com"
token = "env:CLEVER_DISTRICT_TOKEN"
version = "v3.1"
csv = ["migration/example-usd.zip"]

[accounts]
url = "env:ACCOUNTS_DATABASE_URL"
table = "users"
key = "id"
clever_id = "clever_id"
role = "kind"
email = "email"
sis_id = "sis_id"
roles = { teacher = "T", staff = "A" }
where = "provider = 'clever'"
identities = { table = "authentication_options", account = "user_id", clever_id = "uid", version = "version" }

[[accounts.reference]]
table = "grades"
column = "graded_by"

[merge]
people = "consolidate"
fold = "alias"
store = "beside"
survivor = ["most_recent_login", "most_rows", "lowest_key"]

[permissions]
mode = "per_role"
[permissions.grants]
teacher = ["edit:section", "view:school"]
staff = ["view:school"]
"staff.SchoolTechLead" = ["support:school"]
district_admin = ["view:district"]

[privacy]
retention_days = 30
"""


def faults_of(tmp_path: Path, text: str) -> dict[str, str]:
    """The faults of a district file: where to what, with the hint."""
    path = tmp_path / "district.toml"
    path.write_text(text)
    with pytest.raises(DistrictFileError) as caught:
        read_district_file(path)
    assert caught.value.exit_code == 2
    return {fault.where: f"{fault.what} {fault.remedy}" for fault in caught.value.faults}


def test_the_example_of_the_design_is_read_whole(tmp_path: Path) -> None:
    """Every key of the documented example has its place."""
    path = tmp_path / "district.toml"
    path.write_text(WHOLE)

    district = read_district_file(path)

    assert district.district.id == "6385008f69df036e83e984a3"
    assert district.accounts.identities is not None
    assert district.accounts.identities.clever_id == "uid"
    assert district.accounts.reference[0].column == "graded_by"
    assert district.accounts.roles == {"teacher": "T", "staff": "A"}
    assert district.merge.survivor == ("most_recent_login", "most_rows", "lowest_key")
    assert district.permissions.grants["staff.SchoolTechLead"] == ("support:school",)
    assert district.directory == tmp_path


def test_all_faults_come_at_once(tmp_path: Path) -> None:
    """A person corrects five things in one pass."""
    faults = faults_of(
        tmp_path,
        """
        [district]
        id = "../../etc"
        nmae = "x"
        [clever]
        base_url = "http://api.clever.com/v3.1"
        token = "abcdef"
        [accounts]
        url = "postgresql://app:hunter2@db/app"
        clever_idd = "clever_id"
        [merge]
        fold = "both"
        [privacy]
        retention_days = "thirty"
        """,
    )

    assert set(faults) == {
        "district.id",
        "district.nmae",
        "district.name",
        "clever.base_url",
        "clever.token",
        "accounts.url",
        "accounts.clever_idd",
        "merge.fold",
        "privacy.retention_days",
    }
    assert "did you mean clever_id?" in faults["accounts.clever_idd"]
    assert "did you mean name?" in faults["district.nmae"]


def test_no_fault_repeats_a_secret(tmp_path: Path) -> None:
    """A token or password written into the file does not come back in the message."""
    text = str(faults_of(tmp_path, WHOLE.replace("env:CLEVER_DISTRICT_TOKEN", "tok-canary-1")))

    assert "tok-canary-1" not in text


@pytest.mark.parametrize(
    ("old", "new", "where"),
    [
        ('[district]\nid = "6385008f69df036e83e984a3"', '[district]\nid = "6385008F69DF036E83E984A3"', "district.id"),
        ("https://api.clever.com", "http://example.com", "clever.base_url"),
        ("https://api.clever.com", "https://user:pw@api.clever.com", "clever.base_url"),
        ("https://api.clever.com", "https://api.clever.com/v3.1", "clever.base_url"),
        ("env:CLEVER_DISTRICT_TOKEN", "0123456789", "clever.token"),
        ('token = "env:CLEVER_DISTRICT_TOKEN"', "", "clever.token"),
        ('token = "env:CLEVER_DISTRICT_TOKEN"', 'client_id = "env:A"', "clever.client_secret"),
        ('token = "env:CLEVER_DISTRICT_TOKEN"', 'client_secret = "env:A"', "clever.client_id"),
        ('token = "env:CLEVER_DISTRICT_TOKEN"', 'token = "env:A"\nclient_id = "env:B"', "clever.client_id"),
        ('token = "env:CLEVER_DISTRICT_TOKEN"', 'client_id = "app-1"\nclient_secret = "env:B"', "clever.client_id"),
        ('"consolidate"', '"merge"', "merge.people"),
        ('"most_rows"', '"newest"', "merge.survivor"),
        ('store = "beside"', 'retire_on = "next tuesday"', "merge.retire_on"),
        ("teacher = [", "techer = [", "permissions.grants.techer"),
        ('teacher = "T"', 'principal = "T"', "accounts.roles.principal"),
        ('csv = ["migration/example-usd.zip"]', 'csv = "migration/example-usd.zip"', "clever.csv"),
        ("retention_days = 30", "retention_days = 0", "privacy.retention_days"),
        ("retention_days = 30", 'journal_key = "the key itself"', "privacy.journal_key"),
        ("retention_days = 30", 'journal_keys_before = ["env:A", "the key itself"]', "privacy.journal_keys_before"),
    ],
)
def test_a_wrong_value_is_named_by_its_key(tmp_path: Path, old: str, new: str, where: str) -> None:
    """Each rule of a key is checked where it is read."""
    assert where in faults_of(tmp_path, WHOLE.replace(old, new))


@pytest.mark.parametrize("text", ["district = 3\n[clever]\n", ""])
def test_a_broken_file_is_a_clear_error(tmp_path: Path, text: str) -> None:
    """A file that holds no sections is refused and not guessed at."""
    assert faults_of(tmp_path, text)


def test_what_is_no_toml_is_said_once(tmp_path: Path) -> None:
    """The headline names the line; no list of faults repeats it."""
    (tmp_path / "district.toml").write_text("[district")
    with pytest.raises(DistrictFileError, match=r"district\.toml is not TOML: Expected") as caught:
        read_district_file(tmp_path / "district.toml")
    assert not caught.value.faults


def test_a_missing_or_binary_file_is_a_clear_error(tmp_path: Path) -> None:
    """So is a file that cannot be read at all."""
    with pytest.raises(DistrictFileError) as caught:
        read_district_file(tmp_path / "none.toml")
    assert "sandbox" not in caught.value.remedy
    assert "Your own district" in caught.value.remedy
    (tmp_path / "binary.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(DistrictFileError):
        read_district_file(tmp_path / "binary.toml")


def test_a_mistyped_right_keeps_nothing_apart(tmp_path: Path) -> None:
    """A right that no role is granted is a fault, with the nearest that one is."""
    apart = 'apart = [["edti:section", "view:school"]]'

    faults = faults_of(tmp_path, WHOLE.replace("[permissions.grants]", f"{apart}\n[permissions.grants]"))

    assert faults == {"permissions.apart[0]": "edti:section is in no grant did you mean edit:section?"}


def test_a_file_that_begins_with_a_byte_order_mark_is_read(tmp_path: Path) -> None:
    """Editors on Windows write one, and nobody can see it."""
    path = tmp_path / "district.toml"
    path.write_bytes(b"\xef\xbb\xbf" + WHOLE.replace("\n", "\r\n").encode())

    assert read_district_file(path).district.name == "Example USD"


def test_rights_and_rules_are_faults_beside_all_others(tmp_path: Path) -> None:
    """A grant that is none, and what nobody knows to do with a unique index, come with the faults of other keys."""
    text = WHOLE.replace('fold = "alias"', 'fold = "movee"').replace('["view:district"]', '["view district"]')
    text = text.replace("staff.SchoolTechLead", "teacher.SchoolTechLead")
    rules = '"users.email" = "sufix"\n"users.name" = "keep_survivor"\n"seats.room" = "null"\nseats = "keep_survivor"'

    faults = faults_of(tmp_path, text.replace("[permissions]", f"[merge.unique]\n{rules}\n[permissions]"))

    assert faults == {
        "merge.fold": "must be one of alias, move ",
        "merge.unique.users.email": "must be suffix or null or keep ",
        "merge.unique.users.name": "must be suffix or null or keep ",
        "merge.unique.seats.room": "must be keep_survivor ",
        "merge.unique.seats": 'names no table write "TABLE.COLUMN,COLUMN"',
        "permissions.grants.district_admin": (
            "view district is not action:scope with a scope of section, school, district"
        ),
        "permissions.grants.teacher.SchoolTechLead": "only staff have designations after a dot ",
    }
