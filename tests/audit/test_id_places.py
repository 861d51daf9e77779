"""Which lines keep a person's Clever id or ask with one, and which lines only look so."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.audit.specimens import audit, check_found, check_noop

RULE = "id_usage"
CLIENT = """class CleverClient:
    base = "https://api.clever.com/v2.1"

    def rooms_of(self, who, limit=10):
        return []
"""


def lines(tree: Path, files: dict[str, str], path: str) -> list[int]:
    return sorted({each["line"] for each in audit(tree, files, RULE) if str(each["path"]).endswith(path)})


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("school.rb", "class School < ApplicationRecord\n  validates :clever_id, uniqueness: true\nend\n"),
        ("add.rb", "class Add < Migration\n  def change\n    add_column :schools, :clever_id, :string\n  end\nend\n"),
        ("make.sql", "CREATE TABLE sections (\n  id bigint,\n  clever_id varchar(24) NOT NULL\n);\n"),
        ("find.py", "def find(known):\n    return School.objects.filter(clever_id=known).first()\n"),
    ],
)
def test_the_ids_of_schools_and_sections_stay(tmp_path: Path, name: str, source: str) -> None:
    """What is no person's keeps its id in v3, in a model, a migration, a table and a query alike."""
    check_noop(tmp_path, RULE, name, source)


def test_a_section_that_names_its_teacher_is_a_place(tmp_path: Path) -> None:
    """The column of a section's table that names a person holds a person's id."""
    table = "CREATE TABLE sections (\n  id bigint,\n  teacher_clever_id varchar(24)\n);\n"
    check_found(tmp_path, RULE, "make.sql", table, (3, "teacher_clever_id"))


def test_people_of_a_school_are_people(tmp_path: Path) -> None:
    """A look-up among the pupils of a school is about people."""
    source = "def keep(school, row)\n  school.pupils.find_or_create_by(clever_id: row['id'])\nend\n"
    check_found(tmp_path, RULE, "keep.rb", source, (2, "clever_id"))


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("AddCleverIds.cs", "public class AddCleverIds : Migration\n{\n}\n"),
        ("Crew.java", "class Crew {\n  public void setCleverId(String cleverId) { this.cleverId = cleverId; }\n}\n"),
        ("ICrew.cs", "public interface ICrew\n{\n    Task<Sailor> FindByCleverIdAsync(string cleverId);\n}\n"),
        ("Me.java", 'class Me {\n  void go(Map data) {\n    String cleverId = (String) data.get("id");\n  }\n}\n'),
    ],
)
def test_a_name_alone_keeps_nothing(tmp_path: Path, name: str, source: str) -> None:
    """Names of classes, promises of interfaces, setters and variables stand beside the line that keeps the id."""
    check_noop(tmp_path, RULE, name, source)


def test_a_derived_query_is_made_of_its_name(tmp_path: Path) -> None:
    """A repository's method without a body is a query; where the query is written above it, that is the place."""
    source = (
        "interface Crew extends JpaRepository<Sailor, Long> {\n  Sailor findByCleverId(String cleverId);\n\n"
        '  @Query("select s from Sailor s where s.cleverId = :id")\n  Sailor byClever(String id);\n}\n'
    )
    check_found(tmp_path, RULE, "Crew.java", source, (2, "findByCleverId"), (4, "cleverId"))


def test_a_derived_query_may_have_several_conditions(tmp_path: Path) -> None:
    """What else a query asks for hides no id; whose table it asks still says that the id stays."""
    source = (
        "interface Crew extends JpaRepository<Sailor, Long> {\n"
        "  Sailor findByTenantIdAndCleverId(Long tenantId, String cleverId);\n"
        "  Section findSectionByCleverId(String cleverId);\n}\n"
    )
    check_found(tmp_path, RULE, "Crew.java", source, (2, "findByTenantIdAndCleverId"))


def test_a_rows_source_alone_is_no_id(tmp_path: Path) -> None:
    """A script that chooses Clever's rows of a table without ids of anybody's has nothing to change."""
    check_noop(
        tmp_path, RULE, "count.sql", "SELECT count(*) FROM imports WHERE source = 'clever';\nSELECT uid FROM links;\n"
    )


@pytest.mark.parametrize(
    ("name", "source", "line"),
    [
        (
            "crew.xml",
            '<mapper>\n<select id="byCleverId">\nselect id from crew where clever_id = #{id}\n</select>\n</mapper>\n',
            3,
        ),
        (
            "Crew.php",
            "<?php\nclass Crew\n{\n    #[ORM\\Column(name: 'clever_id')]\n    private ?string $cleverId = null;\n}\n",
            4,
        ),
    ],
)
def test_a_column_is_told_once(tmp_path: Path, name: str, source: str, line: int) -> None:
    """The name of a statement, and the property under a column, change with the column beside them."""
    assert lines(tmp_path, {name: source}, name) == [line]


def test_a_statement_is_one_place(tmp_path: Path) -> None:
    """The line that fills the placeholders of a statement above it changes with the statement."""
    source = (
        "<?php\n$me = json_decode(file_get_contents('https://api.clever.com/v2.1/me'), true);\n"
        "$find = $db->prepare('SELECT * FROM crew WHERE clever_id = ?');\n$find->execute([$me['data']['id']]);\n"
    )
    check_found(tmp_path, RULE, "login.php", source, (3, "clever_id"))


def test_another_providers_rows_are_its_own(tmp_path: Path) -> None:
    """A column for anybody's id is another provider's where the line or the function names that one."""
    source = (
        'def clever(me):\n    return Login.query.filter_by(provider="clever", outer_key=me["data"]["id"]).first()\n\n\n'
        'def google(info):\n    return Login.query.filter_by(provider="google", outer_key=info["sub"]).first()\n'
    )
    assert lines(tmp_path, {"clever_login.py": source}, "clever_login.py") == [2]


def test_asking_with_a_stored_id_is_a_place(tmp_path: Path) -> None:
    """What was stored under v2 is handed to Clever: in v3 it finds nobody."""
    job = (
        "from client import CleverClient\n\n\ndef refresh(tutor, room):\n    clever = CleverClient()\n"
        "    clever.rooms_of(tutor.clever_id)\n    clever.rooms_of(tutor.login.external_id)\n"
        "    clever.rooms_of(room.school.clever_id)\n    mailer.rooms_of(tutor.mail, limit=3)\n"
    )
    assert lines(tmp_path, {"client.py": CLIENT, "job.py": job}, "job.py") == [6, 7]


def test_the_applications_own_key_is_no_clever_id(tmp_path: Path) -> None:
    """A session that keeps the key of the application's own record keeps nothing of Clever's."""
    source = (
        "class DoorController < ApplicationController\n  def enter\n"
        "    login = CleverLogin.new(request.env['omniauth.auth'])\n"
        "    session[:user_id] = login.user.id\n  end\nend\n"
    )
    check_noop(tmp_path, RULE, "door_controller.rb", source)


def test_exposed_writes_a_column_by_its_key(tmp_path: Path) -> None:
    """Kotlin's Exposed names the column in brackets."""
    source = (
        'object Crew : IntIdTable() {\n    val cleverId = varchar("clever_id", 24)\n}\n\n'
        "fun add(id: String) = transaction {\n    Crew.insert {\n        it[cleverId] = id\n    }\n}\n"
    )
    assert 7 in lines(tmp_path, {"Crew.kt": source}, "Crew.kt")


TOLD = {
    "sailor.js": "const Sailor = new Schema({\n  clever: {\n    id: { type: String, index: true },\n  },\n});\n",
    "schema.js": "const { gql } = apollo;\n\nexports.types = gql`  type Sailor {\n    cleverId: String\n  }\n`;\n",
    "sailor.ex": "defmodule Sailor do\n  def go(attrs),\n    do: cast(%Sailor{}, attrs, ~w(name clever_id)a)\nend\n",
    "add.rb": "class Add < Migration\n  %i[crew tar].each do |table|\n    add_column table, :clever_id\n  end\nend\n",
    "Crew.scala": "object Crew {\n\n  def find(id: String) = rows.filter(_.cleverId === id).result.headOption\n}\n",
}
"""A file of each way, which names the column on its third line; the fourth of the schema in a text."""


@pytest.mark.parametrize("name", sorted(TOLD))
def test_a_column_is_told_in_many_ways(tmp_path: Path, name: str) -> None:
    """Nested documents, schemas in texts, lists of words and calls without parentheses name columns too."""
    assert lines(tmp_path, {name: TOLD[name]}, name) == [4 if name == "schema.js" else 3]


def test_what_a_client_is_set_up_with_is_no_persons_id(tmp_path: Path) -> None:
    """The id of the application stands under Clever's name as well, beside its secret."""
    entries = "    id: process.env.CLEVER_ID,\n    secret: process.env.CLEVER_SECRET,\n"
    source = f"module.exports = {{\n  clever: {{\n{entries}  }},\n}};\n"
    check_noop(tmp_path, RULE, "config.js", source)


ROWS = """export async function cleverLogin(token) {
  const me = await (await fetch("https://api.clever.com/v2.1/me")).json();
  await db.berth.create({ data: { vendor: "clever", handle: me.data.id } });
}
"""
"""A login that fills a row of the application's."""


def test_the_columns_of_rows_are_told_by_their_schema(tmp_path: Path) -> None:
    """What code fills beside the word Clever is a field, a key and an index of the model elsewhere."""
    model = "model Berth {\n  id Int @id\n  vendor Vendor\n  handle String\n\n  @@unique([vendor, handle])\n}\n"
    prisma = f"{model}\nenum Vendor {{\n  CLEVER\n}}\n"
    mapping = (
        "class Port : DbContext\n{\n    void OnModelCreating(ModelBuilder b)\n    {\n"
        "        b.Entity<Berth>().HasIndex(x => new { x.Vendor, x.Handle });\n"
        '        b.Entity<Berth>().HasQueryFilter(x => x.Vendor == "clever");\n    }\n}\n'
    )
    files = {"login.js": ROWS, "schema.prisma": prisma, "Port.cs": mapping}
    assert lines(tmp_path, files, "schema.prisma") == [4, 6]
    assert lines(tmp_path, files, "Port.cs") == [5]


def test_replacing_a_row_is_a_statement(tmp_path: Path) -> None:
    """REPLACE writes the id as INSERT does, in a script whose strings are all that there is."""
    source = "use DBI;\n$dbh->do('REPLACE INTO crew (clever_id, name) VALUES (?, ?)');\n"
    check_found(tmp_path, RULE, "load.pl", source, (2, "clever_id"))


@pytest.mark.parametrize(
    ("name", "source", "line"),
    [
        ("Crew.java", '@Insert("insert into crew (clever_id) values (#{id})")\nint keep(String id);\n', 2),
        (
            "User.cs",
            'class User {\n  [Index("IX_CleverId", IsUnique = true)]\n  public string Key { get; set; }\n}\n',
            2,
        ),
        ("Crew.cs", "[Index(nameof(CleverId), IsUnique = true)]\npublic class Crew {\n}\n", 1),
        (
            "crew.rb",
            "FactoryBot.define do\n  factory :crew do\n    clever_id { SecureRandom.hex(12) }\n  end\nend\n",
            3,
        ),
        ("find.rs", "fn find(key: &str) -> Q {\n    crew.filter(clever_id.eq(key))\n}\n", 2),
        ("find.swift", "func find(_ key: String) -> Q {\n  Crew.query(on: db).filter(\\.$cleverID == key)\n}\n", 2),
        ("ask.swift", 'let one = NSPredicate(format: "cleverID == %@", key)\n', 1),
        ("gone.sql", "DELETE FROM links\nWHERE provider = 'clever' AND uid IN (SELECT uid FROM gone);\n", 2),
        ("find.go", "package crew\n\nfunc find(q Query) { q.Where(person.CleverIDEQ(known)) }\n", 3),
        ("add.rb", "add_index :users, \"(external_ids ->> 'clever_id')\", unique: true\n", 1),
        ("sso.rb", "class Sso\n  def clever\n    @who = Identity.clever(auth.uid)\n  end\nend\n", 3),
    ],
)
def test_indexes_predicates_and_annotations_ask_by_the_id(tmp_path: Path, name: str, source: str, line: int) -> None:
    """An index, a generated predicate and a statement in an annotation hold the id as a column does."""
    files = {name: f"interface Crew {{\n{source}}}\n" if name == "Crew.java" else source}
    assert lines(tmp_path, files, name) == [line]


def test_a_store_that_is_named_after_a_record_is_handed_its_id(tmp_path: Path) -> None:
    """`SaveTeacher` gives no Teacher back: it is the application's, and keeps the id that it is handed."""
    client = (
        "package clever\n\ntype Client struct{ Token string }\n\n"
        'type Teacher struct {\n\tID string `json:"id"`\n\tNumber string `json:"teacher_number"`\n'
        '\tTitle string `json:"title"`\n}\n\ntype Page struct{ Data []struct{ Data Teacher } }\n\n'
        "func (c *Client) Teachers() (Page, error) {\n\tvar page Page\n"
        '\terr := c.get("https://api.clever.com/v2.1/teachers", &page)\n\treturn page, err\n}\n\n'
        "func (c *Client) Lead(id string) (Teacher, error) {\n\tvar one struct{ Data Teacher }\n"
        '\terr := c.get(fmt.Sprintf("https://api.clever.com/v2.1/sections/%s/teacher", id), &one)\n'
        "\treturn one.Data, err\n}\n"
    )
    store = (
        "package store\n\ntype DB struct{ *sql.DB }\n\nfunc (d *DB) SaveTeacher(key string) {\n"
        '\td.Exec("INSERT INTO crew (clever_id) VALUES ($1)", key)\n}\n\n'
        "func (d *DB) TeacherByClever(key string) *sql.Row {\n"
        '\treturn d.QueryRow("SELECT id FROM crew WHERE clever_id = $1", key)\n}\n'
    )
    main = (
        'package main\n\nimport "crew/clever"\n\nfunc main() {\n\tc := &clever.Client{Token: key}\n'
        "\tdb := store.Open(url)\n\tpage, err := c.Teachers()\n\tfor _, row := range page.Data {\n"
        "\t\tdb.SaveTeacher(row.Data.ID)\n\t}\n}\n"
    )
    files = {"clever/client.go": client, "store/store.go": store, "main.go": main}
    assert lines(tmp_path, files, "main.go") == [10]
