"""The guided road in a real JupyterLab: opened, run, and a decision recorded by clicking."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from playbook.desk.lab import lab_command, lab_environment
from playbook.desk.notebook import DIRECTORY
from playbook.settings import read_settings
from tests.browser import chromium

pytestmark = [pytest.mark.browser, pytest.mark.slow]
__all__ = ["chromium"]

ANSWER_MILLISECONDS = 240_000


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[str]:
    """JupyterLab on a copy of the notebooks, as `make lab` starts it; its address."""
    notebooks = tmp_path / "notebooks"
    shutil.copytree(DIRECTORY, notebooks, ignore=shutil.ignore_patterns(".ipynb_checkpoints"))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environ = {name: os.environ[name] for name in ("PATH", "HOME", "PYTHONPATH") if name in os.environ}
    settings = read_settings({**environ, "PLAYBOOK_OUTPUTS": str(tmp_path / "outputs")})
    options = ("--no-browser", "--allow-root", f"--ServerApp.port={port}", "--IdentityProvider.token=t")
    command = lab_command(notebooks, options)
    with subprocess.Popen(command, env=lab_environment(settings), stderr=subprocess.PIPE, text=True) as server:
        for line in server.stderr or ():
            if "is running at" in line:
                break
        yield f"http://127.0.0.1:{port}"
        server.terminate()


def run_all(page: Page, address: str) -> None:
    """Open a notebook and choose Run All."""
    page.goto(address)
    page.wait_for_selector(".jp-Notebook", timeout=ANSWER_MILLISECONDS)
    # Lab loses a Run All that comes before the kernel answers, and says Idle in its status bar from then on.
    expect(page.get_by_text("Python 3 (ipykernel) | Idle")).to_be_visible(timeout=ANSWER_MILLISECONDS)
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.locator('li[data-command="runmenu:run-all"]').click()


def test_a_click_is_recorded_and_gates_nothing(chromium: Browser, lab: str, tmp_path: Path) -> None:
    """Run All ends without a click; a click then writes who, when and on which plan."""
    page = chromium.new_page(viewport={"width": 1280, "height": 3000})
    run_all(page, f"{lab}/lab/tree/notebooks/08_hand_over.ipynb?token=t&reset")

    # The stored outputs hold the sentence already; only a live control has something to choose.
    choice = page.locator(".widget-radio-box label", has_text="wait")
    expect(choice).to_be_visible(timeout=ANSWER_MILLISECONDS)
    expect(page.get_by_text("Written: summary/08.json")).to_be_visible()
    choice.click()
    page.get_by_role("button", name="Record: cut_over").click()
    expect(page.get_by_text("Decided: cut_over is wait.")).to_be_visible()

    (recorded,) = (tmp_path / "outputs").glob("guided/*/now/run/decisions.json")
    decision = json.loads(recorded.read_text())["cut_over"]
    assert decision["value"] == "wait"
    assert decision["fingerprint"]
    assert page.get_by_text("Jupyter news").count() == 0
    page.close()


def test_a_place_in_the_source_opens_at_its_line(chromium: Browser, lab: str) -> None:
    """A click on `path:line` shows the file beside the notebook, its cursor on that very line."""
    page = chromium.new_page(viewport={"width": 1280, "height": 3000})
    run_all(page, f"{lab}/lab/tree/notebooks/01_audit_v2_usage.ipynb?token=t&reset")

    place = page.locator(".jp-OutputArea a", has_text="events.rake:").first
    expect(place).to_be_visible(timeout=ANSWER_MILLISECONDS)
    line = place.inner_text().rpartition(":")[2]
    place.click()

    expect(page.locator(".jp-FileEditor")).to_be_visible()
    expect(page.get_by_text(f"Ln {line}, Col 1")).to_be_visible()
    page.close()
