"""``curvewise``: the group of commands, and what every error of any of them looks like.

Command files are imported when they are used, and import what they need when they run, so that
``--help`` answers in 0.3 s.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from importlib import import_module

import click

from curvewise import __version__
from curvewise.cli.failure import explain
from curvewise.cli.invocation import Invocation
from curvewise.cli.unheard import bearable_streams

COMMANDS = ("tune", "resume", "predict", "show", "importance", "diagnose", "watch", "doctor", "completion")
"""Each is a function of the same name in a file of the same name beside this one."""


class Commands(click.Group):
    """Finds commands in their files."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """In the order in which people meet them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the command's file."""
        if cmd_name not in COMMANDS:
            return None
        command = getattr(import_module(f"curvewise.cli.{cmd_name}"), cmd_name)
        assert isinstance(command, click.Command)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As ever, but a wrong name is answered with the nearest ones."""
        try:
            return super().resolve_command(ctx, args)
        except click.NoSuchCommand as error:
            raise click.NoSuchCommand(error.command_name, possibilities=COMMANDS, ctx=ctx) from None


@click.command(
    cls=Commands,
    context_settings={
        "help_option_names": ["-h", "--help"],
        "auto_envvar_prefix": "CURVEWISE",
    },
    epilog="Exit codes: 0 done, 1 failure, 2 not possible as asked, 3 problems found by `diagnose --check`, "
    "130 stopped by Ctrl-C.",
)
@click.version_option(__version__, "-V", "--version", prog_name="curvewise")
def main() -> None:
    """Find good hyperparameters of a neural network on your data.

    Many configurations are trained side by side; their curves decide which go on.

    \b
    Examples:
      curvewise tune digits                        a bundled data set, 60 seconds
      curvewise tune houses.csv --target price --budget 5m
      curvewise predict runs/houses-1 new.csv -o predictions.csv
      curvewise show runs/houses-1 --figure curves.svg
      curvewise importance runs/houses-1           what mattered, and how sure
      curvewise diagnose lightning_logs            what your own curves show

    Every option can be set in the environment, too: CURVEWISE_TUNE_BUDGET=5m.
    """


def run(arguments: Sequence[str] | None = None) -> int:
    """Run one command line and return its exit code; every error becomes a line or two on stderr."""
    started = time.perf_counter()
    given = list(sys.argv[1:] if arguments is None else arguments)
    with bearable_streams():
        return _run(given, started)


def _run(given: list[str], started: float) -> int:
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # a terminal that knows no ± shows ? instead
            stream.reconfigure(errors="replace")
    try:
        code = main.main(
            given, prog_name="curvewise", standalone_mode=False, obj=Invocation(tuple(given), started)
        )
        sys.stdout.flush()
    except (Exception, KeyboardInterrupt) as error:
        return explain(error, debug="--debug" in given)
    return code if isinstance(code, int) else 0
