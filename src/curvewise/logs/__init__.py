"""Training logs of other tools, read as runs: one file per format, none of which needs the tool."""
