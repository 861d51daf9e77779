"""What a notebook's parameters cell declares, and whether what was given fits: type, name, and never a credential.

The cell is read as Python, not by papermill's pattern, which overlooks lines that it cannot parse; papermill itself
only warns of an unknown parameter and checks no type.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args, get_origin

from playbook.errors import Fault, InputError

TAG = "parameters"
Value = str | int | float | bool | list[str]
_TYPES: Mapping[str, Any] = {"str": str, "int": int, "float": float, "bool": bool, "list[str]": list[str]}
_CREDENTIAL_NAME = re.compile(r"token|secret|passw|credential|api_?key|authorization|bearer", re.IGNORECASE)
_CREDENTIAL_VALUE = re.compile(
    r"(?i:bearer\s)|^eyJ[\w-]+\.|^[0-9a-f]{40}$|://[^/\s]*:[^/\s]*@|^(?=.*[A-Z])(?=.*[a-z])(?=.*\d)[\w-]{32,}$"
)


@dataclass(frozen=True, slots=True)
class Parameter:
    """One line of the parameters cell.

    Attributes:
        name: As it is assigned.
        type: str, int, float, bool or list[str].
        default: What it is where nothing is given.
        help: The comment behind it.
    """

    name: str
    type: str
    default: Value
    help: str


def read_parameters(notebook: Path) -> tuple[Parameter, ...]:
    """Read what a notebook declares.

    Raises:
        InputError: The notebook has no parameters cell, or a line of it is not `name: type = literal  # help`.
    """
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    tagged = [cell for cell in cells if TAG in cell["metadata"].get("tags", [])]
    if len(tagged) != 1:
        raise InputError(f"{notebook.name} has {len(tagged)} parameters cells", remedy=f"Tag exactly one cell `{TAG}`.")
    source = "".join(tagged[0]["source"])
    faults: list[Fault] = []
    parameters = tuple(_declared(source, faults))
    if faults:
        raise InputError(f"{notebook.name} declares parameters wrongly", remedy="Correct the lines.", faults=faults)
    return parameters


def _declared(source: str, faults: list[Fault]) -> Iterator[Parameter]:
    lines = source.splitlines()
    for node in ast.parse(source).body:
        where = f"line {node.lineno}"
        line = lines[node.lineno - 1]
        if not (isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value):
            faults.append(Fault(where, "is not `name: type = value`"))
        elif (hint := ast.unparse(node.annotation)) not in _TYPES:
            faults.append(Fault(where, f"{hint} is not one of {', '.join(_TYPES)}"))
        elif "#" not in line or line.count("=") != 1:
            faults.append(Fault(where, "has no help, or a second `=`, which papermill does not read"))
        else:
            yield Parameter(node.target.id, hint, ast.literal_eval(node.value), line.partition("#")[2].strip())


def check_values(declared: Sequence[Parameter], given: Mapping[str, object]) -> None:
    """Check what was given against what is declared; all faults are reported once.

    Raises:
        InputError: A name is unknown, a type is wrong, something required is missing, or a value looks like a
            credential. No value is repeated in the message.
    """
    types = {parameter.name: parameter.type for parameter in declared}
    faults = [*_faults(types, given), *_missing(given)]
    if faults:
        raise InputError(
            "the notebook's parameters do not fit",
            code="parameters",
            remedy="Correct the listed parameters; nothing was read or written.",
            faults=faults,
        )


def _faults(types: Mapping[str, str], given: Mapping[str, object]) -> Iterator[Fault]:
    for name, value in given.items():
        if name not in types:
            yield Fault(name, "is not a parameter of this notebook", f"known: {', '.join(types)}")
        elif not _fits(value, types[name]):
            yield Fault(name, f"must be {types[name]}")
        elif looks_like_credential(name, value):
            yield Fault(name, "looks like a credential", "name the secret by a reference in the district file")


def _missing(given: Mapping[str, object]) -> Iterator[Fault]:
    if given.get("source") not in ("demo", "clever"):
        yield Fault("source", "must be demo or clever")
    elif given["source"] == "clever":
        yield from (Fault(name, "is needed") for name in ("district_id", "run_dir") if not given.get(name))


def _fits(value: object, type_name: str) -> bool:
    hint = _TYPES[type_name]
    if get_origin(hint) is list:
        return isinstance(value, list) and all(isinstance(item, *get_args(hint)) for item in value)
    return type(value) is hint


def looks_like_credential(name: str, value: object) -> bool:
    """Say whether a parameter would carry a secret, by its name or by its value."""
    texts: Iterable[object] = value if isinstance(value, list) else [value]
    return bool(_CREDENTIAL_NAME.search(name)) or any(
        isinstance(text, str) and _CREDENTIAL_VALUE.search(text) for text in texts
    )
