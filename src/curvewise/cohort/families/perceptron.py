"""The perceptron in plain torch.nn: what every way of training it computes."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import cast

import torch
from torch import Tensor, nn

from curvewise.cohort.dropout import HashDropout
from curvewise.cohort.recipe import Activation, Normalisation, Recipe
from curvewise.data.examples import Split

ACTIVATIONS: dict[Activation, type[nn.Module]] = {
    "relu": nn.ReLU,
    "leaky_relu": nn.LeakyReLU,  # slope 0.01
    "tanh": nn.Tanh,
    "sigmoid": nn.Sigmoid,
    "gelu": nn.GELU,  # exact: x Phi(x) by erf
    "silu": nn.SiLU,
}
NORMALISATIONS: dict[Normalisation, type[nn.Module]] = {
    "none": nn.Identity,
    "batch": nn.BatchNorm1d,  # eps 1e-5, momentum 0.1
    "layer": nn.LayerNorm,  # eps 1e-5
}


@dataclass(frozen=True)
class PerceptronShape:
    """Everything that must be known to build a perceptron, its weights aside."""

    inputs: int
    """D, the width of ``numbers``."""
    cardinalities: tuple[int, ...]
    """Codes of each embedded category column."""
    embedding_sizes: tuple[int, ...]
    """Dimensions of each embedded category column."""
    units: tuple[int, ...]
    """Hidden units of each layer; empty for a linear model."""
    outputs: int
    """C: classes, or 1 for a regression."""
    activation: Activation
    normalisation: Normalisation
    dropout: float
    """Share of hidden units silenced in training, [0, 1)."""

    @property
    def widths(self) -> tuple[int, ...]:
        """Numbers that enter each linear map, and at the end those that leave the last."""
        return (self.inputs + sum(self.embedding_sizes), *self.units, self.outputs)


class HiddenLayer(nn.Module):
    """Linear, normalisation, activation, dropout: (B, inputs) -> (B, units)."""

    def __init__(self, inputs: int, units: int, layer: int, shape: PerceptronShape) -> None:
        super().__init__()
        self.linear = nn.Linear(inputs, units)
        # Batch normalisation subtracts any bias again, so the bias has no gradient but rounding errors,
        # which Adam would blow up to whole steps: it stays as it was drawn.
        self.linear.bias.requires_grad_(shape.normalisation != "batch")
        self.normalisation = NORMALISATIONS[shape.normalisation](units)
        self.activation = ACTIVATIONS[shape.activation]()
        self.dropout = HashDropout(shape.dropout, layer)

    def forward(self, inputs: Tensor) -> Tensor:
        """One layer forward."""
        activations: Tensor = self.dropout(self.activation(self.normalisation(self.linear(inputs))))
        return activations


class Perceptron(nn.Module):
    """A multilayer perceptron over numbers and embedded categories.

    Parameters are named ``embeddings.{q}.weight``, ``hidden.{l}.linear.weight|bias``,
    ``hidden.{l}.normalisation.weight|bias`` (with ``running_mean``, ``running_var`` and
    ``num_batches_tracked`` under batch normalisation), ``output.weight|bias``.
    """

    def __init__(self, shape: PerceptronShape) -> None:
        super().__init__()
        self.shape = shape
        self.embeddings = nn.ModuleList(
            nn.Embedding(codes, size)
            for codes, size in zip(shape.cardinalities, shape.embedding_sizes, strict=True)
        )
        self.hidden = nn.ModuleList(
            HiddenLayer(inputs, units, layer, shape)
            for layer, (inputs, units) in enumerate(zip(shape.widths[:-2], shape.units, strict=True))
        )
        self.output = nn.Linear(shape.widths[-2], shape.outputs)

    def forward(self, numbers: Tensor, categories: Tensor) -> Tensor:
        """Numbers (B, D) float32 and categories (B, Q) integer -> logits or predictions (B, C)."""
        embedded = [embedding(categories[:, q]) for q, embedding in enumerate(self.embeddings)]
        activations = torch.cat([numbers, *embedded], dim=1) if embedded else numbers
        for layer in self.hidden:
            activations = layer(activations)
        outputs: Tensor = self.output(activations)
        return outputs

    def set_moment(self, seed: int, step: int) -> None:
        """Name the training step about to be taken; dropout draws its masks from it."""
        for layer in self.hidden:
            cast(HiddenLayer, layer).dropout.moment = (seed, step)


def shape_of(recipe: Recipe, split: Split) -> PerceptronShape:
    """The shape of the network that ``recipe`` asks for on ``split``."""
    return PerceptronShape(
        inputs=split.inputs,
        cardinalities=split.cardinalities,
        embedding_sizes=recipe.embedding_sizes(split.cardinalities),
        units=recipe.units,
        outputs=split.outputs,
        activation=recipe.activation,
        normalisation=recipe.normalisation,
        dropout=recipe.dropout,
    )


def blank(shape: PerceptronShape) -> Perceptron:
    """A network whose weights are yet to be set; torch's global seed is left as it was."""
    # Not on the meta device: that imports sympy, which takes a second before the first point
    with torch.random.fork_rng(devices=[]):
        return Perceptron(shape)


def perceptron(shape: PerceptronShape, seed: int) -> Perceptron:
    """A new network with the initial weights that ``seed`` stands for."""
    network = blank(shape)
    _initialise(network, torch.Generator().manual_seed(seed))
    return network


@torch.no_grad()
def _initialise(network: Perceptron, generator: torch.Generator) -> None:
    """Draw the weights in the order of ``network.modules()``: embeddings, hidden layers, output.

    Linear as torch.nn draws it: U(-k, k) with ``k = 1 / sqrt(inputs)`` for weight and bias.
    Embedding normal with standard deviation ``1 / sqrt(size)``: a column's vector has length about 1,
    like a standardised number (torch's N(0, 1) grows with the size). Gains 1, shifts 0,
    running mean 0 and variance 1.
    """
    for module in network.modules():
        if isinstance(module, nn.Embedding):
            module.weight.normal_(0.0, 1 / math.sqrt(module.embedding_dim), generator=generator)
        elif isinstance(module, nn.Linear):
            bound = 1 / math.sqrt(module.in_features)
            module.weight.uniform_(-bound, bound, generator=generator)
            module.bias.uniform_(-bound, bound, generator=generator)
        elif isinstance(module, nn.BatchNorm1d | nn.LayerNorm):
            module.reset_parameters()
