"""The tables of the sample vendor application, in two layouts, and in the three engines' common tongue.

`users`: the Clever id stands in the users table. `credentials`: it stands in `authentication_options`, one row a
provider, as large applications keep it. The children are what a merge has to carry along: foreign keys of every
temper, a unique key that two accounts of one person break, and `grades.graded_by`, which no foreign key tells.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

LAYOUTS = ("users", "credentials")


def vendor_tables(layout: str) -> MetaData:
    """Return the tables of a layout.

    Raises:
        ValueError: There is no such layout.
    """
    if layout not in LAYOUTS:
        raise ValueError(f"layouts: {', '.join(LAYOUTS)}")
    tables = MetaData()
    Table("database_identity", tables, Column("id", String(36), primary_key=True))
    _users(tables, has_clever_id=layout == "users")
    if layout == "credentials":
        _credentials(tables)
    _children(tables)
    return tables


def _key() -> Column[int]:
    return Column("id", BigInteger().with_variant(Integer(), "sqlite"), primary_key=True, autoincrement=False)


def _account(name: str, *, is_nullable: bool = False, on_delete: str | None = None) -> Column[int]:
    return Column(name, ForeignKey("users.id", ondelete=on_delete), nullable=is_nullable)


def _users(tables: MetaData, *, has_clever_id: bool) -> None:
    clever_id = [Column("clever_id", String(24))] if has_clever_id else []
    Table(
        "users",
        tables,
        _key(),
        *clever_id,
        Column("kind", String(20), nullable=False),
        Column("username", String(40), nullable=False, unique=True),
        Column("name", String(200)),
        Column("email", String(254)),
        Column("sis_id", String(40)),
        Column("number", String(40)),
        Column("district_id", String(24)),
        Column("status", String(20), nullable=False),
        Column("last_login", DateTime()),
        *([Index("users_clever_id", "clever_id")] if has_clever_id else []),
    )


def _credentials(tables: MetaData) -> None:
    Table(
        "authentication_options",
        tables,
        _key(),
        _account("user_id"),
        Column("provider", String(20), nullable=False),
        Column("uid", String(254), nullable=False),
        Column("version", String(10)),
        UniqueConstraint("user_id", "provider", "uid", "version", name="authentication_options_once"),
        Index("authentication_options_uid", "uid"),
    )


def _children(tables: MetaData) -> None:
    Table(
        "enrolments",
        tables,
        _key(),
        _account("user_id"),
        Column("section_id", String(24), nullable=False),
        Column("part", String(10), nullable=False),
        UniqueConstraint("user_id", "section_id", name="enrolments_once"),
    )
    Table(
        "grades",
        tables,
        _key(),
        _account("student_id"),
        Column("graded_by", BigInteger()),  # an account too, though no foreign key says so
        Column("assignment", String(40), nullable=False),
        Column("points", Integer(), nullable=False),
        UniqueConstraint("student_id", "assignment", name="grades_once"),
        Index("grades_graded_by", "graded_by"),
    )
    Table(
        "notes",
        tables,
        _key(),
        _account("author_id", on_delete="CASCADE"),
        _account("about_id", is_nullable=True, on_delete="SET NULL"),
        Column("body", Text(), nullable=False),
    )
    Table("files", tables, _key(), _account("owner_id"), Column("path", String(200), nullable=False, unique=True))
    Table(
        "audit_log",
        tables,
        _key(),
        _account("user_id", is_nullable=True, on_delete="SET NULL"),
        Column("action", String(40), nullable=False),
        Column("at", DateTime(), nullable=False),
    )
