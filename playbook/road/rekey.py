"""Changing the key that the journal is encrypted with; every plan can be taken back before, meanwhile and after."""

from __future__ import annotations

from playbook.applying.rekeying import rekey as rekey_runs
from playbook.road.context import open_database, open_keys
from playbook.road.done import Done
from playbook.road.telling import NOTHING_CHANGED, Telling, plural
from playbook.run import Run

STEP = "07_apply_and_verify"


def rekey(run: Run, *, execute: bool = False) -> Done:
    """Encrypt the keys of all plans that can be taken back with the key of now, or say how many there are.

    Raises:
        InputError: A plan was encrypted with a key that is not there; nothing was written.
        AnswerIsNo: Another plan of the district is being applied.
    """
    telling, source = Telling(run, STEP, "Change the journal's key"), open_database(run)
    keys = open_keys(run, source)
    count = rekey_runs(source, district_id=run.district_id, keys=keys, now=run.now(), execute=execute)
    what = f"{plural(count, 'run')} of the journal"
    summary = telling.summary(
        "go",
        f"The new key opens {what}." if execute else f"Dry run: the new key would open {what}.",
        changed=f"The keys of {what} were encrypted anew." if execute and count else NOTHING_CHANGED,
        next_action=_next(is_ours=keys.are_ours) if execute else "The same command with --execute does it.",
    )
    return Done(summary, {"executed": execute, "runs": count})


def _next(*, is_ours: bool) -> str:
    if is_ours:
        return "Nothing: the key before was destroyed."
    return "Take the key before out of [privacy] journal_keys_before, and destroy it where it is kept."
