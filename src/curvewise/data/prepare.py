"""From a table to what a study needs: split, encoded, with everything said that the user should know."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from curvewise.data.checks import check_classes, check_numbers, check_task
from curvewise.data.columns import infer
from curvewise.data.encoders import CategoryColumn
from curvewise.data.examples import Split, TableRows, Task
from curvewise.data.fit import class_codes, class_target, fit, number_target
from curvewise.data.preprocessing import Preprocessing
from curvewise.data.remarks import column_notes, ignored, target_notes, task_note, unseen_note
from curvewise.data.room import check_room
from curvewise.data.splits import Rows, parts_of
from curvewise.data.table import Table
from curvewise.data.targets import METRICS, ClassTarget
from curvewise.data.task import infer_task, target_values
from curvewise.data.typed import typed
from curvewise.errors import DataError
from curvewise.records.extent import RowExtent


@dataclass(frozen=True, eq=False)
class PreparedTable:
    """One table, ready to train on; implements ``Prepared``."""

    task: Task
    """``classification`` or ``regression``."""
    preprocessing: Preprocessing
    notes: tuple[str, ...]
    """What was inferred, dropped and filled in, a sentence each."""
    fingerprint: str
    """SHA-256 of the data as read."""
    table: Table
    """Typed, without the rows that have no target."""
    parts: dict[str, Rows]
    """Row numbers of ``train``, ``valid`` and ``test`` in ``table``."""
    _encoded: dict[tuple[str, str], TableRows] = field(default_factory=dict, repr=False)

    @property
    def metric(self) -> str:
        """What the error is: ``error rate`` or ``RMSE``."""
        return METRICS[self.task]

    @property
    def classes(self) -> tuple[str, ...] | None:
        """Labels in the order of the codes; None for a regression."""
        target = self.preprocessing.target
        return target.labels if isinstance(target, ClassTarget) else None

    @property
    def rows(self) -> dict[str, int]:
        """How many rows each part has."""
        return {name: len(rows) for name, rows in self.parts.items()}

    @property
    def extent(self) -> RowExtent:
        """One row."""
        return RowExtent()

    @property
    def features(self) -> int:
        """How many columns of the table are used."""
        return len(self.preprocessing.columns)

    @property
    def cardinalities(self) -> tuple[int, ...]:
        """Codes of each embedded column, code 0 included."""
        return self.preprocessing.cardinalities

    @property
    def encodings(self) -> tuple[str, ...]:
        """``plain``, and ``piecewise`` where a column of numbers has more than 2 distinct values."""
        numeric = [c for c in self.preprocessing.columns if not isinstance(c, CategoryColumn)]
        return ("plain", "piecewise") if any(c.scale.edges for c in numeric) else ("plain",)

    def inputs(self, encoding: str) -> int:
        """Numbers that a network reads of each row."""
        return int(self._examples("train", encoding).numbers.shape[1])

    def split(self, encoding: str) -> Split:
        """Train and validation rows in one encoding, computed once."""
        preprocessing = self.preprocessing
        classes = self.classes
        return Split(
            train=self._examples("train", encoding),
            valid=self._examples("valid", encoding),
            cardinalities=preprocessing.cardinalities,
            outputs=1 if classes is None else len(classes),
            target_scale=preprocessing.target_scale,
            task=self.task,
        )

    def test(self, encoding: str) -> TableRows:
        """The test rows in one encoding, computed when first asked for."""
        return self._examples("test", encoding)

    def _examples(self, part: str, encoding: str) -> TableRows:
        key = (part, encoding)
        if key not in self._encoded:
            self._encoded[key] = self.preprocessing.encode(
                _take(self.table, self.parts[part]), encoding, targets=True
            )
        return self._encoded[key]


def prepare(
    table: Table, *, seed: int, columns: Mapping[str, str] | None = None, task: str | None = None
) -> PreparedTable:
    """Split ``table`` by ``seed`` and learn from its training rows how to encode it.

    ``columns`` maps names to kinds (number, category, boolean, date, ignored) where the inferred ones are
    wrong; ``task`` is ``classification`` or ``regression`` where the inferred one is. Raises DataError
    where a value, column or target cannot be used, with its file, line and column, and where memory does not
    suffice.
    """
    overrides = columns or {}
    asked = check_task(task)
    fingerprint = table.fingerprint()
    table = _with_targets(typed(table, overrides))
    target = table.frame[str(table.target)]
    chosen, reason = (asked, "as asked for") if asked else infer_task(target)
    target = target_values(table, chosen)
    if chosen == "classification":
        check_classes(target, table)
        classes = class_target(target)
        codes = class_codes(target, classes)
        parts = parts_of(codes, len(target), seed, table.given)
        unseen = unseen_note(codes, classes.labels, parts)
    else:
        check_numbers(target, table)
        parts, unseen = parts_of(None, len(target), seed, table.given), []
    kinds = infer(table, overrides, parts["train"])
    goal = classes if chosen == "classification" else number_target(target, parts["train"])
    preprocessing = fit(table.frame, parts["train"], kinds, goal)
    if not preprocessing.columns:
        raise DataError(f"No column of {table.source} can be learnt from: {ignored(kinds)}.")
    notes = (
        *table.notes,
        task_note(chosen, reason, target),
        *target_notes(target, preprocessing, parts),
        *unseen,
        *column_notes(kinds, preprocessing),
    )
    prepared = PreparedTable(chosen, preprocessing, notes, fingerprint, table, parts)
    _check_room(prepared)
    return prepared


def _check_room(prepared: PreparedTable) -> None:
    """Every row in each encoding; what a row takes, the first tells."""
    first, preprocessing = _take(prepared.table, prepared.parts["train"][:1]), prepared.preprocessing
    row = sum(
        preprocessing.encode(first, each, targets=False).numbers.shape[1] for each in prepared.encodings
    )
    advice = "leave columns out (ignored, in a space file's [columns]), or take fewer rows (--rows)"
    check_room(sum(prepared.rows.values()) * row, prepared.table.source, "encoded rows", advice)


def _with_targets(table: Table) -> Table:
    """The rows that have a target; raises DataError where none has."""
    missing = table.frame[str(table.target)].is_null().to_numpy()
    lost = int(missing.sum())
    if lost == 0:
        return table
    if lost == len(missing):
        raise DataError(
            f"The target {table.target!r} of {table.source} is empty. Choose another with --target."
        )
    first = table.where(int(missing.argmax()))
    note = f"{lost:,} of {len(missing):,} rows have no target and are left out, the first being {first}."
    kept = _take(table, np.flatnonzero(~missing))
    place = np.cumsum(~missing) - 1
    given = table.given and {name: place[rows[~missing[rows]]] for name, rows in table.given.items()}
    return replace(kept, notes=(*table.notes, note), given=given)


def _take(table: Table, rows: Rows) -> Table:
    lines = None if table.lines is None else table.lines[rows]
    return replace(table, frame=table.frame[rows], lines=lines)
