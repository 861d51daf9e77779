"""The house is read from left to right: who may import whom, one library one room, pure rooms pure."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "playbook"
GROUND = ("errors", "settings", "tables", "district", "district_file", "run")
ROOMS = (
    "clever",
    "accounts",
    "audit",
    "matching",
    "merging",
    "permissions",
    "cutover",
    "applying",
    "sharing",
    "road",
    "desk",
    "command",
)
PURE = ("matching", "merging", "permissions")
LIBRARY_ROOMS = {
    "httpx": {"clever"},
    "msgspec": {"clever"},
    "stamina": {"clever"},
    "sqlalchemy": {"accounts", "applying", "sandbox"},
    "cryptography": {"applying"},
    "ast_grep_py": {"audit"},
    "papermill": {"desk"},
    "ipywidgets": {"desk"},
    "distributed": {"desk"},
    "jinja2": {"sharing"},
    "nbconvert": {"sharing"},
    "matplotlib": {"sharing"},
    "openpyxl": {"sharing"},
    "starlette": {"sandbox"},
    "uvicorn": {"sandbox"},
    "rich": {"command"},
}
IMPURE = {"os", "time", "random", "secrets", "logging", "socket", "subprocess", "uuid", "tempfile", "shutil", "io"}
IMPURE_CALLS = {"open", "print", "input", "exec", "eval"}
IMPURE_METHODS = {"now", "today", "utcnow", "read_text", "write_text", "read_bytes", "write_bytes", "to_parquet"}


def modules(room: str) -> list[Path]:
    """The room's own files; the sample application's source is data, not code of ours."""
    return [path for path in sorted((PACKAGE / room).rglob("*.py")) if "vendor_app" not in path.parts]


def imports(path: Path) -> Iterator[str]:
    """Every dotted name that a file imports, those inside functions too."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are absolute"
            yield node.module or ""
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def rooms_imported(path: Path) -> set[str]:
    """The rooms of ours that a file imports."""
    names = (name.split(".") for name in imports(path))
    return {parts[1] for parts in names if parts[0] == "playbook" and len(parts) > 1 and parts[1] != "__version__"}


def test_every_room_of_the_table_exists_and_no_other() -> None:
    """The directory listing is the room table."""
    found = {path.name for path in PACKAGE.iterdir() if path.is_dir() and path.name != "__pycache__"}

    assert {*ROOMS, "sandbox"} == found
    assert {path.stem for path in PACKAGE.glob("*.py")} == {*GROUND, "__init__", "__main__"}


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_imports_only_rooms_above_it(room: str) -> None:
    """Nothing reads from right to left."""
    allowed = {*GROUND, *ROOMS[: ROOMS.index(room) + 1]}

    wrong = {str(path): rooms_imported(path) - allowed for path in modules(room)}

    assert {path: rooms for path, rooms in wrong.items() if rooms} == {}


def test_the_ground_floor_imports_no_room() -> None:
    """Errors, settings, tables, district and run stand under every room."""
    wrong = {name: rooms_imported(PACKAGE / f"{name}.py") - set(GROUND) for name in GROUND}

    assert {name: rooms for name, rooms in wrong.items() if rooms} == {}


def test_the_sandbox_is_imported_by_no_room() -> None:
    """Only the command and the tests may know the sandbox."""
    assert [str(path) for room in ROOMS for path in modules(room) if "sandbox" in rooms_imported(path)] == []


@pytest.mark.parametrize("library", LIBRARY_ROOMS)
def test_a_library_lives_in_its_room(library: str) -> None:
    """One library, one room, so that it can be exchanged in one place."""
    everywhere = [*PACKAGE.glob("*.py"), *(path for room in (*ROOMS, "sandbox") for path in modules(room))]

    users = {
        path.relative_to(PACKAGE).parts[0] for path in everywhere if library in {n.split(".")[0] for n in imports(path)}
    }

    assert users <= LIBRARY_ROOMS[library]


@pytest.mark.parametrize("room", PURE)
def test_a_pure_room_does_no_io_and_reads_no_clock(room: str) -> None:
    """Decisions are functions over tables: no file, clock, environment, randomness or log."""
    for path in modules(room):
        assert not {name.split(".")[0] for name in imports(path)} & IMPURE, path
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                assert node.func.id not in IMPURE_CALLS, f"{path}:{node.lineno}"
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                assert node.func.attr not in IMPURE_METHODS, f"{path}:{node.lineno}"


def test_only_settings_reads_the_environment() -> None:
    """A value from the environment has one door."""
    everywhere = [*PACKAGE.glob("*.py"), *(path for room in (*ROOMS, "sandbox") for path in modules(room))]

    readers = [path.name for path in everywhere if {"os.environ", "os.getenv"} & names_used(path)]

    assert readers == ["settings.py"]


def test_only_a_door_reveals_a_secret() -> None:
    """A token leaves its wrapper only where it is sent, and a database address only where it is opened."""
    everywhere = [*PACKAGE.glob("*.py"), *(path for room in (*ROOMS, "sandbox") for path in modules(room))]

    doors = {
        str(path.relative_to(PACKAGE))
        for path in everywhere
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and node.attr == "reveal"
    }

    assert doors <= {"clever/client.py", "clever/transport.py", "road/context.py", "sharing/forbidden.py"}


def names_used(path: Path) -> set[str]:
    """Every `module.attribute` that a file uses."""
    return {
        f"{node.value.id}.{node.attr}"
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)
    }
