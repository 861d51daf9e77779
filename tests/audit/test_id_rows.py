"""Rows that keep an id for each of several providers, wherever their two columns are declared, indexed or asked."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.audit.specimens import audit

RULE = "id_usage"
KEEPS = 'def keep(clever):\n    Login.objects.create(origin="clever", handle=clever.me()["data"]["id"])\n'
SIGNS_IN = "provider :clever, KEY, SECRET\nOmniAuth.config.on_failure = Clever::Failure\n"


def lines(tree: Path, files: dict[str, str], path: str) -> list[int]:
    return [place["line"] for place in audit(tree, files, RULE) if str(place["path"]).endswith(path)]


@pytest.mark.parametrize(
    "source",
    [
        "create table doors (\n  handle varchar(40),\n  lock varchar(9)\n);\n",
        "create table doors (\n  handle varchar(40)\n);\n" + "\n" * 400 + "-- origin\n",
    ],
)
def test_one_column_alone_says_nothing(tmp_path: Path, source: str) -> None:
    """A word that many tables use is a row's column only where the one beside it stands close by."""
    assert lines(tmp_path, {"keep.py": KEEPS, "doors.sql": source}, "doors.sql") == []


def test_another_record_of_a_signed_in_person_is_no_row(tmp_path: Path) -> None:
    """What a row says of the application's own person is not what the provider told."""
    source = "Visit.create(:provider => auth.provider, :visitor_key => current_user.id)\n"
    assert lines(tmp_path, {"sign_in.rb": SIGNS_IN, "visit.rb": source}, "visit.rb") == []


@pytest.mark.parametrize(
    ("name", "source", "expected"),
    [
        (
            "make.sql",
            "create table logins (\n  origin text,\n  handle text,\n  primary key (origin, handle)\n);",
            [3, 4],
        ),
        (
            "On.cs",
            "class On {\n void On(B b) {\n  b.Of<Login>().HasIndex(l => new { l.Origin, l.Handle });\n }\n}\n",
            [3],
        ),
        ("schema.ts", "const logins = table({});\nconst by = unique('by').on(logins.origin, logins.handle);\n", [2]),
        ("add.rb", "class Add < Migration\n  def change\n    add_index :logins, %i[origin handle]\n  end\nend\n", [3]),
    ],
)
def test_both_columns_of_a_row_lead_to_it(tmp_path: Path, name: str, source: str, expected: list[int]) -> None:
    """Files that name the two columns of a row close to each other keep Clever's ids, whatever they are called."""
    assert lines(tmp_path, {"keep.py": KEEPS, name: source}, name) == expected


@pytest.mark.parametrize(
    ("name", "source", "expected"),
    [
        ("pass.rb", "def self.of(hash)\n  find_by_provider_and_uid(hash['provider'], hash['uid'])\nend\n", [2]),
        ("pass.rb", "Pass.create(:uid => hash['uid'], :provider => hash['provider'])\n", [1]),
        ("Clever.php", "<?php\n$p = Pass::one(['source' => $client->getId(), 'source_id' => $told['id']]);\n", [2]),
    ],
)
def test_whichever_provider_somebody_signed_in_with(
    tmp_path: Path, name: str, source: str, expected: list[int]
) -> None:
    """A table for every provider's ids keeps Clever's too, where Clever is one that people sign in with."""
    assert lines(tmp_path, {"sign_in.rb": SIGNS_IN, name: source}, name) == expected


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("find.rb", "person = Identity.clever(auth.uid)\n"),
        ("find.php", "<?php $person = Identity::clever($told->id)->first();\n"),
        ("find2.rb", "person = CleverAccount.lookup(auth.uid)\n"),
        ("find.ts", "users.updateOne({ 'externalIds.clever': known }, {});\n"),
        (
            "Keep.java",
            "class Clever {\n void keep(Prefs prefs) {\n  prefs.edit().putString(KEY, clever.me().data.id);\n }\n}\n",
        ),
    ],
)
def test_a_look_up_by_clever_needs_no_word_for_id(tmp_path: Path, name: str, source: str) -> None:
    """A scope called Clever, a model called after it and a document's key for it are asked by a Clever id."""
    assert len(lines(tmp_path, {name: source}, name)) == 1


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("ask.php", "<?php $rows = Http::clever($this->token)->get($path);\n"),
        ("show.rb", "account = CleverAccount.find(params[:id])\n"),
        (
            "School.php",
            "<?php class School {\n  function keep($id) {\n    static::firstOrCreate(['clever_id' => $id]);\n  }\n}\n",
        ),
        ("school.go", 'package clever\n\nfunc (School) Fields() []Field {\n\treturn []Field{String("clever_id")}\n}\n'),
    ],
)
def test_clients_own_keys_and_things_are_no_look_up(tmp_path: Path, name: str, source: str) -> None:
    """A client called Clever, the row's own key, and what a school's class asks of itself find no person."""
    assert lines(tmp_path, {name: source}, name) == []


def test_the_column_for_the_new_ids_is_right(tmp_path: Path) -> None:
    """Where a project that asks v3 keeps both ids, only the old one's places are left to change."""
    files = {
        "clever.py": 'BASE = "https://api.clever.com"\nVERSION = "v3.1"\n',
        "old.py": 'def old(clever):\n    Person.objects.filter(clever_id=clever.me()["data"]["id"])\n',
        "new.py": 'def new(row):\n    Person.objects.filter(clever_user_id=row["id"])\n',
    }
    assert lines(tmp_path, files, "new.py") == []
    assert lines(tmp_path, files, "old.py") == [2]
