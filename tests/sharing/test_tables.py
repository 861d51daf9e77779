"""Tables for people."""

from __future__ import annotations

from playbook.sharing.summary import CountTable
from playbook.sharing.tables import render_table


def test_nothing_is_shown_as_nothing() -> None:
    """A table without rows keeps its caption and says that there is none."""
    assert "None." in render_table(CountTable("By state", ("state", "rows"), ()))


def test_numbers_are_apart_from_text() -> None:
    """A count has its thousands apart; an id that looks like a number does not."""
    html = render_table(CountTable("Rows", ("id", "count"), (("0012345", 12345),)))

    assert "0012345" in html
    assert "12,345" in html


def test_a_path_breaks_after_its_separators_only() -> None:
    """A narrow cell breaks a path, an endpoint or a field where a reader would; a version and a code never."""
    rows = (("app/my_user.rb:3", "GET /v2.1/{id}", "roles.student.sis_id", "several_accounts"),)
    html = render_table(CountTable("Rows", ("a", "b", "c", "d"), rows))
    broken = ("app/<wbr>my_<wbr>user.rb:3", "GET /<wbr>v2.1/<wbr>{id}", "roles.<wbr>student.sis_<wbr>id")
    assert [part in html for part in broken] == [True] * 3
    assert ">several_accounts<" in html


def test_what_a_path_says_stays_escaped() -> None:
    """A name with markup in it is shown, never obeyed."""
    html = render_table(CountTable("Rows", ("a",), (("a/<b>_c",),)))
    assert "<b>" not in html
