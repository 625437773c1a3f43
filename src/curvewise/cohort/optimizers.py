"""The optimizers of the space, as torch.optim has them."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from torch import nn, optim

from curvewise.cohort.recipe import Optimizer, Recipe

Groups = list[dict[str, object]]


def optimizer(recipe: Recipe, parameters: Iterable[nn.Parameter]) -> optim.Optimizer:
    """The optimizer that ``recipe`` names, over matrices (decayed) and vectors (not decayed).

    Weight decay is for weight matrices and embeddings, which set how strongly a network reacts;
    biases, gains and shifts only place it. All constants but the recipe's are torch's defaults:
    eps 1e-8 (Adagrad 1e-10), dampening 0, Adagrad's accumulator from 0.
    """
    kept = list(parameters)
    groups: Groups = [
        {"params": [p for p in kept if p.ndim > 1], "weight_decay": recipe.weight_decay},
        {"params": [p for p in kept if p.ndim <= 1], "weight_decay": 0.0},
    ]
    return _BUILDERS[recipe.optimizer](groups, recipe)


def set_learning_rate(optimizer: optim.Optimizer, rate: float) -> None:
    """Let the next step use ``rate``."""
    for group in optimizer.param_groups:
        group["lr"] = rate


def _momentum(groups: Groups, recipe: Recipe) -> optim.Optimizer:
    return optim.SGD(groups, recipe.learning_rate, momentum=recipe.momentum, fused=True)


def _nesterov(groups: Groups, recipe: Recipe) -> optim.Optimizer:
    # Without momentum there is nothing to look ahead along, and torch refuses nesterov
    ahead = recipe.momentum > 0
    return optim.SGD(groups, recipe.learning_rate, momentum=recipe.momentum, nesterov=ahead, fused=True)


def _adam(groups: Groups, recipe: Recipe) -> optim.Optimizer:
    return optim.Adam(groups, recipe.learning_rate, (recipe.momentum, recipe.beta2), fused=True)


def _adamw(groups: Groups, recipe: Recipe) -> optim.Optimizer:
    return optim.AdamW(groups, recipe.learning_rate, (recipe.momentum, recipe.beta2), fused=True)


_BUILDERS: dict[Optimizer, Callable[[Groups, Recipe], optim.Optimizer]] = {
    "sgd": lambda groups, recipe: optim.SGD(groups, recipe.learning_rate, fused=True),
    "momentum": _momentum,
    "nesterov": _nesterov,
    "adagrad": lambda groups, recipe: optim.Adagrad(groups, recipe.learning_rate, fused=True),
    "rmsprop": lambda groups, recipe: optim.RMSprop(groups, recipe.learning_rate, alpha=recipe.beta2),
    "adam": _adam,
    "adamw": _adamw,
}
