"""From sequences as read to what a study needs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from curvewise.data.examples import Split, Targets, Task
from curvewise.data.goal import goal_of, rows_note
from curvewise.data.room import check_room
from curvewise.data.sequence_preprocessing import SequencePreprocessing, fit_sequences
from curvewise.data.sequences import Sequences
from curvewise.data.sets import SequenceSet
from curvewise.data.splits import Rows
from curvewise.data.targets import METRICS, LabelsTarget, outputs_of, scale_of, task_of
from curvewise.errors import DataError, UsageError
from curvewise.records.extent import SequenceExtent


@dataclass(frozen=True, eq=False)
class PreparedSequences:
    """Sequences, ready to train on; implements ``Prepared``."""

    preprocessing: SequencePreprocessing
    notes: tuple[str, ...]
    fingerprint: str
    data: SequenceSet
    parts: dict[str, Rows]
    """Row numbers of ``train``, ``valid`` and ``test``."""
    encoded: Targets | None
    """(N,) codes or (N, 1) numbers; None where the next step is predicted."""
    _examples: dict[str, Sequences] = field(default_factory=dict, repr=False)

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
        """Sequences in each part."""
        return {name: len(rows) for name, rows in self.parts.items()}

    @property
    def extent(self) -> SequenceExtent:
        """Its steps, those that are only predicted left out."""
        lost = int(self.preprocessing.per_step)
        sizes = [len(values) - lost for values in self.data.steps]
        total = sum(sizes[row] for row in self.parts["train"])
        return SequenceExtent(max(sizes), total, self.preprocessing.per_step)

    @property
    def features(self) -> int:
        """Numbers of a step."""
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
        """Numbers of a step."""
        return self.features

    def split(self, encoding: str) -> Split:
        """Train and validation sequences, computed once."""
        target = self.preprocessing.target
        train, valid = self._part("train"), self._part("valid")
        return Split(train, valid, (), outputs_of(target), scale_of(target), self.task)

    def test(self, encoding: str) -> Sequences:
        """The test sequences, computed when first asked for."""
        return self._part("test")

    def _part(self, name: str) -> Sequences:
        if name not in self._examples:
            rows, data = self.parts[name], self.data
            steps = [data.steps[row] for row in rows]
            if self.encoded is None:
                read = [values[:-1] for values in steps]
                found = self.preprocessing.encode(read, _next_steps(steps), data.source)
            else:
                found = self.preprocessing.encode(steps, self.encoded[rows], data.source)
            self._examples[name] = found
        return self._examples[name]


def prepare_sequences(data: SequenceSet, *, seed: int, task: str | None = None) -> PreparedSequences:
    """Split ``data`` by ``seed``, where they are not split already, and learn how to encode them.

    Raises DataError where a target cannot be used, UsageError where every step predicts the next and a
    ``task`` is asked for.
    """
    fingerprint = data.fingerprint()
    if data.targets is None:
        return _rolls(data, task, fingerprint)
    goal = goal_of(data.targets, data.source, task, seed, data.given)
    _check_room(data, goal.parts, data.steps[0].shape[1])
    preprocessing = fit_sequences([data.steps[row] for row in goal.parts["train"]], goal.target)
    notes = (*data.notes, goal.note, rows_note(goal.parts))
    return PreparedSequences(preprocessing, notes, fingerprint, data, goal.parts, goal.encoded)


def _rolls(data: SequenceSet, task: str | None, fingerprint: str) -> PreparedSequences:
    """Every step predicts the labels of the next."""
    if task is not None:
        raise UsageError(
            f"--task {task} asks for one target of each sequence, but in {data.source} every step predicts "
            "the next: leave it out."
        )
    if data.given is None:
        raise DataError(f"{data.source} has no parts train, valid and test.")
    width = data.steps[0].shape[1]
    target = LabelsTarget("the next step", tuple(f"label_{i}" for i in range(width)))
    parts = dict(data.given)
    _check_room(data, parts, 2 * width)
    note = (
        f"Task: the next step's {width} labels from the steps before it, error in nats per step "
        "(cross-entropy summed over the labels)."
    )
    preprocessing = fit_sequences([data.steps[row] for row in parts["train"]], target)
    notes = (*data.notes, note, rows_note(parts))
    return PreparedSequences(preprocessing, notes, fingerprint, data, parts, None)


def _check_room(data: SequenceSet, parts: Mapping[str, Rows], width: int) -> None:
    """Padded to the longest of its part, each step takes ``width`` numbers."""
    longest = {name: max(len(data.steps[row]) for row in rows) for name, rows in parts.items()}
    numbers = sum(len(rows) * longest[name] * width for name, rows in parts.items())
    most = max(longest.values())
    advice = "cut the long ones into pieces, or take fewer (--rows)"
    check_room(numbers, data.source, f"sequences padded to {most:,} steps", advice)


def _next_steps(steps: list[NDArray[np.generic]]) -> NDArray[np.float32]:
    """(N, T - 1, C): each sequence from its second step on, padded with zeros."""
    longest = max(len(values) for values in steps) - 1
    targets = np.zeros((len(steps), longest, steps[0].shape[1]), dtype=np.float32)
    for i, values in enumerate(steps):
        targets[i, : len(values) - 1] = values[1:]
    return targets
