"""Which notebooks there are, and stretches of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from playbook.desk.notebook import choose_stretch, list_notebooks, next_notebook
from playbook.errors import InputError
from playbook.road import STEPS

NOTEBOOKS = tuple(Path(f"{number:02d}_step.ipynb") for number in range(9))


def test_a_directory_without_notebooks_is_refused(tmp_path: Path) -> None:
    """A package installed without its notebooks says so."""
    with pytest.raises(InputError, match="not here"):
        list_notebooks(tmp_path)


@pytest.mark.parametrize(("first", "last"), [("9", ""), ("", "99"), ("x", "y"), ("05", "03")])
def test_a_stretch_that_does_not_exist_is_refused(first: str, last: str) -> None:
    """Unknown steps and a wrong order are refused before anything runs."""
    with pytest.raises(InputError):
        choose_stretch(NOTEBOOKS, first, last)


@pytest.mark.parametrize(
    ("first", "last", "numbers"), [("", "", range(9)), ("03", "", range(3, 9)), ("", "02", range(3)), ("04", "04", [4])]
)
def test_a_stretch_holds_both_its_ends(first: str, last: str, numbers: list[int]) -> None:
    """From and to are part of the stretch."""
    assert [int(path.stem[:2]) for path in choose_stretch(NOTEBOOKS, first, last)] == list(numbers)


def test_every_step_has_its_notebook() -> None:
    """The notebooks are the road, in its order."""
    assert [path.stem for path in list_notebooks()] == list(STEPS)


def test_the_last_notebook_has_no_next() -> None:
    """The road ends."""
    assert next_notebook("07_apply_and_verify") == "08_hand_over"
    assert next_notebook("08_hand_over") == ""
