"""The pages for support."""

from __future__ import annotations

import itertools
import re
import stat
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from playbook.errors import StepMissing
from playbook.run import Run
from playbook.sharing.pages import read_summaries, render_pages, summarise_road, write_pages
from playbook.sharing.summary import Summary
from tests.sharing.conftest import HOSTILE_NAMES, make_summary


class Outline(HTMLParser):
    """A page's tags and headings."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs


SHAPING = ("bdi", "wbr")
"""Tags of ours that depend on what a text is made of: its direction, and where it may go on in the next line."""


@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_hostile_text_is_never_markup(name: str) -> None:
    """Whatever a label holds, a page has the same tags as with a plain one, and runs nothing."""
    plain = render_pages([make_summary("03_match_accounts", "go", label="plain")], "masked")
    hostile = render_pages([make_summary("03_match_accounts", "go", label=name)], "masked")

    for file_name, page in hostile.items():
        tags = [tag for tag in Outline(page).tags if tag not in SHAPING]
        assert [tag for tag in Outline(plain[file_name]).tags if tag not in SHAPING] == tags
        assert not {"script", "img", "iframe", "object", "link"} & set(tags)
        assert not any(attribute.startswith("on") for attribute, _ in Outline(page).attributes)


def test_nothing_is_loaded_from_anywhere(summaries: tuple[Summary, ...]) -> None:
    """A page names no remote address and forbids its reader's browser to load any."""
    for page in render_pages(summaries, "masked").values():
        assert "default-src 'none'" in page
        assert not re.search(r"(?:src|href|url)\s*[=(]\s*[\"']?(?:https?:)?//", page)


def test_every_page_is_ordered(summaries: tuple[Summary, ...]) -> None:
    """One h1, no heading level left out, a language, a main part and a way to skip to it."""
    for page in render_pages(summaries, "masked").values():
        outline = Outline(page)
        levels = [int(tag[1]) for tag in outline.tags if re.fullmatch("h[1-6]", tag)]
        assert levels[0] == 1
        assert levels.count(1) == 1
        assert all(after - before <= 1 for before, after in itertools.pairwise(levels))
        assert ("lang", "en") in outline.attributes
        assert ("href", "#answer") in outline.attributes
        assert outline.tags.count("main") == 1


def test_tables_have_captions_and_scopes(summaries: tuple[Summary, ...]) -> None:
    """Every table has a caption, and every heading cell says what it heads."""
    for page in render_pages(summaries, "masked").values():
        outline = Outline(page)
        assert outline.tags.count("table") == outline.tags.count("caption")
        assert outline.tags.count("th") == sum(attribute == "scope" for attribute, _ in outline.attributes)


@pytest.mark.parametrize(("verdict", "words"), [("go", "GO"), ("review", "GO WITH REVIEW"), ("no_go", "NO-GO")])
def test_the_verdict_stands_in_words_before_all_else(verdict: str, words: str) -> None:
    """The answer is the first thing in the main part, in words and not by colour alone."""
    page = render_pages([make_summary("03_match_accounts", verdict)], "masked")["index.html"]
    main = re.sub(r"<[^>]+>", " ", page[page.index("<main") :]).split()

    assert words == " ".join(main[: len(words.split())])


def test_the_same_summaries_make_the_same_bytes(summaries: tuple[Summary, ...]) -> None:
    """Pages hold no clock and no chance, charts included."""
    assert render_pages(summaries, "masked") == render_pages(summaries, "masked")


def test_pages_say_what_they_are(summaries: tuple[Summary, ...]) -> None:
    """District, moment, version, plan and what is shown stand on every page, with what to do next."""
    for page in render_pages(summaries, "masked").values():
        for words in (
            "Example USD",
            "6385008f69df036e83e984a3",
            "2026-08-03 06:00 UTC",
            "abababababab",
            "masked names",
        ):
            assert words in page
        assert "Nothing was changed." in page
        assert "Decide the 15 accounts in the review queue." in page


def test_the_whole_is_as_bad_as_its_worst_step(summaries: tuple[Summary, ...]) -> None:
    """Until the hand-over has decided, partial success is never green."""
    assert summarise_road(summaries).verdict == "review"
    assert summarise_road((*summaries, make_summary("08_hand_over", "go"))).verdict == "go"


def test_what_one_step_changed_the_road_changed(summaries: tuple[Summary, ...]) -> None:
    """A step after the apply changed nothing; the index still says what was, and how to undo it."""
    applied = replace(make_summary("07_apply_and_verify", "go"), changed="308 actions were done.")
    pages = render_pages([*summaries, applied, make_summary("08_hand_over", "go")], "masked")

    assert "308 actions were done." in pages["index.html"]
    assert "playbook undo" in pages["index.html"]


def test_pages_are_written_for_their_owner(run: Run, summaries: tuple[Summary, ...]) -> None:
    """Pages lie in the run directory, one a step and an index, readable by their owner."""
    index = write_pages(run, summaries)

    assert index == run.directory / "pages" / "index.html"
    assert len(list(index.parent.glob("*.html"))) == 3
    assert stat.S_IMODE(index.stat().st_mode) == 0o600


def test_no_step_no_pages(run: Run) -> None:
    """A run without a step says which command makes one."""
    with pytest.raises(StepMissing, match="no step has run yet"):
        read_summaries(run)
