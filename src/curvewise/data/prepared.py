"""What a study needs of its data, whatever they are of."""

from __future__ import annotations

from typing import Protocol

from curvewise.data.examples import Examples, Split, Task
from curvewise.data.image_preprocessing import ImagePreprocessing
from curvewise.data.preprocessing import Preprocessing
from curvewise.data.sequence_preprocessing import SequencePreprocessing
from curvewise.records.extent import Extent

AnyPreprocessing = Preprocessing | SequencePreprocessing | ImagePreprocessing
"""What best.json stores, so that new rows can be encoded; told apart by ``kind``."""


class Prepared(Protocol):
    """Data ready to train on: ``PreparedTable``, or ``PreparedSet`` of sequences or images."""

    @property
    def task(self) -> Task:
        """What is learnt."""
        ...

    @property
    def metric(self) -> str:
        """What the error is: ``error rate``, ``RMSE`` or ``nats per step``."""
        ...

    @property
    def preprocessing(self) -> AnyPreprocessing:
        """How examples are encoded and outputs decoded, as data."""
        ...

    @property
    def notes(self) -> tuple[str, ...]:
        """What was inferred, dropped and filled in, a sentence each."""
        ...

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the data as read."""
        ...

    @property
    def rows(self) -> dict[str, int]:
        """Examples in ``train``, ``valid`` and ``test``."""
        ...

    @property
    def extent(self) -> Extent:
        """What one example is made of."""
        ...

    @property
    def features(self) -> int:
        """Columns that are used, numbers of a step, or channels."""
        ...

    @property
    def cardinalities(self) -> tuple[int, ...]:
        """Codes of each embedded column, code 0 included."""
        ...

    @property
    def encodings(self) -> tuple[str, ...]:
        """Ways in which the examples can be encoded, the usual one first."""
        ...

    def inputs(self, encoding: str) -> int:
        """Numbers that a network reads of each row, or of each step."""
        ...

    def split(self, encoding: str) -> Split:
        """Train and validation examples in one encoding, computed once."""
        ...

    def test(self, encoding: str) -> Examples:
        """The test examples in one encoding, computed when first asked for."""
        ...
