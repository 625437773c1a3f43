"""Pairs of sequences, one to be read and one to be written, as the engine takes them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

END = 0
"""The target code that ends every target, and that stands before its first step."""


@dataclass(frozen=True)
class Pairs:
    """Sources of up to S steps and targets of up to T, each padded at its end; N pairs.

    What lies beyond a length is ignored by every way of training.
    """

    sources: NDArray[np.int32]
    """(N, S) codes."""
    source_lengths: NDArray[np.int32]
    """(N,) steps of each source, 1 to S."""
    targets: NDArray[np.int64]
    """(N, T) codes; the last one of each target is ``END``, if what is learnt is to know where to end."""
    target_lengths: NDArray[np.int32]
    """(N,) steps of each target, its ``END`` included, 1 to T."""

    @property
    def rows(self) -> int:
        """N."""
        return len(self.sources)

    @cached_property
    def previous(self) -> NDArray[np.int32]:
        """(N, T) the target's code of the step before, ``END`` before the first: what the decoder reads."""
        codes = np.full(self.targets.shape, END, dtype=np.int32)
        codes[:, 1:] = self.targets[:, :-1]
        codes.setflags(write=False)
        return codes

    @property
    def inputs(self) -> tuple[NDArray[Any], ...]:
        """sources, source lengths, previous codes, target lengths."""
        return self.sources, self.source_lengths, self.previous, self.target_lengths

    @property
    def steps(self) -> NDArray[np.int32]:
        """The target's lengths: every step of a target is one to be learnt."""
        return self.target_lengths

    def first(self, rows: int) -> Pairs:
        """The first pairs alone."""
        return Pairs(
            self.sources[:rows],
            self.source_lengths[:rows],
            self.targets[:rows],
            self.target_lengths[:rows],
        )


def pairs(sources: Sequence[Sequence[int]], targets: Sequence[Sequence[int]]) -> Pairs:
    """Pairs of lists of codes, padded; every target is given its ``END``."""
    codes, lengths = _padded(sources)
    written, ends = _padded([[*target, END] for target in targets])
    return Pairs(codes.astype(np.int32), lengths, written, ends)


def _padded(lists: Sequence[Sequence[int]]) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    lengths = np.array([len(codes) for codes in lists], dtype=np.int32)
    padded = np.full((len(lists), int(lengths.max(initial=0))), END, dtype=np.int64)
    for row, codes in zip(padded, lists, strict=True):
        row[: len(codes)] = codes
    return padded, lengths
