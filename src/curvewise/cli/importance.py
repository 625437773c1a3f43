"""``curvewise importance``."""

from __future__ import annotations

from pathlib import Path

import click

from curvewise.cli.options import debug_option, json_option


@click.command(short_help="What every hyperparameter did in a study.")
@click.argument("folder", metavar="DIR")
@click.option("--figure", metavar="FILE", help="Draw error against the strongest: FILE.png, .svg or .pdf.")
@json_option
@debug_option
def importance(folder: str, figure: str | None, as_json: bool) -> None:
    """Say what every hyperparameter did in the study in DIR, and how sure that is.

    All trials of the race count, those that were stopped too: they are compared
    at equal age. A share is of what hyperparameters make of a trial's place.

    \b
    Examples:
      curvewise importance runs/digits-1
      curvewise importance runs/digits-1 --figure mattered.svg
      curvewise importance runs/digits-1 --json
    """
    from curvewise.cli.history import events_of
    from curvewise.cli.streams import show, show_json
    from curvewise.cli.whole_file import write_whole
    from curvewise.curves.ledger import Ledger
    from curvewise.report.importance.record import importances_of
    from curvewise.report.mattered import listing

    ledger = Ledger.of(events_of(folder))
    found = importances_of(ledger, folder)
    if figure is not None:
        from curvewise.report.importance_figure import draw

        write_whole(Path(figure), draw(ledger, found.importance, Path(figure).suffix.lstrip(".").lower()))
        click.echo(f"wrote {figure}", err=True)
        if not as_json:
            return
    show_json(found) if as_json else show(listing(found.importance, ledger))
