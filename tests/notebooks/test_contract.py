"""What every notebook must keep: thin, safe by default, stored as run, and readable as a page."""

from __future__ import annotations

import ast
import json
import re
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import papermill
import pytest

from playbook.desk.notebook import list_notebooks
from playbook.desk.parameters import looks_like_credential, read_parameters

NOTEBOOKS = list_notebooks()
MOST_CELLS, MOST_LINES, MOST_PARAMETERS = 10, 12, 8
FORBIDDEN_NODES = (
    *(ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda, ast.While, ast.Try, ast.With, ast.Global),
)
FORBIDDEN_CALLS = {"print", "open", "exec", "eval", "input", "display", "interact", "Output", "clear_output"}
IMPORTS = {("playbook", "desk")}
IGNORED_CONTROLS = 2
QUIET_METADATA = {"tags"}

each = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


@cache
def read(path: Path) -> dict[str, Any]:
    """A notebook's JSON."""
    document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return document


def cells(path: Path, kind: str) -> list[dict[str, Any]]:
    """A notebook's cells of one kind."""
    return [cell for cell in read(path)["cells"] if cell["cell_type"] == kind]


def source(cell: dict[str, Any]) -> str:
    """A cell's text."""
    return "".join(cell["source"])


def headings(path: Path) -> list[tuple[int, str]]:
    """A notebook's headings, by level."""
    texts = "\n".join(source(cell) for cell in cells(path, "markdown"))
    return [(len(marks), words) for marks, words in re.findall(r"^(#+) (.+)$", texts, re.MULTILINE)]


def outputs(path: Path) -> list[dict[str, Any]]:
    """Everything that a notebook's cells gave."""
    return [output for cell in cells(path, "code") for output in cell["outputs"]]


@each
def test_the_first_cell_says_what_it_is_for(path: Path) -> None:
    """The name is NN_verb_noun; the only h1 is first, with what is decided, read and written."""
    first = source(read(path)["cells"][0])

    assert re.fullmatch(r"\d\d(_[a-z0-9]+){2,}", path.stem)
    assert first.startswith(f"# {path.stem[:2]} ")
    assert [line.split("**")[1] for line in first.splitlines()[2:]] == ["You decide", "It reads", "It writes"]
    assert [level for level, _ in headings(path)].count(1) == 1


@each
def test_parameters_are_the_first_code_cell_and_safe(path: Path) -> None:
    """Few, typed, explained, seen by papermill, no credential; as they stand they open the demo, offline and dry."""
    declared = read_parameters(path)

    assert cells(path, "code")[0]["metadata"]["tags"] == ["parameters"]
    assert [parameter.name for parameter in declared[:3]] == ["district_id", "run_dir", "source"]
    assert len(declared) <= MOST_PARAMETERS
    assert all(parameter.help for parameter in declared)
    assert set(papermill.inspect_notebook(str(path))) == {parameter.name for parameter in declared}
    assert not any(looks_like_credential(parameter.name, parameter.default) for parameter in declared)
    defaults = {parameter.name: parameter.default for parameter in declared}
    assert defaults["source"] == "demo"
    assert defaults.get("execute", False) is False


@each
def test_cells_are_thin(path: Path) -> None:
    """A cell calls one function and shows one thing: no definition, loop, magic, shell, print or foreign import."""
    assert len(cells(path, "code")) <= MOST_CELLS
    for cell in cells(path, "code"):
        text = source(cell)
        assert len(text.splitlines()) <= MOST_LINES
        assert not re.search(r"^\s*[%!]", text, re.MULTILINE)
        for node in ast.walk(ast.parse(text)):
            assert not isinstance(node, FORBIDDEN_NODES)
            assert not isinstance(node, ast.Import)
            if isinstance(node, ast.ImportFrom):
                assert {(node.module, alias.name) for alias in node.names} <= IMPORTS
            if isinstance(node, ast.Call):
                assert ast.unparse(node.func).split(".")[-1] not in FORBIDDEN_CALLS


@each
def test_every_cell_was_run_in_order(path: Path) -> None:
    """Counts are 1 to n, so that nbval compares every cell; nothing failed and nothing was printed."""
    assert [cell["execution_count"] for cell in cells(path, "code")] == list(range(1, len(cells(path, "code")) + 1))
    assert {output["output_type"] for output in outputs(path)} <= {"execute_result", "display_data"}
    assert all(cell["outputs"] for cell in cells(path, "code")[1:])


@each
def test_nothing_that_changes_is_stored(path: Path) -> None:
    """No widget, clock, path of a machine or random name; cells are named by what they say."""
    document = read(path)

    assert set(document["metadata"]) == {"kernelspec", "language_info"}
    assert all(set(cell["metadata"]) <= QUIET_METADATA for cell in document["cells"])
    ids = [cell["id"] for cell in document["cells"]]
    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch(r"(markdown|code)(-[a-z0-9]+)+", cell_id) for cell_id in ids)
    assert not re.search(r"/tmp/|/home/|/root/|/Users/|127\.0\.0\.1", json.dumps(outputs(path)))
    assert {kind for output in outputs(path) for kind in output["data"]} <= {"text/html", "text/plain"}


@each
def test_prose_leads(path: Path) -> None:
    """Every code cell follows Markdown; every h2 asks one question; levels are in order; no HTML in the prose."""
    kinds = [cell["cell_type"] for cell in read(path)["cells"]]

    assert all(kinds[index - 1] == "markdown" for index, kind in enumerate(kinds) if kind == "code")
    assert all(words.endswith("?") for level, words in headings(path) if level == 2)
    assert {level for level, _ in headings(path)} == {1, 2}
    for cell in cells(path, "markdown"):
        assert not re.search(r"<[a-z/]", source(cell))
        assert not re.search(r"!\[\s*\]", source(cell))


@each
def test_it_ends_with_a_summary_and_a_way_on(path: Path) -> None:
    """The last code cell closes the step, which wrote its summary; the last line links to a notebook that exists."""
    said = "".join(cells(path, "code")[-1]["outputs"][0]["data"]["text/plain"])
    links = re.findall(r"\]\(([^)]+)\)", source(read(path)["cells"][-1]))

    assert source(cells(path, "code")[-1]) == "desk.close_step(step)"
    assert f"Written: summary/{path.stem[:2]}.json" in said
    assert len(links) == 1
    assert (path.parent / links[0]).exists()


def test_few_cells_are_left_uncompared() -> None:
    """Only a cell that shows a control may differ from what is stored."""
    tagged = [
        cell
        for path in NOTEBOOKS
        for cell in cells(path, "code")
        if cell["metadata"].get("tags", ["parameters"]) != ["parameters"]
    ]

    assert len(tagged) == IGNORED_CONTROLS
    assert all(cell["metadata"]["tags"] == ["nbval-ignore-output"] for cell in tagged)
    assert all(source(cell).startswith(("step.choose(", "step.review(")) for cell in tagged)


@each
def test_html_is_inert_and_every_drawing_has_words(path: Path) -> None:
    """Stored HTML runs and loads nothing; drawings and tables say what they are."""
    for output in outputs(path):
        html = "".join(output["data"].get("text/html", ""))
        tags = _Tags(html)
        assert not {"script", "img", "iframe", "link", "object"} & set(tags.names)
        assert tags.names.count("table") == tags.names.count("caption")
        for attributes in tags.of("svg"):
            assert attributes.get("aria-label") or attributes.get("aria-hidden") == "true"


class _Tags(HTMLParser):
    """The tags of a fragment with their attributes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.names: list[str] = []
        self._attributes: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.append(tag)
        self._attributes.append((tag, dict(attrs)))

    def of(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self._attributes if name == tag]
