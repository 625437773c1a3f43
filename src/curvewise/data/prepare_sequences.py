"""From sequences as read to what a study needs."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from curvewise.data.goal import goal_of, rows_note
from curvewise.data.prepared_set import PreparedSet
from curvewise.data.remarks import extremes_note
from curvewise.data.room import check_room
from curvewise.data.sequence_preprocessing import fit_sequences
from curvewise.data.sequences import Sequences
from curvewise.data.sets import SequenceSet
from curvewise.data.splits import Rows
from curvewise.data.targets import LabelsTarget
from curvewise.errors import DataError, UsageError
from curvewise.records.extent import SequenceExtent


def prepare_sequences(data: SequenceSet, *, seed: int, task: str | None = None) -> PreparedSet:
    """Split ``data`` by ``seed``, where they are not split already, and learn how to encode them.

    Raises DataError where a target cannot be used or memory does not suffice, UsageError where every
    step predicts the next and a ``task`` is asked for.
    """
    if data.targets is None:
        return _next_step(data, task)
    goal = goal_of(data.targets, data.source, task, seed, data.given)
    _check_room(data, goal.parts, data.steps[0].shape[1])
    preprocessing = fit_sequences(_steps(data, goal.parts["train"]), goal.target)

    def encode(rows: Rows) -> Sequences:
        return preprocessing.encode(_steps(data, rows), goal.encoded[rows], data.source)

    sizes = [len(values) for values in data.steps]
    extent = SequenceExtent(max(sizes), sum(sizes[row] for row in goal.parts["train"]), False)
    told = extremes_note(preprocessing.furthest(_steps(data, goal.parts["train"])), "A number of a step")
    notes = (*data.notes, *goal.notes, rows_note(goal.parts), *told)
    return PreparedSet(preprocessing, notes, data.fingerprint(), goal.parts, extent, encode)


def _next_step(data: SequenceSet, task: str | None) -> PreparedSet:
    """Every step predicts the labels of the next."""
    if task is not None:
        raise UsageError(
            f"--task {task} asks for one target of each sequence, but in {data.source} every step predicts "
            "the next: leave it out."
        )
    if data.given is None:
        raise DataError(f"{data.source} has no parts train, valid and test.")
    width, parts = data.steps[0].shape[1], dict(data.given)
    target = LabelsTarget("the next step", tuple(f"label_{i}" for i in range(width)))
    _check_room(data, parts, 2 * width)
    preprocessing = fit_sequences(_steps(data, parts["train"]), target)

    def encode(rows: Rows) -> Sequences:
        steps = _steps(data, rows)
        return preprocessing.encode([values[:-1] for values in steps], _following(steps), data.source)

    sizes = [len(values) - 1 for values in data.steps]
    extent = SequenceExtent(max(sizes), sum(sizes[row] for row in parts["train"]), True)
    note = (
        f"Task: the next step's {width} labels from the steps before it, error in nats per step "
        "(cross-entropy summed over the labels)."
    )
    notes = (*data.notes, note, rows_note(parts))
    return PreparedSet(preprocessing, notes, data.fingerprint(), parts, extent, encode)


def _steps(data: SequenceSet, rows: Rows) -> list[NDArray[np.generic]]:
    return [data.steps[row] for row in rows]


def _check_room(data: SequenceSet, parts: Mapping[str, Rows], width: int) -> None:
    """Padded to the longest of its part, each step takes ``width`` numbers."""
    longest = {name: max(len(data.steps[row]) for row in rows) for name, rows in parts.items()}
    numbers = sum(len(rows) * longest[name] * width for name, rows in parts.items())
    most = max(longest.values())
    advice = "cut the long ones into pieces, or take fewer (--rows)"
    check_room(numbers, data.source, f"sequences padded to {most:,} steps", advice)


def _following(steps: list[NDArray[np.generic]]) -> NDArray[np.float32]:
    """(N, T - 1, C): each sequence from its second step on, padded with zeros."""
    longest = max(len(values) for values in steps) - 1
    targets = np.zeros((len(steps), longest, steps[0].shape[1]), dtype=np.float32)
    for i, values in enumerate(steps):
        targets[i, : len(values) - 1] = values[1:]
    return targets
