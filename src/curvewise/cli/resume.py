"""``curvewise resume``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Unpack

import click

from curvewise.cli.options import BudgetText, Talking, debug_option, json_option, talk_options

if TYPE_CHECKING:
    from curvewise.report.observer import Observer
    from curvewise.study import Study


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

    def run(observer: Observer) -> Study:
        from curvewise.tuning import resume  # after the live view is there: it imports torch

        typed = context.obj
        return resume(folder, budget=budget, observer=observer, command=typed.command, started=typed.started)

    return watch(run, Manner(**talking), folder)
