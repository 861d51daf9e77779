"""The steps of the road: each reads what earlier steps wrote, calls the rooms, writes its artefacts and its summary."""

from playbook.road.apply import apply, sql_of, undo, verify
from playbook.road.approve import approve
from playbook.road.asking import explain, watch
from playbook.road.audit import places_to_change, tell_patch
from playbook.road.audited import audit_sources
from playbook.road.done import Done
from playbook.road.erase import erase
from playbook.road.hand_over import scan_file, share
from playbook.road.rekey import rekey
from playbook.road.steps import STEPS, run_step

__all__ = [
    "STEPS",
    "Done",
    "apply",
    "approve",
    "audit_sources",
    "erase",
    "explain",
    "places_to_change",
    "rekey",
    "run_step",
    "scan_file",
    "share",
    "sql_of",
    "tell_patch",
    "undo",
    "verify",
    "watch",
]
