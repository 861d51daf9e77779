"""Collections that code chooses by, once it has an event's type apart, and the same words where it does not."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.audit.specimens import check_found, check_noop

RULE = "events_record_type"
FEED = 'BASE = "https://api.clever.com/v2.1"\n'


@pytest.mark.parametrize(
    "source",
    [
        'row = table("students", "teachers")\nkeys = record["students"]\n',
        'group = {"student": "students", "teacher": "teachers"}.get(kind)\ntoken = header["Event"].split(" ")[1]\n',
        'ROLES = ("teacher", "staff", "district_admin")\nname = event["type"].split(".")[0]\n',
    ],
    ids=["tables and keys", "groups beside a split of something else", "v3's roles"],
)
def test_words_that_choose_nothing_are_left_alone(tmp_path: Path, source: str) -> None:
    """A collection's name that is no arm, row, clause or couple says nothing of events."""
    check_noop(tmp_path, RULE, "clever_rows.py", FEED + source)


def test_couples_of_a_collection_and_an_action(tmp_path: Path) -> None:
    """`("students", "created")` is the event type in two texts."""
    source = FEED + 'ROUTES = {\n    ("students", "created"): add,\n    ("sections", "updated"): keep,\n}\n'
    check_found(tmp_path, RULE, "clever_feed.py", source, (3, "students.*"))


def test_rows_of_a_table_that_is_a_call(tmp_path: Path) -> None:
    """Java's `Map.of` lists keys and values in turn; each key is a place, the call is none."""
    source = """class CleverFeed {
    static final String BASE = "https://api.clever.com/v2.1/events";
    static final Map<String, String> TOPICS = Map.of(
        "students", "pupils",
        "teachers", "adults");

    String topic(JsonNode event) {
        String noun = event.get("type").asText().split("\\\\.")[0];
        return noun.equals("students") ? "pupils" : TOPICS.get(noun);
    }
}
"""
    expected = ((4, "students.*"), (5, "teachers.*"), (9, "students.*"))
    check_found(tmp_path, RULE, "CleverFeed.java", source, *expected)


def test_clauses_and_lists_of_words(tmp_path: Path) -> None:
    """Elixir's clauses and word lists choose by collections behind a split."""
    source = """defmodule Clever.Feed do
  @event_types ~w(students teachers sections)

  def handle(%{"type" => type, "data" => %{"object" => object}}), do: save(hd(String.split(type, ".")), object)

  defp save("students", object), do: Pupils.put(object)
  defp save(_, object), do: Staff.put(object)
end
"""
    check_found(tmp_path, RULE, "clever_feed.ex", source, (2, "record_type=students"), (6, "students.*"))


def test_expressions_that_begin_at_a_collection(tmp_path: Path) -> None:
    """A pattern that is anchored at the start of the type is a prefix."""
    source = """class CleverFeed
  def call(event)
    object = event.dig('data', 'object')
    case event['type']
    when /\\Astudents\\./ then Pupil.put(object)
    end
  end
end
"""
    check_found(tmp_path, RULE, "clever_feed.rb", source, (5, "\\Astudents"))
