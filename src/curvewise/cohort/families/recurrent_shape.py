"""What a recurrent network is before it is a module: its shape, and the weights that a seed stands for.

No torch here: native training starts while torch is still being loaded.
"""

from __future__ import annotations

import math

import msgspec
import numpy as np

from curvewise.cohort.families.drawing import embeddings, linear, uniform
from curvewise.cohort.slots import State
from curvewise.records.model import Cell


class RecurrentShape(msgspec.Struct, frozen=True, tag_field="family", tag="recurrent"):
    """Everything that must be known to build a recurrent network, its weights aside."""

    inputs: int
    """D, numbers that enter at every step."""
    cardinalities: tuple[int, ...]
    """Codes of each embedded column of a step: the vocabulary, for text."""
    embedding_sizes: tuple[int, ...]
    """Dimensions of each embedded column."""
    cell: Cell
    units: int
    """H, of every layer."""
    layers: int
    """Recurrent layers, one on the other, 1 to 4."""
    outputs: int
    """C."""
    per_step: bool
    """True where every step has an output, False where the last one of a sequence has."""
    dropout: float
    """Share of every layer's outputs silenced on their way up (not in time), [0, 1)."""
    forget_bias: float
    """Initial bias of the forget gate; only cells that have one heed it."""

    @property
    def entering(self) -> int:
        """Numbers that enter the first layer."""
        return self.inputs + sum(self.embedding_sizes)

    @property
    def needs_rows(self) -> int:
        """Rows that a minibatch must have."""
        return 1

    @property
    def widest(self) -> int:
        """H."""
        return self.units

    @property
    def multiplications(self) -> int:
        """Of one step on its way forward: the weights of the linear maps."""
        wide = len(blocks(self.cell)) * self.units
        layers = wide * (self.entering + self.units * (2 * self.layers - 1))
        return layers + self.units * self.outputs

    def initial_weights(self, generator: np.random.Generator) -> State:
        """The ``state_dict`` of a new network, drawn in order: embeddings, layers from below, output.

        As torch.nn.LSTM draws them: U(-k, k) with ``k = 1 / sqrt(H)`` for everything in a layer; the
        forget gate's bias is then ``forget_bias``.
        """
        weights = embeddings(self.cardinalities, self.embedding_sizes, generator)
        weights |= self.layers_weights("layers", generator)
        return weights | linear("output", self.units, self.outputs, generator)

    def layers_weights(self, name: str, generator: np.random.Generator) -> State:
        """Of all layers, from below: ``{name}.{l}.input_weight`` and so on."""
        weights: State = {}
        for layer in range(self.layers):
            entering = self.units if layer else self.entering
            weights |= self.layer_weights(f"{name}.{layer}", entering, generator)
        return weights

    def layer_weights(self, name: str, entering: int, generator: np.random.Generator) -> State:
        """Of a layer of these cells that ``entering`` numbers enter: ``{name}.input_weight`` and so on."""
        bound, units, gates = 1 / math.sqrt(self.units), self.units, len(blocks(self.cell))
        drawn: State = {
            f"{name}.input_weight": uniform(generator, bound, gates * units, entering),
            f"{name}.recurrent_weight": uniform(generator, bound, gates * units, units),
            f"{name}.bias": uniform(generator, bound, gates * units),
        }
        if self.cell == "gru":
            drawn[f"{name}.candidate_bias"] = uniform(generator, bound, units)
        if peepholes := len(gates_that_peep(self.cell)):
            drawn[f"{name}.peepholes"] = uniform(generator, bound, peepholes, units)
        if self.cell == "lstm_fgr":
            drawn[f"{name}.gate_weight"] = uniform(generator, bound, 3 * units, 3 * units)
        if "forget" in blocks(self.cell):
            start = blocks(self.cell).index("forget") * units
            drawn[f"{name}.bias"][start : start + units] = self.forget_bias
        return drawn


def blocks(cell: Cell) -> tuple[str, ...]:
    """Names of the cell's blocks of units, in their order in its linear maps."""
    if cell in ("tanh", "relu"):
        return ("state",)
    if cell == "gru":
        return ("reset", "update", "candidate")
    lacking = {"lstm_nig": "input", "lstm_nfg": "forget", "lstm_nog": "output", "lstm_cifg": "forget"}
    return tuple(b for b in ("input", "forget", "candidate", "output") if b != lacking.get(cell))


def gates_that_peep(cell: Cell) -> tuple[str, ...]:
    """The gates that see the cell state through peepholes, in the order of the rows of ``peepholes``."""
    if cell == "lstm" or not cell.startswith("lstm"):
        return ()
    return tuple(block for block in blocks(cell) if block != "candidate")
