"""Where the notebooks are, which step each is, and how the next one is called."""

from __future__ import annotations

from pathlib import Path

from playbook.errors import Fault, InputError

DIRECTORY = Path(__file__).parents[2] / "notebooks"
_PATTERN = "[0-9][0-9]_*.ipynb"


def list_notebooks(directory: Path = DIRECTORY) -> tuple[Path, ...]:
    """Return the notebooks in the order of the road.

    Raises:
        InputError: There are none, because the package was installed without them.
    """
    notebooks = tuple(sorted(directory.glob(_PATTERN)))
    if not notebooks:
        raise InputError("the notebooks are not here", remedy="Run from a checkout of the project.")
    return notebooks


def choose_stretch(notebooks: tuple[Path, ...], first: str, last: str) -> tuple[Path, ...]:
    """Return the notebooks from one step to another.

    Args:
        notebooks: In the order of the road.
        first: The beginning of a step's name, such as `03`; blank for the first.
        last: The same; blank for the last.

    Raises:
        InputError: No step is called so, or the last comes before the first.
    """
    faults = [
        Fault(option, "names no step", f"steps: {', '.join(path.stem for path in notebooks)}")
        for option, name in (("--from", first), ("--to", last))
        if name and not any(path.stem.startswith(name) for path in notebooks)
    ]
    if faults:
        raise InputError("the stretch of road does not exist", remedy="Name steps by their number.", faults=faults)
    stretch = tuple(
        path
        for path in notebooks
        if path.stem >= first and (not last or path.stem <= last or path.stem.startswith(last))
    )
    if not stretch:
        raise InputError("the stretch of road is empty", remedy="Let --from come before --to.")
    return stretch


def next_notebook(name: str) -> str:
    """Return the name of the step after a step; blank after the last."""
    names = [path.stem for path in list_notebooks()]
    return names[names.index(name) + 1] if name in names[:-1] else ""
