"""Everything that knows a notebook exists: parameters, runner, controls, progress; and the fleet."""

from playbook.desk.step import close_step, open_step

__all__ = ["close_step", "open_step"]
