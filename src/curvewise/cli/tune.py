"""``curvewise tune``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Unpack

import click

from curvewise.cli.options import BudgetText, ModelName, Talking, debug_option, json_option, talk_options

if TYPE_CHECKING:
    from curvewise.report.observer import Observer
    from curvewise.study import Study


class Options(Talking):
    """What the command line gives."""

    data: str
    target: str | None
    task: str | None
    model: str
    space: str | None
    budget: str
    policy: str
    rows: int | None
    seed: int
    out: str | None
    threads: int | None
    deterministic: bool


@click.command(short_help="Find good hyperparameters for a data set.")
@click.argument("data")
@click.option(
    "--target",
    metavar="COLUMN",
    help="The column to predict.  [default: one named target, class, label or y, else the last]",
)
@click.option(
    "--task",
    type=click.Choice(["classification", "regression"]),
    help="What kind of target it is.  [default: inferred, and said]",
)
@click.option(
    "--model",
    type=ModelName(),
    default="auto",
    show_default=True,
    metavar="MODEL",
    help="mlp, cnn, rnn (several cells) or one cell: lstm, gru, tanh, relu and the LSTM's variants. "
    "auto suits the data.",
)
@click.option("--space", metavar="FILE.toml", help="Narrow, fix or widen what is searched.")
@click.option(
    "--budget",
    type=BudgetText(),
    default="60s",
    show_default=True,
    metavar="BUDGET",
    help="Wall time from start to answer (60s, 5m, 2h, 1h30m), or epochs in all (300e).",
)
@click.option(
    "--policy",
    type=click.Choice(["race", "article"]),
    default="race",
    show_default=True,
    help="race: many at once, the best go on. article: one at a time, as the article's expert does, who says "
    "why at every move.",
)
@click.option(
    "--rows", type=click.IntRange(min=1), metavar="N", help="Learn from N rows only, drawn by the seed."
)
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True)
@click.option("--out", metavar="DIR", help="A new folder for the study.  [default: runs/<data>-<n>]")
@click.option("--threads", type=click.IntRange(min=1), help="[default: one per core]")
@click.option("--deterministic", is_flag=True, help="Bit-equal on a rerun, with a budget in epochs.")
@json_option
@talk_options
@debug_option
@click.pass_context
def tune(context: click.Context, **options: Unpack[Options]) -> int:
    """Train many configurations side by side on DATA and find a good one.

    DATA is a bundled set (digits, wine, breast-cancer, diabetes, iris) or a file: CSV, TSV (also
    gzipped), Parquet, npz (tables, sequences or images), MATLAB piano rolls, or a folder of idx
    images. Ctrl-C once ends the study well; `curvewise resume` goes on.

    \b
    Examples:
      curvewise tune digits
      curvewise tune houses.csv --target price --budget 5m
      curvewise tune digits --budget 300e --seed 1 --deterministic --json
      curvewise tune JSB_Chorales.mat --model lstm
      curvewise tune fashion-mnist --model cnn --rows 10000
    """
    from curvewise.cli.study import Manner, watch

    def run(observer: Observer) -> Study:
        from curvewise.tuning import tune  # after the live view is there: it imports torch

        return tune(
            options["data"],
            target=options["target"],
            task=options["task"],
            model=options["model"],
            space=options["space"],
            budget=options["budget"],
            policy=options["policy"],
            rows=options["rows"],
            seed=options["seed"],
            out=options["out"],
            threads=options["threads"],
            deterministic=options["deterministic"],
            observer=observer,
            command=context.obj.command,
            started=context.obj.started,
        )

    return watch(run, Manner(options["as_json"], options["quiet"], options["verbose"]), options["out"])
