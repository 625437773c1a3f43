"""``curvewise doctor``."""

from __future__ import annotations

import click

from curvewise.cli.options import debug_option, json_option


@click.command(short_help="What will run fast on this machine, and what will not.")
@json_option
@debug_option
def doctor(as_json: bool) -> None:
    """Look at this machine: versions, cores, compiler, kernels, and how long a training step takes.

    \b
    Examples:
      curvewise doctor
      curvewise doctor --json
    """
    from curvewise.cli.examination import examine
    from curvewise.cli.streams import show, show_json
    from curvewise.report.machine import machine_text

    machine = examine()
    show_json(machine) if as_json else show(machine_text(machine))
