"""Step 06: will sign-in and events work on the day."""

from __future__ import annotations

import pandas as pd

from playbook.cutover.sign_ins import REASONS, rehearse_sign_ins
from playbook.cutover.table import SIGN_INS, VERDICTS
from playbook.road.done import Done, finish
from playbook.road.match import load_accounts, load_snapshot
from playbook.road.plan import load_destinations, load_plan
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
    """Rehearse the sign-in of every user in every role, before and after the plan."""
    telling = Telling(run, STEP, "Rehearse cut-over")
    plan = load_plan(run)
    sign_ins = rehearse_sign_ins(
        load_snapshot(run).roles, load_accounts(run), load_destinations(run), people=run.district.merge.people
    )
    run.write_table(sign_ins, SIGN_INS, "rehearsal", "sign_in.parquet")
    counts = {verdict: int((sign_ins["verdict"] == verdict).sum()) for verdict in VERDICTS}
    lost = counts["lost"]
    summary = telling.summary(
        "no_go" if lost else "review" if counts["blocked"] else "go",
        _headline(counts),
        next_action="Ask `playbook why` about the lost ones." if lost else "Apply the plan, dry first: step 07.",
        numbers=(
            Number("sign-ins rehearsed", len(sign_ins), "every user in every role"),
            *(Number(verdict, counts[verdict], SAYS[verdict]) for verdict in ("same", "merged", "new", "held", "lost")),
        ),
        tables=(_verdicts(counts, len(sign_ins)), _reasons(sign_ins)),
        charts=(_chart(counts),),
        fingerprint=plan.sha256,
    )
    return finish(run, summary, {"sign_ins": len(sign_ins), "verdicts": counts, "plan": plan.sha256})


def _headline(counts: dict[str, int]) -> str:
    if counts["lost"]:
        return f"{plural(counts['lost'], 'sign-in')} would be lost; do not cut over."
    reach = counts["same"] + counts["merged"]
    return f"No sign-in is lost: of {plural(sum(counts.values()), 'sign-in')}, {reach:,} reach their account."


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
