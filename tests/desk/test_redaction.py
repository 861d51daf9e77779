"""What of an executed notebook reaches the disk."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from playbook.desk.redaction import RedactingWriter, redact_notebook

SECRET = "sentinel-token-7f3a"
PERSON = "Marisol Ybarra-Quandt"


def notebook(*outputs: dict[str, Any], source: str = "step") -> str:
    """A notebook with one code cell, as papermill would write it."""
    cell = {
        "cell_type": "code",
        "source": [source],
        "outputs": list(outputs),
        "metadata": {"tags": ["x"], "papermill": {"exception": False}, "execution": {"iopub.status.busy": "now"}},
    }
    metadata = {"papermill": {"parameters": {"a": SECRET}}, "widgets": {"state": PERSON}, "kernelspec": {"name": "x"}}
    return json.dumps({"cells": [cell], "metadata": metadata})


def test_no_secret_is_left_anywhere() -> None:
    """Source, stream, HTML, error text, traceback and metadata: the secret is masked in each, even over two lines."""
    text = notebook(
        {"output_type": "stream", "name": "stdout", "text": [f"a {SECRET[:5]}", f"{SECRET[5:]} b\n"]},
        {
            "output_type": "display_data",
            "data": {"text/html": [SECRET], "text/plain": SECRET},
            "metadata": {"k": SECRET},
        },
        {"output_type": "error", "ename": "ServiceError", "evalue": SECRET, "traceback": [SECRET]},
        source=f"token = '{SECRET}'",
    )

    redacted = redact_notebook(text, [SECRET])

    assert SECRET not in redacted
    assert SECRET[5:] not in redacted
    assert "***" in redacted


def test_a_foreign_error_keeps_its_place_and_loses_its_words() -> None:
    """An error that is not ours may quote a row; its kind and its places are enough for an engineer."""
    traceback = [f"\x1b[31mFile /app/step.py:12\x1b[0m in match({PERSON!r})", f"KeyError: '{PERSON}'"]
    text = notebook({"output_type": "error", "ename": "KeyError", "evalue": repr(PERSON), "traceback": traceback})

    output = json.loads(redact_notebook(text))["cells"][0]["outputs"][0]

    assert output["ename"] == "KeyError"
    assert output["traceback"] == ["/app/step.py:12"]
    assert PERSON not in json.dumps(output)


def test_our_errors_keep_their_words() -> None:
    """Our own messages hold no person, and say what to do."""
    text = notebook({"output_type": "error", "ename": "StepMissing", "evalue": "run 03 first", "traceback": ["x"]})

    assert json.loads(redact_notebook(text))["cells"][0]["outputs"][0]["evalue"] == "run 03 first"


def test_widgets_unknown_types_and_notes_are_dropped() -> None:
    """Widget state holds people's names, papermill's notes hold parameters, and pixels cannot be searched."""
    data = {"text/plain": "ok", "application/vnd.plotly.v1+json": PERSON, "image/png": "aGk="}
    redacted = json.loads(redact_notebook(notebook({"output_type": "display_data", "data": data, "metadata": {}})))

    assert redacted["metadata"] == {"kernelspec": {"name": "x"}}
    assert redacted["cells"][0]["metadata"] == {"tags": ["x"]}
    assert redacted["cells"][0]["outputs"][0]["data"] == {"text/plain": "ok"}


@given(st.text(), st.lists(st.text(min_size=4), max_size=3))
def test_redacting_twice_changes_nothing_more(text: str, secrets: list[str]) -> None:
    """Redaction is idempotent."""
    once = redact_notebook(notebook({"output_type": "stream", "name": "stdout", "text": text}), secrets)

    assert redact_notebook(once, secrets) == once


def test_only_the_redacted_file_ever_exists(tmp_path: Path) -> None:
    """The writer leaves one file, redacted, its owner's alone."""
    writer = RedactingWriter([SECRET, ""])

    writer.write(notebook(source=SECRET), f"redacted://{tmp_path / 'nb.ipynb'}")

    assert [path.name for path in tmp_path.iterdir()] == ["nb.ipynb"]
    assert stat.S_IMODE((tmp_path / "nb.ipynb").stat().st_mode) == 0o600
    assert SECRET not in writer.read(f"redacted://{tmp_path / 'nb.ipynb'}")
