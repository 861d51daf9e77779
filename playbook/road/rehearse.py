"""Step 06: will sign-in and events work on the day."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from playbook.cutover.events import EFFECTS, REPLAYED, Replay
from playbook.cutover.identity import FAULTS, ODDITIES, IdentityCheck
from playbook.cutover.sign_ins import REASONS, rehearse_sign_ins
from playbook.cutover.table import SIGN_INS, VERDICTS
from playbook.merging.plan import Plan
from playbook.road.done import Done, finish
from playbook.road.live import check_logins, is_too_old, replay_feed
from playbook.road.match import load_accounts, load_matches, load_snapshot
from playbook.road.plan import load_destinations
from playbook.road.plans import load_plan
from playbook.road.telling import Telling, plural
from playbook.run import Report, Run
from playbook.sharing.summary import Bars, CountTable, Number
from playbook.tables import records

STEP = "06_rehearse_cutover"

SAYS = {
    "same": "the same account answers",
    "merged": "the account that stands for the person answers",
    "new": "nobody answered before; an account will be made",
    "held": "waits for a decision; the old look-up still finds the account",
    "blocked": "the account that answers is suspended",
    "lost": "somebody answered before and nobody, or a stranger, would answer after",
}


def rehearse(run: Run, *, progress: Report | None = None) -> Done:
    """Rehearse every user's sign-in in every role, check real logins, and replay the events feed."""
    telling = Telling(run, STEP, "Rehearse cut-over")
    plan, snapshot = load_plan(run), load_snapshot(run)
    sign_ins = rehearse_sign_ins(
        snapshot.roles,
        load_accounts(run),
        load_destinations(run),
        people=run.district.merge.people,
        awaited=load_matches(run).awaited_users(),
    )
    run.write_table(sign_ins, SIGN_INS, "rehearsal", "sign_in.parquet")
    logins = check_logins(run, snapshot.roles)
    replay = replay_feed(run, snapshot.roles)
    if replay:
        run.write_table(replay.events, REPLAYED, "rehearsal", "events.parquet")
    is_old = is_too_old(run, snapshot.manifest.finished)
    counts = {verdict: int((sign_ins["verdict"] == verdict).sum()) for verdict in VERDICTS}
    wrong_logins = sum(not login.is_ok for login in logins.values())
    is_stopped = bool(counts["lost"] or wrong_logins or is_old or (replay and replay.verdict == "no"))
    summary = telling.summary(
        "no_go" if is_stopped else "review" if counts["blocked"] else "go",
        _headline(counts),
        next_action=_next(plan, is_stopped=is_stopped),
        numbers=(
            Number("sign-ins rehearsed", len(sign_ins), "every user in every role; the numbers below add up to it"),
            Number("reach their account", _reaching(counts), "the same, or the one that stands for the person"),
            *(Number(verdict, counts[verdict], SAYS[verdict]) for verdict in ("new", "held", "blocked", "lost")),
        ),
        tables=(_verdicts(counts, len(sign_ins)), _reasons(sign_ins), *_logins(logins), *_events(replay)),
        charts=(_chart(counts),),
        notes=_notes(logins, replay, is_old=is_old),
        fingerprint=plan.sha256,
    )
    facts = {
        "sign_ins": len(sign_ins),
        "verdicts": counts,
        "logins": {role: list(login.faults) for role, login in logins.items()},
        "events": replay.counts if replay else {},
        "plan": plan.sha256,
    }
    return finish(run, summary, facts)


def _next(plan: Plan, *, is_stopped: bool) -> str:
    if is_stopped:
        return "Read the faults below, and ask `playbook why` about the lost ones."
    if any(check.is_pending for check in plan.header.checks):
        return "Settle what stops the plan: step 04."
    return "Apply the plan, dry first: step 07."


def _logins(logins: Mapping[str, IdentityCheck]) -> tuple[CountTable, ...]:
    rows = tuple(
        (role, "works" if login.is_ok else "does not work", " ".join(_sentences(login)))
        for role, login in logins.items()
    )
    return (CountTable("One real login a role", ("role", "sign-in", "what it showed"), rows),) if rows else ()


def _sentences(login: IdentityCheck) -> list[str]:
    faults = [FAULTS[code] for code in login.faults]
    return [f"{text}." for text in (*faults, *(ODDITIES[code] for code in login.oddities))]


def _events(replay: Replay | None) -> tuple[CountTable, ...]:
    if replay is None:
        return ()
    rows = tuple((EFFECTS[effect], count) for effect, count in replay.counts.items())
    return (CountTable("The events feed, replayed on the snapshot", ("what the event does", "events"), rows),)


def _notes(logins: Mapping[str, IdentityCheck], replay: Replay | None, *, is_old: bool) -> tuple[str, ...]:
    notes = []
    if not logins:
        notes.append("No real login was tried: the district file names none in [clever] logins.")
    if replay is None:
        notes.append("The district's events are not shared with the app; nothing was replayed.")
    elif replay.missed_by_type:
        notes.append(
            f"A consumer that still looks for v2 event types would miss {plural(replay.missed_by_type, 'event')}."
        )
    if replay and replay.braked_roles:
        notes.append(
            f"The feed would deactivate more than a tenth of: {', '.join(replay.braked_roles)}. Do not apply it."
        )
    if is_old:
        notes.append("The snapshot is older than Clever keeps events; fetch it again before you cut over.")
    return tuple(notes)


def _headline(counts: dict[str, int]) -> str:
    if counts["lost"]:
        return f"{plural(counts['lost'], 'sign-in')} would be lost; do not cut over."
    reach = f"{_reaching(counts):,} reach their account"
    return f"No sign-in is lost: of {plural(sum(counts.values()), 'sign-in')}, {reach}."


def _reaching(counts: dict[str, int]) -> int:
    return counts["same"] + counts["merged"]


def _verdicts(counts: dict[str, int], total: int) -> CountTable:
    rows = [(verdict, count, SAYS[verdict]) for verdict, count in counts.items()]
    return CountTable(
        "Every sign-in, before and after", ("verdict", "sign-ins", "what it says"), (*rows, ("sum", total, ""))
    )


def _reasons(sign_ins: pd.DataFrame) -> CountTable:
    counts = sign_ins.groupby(["verdict", "reason", "role"]).size().reset_index(name="sign_ins")
    rows = tuple((r["verdict"], r["role"], REASONS[r["reason"]], r["sign_ins"]) for r in records(counts))
    return CountTable("Why, by role", ("verdict", "role", "why", "sign-ins"), rows)


def _chart(counts: dict[str, int]) -> Bars:
    bars = tuple(counts.items())
    return Bars("Sign-ins by verdict", bars, "Sign-ins by verdict: " + ", ".join(f"{v} {n:,}" for v, n in bars) + ".")
