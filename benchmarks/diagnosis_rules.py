"""The rules of other tools as they were published: what diagnosis.py and diagnosis_causes.py compare with.

Each function takes a run and says whether the tool's rules flag it. Thresholds are the tools' own. Those on
updates and dead units read what our engine records of a trial; rules on single layers' gradients, weights or
activations are left out, as neither logs nor trials have them.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from curvewise.curves.run import Quantity, Run

Values = NDArray[np.float64]


def values(run: Run, name: Quantity) -> Values | None:
    """A series' values as recorded; None where it is absent or empty."""
    series = run.series.get(name)
    return series.values if series is not None and len(series) else None


def sagemaker_overfit(run: Run) -> bool:
    """SageMaker Overfit: (validation - training) / training > 0.1 at some epoch (patience 1)."""
    train, valid = values(run, "train_loss"), values(run, "valid_loss")
    if train is None or valid is None:
        return False
    n = min(len(train), len(valid))
    with np.errstate(divide="ignore", invalid="ignore"):
        return bool(np.any((valid[:n] - train[:n]) / train[:n] > 0.1))


def sagemaker_loss_not_decreasing(run: Run) -> bool:
    """SageMaker LossNotDecreasing: a loss not 0.1 % below that of 10 steps before, or 5 % above it."""
    train = values(run, "train_loss")
    if train is None or len(train) <= 10:
        return False
    with np.errstate(divide="ignore", invalid="ignore"):
        fell = (train[:-10] - train[10:]) / np.abs(train[:-10])
    return bool(np.any(fell < 0.001) or np.any(fell < -0.05))


def sagemaker_exploding_tensor(run: Run) -> bool:
    """SageMaker ExplodingTensor on the losses: any NaN or infinite value."""
    return any(not np.isfinite(loss).all() for loss in _losses(run))


def _losses(run: Run) -> list[Values]:
    found = (values(run, "train_loss"), values(run, "valid_loss"))
    return [each for each in found if each is not None]


def autotrainer(run: Run) -> bool:
    """AutoTrainer's rules on curves (utils/monitor.py): explode, oscillating, slow, not converging.

    NaN or a loss of 1,000 and more; at least 0.2 of the epochs hold a local maximum of the training
    accuracy 0.03 above the minimum that follows; the largest gain of accuracy between epochs below 0.01 in
    training and validation; the best accuracy below 0.6.
    """
    for loss in _losses(run):
        if not np.isfinite(loss).all() or loss.max() >= 1e3:
            return True
    error = values(run, "train_error")
    if error is None:
        return False
    accuracy, valid = 1 - error, values(run, "valid_error")
    slow = _largest_gain(accuracy) < 0.01 and (valid is None or _largest_gain(1 - valid) < 0.01)
    return slow or bool(accuracy.max() < 0.6) or _oscillates(accuracy)


def _largest_gain(accuracy: Values) -> float:
    return float(np.max(np.diff(accuracy), initial=0.0))


def _oscillates(accuracy: Values) -> bool:
    inner = range(1, len(accuracy) - 1)
    highs = [accuracy[i] for i in inner if accuracy[i - 1] < accuracy[i] >= accuracy[i + 1]]
    lows = [accuracy[i] for i in inner if accuracy[i - 1] > accuracy[i] <= accuracy[i + 1]]
    swings = sum(high - low >= 0.03 for high, low in zip(highs, lows, strict=False))
    return bool(swings >= 0.2 * len(accuracy))


def deepdiagnosis(run: Run) -> bool:
    """DeepDiagnosis' rules on curves (callback/callbacks.py): NaN, unchanged loss or accuracy, accuracy 0.

    The last 5 losses are alike, or the last 20 accuracies, or the last accuracy is 0.
    """
    loss, error = values(run, "train_loss"), values(run, "train_error")
    if loss is not None and (not np.isfinite(loss).all() or _alike(loss, 5)):
        return True
    return error is not None and (_alike(error, 20) or bool(error[-1] >= 1))


def _alike(found: Values, last: int) -> bool:
    newest = found[-last:]
    return len(newest) == last and bool(newest.mean() == newest.max())


RULES = {
    "SageMaker Overfit": sagemaker_overfit,
    "SageMaker LossNotDecreasing": sagemaker_loss_not_decreasing,
    "SageMaker ExplodingTensor": sagemaker_exploding_tensor,
    "AutoTrainer": autotrainer,
    "DeepDiagnosis": deepdiagnosis,
}
"""Every published rule by its name."""


def sagemaker_weight_update_ratio(run: Run) -> bool:
    """SageMaker WeightUpdateRatio: an update above 10 times the weights, or below 1e-8 of them."""
    updates = values(run, "update_ratio")
    return updates is not None and bool(np.any((updates > 10) | (updates < 1e-8)))


def sagemaker_dead_relu(run: Run) -> bool:
    """SageMaker DeadRelu: above half of a layer's units inactive (by it: for 99 % of the examples)."""
    dead = values(run, "dead_units")
    return run.settings.get("activation") == "relu" and dead is not None and bool(np.any(dead > 0.5))


def deepdiagnosis_with_updates(run: Run) -> bool:
    """DeepDiagnosis: its rules on curves, an update outside 1e-5 to 0.1, or 0.7 of a layer dead at the end.

    It takes rate x gradient / weights for the update, which is what SGD does; ours is the step as taken.
    """
    updates, dead = values(run, "update_ratio"), values(run, "dead_units")
    far = updates is not None and bool(np.any((updates < 1e-5) | (updates > 0.1)))
    dying = run.settings.get("activation") == "relu" and dead is not None and bool(dead[-1] >= 0.7)
    return far or dying or deepdiagnosis(run)


def autotrainer_with_dead_units(run: Run) -> bool:
    """AutoTrainer: its rules on curves, or 0.7 of a layer without gradient (by it: of all gradients)."""
    dead = values(run, "dead_units")
    return (dead is not None and bool(np.any(dead >= 0.7))) or autotrainer(run)


GRADIENT_RULES = {
    "SageMaker WeightUpdateRatio": sagemaker_weight_update_ratio,
    "SageMaker DeadRelu": sagemaker_dead_relu,
    "DeepDiagnosis with updates": deepdiagnosis_with_updates,
    "AutoTrainer with dead units": autotrainer_with_dead_units,
}
"""Rules that need more than curves: for our engine's runs only."""
