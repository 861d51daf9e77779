"""Step 08: go or no-go, the pages, and the bundle that support may see."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from playbook.road.context import open_run_directory
from playbook.road.done import Done, finish
from playbook.road.telling import Telling, plural
from playbook.run import Report, Run
from playbook.settings import Settings
from playbook.sharing.bundle import make_bundle
from playbook.sharing.forbidden import read_forbidden
from playbook.sharing.pages import read_summaries, write_pages
from playbook.sharing.scanner import scan
from playbook.sharing.summary import VERDICTS, CountTable, Number, Summary, worst

STEP = "08_hand_over"
LAST = "08"


def hand_over(run: Run, *, progress: Report | None = None) -> Done:
    """Judge the whole road, write the pages and the bundle, and prove that neither names anybody."""
    telling = Telling(run, STEP, "Hand over")
    steps = [summary for summary in read_summaries(run) if summary.step[:2] != LAST]
    verdict = worst([step.verdict for step in steps])
    waiting = [step for step in steps if step.verdict != "go"]
    held = _number(steps, "04_merge_accounts", "held")
    lost = _number(steps, "06_rehearse_cutover", "lost")
    summary = telling.summary(
        verdict,
        _headline(verdict, len(waiting)),
        next_action=_next(waiting),
        numbers=(
            Number("accounts", _number(steps, "03_match_accounts", "accounts")),
            Number("get their v3 id", _number(steps, "04_merge_accounts", "get their v3 id")),
            Number("folded", _number(steps, "04_merge_accounts", "folded"), "into another account of the same person"),
            Number("held", held, "a person must decide"),
            Number("gains", _number(steps, "05_preview_permissions", "gains"), "rights that a login lacked"),
            Number("sign-ins lost", lost),
        ),
        tables=(
            CountTable(
                "The road",
                ("step", "verdict", "what it found"),
                tuple((s.title, VERDICTS[s.verdict], s.headline) for s in steps),
            ),
        ),
        fingerprint=next((step.fingerprint for step in reversed(steps) if step.fingerprint), ""),
    )
    done = finish(run, summary, {"held": held, "sign_ins_lost": lost})
    pages = write_pages(run, read_summaries(run))
    bundle = make_bundle(run, run.path("share", "bundle.zip"))
    return Done(
        done.summary, {**done.facts, "pages": str(pages), "bundle": str(bundle.path), "searched": bundle.searched}
    )


def share(directory: Path, out: Path, *, level: str, settings: Settings) -> dict[str, Any]:
    """Make the bundle of a run directory.

    Raises:
        AnswerIsNo: The scanner found somebody; no file was written.
    """
    bundle = make_bundle(open_run_directory(directory, settings), out, level)
    return {
        "bundle": str(bundle.path),
        "level": bundle.level,
        "files": len(bundle.files),
        "searched": bundle.searched,
        "sha256": bundle.sha256,
    }


def scan_file(file: Path, directory: Path, *, settings: Settings) -> dict[str, Any]:
    """Search a file for everybody and every secret of a run.

    Raises:
        InputError: The file or the run directory is not there, or the run holds nobody.
    """
    forbidden = read_forbidden(open_run_directory(directory, settings))
    forbidden.refuse_empty()
    found = scan(file, forbidden)
    hits = [{"where": hit.where, "kind": hit.kind, "encoding": hit.encoding} for hit in found.hits]
    return {"clean": found.clean, "hits": hits, "searched": found.searched}


def _headline(verdict: str, waiting: int) -> str:
    if verdict == "go":
        return "Every step says go."
    says = f"{plural(waiting, 'step')} {'asks' if waiting == 1 else 'ask'} for a person"
    return f"{says}; do not cut over yet." if verdict == "no_go" else f"{says}; nothing stops the cut-over."


def _next(waiting: list[Summary]) -> str:
    if not waiting:
        return "Hand share/bundle.zip to support."
    numbers = [summary.step[:2] for summary in waiting]
    listed = numbers[0] if len(numbers) == 1 else f"{', '.join(numbers[:-1])} and {numbers[-1]}"
    return f"Settle what step{'s' * (len(numbers) > 1)} {listed} ask for; share/bundle.zip is ready for support."


def _number(steps: list[Summary], step: str, label: str) -> int:
    """Return one number of one step; zero where the step has not run."""
    return next((n.value for s in steps if s.step == step for n in s.numbers if n.label == label), 0)
