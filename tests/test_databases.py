"""The databases that tests get are fresh, empty and real."""

from __future__ import annotations

from sqlalchemy import create_engine, inspect, text

from tests.databases import NewDatabase


def test_a_database_is_empty_and_can_be_written(database_url: str) -> None:
    """Each engine gives a database without tables, in which a row can be committed and read back."""
    engine = create_engine(database_url)
    assert inspect(engine).get_table_names() == []
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE t (word VARCHAR(20))"))
        connection.execute(text("INSERT INTO t VALUES ('zero\u200bwidth')"))
    with engine.connect() as connection:
        assert connection.execute(text("SELECT word FROM t")).scalar_one() == "zero\u200bwidth"
    engine.dispose()


def test_each_call_makes_another_database(new_database: NewDatabase) -> None:
    """Two databases of one test share nothing."""
    assert new_database("postgres") != new_database("postgres")
