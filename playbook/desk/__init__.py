"""Everything that knows a notebook exists: parameters, runner, controls, progress; and the fleet."""
