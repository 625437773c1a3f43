"""The optimizers of the space, as torch.optim has them."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from torch import nn, optim

from curvewise.cohort.parametrisation import factors_of
from curvewise.cohort.recipe import Optimizer, Recipe
from curvewise.cohort.schedule_free import ScheduleFreeAdamW

Groups = list[dict[str, object]]


def optimizer(recipe: Recipe, parameters: Iterable[tuple[str, nn.Parameter]]) -> optim.Optimizer:
    """The optimizer that ``recipe`` names, over a network's ``named_parameters``.

    Weight decay is for weight matrices and embeddings, which set how strongly a network reacts, not for
    vectors: biases, gains and shifts only place it. Rates and decays have their factors of the
    parametrisation. All constants but the recipe's are torch's defaults: eps 1e-8 (Adagrad 1e-10),
    dampening 0, Adagrad's accumulator from 0.
    """
    together: dict[tuple[float, float], list[nn.Parameter]] = {}
    for name, parameter in parameters:
        factors = factors_of(recipe, name)
        decay = recipe.weight_decay * factors.decay if parameter.ndim > 1 else 0.0
        together.setdefault((factors.rate, decay), []).append(parameter)
    groups: Groups = [
        {"params": kept, "weight_decay": decay, "factor": factor}
        for (factor, decay), kept in together.items()
    ]
    return _BUILDERS[recipe.optimizer](groups, recipe)


def set_learning_rate(optimizer: optim.Optimizer, rate: float, share: float = 0.0) -> None:
    """Let the next step use ``rate``, and ``share`` as Schedule-Free's c."""
    for group in optimizer.param_groups:
        group["lr"], group["share"] = rate * group["factor"], share


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


def _schedule_free(groups: Groups, recipe: Recipe) -> optim.Optimizer:
    return ScheduleFreeAdamW(groups, recipe.learning_rate, (recipe.momentum, recipe.beta2))


_BUILDERS: dict[Optimizer, Callable[[Groups, Recipe], optim.Optimizer]] = {
    "sgd": lambda groups, recipe: optim.SGD(groups, recipe.learning_rate, fused=True),
    "momentum": _momentum,
    "nesterov": _nesterov,
    "adagrad": lambda groups, recipe: optim.Adagrad(groups, recipe.learning_rate, fused=True),
    "rmsprop": lambda groups, recipe: optim.RMSprop(groups, recipe.learning_rate, alpha=recipe.beta2),
    "adam": _adam,
    "adamw": _adamw,
    "schedule_free": _schedule_free,
}
