"""The patch: what can be changed without anybody's judgment, as one unified diff; the rest is left alone with a reason.

Every edit is checked before it is kept: the file is read anew, it must parse no worse, and the place must show as v3.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from playbook.audit.audit import Audit
from playbook.audit.findings import Finding
from playbook.audit.plan import Edit, Plan, make_plan
from playbook.audit.rewrite import Left, rewrite_version
from playbook.audit.rules.endpoint import find_endpoints
from playbook.audit.rules.events import find_event_types
from playbook.audit.view import View


@dataclass(frozen=True, slots=True)
class Patch:
    """A unified diff and what it does.

    Attributes:
        diff: For `patch -p0` or `git apply -p0`; empty where nothing can be changed.
        changed: The places that it changes, as (path, line).
        left: The places that it leaves alone, with the reason.
    """

    diff: bytes
    changed: tuple[tuple[str, int], ...]
    left: tuple[Left, ...]


def make_patch(audit: Audit, base: Path | None = None) -> Patch:
    """Return the patch of an audit's endpoints, bases, versions and record types.

    A base or version that several places share moves only when every place on it moves with it: half a client on v3 is
    worse than none. Which base a place rests on is often told in no source (a client is handed over, a version comes
    from a setting), so all of a project's are taken for one. Its requests for events, filters and handlers of them are
    held together in the same way.

    Args:
        audit: What was found.
        base: Where the patch will be applied; files below it are named from it, because no tool patches `/an/absolute`
            name.
    """
    prefix = f"{base.as_posix()}/" if base else ""
    found: dict[str, list[Finding]] = {}
    for finding in audit.found:
        found.setdefault(finding.path, []).append(finding)
    plans = [make_plan(path, audit.sources[path], found[path]) for path in sorted(found) if path in audit.sources]
    for project in sorted({plan.project for plan in plans}):
        own = [plan for plan in plans if plan.project == project]
        _hold_together(own, is_blind=_is_blind([finding for plan in own for finding in found[plan.path]]))
    return Patch(
        b"".join(plan.diff(plan.path.removeprefix(prefix)) for plan in plans),
        tuple(sorted({(each.path, each.line) for plan in plans for edit in plan.edits for each in edit.findings})),
        tuple(sorted((left for plan in plans for left in plan.left), key=lambda each: (each.path, each.line))),
    )


def _is_blind(found: Iterable[Finding]) -> bool:
    """Say whether the type of `/me` is read, and no request for it is known: any base may be the one that it is on."""
    still = [finding for finding in found if finding.state != "already_v3"]
    is_read = any(finding.kind == "identity_me_type" for finding in still)
    return is_read and not any(finding.legacy.endswith("/me") for finding in still)


def _hold_together(plans: list[Plan], *, is_blind: bool) -> None:
    """Hold back what must not move alone, until nothing more has to be: each place that stays may hold others."""
    proven: dict[str, int] = {}
    is_settled = False
    while not is_settled:
        left = sum(len(plan.left) for plan in plans)
        for plan in plans:
            if plan.edits and proven.get(plan.path) != len(plan.edits):
                _prove(plan)
                proven[plan.path] = len(plan.edits)
        is_stuck = is_blind or any(plan.blocks_base for plan in plans)
        is_used = any(edit.is_on_base and edit.is_request for plan in plans for edit in plan.edits)
        has_events = any(plan.blocks_events for plan in plans)
        for plan in plans:
            if has_events:
                plan.hold("other places that ask for events or handle them need judgment", _is_of_events)
            if is_stuck:
                plan.hold("it shares its base with a place that needs judgment", _is_on_base)
            if not is_used:
                plan.hold("no request that is built with it is known", _is_base)
        is_settled = left == sum(len(plan.left) for plan in plans)


def _is_of_events(edit: Edit) -> bool:
    return edit.is_of_events


def _is_base(edit: Edit) -> bool:
    return edit.is_on_base and not edit.is_request


def _is_on_base(edit: Edit) -> bool:
    return edit.is_on_base or edit.is_of_test


def _prove(plan: Plan) -> None:
    """Hold back the edits after which the file reads worse, or their places would not show as v3."""
    known = replace(
        plan.known,
        versions=frozenset("v3.1" for _ in plan.known.versions),
        constants={
            name: tuple(rewrite_version(text) for text in texts) for name, texts in plan.known.constants.items()
        },
    )
    before, after = plan.view(plan.content, plan.known), plan.view(plan.applied(), known)
    if before is None or after is None or len(after.reading.faults) > len(before.reading.faults):
        plan.hold("the file would no longer parse", lambda _: True)
        return
    try:
        still = _still_on_v2(after)
    except Exception:  # a rule meets code that nobody thought of
        plan.hold("what it would become cannot be judged", lambda _: True)
        return
    plan.hold("it would not show as v3 afterwards", lambda edit: any(each.line in still for each in edit.findings))


def _still_on_v2(view: View) -> set[int]:
    return {
        finding.line
        for finding in (*find_endpoints(view), *find_event_types(view))
        if finding.state != "already_v3" and (finding.kind == "endpoint" or finding.variant == "record_type")
    }
