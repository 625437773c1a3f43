"""The command line: one file per command, and what people see while a study runs."""
