"""``curvewise diagnose``."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, TypedDict, Unpack

import click

from curvewise.cli.failure import FOUND, USAGE
from curvewise.cli.options import column_options, debug_option, json_option

if TYPE_CHECKING:
    from curvewise.cli.diagnosing import Diagnoses
    from curvewise.logs.columns import Columns


class Options(TypedDict):
    """What the command line gives."""

    paths: tuple[str, ...]
    x: str | None
    train: str | None
    valid: str | None
    check: bool
    every: bool
    as_json: bool


@click.command(short_help="Read training curves in any log: what is wrong, and what to change.")
@click.argument("paths", metavar="PATH...", nargs=-1)
@column_options
@click.option("--check", is_flag=True, help="Exit with 3 where a run has a problem, for CI.")
@click.option("--all", "every", is_flag=True, help="Of many runs, draw the healthy ones, too.")
@json_option
@debug_option
def diagnose(**options: Unpack[Options]) -> int:
    """Say of each training run at PATH whether its curves show a problem, and what to change.

    PATH is a log, a folder with logs, a study of `tune`, or - for standard input. Read are TensorBoard
    event files, Lightning, Keras, Hugging Face, skorch, fastai, timm, Ultralytics, MLflow and W&B
    (offline) logs, CSV, JSON lines, and the text that a training prints.

    \b
    Examples:
      curvewise diagnose lightning_logs/version_3
      curvewise diagnose runs/*/metrics.csv --check
      curvewise diagnose log.csv --x iteration --train "my loss" --valid "my dev loss"
      python train.py | tee train.log; curvewise diagnose train.log
    """
    from curvewise.cli.paths import STANDARD_INPUT

    paths = options["paths"]
    if not paths:
        if sys.stdin.isatty():
            raise click.UsageError(
                "which curves? Give a log, a folder with logs, a study, or - for standard input, such as: "
                "curvewise diagnose lightning_logs"
            )
        paths = (STANDARD_INPUT,)
    from curvewise.cli.diagnosing import shown_as_json, shown_as_text
    from curvewise.cli.paths import common_folder, one_error, runs_at

    found = runs_at(paths, _columns(options))
    if options["as_json"]:
        seen = shown_as_json(found)
    else:
        seen = shown_as_text(found, options["every"], common_folder(paths))
    if seen.unreadable and not seen.verdicts:
        raise one_error(seen.unreadable)
    return _code(seen) if options["check"] else 0


def _columns(options: Options) -> Columns | None:
    from curvewise.logs.columns import Columns

    return Columns(options["x"], options["train"], options["valid"])


def _code(seen: Diagnoses) -> int:
    """For CI: a log that could not be read must not pass either."""
    if seen.verdicts["problem"]:
        return FOUND
    return USAGE if seen.unreadable else 0
