"""Small trainings in plain PyTorch, with and without a watch."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from curvewise.live import Watch

Stepped = Callable[[nn.Module, list[Optimizer], int, Callable[[Tensor], None]], None]
"""One round of a loop: the model, its optimizers, the number of the round, and what to do with a loss."""


def rows(number: int, count: int = 16) -> tuple[Tensor, Tensor]:
    """Inputs (count, 6) and which of 3 classes they are, the same for the same number."""
    drawn = torch.Generator().manual_seed(number)
    inputs = torch.randn(count, 6, generator=drawn)
    return inputs, (inputs[:, 0] > 0).long() + (inputs[:, 1] > 0).long()


def perceptron(seed: int = 0) -> nn.Sequential:
    torch.manual_seed(seed)
    return nn.Sequential(nn.Linear(6, 8), nn.ReLU(), nn.Dropout(0.2), nn.Linear(8, 3))


def loss_of(model: nn.Module, number: int) -> Tensor:
    inputs, targets = rows(number)
    return nn.functional.cross_entropy(model(inputs), targets)


def plainly(
    model: nn.Module, optimizers: list[Optimizer], number: int, keep: Callable[[Tensor], None]
) -> None:
    """The loop that everybody writes."""
    for optimizer in optimizers:
        optimizer.zero_grad()
    loss = loss_of(model, number)
    loss.backward()
    for optimizer in optimizers:
        optimizer.step()
    keep(loss)


@dataclass
class Ticking:
    """A clock that goes on by as much as it is told, and by ``tick`` whenever it is read.

    By one that stands still nothing costs anything, so every step is measured.
    """

    now: float = 0.0
    tick: float = 0.0

    def __call__(self) -> float:
        self.now += self.tick
        return self.now


def sgd(model: nn.Module, learning_rate: float = 0.1) -> torch.optim.SGD:
    return torch.optim.SGD(model.parameters(), lr=learning_rate, momentum=0.9)


def trained(learning_rate: float, rounds: int, **keywords: object) -> Watch:
    """A watch that has seen so many rounds, of ten milliseconds each; not closed."""
    model, clock = perceptron(), Ticking(tick=2e-6)
    optimizer = sgd(model, learning_rate)
    watch = Watch(model, optimizer, clock=clock, **keywords)  # type: ignore[arg-type]
    for number in range(rounds):
        clock.now += 1e-2
        plainly(model, [optimizer], number, watch.step)
    return watch
