"""What opens a place in the source."""

from __future__ import annotations

from pathlib import Path

import pytest

from playbook.desk.opening import VSCODE_NOTEBOOK, Opener, find_opener
from playbook.sharing.shown import show_table
from playbook.sharing.summary import CountTable


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    """A directory with one file in it, its name not plain."""
    (tmp_path / "app" / "lib").mkdir(parents=True)
    (tmp_path / "app" / "lib" / "my client#1.rb").write_text("get\n", encoding="utf-8")
    return tmp_path / "app"


@pytest.mark.parametrize(
    "place", ["lib/gone.rb:1", "lib:1", "2. Migrate", "lib/my client#1.rb", "lib/my client#1.rb:0", ":3"]
)
def test_what_is_no_place_opens_nothing(sources: Path, place: str) -> None:
    """Only a file that is there, with a line, is linked."""
    assert Opener(sources.parent).link(place, sources) == ""


def test_nothing_is_linked_where_nobody_can_click(sources: Path) -> None:
    """What papermill stores tells nothing of where the source lies."""
    assert find_opener({}, is_unattended=True).link("lib/my client#1.rb:1", sources) == ""


def test_a_place_opens_at_its_line_in_jupyterlab_and_in_vs_code(sources: Path) -> None:
    """JupyterLab counts the lines in front, VS Code the lines; neither is told the machine's path."""
    notebooks = sources.parent / "notebooks"
    link = "../app/lib/my%20client%231.rb"
    in_vscode = find_opener({VSCODE_NOTEBOOK: str(notebooks / "01.ipynb")}, is_unattended=False)

    assert Opener(notebooks).link("lib/my client#1.rb:5", sources) == f"{link}#line=4"
    assert in_vscode.link("lib/my client#1.rb:5", sources) == f"{link}#L5"


def test_a_table_links_the_places_of_its_first_column(sources: Path) -> None:
    """The text stays as it is; a table without places has no link."""
    table = CountTable("Files", ("opens at", "places"), (("lib/my client#1.rb:2", 3), ("lib/gone.rb:1", 1)))
    html = show_table(table, Opener(sources).links(table, sources)).html.replace("<wbr>", "")

    assert html.count("<a ") == 1
    assert '<a href="lib/my%20client%231.rb#line=1">lib/my client#1.rb:2</a>' in html
    assert "<a " not in show_table(table).html
