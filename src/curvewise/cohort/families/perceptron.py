"""The perceptron in plain torch.nn: what every way of training it computes."""

from __future__ import annotations

from typing import cast

import torch
from torch import Tensor, nn

from curvewise.cohort.dropout import HashDropout
from curvewise.cohort.families.perceptron_shape import Activation, Normalisation, PerceptronShape

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
