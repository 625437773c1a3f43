"""``curvewise watch``."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict, Unpack

import click

from curvewise.cli.failure import INTERRUPTED
from curvewise.cli.options import column_options, debug_option

if TYPE_CHECKING:
    from curvewise.cli.following import Following
    from curvewise.cli.watching import View

TICK = 1.0
"""Seconds between looks; what a look may cost is limited where it is taken."""


class Options(TypedDict):
    """What the command line gives."""

    path: str
    x: str | None
    train: str | None
    valid: str | None
    once: bool
    as_json: bool


@click.command(short_help="Follow training logs as they grow, and raise what becomes certain.")
@click.argument("path")
@column_options
@click.option("--once", is_flag=True, help="Show how it stands now, and end.")
@click.option("--json", "as_json", is_flag=True, help="A line of JSON on stdout for each new finding.")
@debug_option
def watch(**options: Unpack[Options]) -> int:
    """Follow the training logs at PATH, a file or a folder, and diagnose them as they grow.

    A table shows every run with its last losses and the verdict so far; a finding is raised when two
    looks agree on it, once. Logs may appear, be cut short or be replaced meanwhile. It takes at most
    4 % of a core. Ctrl-C ends it.

    \b
    Examples:
      curvewise watch lightning_logs
      curvewise watch train.log --json >> findings.jsonl
      curvewise watch runs --once
    """
    from curvewise.cli.paths import STANDARD_INPUT, absent, one_error

    path = options["path"]
    if path == STANDARD_INPUT:
        raise click.UsageError(
            "watch follows files: write the log to one, as with: python train.py | tee train.log"
        )
    if not path or not Path(path).exists():
        raise click.UsageError(absent(path))
    from curvewise.cli.following import Following
    from curvewise.cli.watching import summary, view
    from curvewise.logs.columns import Columns

    following = Following(path, Columns(options["x"], options["train"], options["valid"]))
    began = time.time()
    try:
        with _ending_as_by_ctrl_c():
            _follow(following, view(options["as_json"], options["once"]), options["once"])
    except KeyboardInterrupt:
        click.echo(summary(following, began).plain, err=options["as_json"])
        return INTERRUPTED
    if not following.runs and not following.unreadable:
        raise click.UsageError(f"{path}: no training log in this folder and those below it yet")
    if not following.runs:
        raise one_error(following.unreadable)
    return 0


def _follow(following: Following, shown: View, once: bool) -> None:
    """Look and tell, once or until interrupted."""
    with shown.shown():
        while True:
            news = following.look()
            if once:
                news += following.settle()
            shown.tell(following, news)
            if once:
                return
            time.sleep(TICK)


@contextmanager
def _ending_as_by_ctrl_c() -> Iterator[None]:
    """While entered, SIGTERM is KeyboardInterrupt, too."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
