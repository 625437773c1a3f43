"""What people hand to a watch, as what it reads: modules, optimizers, numbers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from curvewise.errors import UsageError

CALL = "Watch(model, optimizer)"


def models_of(model: nn.Module | Iterable[nn.Module]) -> list[nn.Module]:
    """One module or several. Raises UsageError for anything else."""
    models = list(model) if isinstance(model, Iterable) and not isinstance(model, nn.Module) else [model]
    for each in models:
        if not isinstance(each, nn.Module):
            raise UsageError(f"{CALL}: a model is a torch.nn.Module, not {type(each).__name__}")
    return models


def optimizers_of(optimizer: Optimizer | Iterable[Optimizer]) -> list[Optimizer]:
    """One optimizer or several, out of what they are wrapped in. Raises UsageError for anything else."""
    if isinstance(optimizer, Iterable) and not isinstance(optimizer, nn.Module):
        optimizers = [_unwrapped(each) for each in optimizer]
    else:
        optimizers = [_unwrapped(optimizer)]
    if not optimizers:
        raise UsageError(f"{CALL}: there is no optimizer")
    return optimizers


def _unwrapped(optimizer: Any) -> Optimizer:
    """The optimizer whose steps can be hooked: wrappers keep theirs under that name."""
    found = optimizer
    while not hasattr(found, "_optimizer_step_pre_hooks") and hasattr(found, "optimizer"):
        found = found.optimizer
    if not isinstance(found, Optimizer):
        raise UsageError(f"{CALL}: an optimizer is a torch.optim.Optimizer, not {type(optimizer).__name__}")
    return found


def number(value: Any, name: str) -> float:
    """A loss or an error as a number, the mean of several. Raises UsageError where it is none."""
    try:
        if isinstance(value, Tensor):
            return _mean(value.detach())
        return float(value.mean() if isinstance(value, np.ndarray) else value)
    except (TypeError, ValueError, OverflowError, RuntimeError) as failure:
        raise UsageError(
            f"the {name} is to be a number or a tensor, not {type(value).__name__}: {failure}"
        ) from failure


def _mean(tensor: Tensor) -> float:
    dense = tensor if tensor.layout == torch.strided else tensor.to_dense()
    if dense.is_complex():
        raise TypeError("it is complex")
    return float((dense if dense.is_floating_point() else dense.float()).mean())


def share_of(value: Any, name: str) -> float:
    """A share of examples. Raises UsageError where it is none, as percentages are not."""
    found = number(value, name)
    if found < 0 or found > 1:
        raise UsageError(f"the {name} is to be the share of examples that are wrong, 0 to 1, not {found:g}")
    return found
