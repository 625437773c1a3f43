"""Peers on PyTorch, for peers.py: one by one, torch.func by hand, modelbatch, chorus-torch.

Runs on Python 3.13 too, without curvewise.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable
from itertools import pairwise
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.func import functional_call, grad, stack_module_state, vmap
from torch.nn import functional

from peer_problem import LEARNING_RATE, WIDTHS, Problem, Weights


def alone() -> None:
    """How a peer's own process computes: on one thread, numbers too small to be normal being zero."""
    torch.set_num_threads(1)
    torch.set_flush_denormal(True)


def networks(problem: Problem) -> list[nn.Module]:
    """One module for each network, with its initial weights."""
    made: list[nn.Module] = []
    for k in range(len(problem.weights[0])):
        layers: list[nn.Module] = []
        for inputs, units in pairwise(WIDTHS):
            layers += [nn.Linear(inputs, units), nn.ReLU()]
        network = nn.Sequential(*layers[:-1])
        state = dict(zip(network.state_dict(), problem.weights, strict=True))
        network.load_state_dict({name: torch.tensor(array[k]) for name, array in state.items()})
        made.append(network)
    return made


def adamw(weights: Iterable[Tensor]) -> torch.optim.Optimizer:
    """One fused update of everything."""
    return torch.optim.AdamW(weights, lr=LEARNING_RATE, weight_decay=0.0, fused=True)


class OneByOne:
    """Plain PyTorch: each network an epoch, one after the other."""

    def __init__(self, problem: Problem) -> None:
        self._numbers, self._labels = torch.tensor(problem.numbers), torch.tensor(problem.labels)
        self._networks = networks(problem)
        self._optimizers = [adamw(network.parameters()) for network in self._networks]

    def train(self, order: NDArray[np.int64]) -> None:
        """See ``peer_problem.Trainer``."""
        steps = torch.from_numpy(order)
        for network, optimizer in zip(self._networks, self._optimizers, strict=True):
            for rows in steps:
                optimizer.zero_grad()
                loss = functional.cross_entropy(network(self._numbers[rows]), self._labels[rows])
                loss.backward()  # type: ignore[no-untyped-call]
                optimizer.step()

    def weights(self) -> Weights:
        """See ``peer_problem.Trainer``."""
        each = [network.state_dict().values() for network in self._networks]
        return [torch.stack(arrays).numpy() for arrays in zip(*each, strict=True)]


class Stacked:
    """All networks a step at a time; ``stacked`` are the weights (K, ...) that ``step`` changes."""

    def __init__(
        self, problem: Problem, step: Callable[[Tensor, Tensor], None], stacked: Iterable[Tensor]
    ) -> None:
        self._numbers, self._labels = torch.tensor(problem.numbers), torch.tensor(problem.labels)
        self._step, self._stacked = step, list(stacked)

    def train(self, order: NDArray[np.int64]) -> None:
        """See ``peer_problem.Trainer``."""
        for rows in torch.from_numpy(order):
            self._step(self._numbers[rows], self._labels[rows])

    def weights(self) -> Weights:
        """See ``peer_problem.Trainer``."""
        return [weights.detach().numpy().copy() for weights in self._stacked]


def torch_func(problem: Problem) -> Stacked:
    """torch.func by hand: gradients by vmap of grad, one fused AdamW over the stacked weights."""
    each = networks(problem)
    weights, gradients_of = _by_hand(each)
    optimizer = adamw(weights.values())

    def step(numbers: Tensor, labels: Tensor) -> None:
        for name, gradient in gradients_of(weights, numbers, labels).items():
            weights[name].grad = gradient
        optimizer.step()

    return Stacked(problem, step, weights.values())


def torch_func_compiled(problem: Problem) -> Stacked:
    """The same with AdamW written out, gradients and update compiled as one graph."""
    weights, gradients_of = _by_hand(networks(problem))
    first = {name: torch.zeros_like(value) for name, value in weights.items()}
    second = {name: torch.zeros_like(value) for name, value in weights.items()}
    corrections, taken = torch.ones(2), 0

    @torch.compile(fullgraph=True)
    def compiled(numbers: Tensor, labels: Tensor, corrections: Tensor) -> None:
        gradients = gradients_of(weights, numbers, labels)
        for name, w in weights.items():
            g, m, v = gradients[name], first[name], second[name]
            m.lerp_(g, 0.1)
            v.lerp_(g * g, 0.001)
            w.sub_(LEARNING_RATE * m / corrections[0] / ((v / corrections[1]).sqrt() + 1e-8))

    def step(numbers: Tensor, labels: Tensor) -> None:
        nonlocal taken
        taken += 1
        corrections[0], corrections[1] = 1 - 0.9**taken, 1 - 0.999**taken
        compiled(numbers, labels, corrections)

    return Stacked(problem, step, weights.values())


def _by_hand(each: list[nn.Module]) -> tuple[dict[str, Tensor], Callable[..., dict[str, Tensor]]]:
    """Stacked weights by name, and what gives their gradients on a minibatch that all share."""
    stacked = {name: value.detach() for name, value in stack_module_state(each)[0].items()}

    def loss_of(weights: dict[str, Tensor], numbers: Tensor, labels: Tensor) -> Tensor:
        return functional.cross_entropy(functional_call(each[0], weights, numbers), labels)

    return stacked, vmap(grad(loss_of), in_dims=(0, None, None))


def modelbatch(problem: Problem) -> Stacked:
    """ModelBatch with one fused AdamW over its stacked weights: one learning rate for all."""
    batch = importlib.import_module("modelbatch").ModelBatch(networks(problem))
    return _of_modelbatch(problem, batch, adamw(batch.stacked_params.values()))


def modelbatch_rates(problem: Problem) -> Stacked:
    """ModelBatch with the optimizer that it has for networks of different rates."""
    batch = importlib.import_module("modelbatch").ModelBatch(networks(problem))
    factory = importlib.import_module("modelbatch.optimizer").OptimizerFactory(
        torch.optim.AdamW,
        {"weight_decay": 0.0},  # with fused=True modelbatch 0.1 ends at other losses
    )
    optimizer = factory.create_optimizer(batch, [{"lr": LEARNING_RATE}] * batch.num_models)
    return _of_modelbatch(problem, batch, optimizer)


def _of_modelbatch(problem: Problem, batch: Any, optimizer: torch.optim.Optimizer) -> Stacked:
    def step(numbers: Tensor, labels: Tensor) -> None:
        batch.zero_grad()
        batch.compute_loss(batch(numbers), labels, functional.cross_entropy).backward()
        optimizer.step()

    return Stacked(problem, step, batch.stacked_params.values())


def chorus(problem: Problem) -> Stacked:
    """chorus-torch's Stack and loss with one fused AdamW over the stack: one learning rate for all."""
    stack = importlib.import_module("chorus").Stack(networks(problem))
    return _of_chorus(problem, stack, stack, adamw(stack.parameters()))


def chorus_compiled(problem: Problem) -> Stacked:
    """The same, its forward pass compiled."""
    stack = importlib.import_module("chorus").Stack(networks(problem))
    return _of_chorus(problem, stack, torch.compile(stack), adamw(stack.parameters()))


def chorus_rates(problem: Problem) -> Stacked:
    """chorus-torch's Stack, loss and the optimizer that it has for networks of different rates."""
    made = importlib.import_module("chorus")
    stack = made.Stack(networks(problem))
    rates = [LEARNING_RATE] * len(problem.weights[0])
    return _of_chorus(problem, stack, stack, made.StackedAdam(stack, lr=rates, weight_decay=0.0))


def _of_chorus(
    problem: Problem, stack: Any, forward: Callable[[Tensor], Tensor], optimizer: torch.optim.Optimizer
) -> Stacked:
    loss_of = importlib.import_module("chorus").stacked_cross_entropy

    def step(numbers: Tensor, labels: Tensor) -> None:
        loss_of(forward(numbers), labels).backward()
        optimizer.step()
        optimizer.zero_grad()

    stacked = dict(zip(stack.state_dicts()[0], stack.stacked_parameters(), strict=True))  # biases come first
    return Stacked(problem, step, [stacked[name] for name in networks(problem)[0].state_dict()])
