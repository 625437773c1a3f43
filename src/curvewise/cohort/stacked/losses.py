"""What training minimises and what points report, of many slots at once."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from curvewise.cohort.recipe import Loss
from curvewise.data.examples import Task


def training_losses(
    loss: Loss, outputs: Tensor, targets: Tensor, smoothing: Tensor | None, counted: Tensor | None
) -> Tensor:
    """Each slot's mean over the steps that count, (K,): ``training_loss`` of ``reference``, K times.

    Outputs (K, S, C); targets (K, S) or (K, S, C); ``smoothing`` (K, 1) where a slot has any; ``counted``
    (K, S), None where all steps do.
    """
    losses = _losses(loss, outputs, targets, smoothing)
    if counted is None:
        return losses.mean(dim=1)
    return torch.where(counted, losses, 0.0).sum(dim=1) / counted.sum(dim=1)


def _losses(loss: Loss, outputs: Tensor, targets: Tensor, smoothing: Tensor | None) -> Tensor:
    if loss == "binary":
        return functional.binary_cross_entropy_with_logits(outputs, targets, reduction="none").sum(dim=2)
    if loss == "huber":
        return functional.huber_loss(outputs, targets, reduction="none", delta=1.0).mean(dim=2)
    if loss == "squared":
        return functional.mse_loss(outputs, targets, reduction="none").mean(dim=2)
    logs = functional.log_softmax(outputs, dim=2)
    chosen = -logs.gather(2, targets[:, :, None])[:, :, 0]
    if smoothing is None:
        return chosen
    return (1 - smoothing) * chosen - smoothing * logs.mean(dim=2)


@torch.no_grad()
def totals(task: Task, outputs: Tensor, targets: Tensor, counted: Tensor | None) -> Tensor:
    """Sums over the steps that count of loss, error and 1, (3, K) float64: what ``scores.Tally`` adds up.

    Outputs (K, S, C); targets (K or 1, S) or (K or 1, S, C).
    """
    if task == "classification":
        targets = targets.expand(outputs.shape[:2])
        # In double precision, as the specification does: differences of logits lose digits
        losses = -functional.log_softmax(outputs.double(), dim=2).gather(2, targets[:, :, None])[:, :, 0]
        errors = (outputs.argmax(dim=2) != targets).double()
    elif task == "regression":
        losses = errors = ((outputs - targets) ** 2).mean(dim=2).double()
    else:
        targets = targets.expand_as(outputs)
        nats = functional.binary_cross_entropy_with_logits(outputs, targets, reduction="none")
        losses = errors = nats.sum(dim=2, dtype=torch.float64)
    ones = torch.ones_like(losses)
    summed = torch.stack([losses, errors, ones])
    return (summed if counted is None else torch.where(counted, summed, 0.0)).sum(dim=2)


def result(total: list[float], task: Task, target_scale: float) -> tuple[float, float]:
    """Mean loss and error of one slot's ``totals``; infinite where something was not finite."""
    loss, error, count = total
    if not count or not loss < float("inf"):
        return float("inf"), float("inf")
    mean = loss / count
    if task == "classification":
        return mean, error / count
    return mean, mean if task == "multilabel" else mean**0.5 * target_scale
