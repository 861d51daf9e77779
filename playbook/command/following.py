"""What to type next: a summary names the next step of the road; at the command line that is a command, whole."""

from __future__ import annotations

import re
import shlex
from argparse import Namespace
from dataclasses import replace

from playbook.road.apply import EXECUTE
from playbook.road.done import Done
from playbook.sharing.summary import Summary

_WORDS = {"02": "fetch", "03": "match", "04": "plan", "05": "preview", "06": "rehearse", "07": "apply"}
_NAMED = re.compile(r"(?:this step|step (?P<step>0\d)|playbook (?P<word>approve|verify))(?:\.$)?")


def with_commands(done: Done, arguments: Namespace) -> Summary:
    """Return a step's summary with every step that its next action names written as the command to type."""
    text = done.summary.next_action
    if text == EXECUTE:
        text = f"Do it: {_command(arguments.command, done, arguments)} --execute"

    def write(named: re.Match[str]) -> str:
        step = named["step"]
        if step and step not in _WORDS:
            return f"{_command('run', done, arguments)} --from {step}"
        return _command(named["word"] or _WORDS.get(step or "", arguments.command), done, arguments)

    return replace(done.summary, next_action=_NAMED.sub(write, text))


def _command(word: str, done: Done, arguments: Namespace) -> str:
    words = ["playbook", word, str(arguments.district)]
    if word in ("apply", "undo", "approve"):
        words += ["--plan", str(done.facts["plan"])]
    if word == "approve":
        words += ["--by", "WHO"]
    if arguments.out:
        words += ["--out", str(arguments.out)]
    return shlex.join(words)
