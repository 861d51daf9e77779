"""Where the values that Clever sent go: through names, calls and parameters, in a file and from file to file."""
