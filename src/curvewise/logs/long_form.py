"""Rows that say to which run or to which side they belong: ``run,epoch,phase,loss``."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache

from curvewise.logs.meanings import LONGEST, ROLES, meaning, words

NAMING = {
    *("run", "run_id", "run_name", "run_uuid", "trial", "trial_id", "trial_name", "experiment", "config_id"),
    *("fold", "seed", "replicate"),
}
"""Columns that say to which run a row belongs."""
SIDES = {"phase", "split", "mode", "set", "subset", "stage", "partition", "data_split"}
"""Columns that say whether a row is of training or of validation, as MMDetection's logs do."""


@lru_cache(maxsize=16_384)
def _joined(column: str) -> str:
    return "_".join(words(column))


def names_a_run(column: str) -> bool:
    """Whether a column says to which run a row belongs."""
    return len(column) <= LONGEST and _joined(column) in NAMING


def run_name(column: str, cell: str) -> str:
    """What a run is called by one such column: ``fold 3``, or the cell itself where that says enough."""
    cell = cell.strip()
    return f"{column.strip()} {cell}" if cell.replace(".", "").isdigit() else cell


def names_a_side(column: str) -> bool:
    """Whether a column says whether a row is of training or of validation."""
    return len(column) <= LONGEST and _joined(column) in SIDES


def side(cell: object) -> str:
    """``train/``, ``valid/`` or ``test/``, to be put before a row's names; else nothing."""
    role = ROLES.get(cell.strip().lower(), "") if isinstance(cell, str) else ""
    return f"{role}/" if role else ""


def sided(names: Iterable[str], before: str) -> dict[str, str]:
    """The names as they are with a row's side put before those that tell of none."""
    return {name: before + name if before and _sideless(name) else name for name in names}


def parts(names: Iterable[str], cells: Callable[[str], Sequence[object]]) -> list[tuple[str, str, list[int]]]:
    """The rows of each run and side: what the run is called, what ``side`` says, and which rows they are.

    There are none where no name is that of a run or a side. ``cells`` gives what rows have under a name.
    """
    names = tuple(names)
    naming = [name for name in names if names_a_run(name)]
    named = [[None if cell is None else str(cell) for cell in cells(name)] for name in naming]
    sides = [list(map(side, cells(name))) for name in names if names_a_side(name)]
    found: dict[tuple[str | None, ...], list[int]] = {}
    for i, key in enumerate(zip(*named, *sides, strict=True)):
        found.setdefault(key, []).append(i)
    return [
        (
            "/".join(
                run_name(name, cell) for name, cell in zip(naming, key, strict=False) if cell is not None
            ),
            next(filter(None, reversed(key[len(naming) :])), ""),
            rows,
        )
        for key, rows in found.items()
    ]


def _sideless(name: str) -> bool:
    found = meaning(name)
    return found is not None and not found.role and found.quantity.startswith("train")
