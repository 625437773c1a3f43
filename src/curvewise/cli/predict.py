"""``curvewise predict``."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from curvewise.cli.options import debug_option

if TYPE_CHECKING:
    from curvewise.best import Best


@click.command(short_help="Predict new rows with a study's best network.")
@click.argument("folder", metavar="DIR")
@click.argument("data", metavar="NEW")
@click.option("-o", "--output", metavar="OUT.csv", help="Write here, in one go.  [default: stdout]")
@click.option("--proba", is_flag=True, help="A column for each class's probability, too.")
@debug_option
def predict(folder: str, data: str, output: str | None, proba: bool) -> None:
    """Predict the rows, sequences or images of NEW; a row of CSV for each, in the same order.

    DIR needs best.json and best.safetensors only. Columns are found by name: their order does not
    matter, further ones are ignored. The file may be of any kind that `tune` reads. Where every step
    of a sequence predicts the next, there is a row for each predicted step.

    \b
    Examples:
      curvewise predict runs/houses-1 new.csv
      curvewise predict runs/houses-1 new.csv -o predictions.csv --proba
      curvewise predict runs/vowels-1 new.npz
    """
    from curvewise.best import load
    from curvewise.cli.streams import write_data
    from curvewise.cli.whole_file import write_whole
    from curvewise.errors import DataError

    if output is not None and _same_file(data, output):
        raise DataError(f"{output} is the file to read: choose another name for the predictions")
    text = table(load(folder), data, proba)
    if output is None:
        write_data(text)
    else:
        write_whole(Path(output), text.encode())


def table(best: Best, data: str, proba: bool) -> str:
    """CSV of the predictions of ``data``: ``prediction`` and, if asked for, ``probability of <class>``."""
    from curvewise.errors import UsageError

    if best.per_step:
        return _steps(best, data, proba)
    predictions = best.predict(data).tolist()
    header, columns = ["prediction"], [predictions]
    if proba:
        if not best.classes:
            raise UsageError("--proba needs classes, and this study is a regression: leave it out")
        header += [f"probability of {label}" for label in best.classes]
        columns += best.probabilities(data).T.tolist()
    return _csv(header, zip(*columns, strict=True))


def _steps(best: Best, data: str, proba: bool) -> str:
    """CSV with a row for each predicted step: sequence, step (both from 1), and every label.

    The row for step t + 1 is what follows from the steps up to t: 0 or 1, or with ``proba`` how likely
    each label is there. The last of a sequence is the step after its end.
    """
    predictions = best.probabilities(data) if proba else best.predict(data)
    rows = (
        [sequence, step, *values]
        for sequence, steps in enumerate(predictions, start=1)
        for step, values in enumerate(steps.tolist(), start=2)
    )
    return _csv(["sequence", "step", *(best.classes or [])], rows)


def _csv(header: list[str], rows: Iterable[Iterable[object]]) -> str:
    import csv
    import io

    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue()


def _same_file(one: str, other: str) -> bool:
    first, second = Path(one), Path(other)
    return first.exists() and second.exists() and first.samefile(second)
