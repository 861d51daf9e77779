"""The pages in a real browser: nothing runs, nothing is loaded, and everybody can read them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

from playbook.sharing.pages import render_pages
from playbook.sharing.summary import CountTable
from tests.browser import Watched, chromium
from tests.sharing.conftest import HOSTILE_NAMES, make_summary

pytestmark = pytest.mark.browser
__all__ = ["chromium"]

MODES: dict[str, dict[str, Any]] = {
    "light": {},
    "dark": {"color_scheme": "dark"},
    "forced colours": {"forced_colors": "active"},
    "320 pixels": {"viewport": {"width": 320, "height": 640}},
    "zoomed to 200 %": {"viewport": {"width": 640, "height": 480}, "device_scale_factor": 2},
}
PAYLOADS = tuple(
    template.format(number)
    for number in range(20)
    for template in (
        "<script>alert({0})</script>",
        "<img src=x onerror=alert({0})>",
        '"><svg/onload=alert({0})>',
        "'-alert({0})-'",
        "javascript:alert({0})",
        "</td></table><iframe src=javascript:alert({0})>",
        "<style>@import 'http://127.0.0.1:9/{0}.css'</style>",
        "<a href=http://127.0.0.1:9/{0}>x</a>",
        "&lt;script&gt;alert({0})&lt;/script&gt;",
        "{{{{ alert({0}) }}}}",
    )
)


@pytest.fixture
def pages(tmp_path: Path) -> dict[str, Path]:
    """Pages with hostile names in every place where a text may stand."""
    steps = [
        make_summary(f"0{number}_match_accounts", verdict, label=name)
        for number, (verdict, name) in enumerate(zip(("go", "review", "no_go"), HOSTILE_NAMES, strict=False))
    ]
    written = {name: tmp_path / name for name in render_pages(steps, "masked")}
    for name, page in render_pages(steps, "masked").items():
        written[name].write_text(page, encoding="utf-8")
    return written


@pytest.mark.parametrize("mode", MODES)
def test_axe_finds_nothing(chromium: Browser, pages: dict[str, Path], mode: str) -> None:
    """No violation in any mode: light, dark, forced colours, a narrow screen, zoomed."""
    watched = Watched(chromium, **MODES[mode])
    for path in pages.values():
        watched.page.goto(path.as_uri())
        found = Axe().run(watched.page).response

        assert [(v["id"], [n["target"] for n in v["nodes"]]) for v in found["violations"]] == []
    watched.page.close()


def test_a_narrow_screen_never_scrolls_sideways(chromium: Browser, pages: dict[str, Path]) -> None:
    """At 320 pixels only tables scroll, inside their own frame."""
    watched = Watched(chromium, viewport={"width": 320, "height": 640})
    for path in pages.values():
        watched.page.goto(path.as_uri())

        assert watched.page.evaluate("document.documentElement.scrollWidth") <= 320
    watched.page.close()


def test_the_keyboard_reaches_the_answer_first(chromium: Browser, pages: dict[str, Path]) -> None:
    """The first stop of the Tab key is a visible link to the answer."""
    watched = Watched(chromium)
    watched.page.goto(pages["index.html"].as_uri())
    watched.page.keyboard.press("Tab")

    assert watched.page.evaluate("document.activeElement.getAttribute('href')") == "#answer"
    assert watched.page.evaluate("document.activeElement.getBoundingClientRect().left") >= 0
    watched.page.close()


def test_targets_are_large_enough(chromium: Browser, pages: dict[str, Path]) -> None:
    """Whatever can be clicked outside a sentence is at least 24 pixels high."""
    watched = Watched(chromium)
    watched.page.goto(pages["00_match_accounts.html"].as_uri())
    heights = watched.page.eval_on_selector_all(
        "nav a, summary, .road a", "all => all.map(e => e.getBoundingClientRect().height)"
    )

    assert heights
    assert min(heights) >= 24
    watched.page.close()


def test_two_hundred_hostile_names_do_nothing(chromium: Browser, tmp_path: Path) -> None:
    """No dialog, no error, no request: names are text, and the page may load nothing."""
    rows = tuple((payload, 1) for payload in PAYLOADS)
    summary = replace(
        make_summary("03_match_accounts", "go", label=PAYLOADS[0]),
        headline=PAYLOADS[1],
        notes=PAYLOADS,
        tables=(CountTable(PAYLOADS[2], (PAYLOADS[3], "count"), rows),),
    )
    watched = Watched(chromium)
    for name, page in render_pages([summary], "masked").items():
        (tmp_path / name).write_text(page, encoding="utf-8")
        watched.page.goto((tmp_path / name).as_uri())

    assert len(PAYLOADS) == 200
    assert watched.page.locator("tbody th", has_text="alert(0)").count() > 0
    assert (watched.dialogs, watched.errors, watched.requests) == ([], [], [])
    watched.page.close()
