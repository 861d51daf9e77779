"""The second pair of eyes: approval of a plan's permission gains, bound to the plan and to the gains themselves."""

from __future__ import annotations

from argparse import Namespace

from playbook import road
from playbook.command.following import command_line
from playbook.command.printing import Printer
from playbook.road.context import open_district
from playbook.settings import Settings


def approve(arguments: Namespace, settings: Settings, printer: Printer) -> int:
    """Record an approval; refused from the planner, for another plan, or for gains that changed since."""
    run = open_district(arguments.district, settings, directory=arguments.out)
    approval = road.approve(run, plan_hash=arguments.plan, approver=arguments.by)
    printer.say(f"Approved: {approval['gains']} gains of plan {approval['plan'][:12]}, until {approval['expires_at']}.")
    printer.say(f"Next: {command_line('apply', arguments, approval['plan'])}")
    printer.document(approval)
    return 0
