"""Step 02: is the snapshot of the district's users whole and fresh."""

from __future__ import annotations

from collections.abc import Mapping

from playbook.clever.manifest import Manifest
from playbook.clever.snapshot import fetch_snapshot, read_snapshot
from playbook.clever.tables import ROLES as ROLE_TABLE
from playbook.district import ROLES
from playbook.road.context import open_accounts, open_clever
from playbook.road.done import Done, finish
from playbook.road.dual_read import DualRead, read_both
from playbook.road.former_roles import forget_shown_roles, remember_roles
from playbook.road.telling import Telling, plural
from playbook.run import Report, Run, make_private_directory
from playbook.sharing.summary import Bars, CountTable, Number, Verdict

STEP = "02_fetch_v3_users"
VERDICTS: Mapping[str, Verdict] = {"go": "go", "hold": "review", "no_go": "no_go"}


def fetch(run: Run, *, progress: Report | None = None, accept_loss: bool = False) -> Done:
    """Read the district from Clever into the run directory; goes on where an earlier attempt stopped.

    Args:
        run: The district's run.
        progress: Takes what is being read.
        accept_loss: A person has said that a mass disappearance is true.
    """
    telling = Telling(run, STEP, "Fetch v3 users")
    directory = run.path("snapshot", "manifest.json").parent
    make_private_directory(directory, root=run.directory)
    remember_roles(run)
    with open_clever(run) as clever:
        manifest = fetch_snapshot(
            clever,
            directory,
            now=run.now(),
            progress=progress,
            parallel=run.district.clever.parallel,
            known_ids=_known_ids(run),
            accept_loss=accept_loss,
            district_id=run.district_id,
        )
        roles = read_snapshot(directory).roles if manifest.complete else ROLE_TABLE.empty()
        if manifest.complete:
            forget_shown_roles(run, roles)
        both = read_both(run, clever, roles) if manifest.verdict != "no_go" else DualRead()
    multi = int((roles["user_id"].value_counts() > 1).sum())
    summary = telling.summary(
        both.verdict if manifest.verdict == "go" else VERDICTS[manifest.verdict],
        _headline(manifest),
        next_action=_next(manifest),
        numbers=_numbers(manifest, multi),
        tables=(_by_role(manifest), *both.tables),
        charts=(_chart(manifest),),
        notes=(*manifest.faults, *both.notes),
    )
    facts = {
        "users": manifest.users,
        "roles": dict(manifest.roles),
        "requests": manifest.requests,
        "retries": manifest.retries,
        "complete": manifest.complete,
        "old_ids": dict(both.counts),
        "snapshot": str(directory),
    }
    return finish(run, summary, facts)


def _known_ids(run: Run) -> list[str]:
    """Where a list may be cut so that its ranges can be read at once: ids that an account or a plan holds already."""
    if run.district.clever.parallel != "ranges":
        return []
    accounts = open_accounts(run).read()
    return sorted({*accounts["clever_id"], *accounts["v3_id"]} - {""})


def _is_refused(manifest: Manifest) -> bool:
    """Whether everything was read and yet not taken: the snapshot that stood there before still does."""
    return manifest.complete and manifest.verdict == "no_go"


def _next(manifest: Manifest) -> str:
    if _is_refused(manifest):
        return "Check what the district shares; if the loss is true, do this step again with --accept-loss."
    if manifest.complete:
        return "Pair accounts with users: step 03."
    return "Read the faults below, and run this step again; it goes on where it stopped."


def _headline(manifest: Manifest) -> str:
    if _is_refused(manifest):
        return f"What was read was not taken: {plural(len(manifest.faults), 'fault')}. The snapshot before it stands."
    if manifest.complete:
        return f"The snapshot is whole: {plural(manifest.users, 'user')} in {plural(manifest.requests, 'request')}."
    return f"The snapshot is not whole: {plural(len(manifest.faults), 'fault')}."


def _numbers(manifest: Manifest, multi: int) -> tuple[Number, ...]:
    return (
        Number("users", manifest.users),
        *(() if _is_refused(manifest) else (Number("people with several roles", multi),)),
        Number("requests", manifest.requests),
        Number("retries", manifest.retries),
    )


def _by_role(manifest: Manifest) -> CountTable:
    rows = tuple((role, manifest.roles.get(role, 0)) for role in ROLES)
    return CountTable("Roles in the snapshot; a person with two roles counts twice", ("role", "users"), rows)


def _chart(manifest: Manifest) -> Bars:
    bars = tuple((role, manifest.roles.get(role, 0)) for role in ROLES)
    return Bars("Users by role", bars, "Users by role: " + ", ".join(f"{role} {count:,}" for role, count in bars) + ".")
