"""Named safety checks: what each one fears, what to do about it, and whether it stops the plan.

A blocking check is passed by removing its cause, or by naming it in `[merge] acknowledge` of the district file.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping

from playbook.accounts.traps import RULES as TRAPS
from playbook.accounts.traps import Rule
from playbook.errors import AnswerIsNo, Fault, InputError
from playbook.merging.layout import Layout
from playbook.merging.plan import Check

RULES: Mapping[str, Rule] = {
    **TRAPS,
    "suspended_in_group": Rule(
        "people have a suspended account beside an active one; merging would let them in again, so they are held",
        'Settle these accounts by hand; or write [merge] acknowledge = ["suspended_in_group"], '
        "and the survivor's own status decides.",
        is_blocking=False,
    ),
    "group_too_large": Rule(
        "people have so many accounts, or rows to move, that merging them would lock the tables; they are held",
        'Look what shares the id, or write fold = "alias". For rows, raise [merge] max_rows; for accounts, write '
        '[merge] acknowledge = ["group_too_large"]; and apply when nobody works.',
        is_blocking=False,
    ),
    "many_unmatched": Rule(
        "more than one account in twenty that holds a Clever id has no user in the snapshot",
        "Check that the snapshot is whole and that all roles are shared with your application.",
    ),
    "many_held": Rule(
        "more than one account in twenty waits for a person's decision",
        "Work through the review queue first; nothing is written for a held account.",
        is_blocking=False,
    ),
    "old_ids_replaced": Rule(
        "the old ids are overwritten; only the journal in the database remembers them",
        'Write store = "beside"; or write [merge] acknowledge = ["old_ids_replaced"], and keep the journal until '
        "nobody can need an undo.",
    ),
    "ids_do_not_fit": Rule(
        "columns that ids would be written to are too narrow for them or not of text; a database may cut ids unasked",
        "Make the listed columns VARCHAR(24), or VARCHAR(32) where old ids are retired; then plan again.",
        can_be_acknowledged=False,
    ),
    "shared_id_is_unique": Rule(
        "several accounts are to share one v3 id, but the column that takes it is unique",
        "Make the column unique together with the role, or consolidate people instead.",
        can_be_acknowledged=False,
    ),
    "survivor_rule_blind": Rule(
        "a survivor rule looks at something that no account of the groups has",
        "Name the column in [accounts], or take the rule out of [merge] survivor.",
        is_blocking=False,
    ),
    "rows_without_key": Rule(
        "a table whose rows would be moved has no primary key, so an undo could not name them",
        'Add a primary key, or write fold = "alias".',
        can_be_acknowledged=False,
    ),
    "unique_rule_refused": Rule(
        "a rule of [merge.unique] writes what its column refuses: a suffix where no text is, or null where none may be",
        'Give the listed columns another rule, such as "keep".',
        can_be_acknowledged=False,
    ),
    "access_rows": Rule(
        "tables hold sessions, keys, tokens, grants or the like, and the plan would give these rows to another account",
        'Leave them where they are: [accounts] waive = ["TABLE.COLUMN"], each as listed; or, to move them like other '
        'rows, write [merge] acknowledge = ["access_rows"].',
    ),
    "access_kept": Rule(
        "tables hold sessions, keys, tokens, grants or the like; those of a folded account go on working",
        "Revoke the folded accounts' rows in the listed tables when the plan has been applied.",
        is_blocking=False,
    ),
    "contact_columns": Rule(
        "contacts without an account need columns that the playbook cannot fill",
        "Give the listed columns a default, or make the contacts' accounts yourself.",
        is_blocking=False,
    ),
}


def make_checks(
    things: Mapping[str, tuple[str, ...]], acknowledged: Iterable[str], *, counts: Mapping[str, int] | None = None
) -> tuple[Check, ...]:
    """Return the checks that found something, sorted by name.

    Args:
        things: For the name of a rule, the tables and columns that it is about.
        acknowledged: The names that the district file acknowledges.
        counts: For the name of a rule, how much it found, where that is not the number of its things.

    Raises:
        InputError: A name is acknowledged that no rule has.
    """
    names = set(acknowledged)
    if unknown := sorted(names - set(RULES)):
        raise InputError(
            "an unknown check is acknowledged",
            code="unknown_check",
            remedy="Correct [merge] acknowledge.",
            faults=[Fault("merge.acknowledge", f"{name} is not a check") for name in unknown],
        )
    found = {name: len(places) for name, places in things.items()} | dict(counts or {})
    return tuple(
        Check(
            name=name,
            message=RULES[name].message,
            remedy=RULES[name].remedy,
            count=count,
            blocking=RULES[name].is_blocking,
            acknowledged=name in names and RULES[name].can_be_acknowledged,
            things=things.get(name, ()),
        )
        for name, count in sorted(found.items())
        if count
    )


def refuse_unknown_rules(rules: Iterable[str], layout: Layout) -> None:
    """Raise if a rule of `[merge.unique]` names no unique index: it would never be asked.

    Raises:
        InputError: Code `unknown_unique`; each with the nearest that is there.
    """
    if unknown := sorted(name for name in rules if layout.misses_unique(name)):
        raise InputError(
            "a rule is for a unique index that is not there",
            code="unknown_unique",
            remedy="Correct [merge.unique]: the table, then all columns of the index in its own order.",
            faults=[
                Fault(f"merge.unique.{name}", "is no unique index that accounts' rows stand in", _near(name, layout))
                for name in unknown
            ],
        )


def _near(name: str, layout: Layout) -> str:
    known = layout.unique_names
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.4)
    return f"did you mean {near[0]}?" if near else f"known: {', '.join(known) or 'none'}"


def refuse_pending(checks: Iterable[Check], *, district_id: str) -> None:
    """Raise if a blocking check has not been acknowledged.

    Raises:
        AnswerIsNo: Code `checks_pending`; every pending check is listed with its remedy.
    """
    pending = [check for check in checks if check.is_pending]
    if pending:
        names = ", ".join(f'"{check.name}"' for check in pending if RULES[check.name].can_be_acknowledged)
        passing = f", or write [merge] acknowledge = [{names}]" if names else ""
        raise AnswerIsNo(
            f"{len(pending)} safety check{'s stop' if len(pending) > 1 else ' stops'} the plan",
            code="checks_pending",
            remedy=f"Follow each check's remedy{passing}; then plan again.",
            faults=[Fault(check.name, check.told, check.remedy) for check in pending],
            district_id=district_id,
        )
