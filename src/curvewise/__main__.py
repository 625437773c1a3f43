"""``python -m curvewise``: the command line."""

from curvewise.cli.main import run

raise SystemExit(run())
