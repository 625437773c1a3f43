"""``curvewise resume``."""

from __future__ import annotations

from typing import Unpack

import click

from curvewise.cli.options import BudgetText, Talking, debug_option, json_option, talk_options


@click.command(short_help="Go on with a study as if it had never stopped.")
@click.argument("folder", metavar="DIR")
@click.option(
    "--budget",
    type=BudgetText(),
    metavar="TOTAL",
    help="The budget in all, what was spent included.  [default: as before]",
)
@json_option
@talk_options
@debug_option
@click.pass_context
def resume(context: click.Context, folder: str, budget: str | None, **talking: Unpack[Talking]) -> int:
    """Go on with the study in DIR, from its last snapshot.

    \b
    Examples:
      curvewise resume runs/digits-1
      curvewise resume runs/digits-1 --budget 10m
    """
    from curvewise.cli.study import Manner, watch
    from curvewise.tune import resume as run

    return watch(
        lambda observer: run(
            folder,
            budget=budget,
            observer=observer,
            command=context.obj.command,
            started=context.obj.started,
        ),
        Manner(**talking),
        folder,
    )
