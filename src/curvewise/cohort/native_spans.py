"""Stretches of a slot's row: what is updated alike, and what belongs to one group of layers."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Hashable, Sequence
from itertools import groupby, pairwise

from curvewise.cohort.kernels import NativeOptimization, Span
from curvewise.cohort.measuring import layer_group, layer_groups
from curvewise.cohort.parametrisation import factors_of
from curvewise.cohort.recipe import Recipe
from curvewise.cohort.row import NamedPart

PAD = 16
"""Floats that stretches are multiples of, as the parts' rows are."""


class NativeSpans:
    """Both as the kernels read them; keeps alive what it lets an optimization point to."""

    def __init__(self, parts: Sequence[NamedPart], recipe: Recipe) -> None:
        updates = update_spans(parts, recipe)
        self.groups, groups = group_spans(parts)
        """Names of the groups of layers."""
        self._updates, self._groups = (Span * len(updates))(*updates), (Span * len(groups))(*groups)

    def give_to(self, optimization: NativeOptimization) -> None:
        """Point to the stretches from ``optimization``."""
        optimization.updates, optimization.update = len(self._updates), ctypes.addressof(self._updates)
        optimization.groups, optimization.group = len(self._groups), ctypes.addressof(self._groups)


def update_spans(parts: Sequence[NamedPart], recipe: Recipe) -> list[Span]:
    """Neighbours with equal factors of rate and decay together; vectors do not decay."""

    def factors(named: NamedPart) -> tuple[float, float]:
        of = factors_of(recipe, named.name)
        return of.rate, 0.0 if named.form == "vector" else of.decay * recipe.weight_decay

    return [Span(start, end - start, 0, *factors(first)) for start, end, first in _stretches(parts, factors)]


def group_spans(parts: Sequence[NamedPart]) -> tuple[tuple[str, ...], list[Span]]:
    """Names of the groups of layers, and the stretches of each by its number."""
    names = layer_groups(named.name for named in parts)
    stretches = _stretches(parts, lambda named: layer_group(named.name))
    spans = [
        Span(start, end - start, names.index(layer_group(first.name)), 1.0, 0.0)
        for start, end, first in stretches
    ]
    return names, spans


def _stretches(
    parts: Sequence[NamedPart], key: Callable[[NamedPart], Hashable]
) -> list[tuple[int, int, NamedPart]]:
    """(start, end, first part) of each run of equal keys, in floats of the row; statistics left out.

    A part reaches up to the next one: what pads it belongs to it.
    """
    kept = sorted((p for p in parts if not p.statistic), key=lambda named: named.part.offset)
    last = kept[-1].part
    end = -(-(last.offset + last.rows * last.stride) // PAD) * PAD
    runs = [next(run) for _, run in groupby(kept, key)]
    starts = [named.part.offset for named in runs]
    return [(a, b, named) for (a, b), named in zip(pairwise([*starts, end]), runs, strict=True)]
