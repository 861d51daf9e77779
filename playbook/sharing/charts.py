"""One horizontal bar chart, drawn by matplotlib as SVG: the same bytes for the same counts, its words as text.

Words stay text, never outlines, so that a screen reader, a search and the bundle's scanner can read them; colours are
taken from the page around it, so that one drawing serves light, dark and print.
"""

from __future__ import annotations

import io
import re

import matplotlib as mpl
from markupsafe import Markup, escape
from matplotlib.figure import Figure

from playbook.sharing.plain_text import clean_text
from playbook.sharing.summary import Bars, CountTable
from playbook.sharing.template import show_count

_INK, _FILL = "#010203", "#040506"  # placeholders that become the page's own colours
_WIDTH_INCHES, _ROW_INCHES = 5.0, 0.36


def draw_bars(bars: Bars) -> Markup:
    """Return a chart as one `<svg>` element that names itself to a screen reader."""
    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": "playbook", "text.parse_math": False}):
        figure = _plot(bars)
        buffer = io.StringIO()
        figure.savefig(buffer, format="svg", transparent=True, bbox_inches="tight", metadata={"Date": None})
    return _adopt(buffer.getvalue(), bars.alt)


def tabulate_bars(bars: Bars) -> CountTable:
    """Return a chart's numbers as a table."""
    return CountTable(bars.title, ("", "count"), bars.bars)


def _plot(bars: Bars) -> Figure:
    labels = [clean_text(label) for label, _ in bars.bars]
    counts = [count for _, count in bars.bars]
    figure = Figure(figsize=(_WIDTH_INCHES, 0.3 + _ROW_INCHES * max(len(labels), 1)))
    axes = figure.subplots()
    drawn = axes.barh(range(len(labels)), counts, height=0.62, color=_FILL, clip_on=False)
    axes.bar_label(drawn, labels=[show_count(count) for count in counts], padding=5, color=_INK, fontsize=11)
    axes.set_yticks(range(len(labels)), labels=labels, color=_INK, fontsize=11)
    axes.set_xlim(0, max([*counts, 1]) * 1.15)
    axes.invert_yaxis()
    axes.tick_params(length=0, pad=8)
    axes.xaxis.set_visible(False)
    axes.spines[:].set_visible(False)
    axes.patch.set_visible(False)
    figure.patch.set_visible(False)
    return figure


def _adopt(svg: str, alt: str) -> Markup:
    """Cut the drawing out of its document and make it part of a page: no metadata, style, font or id of its own."""
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<(metadata|style|defs)[^>]*>.*?</\1>\s*|<!--.*?-->\s*", "", svg, flags=re.DOTALL)
    svg = re.sub(r' id="[^"]*"| transform="rotate\(-0 [^"]*"| font-family: [^;"]+;', "", svg)
    svg = re.sub(r' (?:width|height)="[\d.]+pt"', "", svg, count=2)
    svg = svg.replace(_INK, "currentColor").replace(_FILL, "var(--bar, #2f6f8f)")
    opening = f'<svg class="chart" role="img" aria-label="{escape(clean_text(alt))}"'
    return Markup(svg.replace("<svg", opening, 1).strip())
