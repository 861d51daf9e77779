"""What a step hands back: its summary for people, and its facts for scripts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from playbook.run import Run
from playbook.sharing.summary import Summary


@dataclass(frozen=True, slots=True)
class Done:
    """A step that ran to its end, whatever its answer.

    Attributes:
        summary: The answer for people; written to `summary/NN.json`.
        facts: The keys of the command's `--json` document; paths and counts, no people.
    """

    summary: Summary
    facts: Mapping[str, Any]

    @property
    def exit_code(self) -> int:
        """0 where the road goes on, 1 where the answer is no."""
        return 1 if self.summary.verdict == "no_go" else 0


def finish(run: Run, summary: Summary, facts: Mapping[str, Any]) -> Done:
    """Write a step's summary where pages, notebooks and the bundle read it."""
    run.write_json(summary.to_document(), "summary", f"{summary.step[:2]}.json")
    return Done(summary, facts)
