"""A slot's row of floats, and how its parts map to the names and shapes of ``families.Perceptron``."""

from __future__ import annotations

import ctypes

import numpy as np
from numpy.typing import NDArray

from curvewise.cohort.kernels import NativeRecipe, Part
from curvewise.cohort.slots import State

Floats = NDArray[np.float32]

EMBEDDING, WEIGHT = 0, 1
SUFFIXES = {
    2: "linear.bias",
    3: "normalisation.weight",
    4: "normalisation.bias",
    5: "normalisation.running_mean",
    6: "normalisation.running_var",
}
"""Names of the parts that are vectors, by their number in ``native/abi.h``."""
STATISTICS = (5, 6)


class RowLayout:
    """Where everything lies in a row: model (parameters and running statistics), then the moments."""

    def __init__(self, library: ctypes.CDLL, recipe: NativeRecipe) -> None:
        address = ctypes.addressof(recipe)
        self.floats = int(library.curvewise_row_floats(address))
        self.model = int(library.curvewise_model_floats(address))
        self._parts = (Part * library.curvewise_parts(address, None))()
        library.curvewise_parts(address, ctypes.addressof(self._parts))
        self._layers = int(recipe.layers)

    def views(self, row: Floats) -> dict[str, Floats]:
        """Each part of the model in torch's shape, a writable view of ``row`` (``model`` floats or more)."""
        return {self._name(part): _view(row, part) for part in self._parts}

    def moments(self, row: Floats, which: int, count: int) -> dict[str, Floats]:
        """Moment ``which`` of ``count``, of each parameter, as writable views of a whole ``row``."""
        parameters = (self.floats - self.model) // count
        start = self.model + which * parameters
        piece = row[start : start + parameters]
        return {self._name(part): _view(piece, part) for part in self._parts if part.kind not in STATISTICS}

    def _name(self, part: Part) -> str:
        if part.kind == EMBEDDING:
            return f"embeddings.{part.layer}.weight"
        suffix = SUFFIXES.get(part.kind, "linear.weight")
        if part.layer == self._layers:
            return f"output.{suffix.removeprefix('linear.')}"
        return f"hidden.{part.layer}.{suffix}"


def fill(views: dict[str, Floats], arrays: State, prefix: str = "") -> None:
    """Write each ``arrays[prefix + name]`` into the view of that name."""
    for name, view in views.items():
        view[...] = arrays[prefix + name]


def copies(views: dict[str, Floats], prefix: str = "") -> State:
    """Contiguous copies of the views, their names prefixed."""
    return {prefix + name: np.array(view, order="C") for name, view in views.items()}


def _view(row: Floats, part: Part) -> Floats:
    lines = row[part.offset : part.offset + part.rows * part.stride].reshape(part.rows, part.stride)
    matrix = lines[:, : part.columns]
    if part.kind == EMBEDDING:
        return matrix
    return matrix.T if part.kind == WEIGHT else matrix[0]
