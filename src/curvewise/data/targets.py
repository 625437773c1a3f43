"""What is predicted, as data: how targets were encoded, and how a network's outputs are read."""

from __future__ import annotations

from typing import Literal

import msgspec
import numpy as np
from numpy.typing import NDArray

from curvewise.data.examples import Task
from curvewise.errors import DataError

THRESHOLD = 0.5
"""Probability from which on a label is predicted to be there."""


class ClassTarget(msgspec.Struct, frozen=True, tag="classes"):
    """A target of C classes."""

    name: str
    labels: tuple[str, ...]
    """In the order of the codes 0 ... C-1."""
    dtype: Literal["str", "int", "float", "bool"]
    """What a label was before it was written as a string."""


class NumberTarget(msgspec.Struct, frozen=True, tag="number"):
    """A target of numbers: standardised = (value - mean) / deviation, by the training rows."""

    name: str
    mean: float
    deviation: float
    low: float
    """The smallest of the training rows; predictions stay within low and high."""
    high: float


class LabelsTarget(msgspec.Struct, frozen=True, tag="labels"):
    """C labels that are there or not at every step of a sequence: those of the step after it."""

    name: str
    labels: tuple[str, ...]
    """In the order of the outputs."""


Target = ClassTarget | NumberTarget | LabelsTarget

METRICS: dict[Task, str] = {
    "classification": "error rate",
    "regression": "RMSE",
    "multilabel": "nats per step",
}
"""What the error is."""


def task_of(target: Target) -> Task:
    """The task that the target sets."""
    match target:
        case ClassTarget():
            return "classification"
        case NumberTarget():
            return "regression"
        case LabelsTarget():
            return "multilabel"


def scale_of(target: Target) -> float:
    """RMSE in standardised units x this = RMSE in the target's unit; 1.0 for classes and labels."""
    return target.deviation if isinstance(target, NumberTarget) else 1.0


def outputs_of(target: Target) -> int:
    """Outputs that a network needs: C classes or labels, or 1 for a regression."""
    return 1 if isinstance(target, NumberTarget) else len(target.labels)


def decode(target: Target, outputs: NDArray[np.floating]) -> NDArray[np.generic]:
    """Predictions of outputs: labels (N,) of logits (N, C), in their original type, numbers of (N, 1),
    or of logits (..., C) of labels the ones (1) that are likelier there than not (0).

    Numbers are in the target's unit, within the range of the training rows.
    """
    match target:
        case NumberTarget():
            values = outputs[:, 0].astype(np.float64) * target.deviation + target.mean
            return np.clip(values, target.low, target.high)
        case LabelsTarget():
            return (logistic(outputs) >= THRESHOLD).astype(np.int64)
        case ClassTarget():
            found: NDArray[np.generic] = labels(target)[np.argmax(outputs, axis=1)]
            return found


def labels(target: Target) -> NDArray[np.generic]:
    """(C,) labels in their original type, by code; raises DataError for a regression."""
    if isinstance(target, NumberTarget):
        raise DataError("A regression has no classes, so no probabilities either: leave out --proba.")
    if isinstance(target, LabelsTarget):
        return np.array(target.labels, dtype=np.str_)
    texts = target.labels
    match target.dtype:
        case "int":
            return np.array([int(text) for text in texts], dtype=np.int64)
        case "float":
            return np.array([float(text) for text in texts], dtype=np.float64)
        case "bool":
            return np.array([text == "true" for text in texts], dtype=np.bool_)
        case "str":
            return np.array(texts, dtype=np.str_)


def probabilities(target: Target, outputs: NDArray[np.floating]) -> NDArray[np.float64]:
    """Of each class, which sum to 1, or of each label by itself; columns as in ``labels``.

    Raises DataError for a regression.
    """
    labels(target)
    return logistic(outputs) if isinstance(target, LabelsTarget) else softmax(outputs)


def softmax(logits: NDArray[np.floating]) -> NDArray[np.float64]:
    """Class probabilities (..., C) of logits (..., C); shifted by the largest, so that none overflows."""
    shifted = logits.astype(np.float64)
    shifted -= shifted.max(axis=-1, keepdims=True)
    powers = np.exp(shifted)
    shares: NDArray[np.float64] = powers / powers.sum(axis=-1, keepdims=True)
    return shares


def logistic(logits: NDArray[np.floating]) -> NDArray[np.float64]:
    """1 / (1 + exp(-z)) of each logit, without overflow."""
    wide = logits.astype(np.float64)
    shares: NDArray[np.float64] = np.exp(-np.logaddexp(0.0, -wide))
    return shares
