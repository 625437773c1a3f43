"""Small trainings in plain PyTorch for `watch_findings.py`: healthy ones, and ones with a known fault."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from torch import nn, optim
from torch.optim import Optimizer, lr_scheduler

ROWS, EPOCHS, MINIBATCH = 1437, 30, 32
STEPS = EPOCHS * math.ceil(ROWS / MINIBATCH)
Make = Callable[[nn.Module], Optimizer]


def perceptron(activation: type[nn.Module] = nn.ReLU, depth: int = 2, between: str = "") -> nn.Module:
    """64 inputs, ``depth`` layers of 64 units, 10 classes; ``between`` is "dropout" or "normalisation"."""
    layers: list[nn.Module] = []
    for _ in range(depth):
        layers += [nn.Linear(64, 64), activation()]
        layers += [nn.Dropout(0.2)] if between == "dropout" else []
        layers += [nn.BatchNorm1d(64)] if between == "normalisation" else []
    return nn.Sequential(*layers, nn.Linear(64, 10))


def convolutional() -> nn.Module:
    """8 x 8, 8 and 16 filters of 3 x 3, each pooled."""
    first = nn.Conv2d(1, 8, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)
    second = nn.Conv2d(8, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)
    return nn.Sequential(nn.Unflatten(1, (1, 8, 8)), *first, *second, nn.Flatten(), nn.Linear(64, 10))


def optimizer(kind: type[Optimizer], **settings: float | bool) -> Make:
    """Makes optimizers of a model's parameters."""
    return lambda model: kind(model.parameters(), **settings)  # type: ignore[arg-type]


def kill(step: int, model: nn.Module) -> None:
    """No unit of the first layer ever answers."""
    if step == 0:
        nn.init.constant_(model.get_parameter("0.bias"), -50.0)


def spoil(step: int, model: nn.Module) -> None:
    """Weights that are no numbers, after 400 steps."""
    if step == 400:
        nn.init.constant_(model.get_parameter("0.weight"), math.nan)


@dataclass(frozen=True)
class Training:
    """One training; right answers are ``truths`` of (hyperparameter, direction), none if it is healthy."""

    name: str
    optimizer: Make
    model: Callable[[], nn.Module] = perceptron
    schedule: Callable[[Optimizer], lr_scheduler.LRScheduler] | None = None
    before: Callable[[int, nn.Module], None] = lambda step, model: None
    truths: tuple[tuple[str, str], ...] = ()


MOMENTUM = partial(optimizer, optim.SGD, momentum=0.9)
HIGH, LOW = (("learning_rate", "lower"),), (("learning_rate", "raise"),)
DEEP = (("activation", "change"), ("normalisation", "change"), ("initialisation", "change"))

HEALTHY = (
    Training("SGD", optimizer(optim.SGD, lr=0.1)),
    Training("momentum", MOMENTUM(lr=0.05)),
    Training("Nesterov", MOMENTUM(lr=0.02, nesterov=True)),
    Training("AdamW", optimizer(optim.AdamW, lr=1e-3)),
    Training("Adam, 3e-3", optimizer(optim.Adam, lr=3e-3)),
    Training("RMSprop", optimizer(optim.RMSprop, lr=1e-3)),
    Training("Adagrad", optimizer(optim.Adagrad, lr=1e-2)),
    Training("Adadelta", optimizer(optim.Adadelta, lr=1.0)),
    Training("NAdam", optimizer(optim.NAdam, lr=1e-3)),
    Training("RAdam", optimizer(optim.RAdam, lr=2e-3)),
    Training("Adamax", optimizer(optim.Adamax, lr=2e-3)),
    Training(
        "AdamW, cosine",
        optimizer(optim.AdamW, lr=3e-3),
        schedule=lambda each: lr_scheduler.CosineAnnealingLR(each, STEPS),
    ),
    Training(
        "momentum, one cycle",
        MOMENTUM(lr=0.1),
        schedule=lambda each: lr_scheduler.OneCycleLR(each, 0.1, total_steps=STEPS),
    ),
    Training(
        "momentum, decays",
        MOMENTUM(lr=0.1),
        schedule=lambda each: lr_scheduler.StepLR(each, STEPS // 3, 0.2),
    ),
    Training("dropout", optimizer(optim.AdamW, lr=1e-3), partial(perceptron, between="dropout")),
    Training("batch normalisation", MOMENTUM(lr=0.05), partial(perceptron, between="normalisation")),
    Training("tanh", optimizer(optim.AdamW, lr=1e-3), partial(perceptron, nn.Tanh)),
    Training("GELU", optimizer(optim.AdamW, lr=1e-3), partial(perceptron, nn.GELU)),
    Training("convolutional, AdamW", optimizer(optim.AdamW, lr=2e-3), convolutional),
    Training("convolutional, momentum", MOMENTUM(lr=0.05), convolutional),
)
FAULTS = (
    Training("SGD x 100", optimizer(optim.SGD, lr=10.0), truths=HIGH),
    Training("momentum x 100", MOMENTUM(lr=5.0), truths=HIGH),
    Training("AdamW x 100", optimizer(optim.AdamW, lr=0.1), truths=HIGH),
    Training("convolutional, AdamW x 100", optimizer(optim.AdamW, lr=0.2), convolutional, truths=HIGH),
    Training("SGD / 100", optimizer(optim.SGD, lr=1e-3), truths=LOW),
    Training("momentum / 100", MOMENTUM(lr=5e-4), truths=LOW),
    Training("AdamW / 100", optimizer(optim.AdamW, lr=1e-5), truths=LOW),
    Training(
        "dead ReLU", optimizer(optim.SGD, lr=0.1), before=kill, truths=(*HIGH, ("initialisation", "change"))
    ),
    Training(
        "8 sigmoids, SGD", optimizer(optim.SGD, lr=0.1), partial(perceptron, nn.Sigmoid, depth=8), truths=DEEP
    ),
    Training(
        "12 sigmoids, Adam",
        optimizer(optim.Adam, lr=1e-3),
        partial(perceptron, nn.Sigmoid, depth=12),
        truths=DEEP,
    ),
    Training("not a number", optimizer(optim.SGD, lr=0.1), before=spoil, truths=HIGH),
)
