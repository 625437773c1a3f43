"""``curvewise show``."""

from __future__ import annotations

from pathlib import Path

import click

from curvewise.cli.options import debug_option, json_option


@click.command(short_help="Show a study, one of its trials, or its curves.")
@click.argument("folder", metavar="DIR")
@click.option(
    "--trial", type=click.IntRange(min=0), metavar="N", help="One trial: its curve, and why it ended."
)
@click.option("--figure", metavar="FILE", help="Draw all curves: FILE.png, .svg or .pdf.")
@json_option
@debug_option
def show(folder: str, trial: int | None, figure: str | None, as_json: bool) -> None:
    """Show the study in DIR, finished or still running.

    \b
    Examples:
      curvewise show runs/digits-1
      curvewise show runs/digits-1 --trial 12
      curvewise show runs/digits-1 --figure curves.svg
    """
    from curvewise.cli.history import events_of
    from curvewise.cli.streams import show as show_text
    from curvewise.cli.streams import show_json
    from curvewise.cli.whole_file import write_whole
    from curvewise.curves.ledger import Ledger
    from curvewise.report.summary import summarise
    from curvewise.report.text import renderable
    from curvewise.report.trial import describe
    from curvewise.report.trial_text import trial_report

    events = events_of(folder)
    ledger = Ledger.of(events)
    if figure is not None:
        from curvewise.report.figures import draw

        write_whole(Path(figure), draw(ledger, Path(figure).suffix.lstrip(".").lower()))
        click.echo(f"wrote {figure}", err=True)
        if trial is None and not as_json:
            return
    if trial is not None:
        described = describe(events, ledger, trial)
        show_json(described) if as_json else show_text(trial_report(described))
    else:
        show_json(summarise(ledger, folder)) if as_json else show_text(renderable(ledger, folder))
