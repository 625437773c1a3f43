"""Loss and error of a network's outputs: what points report and what choices are made by."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from curvewise.data.examples import Examples, Targets, Task

PIECE = 65_536
"""Rows that a tally gathers before it adds them up: bounds its memory."""

Outputs = NDArray[np.float32]
Numbers = NDArray[np.float64]


def score(outputs: Outputs, targets: Targets, task: Task, target_scale: float) -> tuple[float, float]:
    """Mean loss and error of ``outputs`` (S, C) against ``targets`` ((S,) codes or (S, C) numbers).

    Classes: cross-entropy in nats, and the share misclassified. Numbers: squared error in standardised
    units, and RMSE in the target's own unit, ``sqrt(loss) x target_scale``. Labels: cross-entropy
    summed over the labels, in nats, twice. Neither label smoothing nor Huber's bend enters, so losses
    of training and validation compare. Both are infinite where an output is not finite.
    """
    tally = Tally(task, target_scale)
    tally.add(outputs, targets)
    return tally.result()


def score_examples(
    outputs: Outputs, examples: Examples, task: Task, target_scale: float
) -> tuple[float, float]:
    """``score`` of outputs (N, C), or (N, T, C) where ``examples`` have a target at every step."""
    return score(*flat(outputs, examples.targets, examples.steps), task, target_scale)


def flat(outputs: Any, targets: Any, steps: Any) -> tuple[Any, Any]:
    """Outputs (B, T, C) and targets (B, T) or (B, T, C) -> those of the S steps that count: (S, C), (S, ...).

    ``steps`` (B,) says how many of each row do; None: outputs and targets have no steps, and stay.
    The time axis of ``targets`` may be longer than that of ``outputs``. NumPy arrays or torch tensors.
    """
    if steps is None:
        return outputs, targets
    time = outputs.shape[1]
    counted = np.arange(time) < np.asarray(steps)[:, None]
    return outputs[counted], targets[:, :time][counted]


class Tally:
    """Adds up what ``score`` means, minibatch by minibatch."""

    def __init__(self, task: Task, target_scale: float) -> None:
        self._task, self._scale = task, target_scale
        self._pieces: list[tuple[Outputs, Targets]] = []
        self._loss = self._wrong = 0.0
        self._rows = self._pending = 0

    def add(self, outputs: Outputs, targets: Targets) -> None:
        """Take in outputs (S, C) and their targets, which must not change afterwards."""
        self._pieces.append((outputs, targets))
        self._pending += len(outputs)
        if self._pending >= PIECE:
            self._settle()

    def result(self) -> tuple[float, float]:
        """Mean loss and error of all that was added; infinite where an output was not, or nothing was."""
        self._settle()
        if not np.isfinite(self._loss) or not self._rows:
            return float("inf"), float("inf")
        loss = self._loss / self._rows
        if self._task == "classification":
            return loss, self._wrong / self._rows
        return loss, loss if self._task == "multilabel" else loss**0.5 * self._scale

    def _settle(self) -> None:
        if not self._pieces:
            return
        outputs_SC = np.concatenate([outputs for outputs, _ in self._pieces]).astype(np.float64)
        targets = np.concatenate([targets for _, targets in self._pieces])
        self._pieces, self._pending = [], 0
        self._rows += len(outputs_SC)
        if not np.isfinite(outputs_SC).all():
            self._loss = float("inf")
            return
        self._loss += float(np.sum(step_losses(outputs_SC, targets, self._task)))
        if self._task == "classification":
            self._wrong += float(np.sum(step_errors(outputs_SC, targets, self._task)))


def step_losses(outputs_SC: NDArray[np.float64], targets: Targets, task: Task) -> Numbers:
    """The loss of each row (S,)."""
    if task == "regression":
        squares: Numbers = np.mean((outputs_SC - targets) ** 2, axis=1)
        return squares
    if task == "multilabel":
        # log(1 + exp(z)) - t z, without overflow
        nats: Numbers = np.sum(np.logaddexp(0.0, outputs_SC) - targets * outputs_SC, axis=1)
        return nats
    shifted_SC = outputs_SC - outputs_SC.max(axis=1, keepdims=True)
    normaliser_S = np.log(np.exp(shifted_SC).sum(axis=1))
    chosen_S = shifted_SC[np.arange(len(targets)), targets.astype(np.int64, copy=False)]
    losses: Numbers = normaliser_S - chosen_S
    return losses


def step_errors(outputs_SC: NDArray[np.float64], targets: Targets, task: Task) -> Numbers:
    """What the error is a mean of (S,): wrong or not for classes, else the loss."""
    if task != "classification":
        return step_losses(outputs_SC, targets, task)
    wrong: Numbers = np.not_equal(outputs_SC.argmax(axis=1), targets).astype(np.float64)
    return wrong
