"""What a cell shows."""

from __future__ import annotations

from playbook.sharing.shown import show_chart, show_checks, show_summary, show_table
from playbook.sharing.summary import CountTable
from tests.sharing.conftest import HOSTILE_NAMES, make_summary


def test_html_is_escaped_and_text_is_one_line() -> None:
    """Both forms that a cell stores are safe for what reads them."""
    for name in HOSTILE_NAMES:
        bundle = show_table(CountTable("Rows", ("name", "count"), ((name, 1),)))._repr_mimebundle_()
        assert "<script" not in bundle["text/html"]
        assert "<img" not in bundle["text/html"]
        assert bundle["text/plain"].isprintable()


def test_the_answer_comes_first() -> None:
    """A summary in one line starts with its verdict and ends with what was changed."""
    text = repr(show_summary(make_summary("03_match_accounts", "review")))

    assert text == "GO WITH REVIEW: 1,180 of 1,195 accounts have their v3 user. Nothing was changed."


def test_checks_and_charts_have_words() -> None:
    """What is drawn or framed is also said."""
    summary = make_summary("03_match_accounts", "no_go")

    assert repr(show_checks(summary)) == "Checks: ties"
    assert repr(show_chart(summary.charts[0])) == "Most accounts are matched."


def test_a_long_table_names_its_first_rows() -> None:
    """One line stays one line."""
    rows = tuple((f"code{index}", 1000 + index) for index in range(9))

    assert repr(show_table(CountTable("By code", ("code", "rows"), rows))) == (
        "By code: code0 1,000, code1 1,001, code2 1,002, code3 1,003, 5 more rows"
    )
