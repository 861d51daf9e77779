"""What a notebook cell shows: HTML for people and one stable line of text for logs, screen readers and comparisons."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from playbook.errors import PlaybookError
from playbook.matching.story import Story
from playbook.sharing.charts import draw_bars, tabulate_bars
from playbook.sharing.plain_text import clean_text
from playbook.sharing.summary import VERDICTS, Bars, CountTable, Summary
from playbook.sharing.tables import NO_LINKS, describe_table, render_table
from playbook.sharing.template import render_part


@dataclass(frozen=True, slots=True)
class Shown:
    """One thing to see.

    Attributes:
        html: A fragment in which everything is escaped.
        text: The same in one line.
    """

    html: str
    text: str

    def _repr_mimebundle_(self, **_: Any) -> Mapping[str, str]:
        return {"text/html": self.html, "text/plain": clean_text(self.text)}

    def __repr__(self) -> str:
        return clean_text(self.text)


def show_table(table: CountTable, links: Mapping[str, str] = NO_LINKS) -> Shown:
    """Show a small table; `links` says where a cell of its first column leads to."""
    return Shown(f'<div class="playbook">{render_table(table, links)}</div>', describe_table(table))


def show_chart(bars: Bars) -> Shown:
    """Show a bar chart with its text alternative and its numbers as a table."""
    part = render_part("chart", bars, draw_bars(bars), tabulate_bars(bars))
    return Shown(f'<div class="playbook">{part}</div>', bars.alt)


def show_summary(summary: Summary) -> Shown:
    """Show a step's answer: the verdict first, then one sentence, at most six numbers, and what was changed."""
    text = f"{VERDICTS[summary.verdict]}: {summary.headline} {summary.changed}"
    return Shown(str(render_part("card", summary)), text)


def show_checks(summary: Summary) -> Shown:
    """Show the named checks of a step, each with what to do."""
    names = ", ".join(check.name for check in summary.checks) or "none"
    part = render_part("checks", summary.checks) or "<p>No check stands in the way.</p>"
    return Shown(f'<div class="playbook">{part}</div>', f"Checks: {names}")


def show_refusal(error: PlaybookError) -> Shown:
    """Show why a step refused: what happened, every fault, what to do, and the code to report."""
    text = f"Refused ({error.code}): {error.message}. {error.remedy}"
    return Shown(str(render_part("refusal", error)), text)


def show_story(story: Story) -> Shown:
    """Show one account's story: the verdict, what to do, the rules that spoke, and what follows."""
    return Shown(str(render_part("story", story)), f"{story.headline} {story.why}")


def show_text(text: str) -> Shown:
    """Show one paragraph of our own words."""
    return Shown(str(render_part("paragraph", text)), text)


def show_step(name: str, about: Mapping[str, str]) -> Shown:
    """Show the head of a step's notebook, and the style of all that is shown after it."""
    told = ", ".join(f"{key.lower()}: {value}" for key, value in about.items())
    return Shown(str(render_part("step_head", list(about.items()))), f"{name}: {told}")
