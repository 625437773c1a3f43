"""One training step in plain PyTorch, as anybody writes it: eager, and compiled."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.func import functional_call, grad
from torch.nn import functional
from torch.nn.utils.rnn import pack_padded_sequence

from curvewise.data.examples import Split
from engine_problems import IMAGE, KERNEL, Problem

Step = Callable[[Tensor], None]
"""One training step on a minibatch, given its row numbers (B,)."""


class Classifier(nn.Module):
    """A perceptron, or convolutions of 3 x 3 (padded), each with ReLU and a maximum over 2 x 2."""

    def __init__(self, problem: Problem) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        if problem.family == "perceptron":
            for before, units in pairwise(problem.sizes):
                layers += [nn.Linear(before, units), nn.ReLU()]
            layers.pop()
        else:
            for before, channels in pairwise((1, *problem.sizes)):
                layers += [nn.Conv2d(before, channels, KERNEL, padding=1), nn.ReLU(), nn.MaxPool2d(2)]
            side = IMAGE // 2 ** len(problem.sizes)
            layers += [nn.Flatten(), nn.Linear(side**2 * problem.sizes[-1], 10)]
        self.network = nn.Sequential(*layers)

    def forward(self, inputs: Tensor, labels: Tensor) -> Tensor:
        """The minibatch's loss."""
        return functional.cross_entropy(self.network(inputs), labels)


class ChannelsLast(Classifier):
    """The same convolutions, a pixel's channels side by side in memory."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem)
        self.to(memory_format=torch.channels_last)  # type: ignore[call-overload]


class Padded(nn.Module):
    """torch.nn's own recurrent layer over sequences as far as the minibatch's longest; padding weighs 0."""

    def __init__(self, problem: Problem) -> None:
        super().__init__()
        inputs, units, outputs = problem.sizes
        kind = {"tanh": nn.RNN, "gru": nn.GRU, "lstm": nn.LSTM}[problem.cell]
        self.layer = kind(inputs, units, batch_first=True)
        self.output = nn.Linear(units, outputs)

    def forward(self, numbers: Tensor, targets: Tensor, lengths: Tensor) -> Tensor:
        """Nats per step."""
        longest = int(lengths.max())
        outputs = self.output(self.layer(numbers[:, :longest])[0])
        within = (torch.arange(longest) < lengths[:, None]).float().unsqueeze(2)
        total = functional.binary_cross_entropy_with_logits(
            outputs, targets[:, :longest], weight=within, reduction="sum"
        )
        return total / lengths.sum()


class Packed(Padded):
    """The same over packed sequences: no step beyond a length is computed."""

    def forward(self, numbers: Tensor, targets: Tensor, lengths: Tensor) -> Tensor:
        """Nats per step."""
        packed = pack_padded_sequence(numbers, lengths, batch_first=True, enforce_sorted=False)
        wanted = pack_padded_sequence(targets, lengths, batch_first=True, enforce_sorted=False).data
        outputs = self.output(self.layer(packed)[0].data)
        total = functional.binary_cross_entropy_with_logits(outputs, wanted, reduction="sum")
        return total / len(outputs)


VARIANTS: dict[str, type[Classifier | Padded]] = {
    "plain": Classifier,
    "channels_last": ChannelsLast,
    "padded": Padded,
    "packed": Packed,
}


def variants(problem: Problem) -> tuple[str, ...]:
    """The ways of writing it."""
    if problem.family == "recurrent":
        return ("padded", "packed")
    return ("plain", "channels_last") if problem.family == "convolutional" else ("plain",)


def order(problem: Problem) -> Tensor:
    """Row numbers of an epoch's minibatches (steps, B)."""
    rows = problem.minibatches * problem.minibatch
    generator = torch.Generator().manual_seed(0)
    return torch.randperm(rows, generator=generator).view(-1, problem.minibatch)


def arrays(split: Split) -> list[Tensor]:
    """Inputs, targets and, of sequences, lengths: what a step takes the rows of."""
    examples = split.train
    lengths = [] if examples.steps is None else [torch.from_numpy(examples.steps).long()]
    return [torch.from_numpy(examples.inputs[0]), torch.from_numpy(examples.targets), *lengths]


def written(problem: Problem, variant: str) -> nn.Module:
    """The network, and its loss as what it returns."""
    return VARIANTS[variant](problem)


def eager_step(network: nn.Module, examples: Sequence[Tensor]) -> Step:
    """Forward, backward, AdamW(fused=True)."""
    optimizer = torch.optim.AdamW(network.parameters(), lr=1e-3, fused=True)

    def step(rows: Tensor) -> None:
        optimizer.zero_grad()
        network(*(array[rows] for array in examples)).backward()
        optimizer.step()

    return step


def compiled_step(network: nn.Module, examples: Sequence[Tensor]) -> Step:
    """Forward, backward and update compiled as one graph; raises what the compiler raises at the first step.

    AdamW is written out, for torch.optim's own step would break the graph.
    """
    weights = {name: value.detach().clone() for name, value in network.named_parameters()}
    first = {name: torch.zeros_like(value) for name, value in weights.items()}
    second = {name: torch.zeros_like(value) for name, value in weights.items()}
    corrections, taken = torch.ones(2), 0

    def loss_of(weights: dict[str, Tensor], *minibatch: Tensor) -> Tensor:
        loss: Tensor = functional_call(network, weights, minibatch)
        return loss

    @torch.compile(fullgraph=True)
    def step(minibatch: list[Tensor], corrections: Tensor) -> None:
        gradients = grad(loss_of)(weights, *minibatch)
        for name, w in weights.items():
            g, m, v = gradients[name], first[name], second[name]
            m.lerp_(g, 0.1)
            v.lerp_(g * g, 0.001)
            denominator = (v / corrections[1]).sqrt() + 1e-8
            w.copy_(w * (1 - 1e-3 * 0.01) - 1e-3 * m / corrections[0] / denominator)

    def counted(rows: Tensor) -> None:
        nonlocal taken
        taken += 1
        corrections[0], corrections[1] = 1 - 0.9**taken, 1 - 0.999**taken
        step([array[rows] for array in examples], corrections)

    return counted
