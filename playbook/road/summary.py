"""What a step says when it is done: see `playbook.sharing.summary`."""

from playbook.sharing.summary import Bars, Check, CountTable, Number, Summary, read_summary, worst

__all__ = ["Bars", "Check", "CountTable", "Number", "Summary", "read_summary", "worst"]
