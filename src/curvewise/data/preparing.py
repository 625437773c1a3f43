"""From whatever was given to what a study needs, whatever it is of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from curvewise.data.fewer import fewer
from curvewise.data.opening import open_data
from curvewise.data.prepare import prepare
from curvewise.data.prepare_images import prepare_images
from curvewise.data.prepare_sequences import prepare_sequences
from curvewise.data.prepared import Prepared
from curvewise.data.sets import SequenceSet
from curvewise.data.table import Table
from curvewise.errors import UsageError


@dataclass(frozen=True)
class Wishes:
    """What the user said of the data."""

    model: str = "auto"
    target: str | None = None
    task: str | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    """Kinds of columns, where the inferred ones are wrong."""
    rows: int | None = None
    """How many rows to learn from; None: all."""


def prepare_data(data: object, wishes: Wishes, seed: int) -> tuple[str, str | None, Prepared]:
    """What the user calls the data, the target column where there is one, and the data ready to train on.

    Raises DataError where something cannot be read or used, UsageError where it does not suit.
    """
    found = fewer(open_data(data, wishes.target, wishes.model), wishes.rows, seed)
    if isinstance(found, Table):
        table = prepare(found, seed=seed, columns=wishes.columns, task=wishes.task)
        return found.source, found.target, table
    if wishes.columns:
        raise UsageError(f"A space file's [columns] are those of a table, and {found.source} is none.")
    if isinstance(found, SequenceSet):
        return found.source, None, prepare_sequences(found, seed=seed, task=wishes.task)
    return found.source, None, prepare_images(found, seed=seed, task=wishes.task)
