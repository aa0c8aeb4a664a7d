"""The command line: a module a verb. Each has `add_parser`, and a function that returns the exit status."""
