"""Hyperparameters that an optimizer and a model tell of themselves, by our names."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from difflib import get_close_matches

from torch import nn
from torch.optim import Optimizer

from curvewise.errors import UsageError
from curvewise.records import Value

TOLD = ("classes", "dropout", "epochs", "minibatch", "train_rows", "valid_rows", "weight_decay")
"""What a person may tell, see ``curves/run.py``; more of it makes more signs certain."""


_ACTIVATIONS = {
    nn.ReLU: "relu",
    nn.LeakyReLU: "leaky_relu",
    nn.GELU: "gelu",
    nn.SiLU: "silu",
    nn.Tanh: "tanh",
    nn.Sigmoid: "sigmoid",
}
"""By their names in ``space/model_defaults.py``."""
_NORMALISATIONS = nn.modules.batchnorm._NormBase, nn.LayerNorm, nn.GroupNorm, nn.RMSNorm


def hyperparameters(models: Sequence[nn.Module], optimizers: Sequence[Optimizer]) -> dict[str, Value]:
    """Of the first optimizer's first group; the highest dropout; the commonest activation, if any is seen."""
    found: dict[str, Value] = {}
    group: Mapping[str, object] = optimizers[0].param_groups[0]
    found["optimizer"] = _optimizer(optimizers[0], group)
    rate = group.get("initial_lr", group.get("lr"))
    for name, value in (("learning_rate", rate), ("weight_decay", group.get("weight_decay"))):
        if isinstance(value, int | float):
            found[name] = float(value)
    modules = [module for model in models for module in model.modules()]
    dropouts = [module.p for module in modules if isinstance(module, nn.modules.dropout._DropoutNd)]
    if dropouts:
        found["dropout"] = max(dropouts)
    return found | _architecture(modules)


def _architecture(modules: Sequence[nn.Module]) -> dict[str, Value]:
    """What is called as a function is not seen: nothing is told then."""
    seen = Counter(name for module in modules if (name := _ACTIVATIONS.get(type(module))))
    if not seen:
        return {}
    ((activation, layers),) = seen.most_common(1)
    found: dict[str, Value] = {"activation": activation, "layers": layers}
    if not any(isinstance(module, _NORMALISATIONS) for module in modules):
        found["normalisation"] = "none"
    elif any(isinstance(module, nn.modules.batchnorm._NormBase) for module in modules):
        found["normalisation"] = "batch"
    else:
        found["normalisation"] = "layer"
    return found


def _optimizer(optimizer: Optimizer, group: Mapping[str, object]) -> str:
    """``adamw``; of SGD with momentum ``momentum`` or ``nesterov``, as in ``space/optimizer_defaults.py``."""
    name = type(optimizer).__name__.lower()
    if name == "sgd" and group.get("momentum"):
        return "nesterov" if group.get("nesterov") else "momentum"
    return name


def checked(told: Mapping[str, Value]) -> Mapping[str, Value]:
    """What a person told. Raises UsageError for a name that means nothing here."""
    for name in told:
        if name not in TOLD:
            near = get_close_matches(name, TOLD, n=1)
            hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(TOLD)}"
            raise UsageError(f"Watch knows of no {name!r}; {hint}")
    return told
