"""The recurrent network in plain torch: what every way of training it computes."""

from __future__ import annotations

from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional

from curvewise.cohort.dropout import HashDropout
from curvewise.cohort.families.cells import CellState, CellWeights, beginning, step, where_going
from curvewise.cohort.families.recurrent_shape import RecurrentShape, blocks, gates_that_peep


class RecurrentLayer(nn.Module):
    """One layer of cells through time: (B, T, inputs) -> (B, T, H)."""

    def __init__(self, inputs: int, layer: int, shape: RecurrentShape) -> None:
        super().__init__()
        units, wide = shape.units, len(blocks(shape.cell)) * shape.units
        self.cell = shape.cell
        self.units = units
        self.input_weight = nn.Parameter(torch.empty(wide, inputs))
        self.recurrent_weight = nn.Parameter(torch.empty(wide, units))
        self.bias = nn.Parameter(torch.empty(wide))
        gru, peeping = shape.cell == "gru", len(gates_that_peep(shape.cell))
        fgr = shape.cell == "lstm_fgr"
        self.candidate_bias = nn.Parameter(torch.empty(units)) if gru else None
        self.peepholes = nn.Parameter(torch.empty(peeping, units)) if peeping else None
        self.gate_weight = nn.Parameter(torch.empty(3 * units, 3 * units)) if fgr else None
        self.states = nn.Identity()
        """Passed by the state that every step leads to, for those who look on."""
        self.dropout = HashDropout(shape.dropout, layer)

    @property
    def weights(self) -> CellWeights:
        """The weights that act in time."""
        return CellWeights(self.recurrent_weight, self.candidate_bias, self.peepholes, self.gate_weight)

    def run(self, inputs: Tensor, lengths: Tensor) -> tuple[Tensor, CellState]:
        """The outputs of every step (T, B, H), before dropout, and the state after each sequence's last."""
        projected = functional.linear(inputs, self.input_weight, self.bias)
        weights, state, outputs = self.weights, beginning(inputs, self.units), []
        for t in range(inputs.shape[1]):
            new = step(self.cell, projected[:, t], state, weights)
            state = self.states(where_going(t < lengths, new, state))
            outputs.append(state.output)
        return torch.stack(outputs), state

    def forward(self, inputs: Tensor, lengths: Tensor) -> Tensor:
        """The outputs of every step; beyond a sequence's length its last output stands."""
        # Time first: an element's place then depends on the minibatch alone, not on how far it is padded
        dropped: Tensor = self.dropout(self.run(inputs, lengths)[0])
        return dropped.transpose(0, 1)


class Recurrent(nn.Module):
    """Recurrent layers over numbers and embedded codes, and a linear map of each step's, or the last, output.

    Parameters are named ``embeddings.{q}.weight``, ``layers.{l}.input_weight|recurrent_weight|bias``
    and, where the cell has them, ``candidate_bias``, ``peepholes``, ``gate_weight``;
    ``output.weight|bias``.
    """

    def __init__(self, shape: RecurrentShape) -> None:
        super().__init__()
        self.shape = shape
        self.embeddings = nn.ModuleList(
            nn.Embedding(codes, size)
            for codes, size in zip(shape.cardinalities, shape.embedding_sizes, strict=True)
        )
        self.layers = nn.ModuleList(
            RecurrentLayer(shape.units if layer else shape.entering, layer, shape)
            for layer in range(shape.layers)
        )
        self.output = nn.Linear(shape.units, shape.outputs)

    def forward(self, numbers: Tensor, categories: Tensor, lengths: Tensor) -> Tensor:
        """Numbers (B, T, D), categories (B, T, Q), lengths (B,) -> outputs of every step, or of the last.

        (B, T', C) with T' the longest of ``lengths``, what is beyond a sequence's own meaning nothing;
        or (B, C).
        """
        time = int(lengths.max())
        embedded = [embedding(categories[:, :time, q]) for q, embedding in enumerate(self.embeddings)]
        activations = torch.cat([numbers[:, :time], *embedded], dim=2)
        for layer in self.layers:
            activations = layer(activations, lengths)
        if not self.shape.per_step:
            rows = torch.arange(len(lengths), device=lengths.device)
            activations = activations[rows, lengths.long() - 1]
        outputs: Tensor = self.output(activations)
        return outputs

    def set_moment(self, seed: int, step: int) -> None:
        """Name the training step about to be taken; dropout draws its masks from it."""
        for layer in self.layers:
            cast(RecurrentLayer, layer).dropout.moment = (seed, step)
