"""A real browser for tests: Debian's Chromium, driven by Playwright, with nothing downloaded."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

CHROMIUM = shutil.which("chromium")


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """One browser for a module: while it is open its event loop runs, and no other may begin in the same thread."""
    if CHROMIUM is None:
        pytest.skip("chromium is not installed")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


class Watched:
    """A page and what it tried to do.

    Attributes:
        requests: Every address beyond files and data that it asked for.
        dialogs: Every dialog that it opened.
        errors: Every error that its console reported.
    """

    def __init__(self, browser: Browser, **options: Any) -> None:
        self.requests: list[str] = []
        self.dialogs: list[str] = []
        self.errors: list[str] = []
        self.page: Page = browser.new_page(**options)
        self.page.on("request", lambda r: r.url.startswith(("file:", "data:")) or self.requests.append(r.url))
        self.page.on("dialog", lambda dialog: (self.dialogs.append(dialog.message), dialog.dismiss()))
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
