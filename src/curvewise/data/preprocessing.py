"""Everything needed to encode new rows and to decode a network's outputs, as data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, get_args

import msgspec
import numpy as np
from numpy.typing import NDArray

from curvewise.data.encoders import AnyColumn, CategoryColumn
from curvewise.data.examples import TableRows
from curvewise.data.scale import Encoding
from curvewise.data.table import Table, nearest
from curvewise.data.targets import ClassTarget, NumberTarget, decode, labels, probabilities
from curvewise.data.values import TARGET_MARKERS, as_array, as_text
from curvewise.errors import DataError

if TYPE_CHECKING:
    import polars as pl

ENCODINGS: tuple[Encoding, ...] = get_args(Encoding)


class Preprocessing(msgspec.Struct, frozen=True, tag_field="kind", tag="table"):
    """What training rows taught of the columns and the target; JSON by msgspec, so it travels."""

    columns: tuple[AnyColumn, ...]
    """The columns that are used, in the order of their encodings."""
    target: ClassTarget | NumberTarget

    @property
    def cardinalities(self) -> tuple[int, ...]:
        """Codes of each embedded column, code 0 included; length Q."""
        return tuple(c.cardinality for c in self.embedded)

    @property
    def embedded(self) -> tuple[CategoryColumn, ...]:
        """The columns that go into ``TableRows.categories``, in order."""
        return tuple(c for c in self.columns if isinstance(c, CategoryColumn) and c.embedded)

    @property
    def target_scale(self) -> float:
        """RMSE in standardised units x this = RMSE in the target's unit; 1.0 for classes."""
        return self.target.deviation if isinstance(self.target, NumberTarget) else 1.0

    def examples(
        self, frame: pl.DataFrame, encoding: str, *, targets: bool, source: str = "the new rows"
    ) -> TableRows:
        """Encode rows that may have other columns too, in any order, and numbers written as strings.

        Without ``targets`` those of the result are zeros. Raises DataError where a column is missing
        or a value is not of its column's kind.
        """
        table = Table(frame=frame, target=None, source=source)
        return self.encode(table, encoding, targets=targets)

    def encode(self, table: Table, encoding: str, *, targets: bool) -> TableRows:
        """The same for a table, whose lines an error can then name."""
        known = next((each for each in ENCODINGS if each == encoding), None)
        if known is None:
            raise DataError(f"There is no encoding {encoding!r}. {nearest(encoding, ENCODINGS)}")
        self._require(table, [c.name for c in self.columns] + [self.target.name] * targets)
        rows = table.frame.height
        parts = [c.encode(table, table.frame[c.name], known) for c in self.columns]
        codes = [c.codes(table.frame[c.name]) for c in self.embedded]
        numbers = np.hstack([np.zeros((rows, 0)), *parts]).astype(np.float32)
        categories = np.stack(codes, axis=1) if codes else np.zeros((rows, 0), dtype=np.int32)
        encoded = self.encode_targets(table) if targets else self._no_targets(rows)
        return TableRows(_sealed(numbers), _sealed(categories), _sealed(encoded))

    def encode_targets(self, table: Table) -> NDArray[np.int64] | NDArray[np.float32]:
        """(N,) codes or (N, 1) standardised numbers. Raises DataError on missing ones and unknown classes."""
        series = table.frame[self.target.name]
        if isinstance(self.target, NumberTarget):
            values = as_array(table, series)
            _refuse_missing(table, self.target.name, np.isnan(values))
            standardised = (values - self.target.mean) / self.target.deviation
            return standardised.astype(np.float32)[:, None]
        texts = as_text(series, TARGET_MARKERS)
        _refuse_missing(table, self.target.name, texts.is_null().to_numpy())
        labels = {label: code for code, label in enumerate(self.target.labels)}
        codes = np.array([labels.get(text, -1) for text in texts], dtype=np.int64)
        if (codes < 0).any():
            row = int(np.argmax(codes < 0))
            raise DataError(
                f"Class {texts[row]!r} was not there in training ({table.where(row, self.target.name)}). "
                f"{nearest(texts[row], self.target.labels)}"
            )
        return codes

    def decode(self, outputs: NDArray[np.floating]) -> NDArray[np.generic]:
        """Predictions (N,) of outputs (N, C), see ``targets.decode``."""
        return decode(self.target, outputs)

    def labels(self) -> NDArray[np.generic]:
        """(C,) labels in their original type, by code; raises DataError for a regression."""
        return labels(self.target)

    def probabilities(self, outputs: NDArray[np.floating]) -> NDArray[np.float64]:
        """Softmax of logits (N, C); columns as in ``labels``. Raises DataError for a regression."""
        return probabilities(self.target, outputs)

    def _require(self, table: Table, names: list[str]) -> None:
        there = dict.fromkeys(table.frame.columns)
        for name in names:
            if name not in there:
                raise DataError(
                    f"{table.source} has no column {name!r}, which the training data had. "
                    f"{nearest(name, there)}"
                )

    def _no_targets(self, rows: int) -> NDArray[np.int64] | NDArray[np.float32]:
        if isinstance(self.target, NumberTarget):
            return np.zeros((rows, 1), dtype=np.float32)
        return np.zeros(rows, dtype=np.int64)


def _refuse_missing(table: Table, name: str, missing: NDArray[np.bool_]) -> None:
    if missing.any():
        row = int(np.argmax(missing))
        raise DataError(f"No target ({table.where(row, name)}). Fill it in or leave the row out.")


def _sealed(array: NDArray[Any]) -> NDArray[Any]:
    """C-contiguous and read-only, as ``TableRows`` promises."""
    sealed = np.ascontiguousarray(array)
    sealed.setflags(write=False)
    return sealed
