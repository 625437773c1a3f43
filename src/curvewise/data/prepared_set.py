"""Sequences or images made ready: what is the same of both."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from curvewise.data.examples import Examples, Split, Task
from curvewise.data.image_preprocessing import ImagePreprocessing
from curvewise.data.sequence_preprocessing import SequencePreprocessing
from curvewise.data.splits import Rows
from curvewise.data.targets import METRICS, outputs_of, scale_of, task_of
from curvewise.records.extent import Extent


@dataclass(frozen=True, eq=False)
class PreparedSet:
    """Sequences or images, ready to train on; implements ``Prepared``."""

    preprocessing: SequencePreprocessing | ImagePreprocessing
    notes: tuple[str, ...]
    fingerprint: str
    parts: dict[str, Rows]
    """Row numbers of ``train``, ``valid`` and ``test``."""
    extent: Extent
    encode: Callable[[Rows], Examples]
    """The examples of these rows, encoded."""
    _examples: dict[str, Examples] = field(default_factory=dict, repr=False)

    @property
    def task(self) -> Task:
        """What is learnt."""
        return task_of(self.preprocessing.target)

    @property
    def metric(self) -> str:
        """What the error is."""
        return METRICS[self.task]

    @property
    def rows(self) -> dict[str, int]:
        """Examples in each part."""
        return {name: len(rows) for name, rows in self.parts.items()}

    @property
    def features(self) -> int:
        """Numbers of a step, or channels."""
        return len(self.preprocessing.means)

    @property
    def cardinalities(self) -> tuple[int, ...]:
        """Nothing is embedded."""
        return ()

    @property
    def encodings(self) -> tuple[str, ...]:
        """One way only."""
        return ("plain",)

    def inputs(self, encoding: str) -> int:
        """Numbers of a step, or channels."""
        return self.features

    def split(self, encoding: str) -> Split:
        """Train and validation examples, computed once."""
        target = self.preprocessing.target
        train, valid = self._part("train"), self._part("valid")
        return Split(train, valid, (), outputs_of(target), scale_of(target), self.task)

    def test(self, encoding: str) -> Examples:
        """The test examples, computed when first asked for."""
        return self._part("test")

    def _part(self, name: str) -> Examples:
        if name not in self._examples:
            self._examples[name] = self.encode(self.parts[name])
        return self._examples[name]
