"""What of an executed notebook reaches the disk: no secret, no widget, no parameter note, no text of a foreign error.

papermill writes after every cell; this runs before each of those writes, so that no raw file ever exists.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

SCHEME = "redacted://"
MASK = "***"
_KEPT_TYPES = frozenset({"text/plain", "text/html", "image/svg+xml"})
_OUR_ERRORS = frozenset({"InputError", "DistrictFileError", "TableError", "ReferenceUnresolved", "StepMissing"})
_OTHER_ERRORS = frozenset({"AnswerIsNo", "ServiceError", "CleverError", "DatabaseError", "PlaybookError"})
_PLACE = re.compile(r"File .*?line .*?\d+|[\w./-]+:\d+")
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")


class RedactingWriter:
    """Writes notebooks for papermill, redacted and for their owner's eyes only.

    Args:
        secrets: The texts that must not be written, as far as this process knows them.
    """

    def __init__(self, secrets: Iterable[str]) -> None:
        self._secrets = tuple(secret for secret in secrets if secret)

    def write(self, text: str, path: str) -> None:
        """Write one notebook; called by papermill after every cell."""
        target = Path(path.removeprefix(SCHEME))
        part = target.with_name(f".{target.name}.part")
        part.touch(mode=0o600)
        part.write_text(redact_notebook(text, self._secrets), encoding="utf-8")
        part.replace(target)

    def read(self, path: str) -> str:
        """Read one notebook back."""
        return Path(path.removeprefix(SCHEME)).read_text(encoding="utf-8")

    def listdir(self, path: str) -> list[str]:
        """List a directory's notebooks."""
        return [str(entry) for entry in Path(path.removeprefix(SCHEME)).iterdir()]

    def pretty_path(self, path: str) -> str:
        """Return the path without its scheme."""
        return path.removeprefix(SCHEME)


def redact_notebook(text: str, secrets: Iterable[str] = ()) -> str:
    """Return a notebook's JSON without what must not stay in it.

    Args:
        text: The notebook as papermill would write it.
        secrets: Texts that are masked wherever they stand, in sources, outputs and metadata.
    """
    notebook = json.loads(text)
    for key in ("papermill", "widgets"):
        notebook["metadata"].pop(key, None)
    for cell in notebook["cells"]:
        cell["metadata"] = {key: value for key, value in cell["metadata"].items() if key == "tags"}
        if "outputs" in cell:
            cell["outputs"] = [_redact_output(output) for output in cell["outputs"]]
    masked = _walk(notebook, _masking(tuple(secrets)))
    return json.dumps(masked, indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def _redact_output(output: Mapping[str, Any]) -> dict[str, Any]:
    redacted = dict(output)
    if "data" in output:
        redacted["data"] = {kind: value for kind, value in output["data"].items() if kind in _KEPT_TYPES}
        redacted["metadata"] = {}
    if output["output_type"] == "error" and output["ename"] not in _OUR_ERRORS | _OTHER_ERRORS:
        redacted["evalue"] = "left out, since it may hold data"
        redacted["traceback"] = _PLACE.findall(_COLOUR.sub("", "\n".join(output["traceback"])))
    return redacted


def _masking(secrets: tuple[str, ...]) -> Callable[[str], str]:
    if not secrets:
        return lambda text: text
    pattern = re.compile("|".join(re.escape(secret) for secret in sorted(secrets, key=len, reverse=True)))
    return lambda text: pattern.sub(MASK, text)


def _walk(node: Any, change: Callable[[str], str]) -> Any:
    if isinstance(node, str):
        return change(node)
    if isinstance(node, list):
        joined = change("".join(node)) if node and all(isinstance(item, str) for item in node) else None
        return joined.splitlines(keepends=True) if joined is not None else [_walk(item, change) for item in node]
    if isinstance(node, dict):
        return {change(key): _walk(value, change) for key, value in node.items()}
    return node
