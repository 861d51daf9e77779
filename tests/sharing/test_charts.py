"""Charts as SVG."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest

from playbook.sharing.charts import draw_bars, tabulate_bars
from playbook.sharing.summary import Bars
from tests.sharing.conftest import HOSTILE_NAMES

BARS = Bars("States", (("matched", 1180), ("tie", 3)), "Most accounts are matched.")


@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_hostile_labels_stay_text(name: str) -> None:
    """A label is one text element, whatever it holds; mathematics is not parsed."""
    drawing = ET.fromstring(draw_bars(Bars("States", ((name, 1), ("$x^2$", 2)), name)))

    texts = [element.text for element in drawing.iter() if element.tag.endswith("text")]
    assert len(texts) == 4
    assert "$x^2$" in texts


def test_says_what_it_shows() -> None:
    """The drawing is one image to a screen reader, named by its text alternative."""
    drawing = ET.fromstring(draw_bars(BARS))

    assert drawing.get("role") == "img"
    assert drawing.get("aria-label") == "Most accounts are matched."


def test_holds_nothing_of_the_machine() -> None:
    """No date, no version, no font, no id: the same counts give the same bytes."""
    drawing = draw_bars(BARS)

    assert drawing == draw_bars(BARS)
    assert not [word for word in ("matplotlib", "Date", "font-family", ' id="', "http://purl") if word in drawing]


def test_no_bar_is_a_drawing_too() -> None:
    """Nothing to show is shown as nothing."""
    assert "<svg" in draw_bars(Bars("States", (), "No account."))


def test_the_numbers_stand_in_a_table() -> None:
    """Whoever cannot see the bars reads their numbers."""
    assert tabulate_bars(BARS).rows == (("matched", 1180), ("tie", 3))
