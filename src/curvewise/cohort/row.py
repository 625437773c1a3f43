"""A slot's row of floats, and the names and shapes that its parts have in the ``state_dict``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from curvewise.cohort.kernels import Part
from curvewise.cohort.slots import State

Floats = NDArray[np.float32]

Form = Literal["matrix", "transposed", "vector"]
"""How a part becomes torch's tensor: as it is, its columns torch's rows, or its only row."""


@dataclass(frozen=True)
class NamedPart:
    """One part of a row as the ``state_dict`` has it."""

    name: str
    form: Form
    statistic: bool
    """True where it is no parameter, so that no optimizer keeps anything of it."""
    part: Part


class RowLayout:
    """Where everything lies in a row: model (parameters and running statistics), then the moments."""

    def __init__(self, floats: int, model: int, parts: Sequence[NamedPart]) -> None:
        self.floats, self.model = floats, model
        self._parts = tuple(parts)

    def views(self, row: Floats) -> dict[str, Floats]:
        """Each part of the model in torch's shape, a writable view of ``row`` (``model`` floats or more)."""
        return {named.name: _view(row, named) for named in self._parts}

    def moment(self, row: Floats, which: int, count: int) -> Floats:
        """Moment ``which`` of ``count`` of all parameters, laid out as they are; a view."""
        parameters = (self.floats - self.model) // count
        start = self.model + which * parameters
        return row[start : start + parameters]

    def moments(self, row: Floats, which: int, count: int) -> dict[str, Floats]:
        """Moment ``which`` of ``count``, of each parameter, as writable views of a whole ``row``."""
        piece = self.moment(row, which, count)
        return {named.name: _view(piece, named) for named in self._parts if not named.statistic}


def fill(views: dict[str, Floats], arrays: State, prefix: str = "") -> None:
    """Write each ``arrays[prefix + name]`` into the view of that name."""
    for name, view in views.items():
        view[...] = arrays[prefix + name]


def copies(views: dict[str, Floats], prefix: str = "") -> State:
    """Contiguous copies of the views, their names prefixed."""
    return {prefix + name: np.array(view, order="C") for name, view in views.items()}


def _view(row: Floats, named: NamedPart) -> Floats:
    part = named.part
    lines = row[part.offset : part.offset + part.rows * part.stride].reshape(part.rows, part.stride)
    matrix = lines[:, : part.columns]
    if named.form == "matrix":
        return matrix
    return matrix.T if named.form == "transposed" else matrix[0]
