"""What to type next: a summary names the next step of the road; at the command line that is a command, whole."""

from __future__ import annotations

import re
import shlex
from argparse import Namespace
from dataclasses import replace

from playbook.road.apply import EXECUTE
from playbook.road.done import Done
from playbook.run import COMMANDS
from playbook.sharing.summary import Summary

_WORDS = {**COMMANDS, "07": "apply"}
_NAMED = re.compile(r"(?:this step|step (?P<step>0\d)|playbook (?P<word>approve|verify))(?:\.$)?")


def with_commands(done: Done, arguments: Namespace) -> Summary:
    """Return a step's summary with every step that its next action names written as the command to type."""
    text, plan = done.summary.next_action, str(done.facts.get("plan", ""))
    if text == EXECUTE:
        text = f"Do it: {command_line(arguments.command, arguments, plan)} --execute"

    def write(named: re.Match[str]) -> str:
        step = named["step"]
        if step and step not in _WORDS:
            return f"{command_line('run', arguments)} --from {step}"
        return command_line(named["word"] or _WORDS.get(step or "", arguments.command), arguments, plan)

    return replace(done.summary, next_action=_NAMED.sub(write, text))


def command_line(word: str, arguments: Namespace, plan: str = "") -> str:
    """Return a command of the same district and the same run directory, ready to be typed."""
    words = ["playbook", word, str(arguments.district)]
    if word in ("apply", "undo", "approve"):
        words += ["--plan", plan]
    if word == "approve":
        words += ["--by", "WHO"]
    if arguments.out:
        words += ["--out", str(arguments.out)]
    return shlex.join(words)
