"""What an attention encoder-decoder is before it is a module: its shape, and the weights of a seed.

No torch here: native training starts while torch is still being loaded.
"""

from __future__ import annotations

from typing import Literal

import msgspec
import numpy as np

from curvewise.cohort.families.drawing import embedding, linear, unbiased
from curvewise.cohort.families.recurrent_shape import RecurrentShape, blocks
from curvewise.cohort.slots import State
from curvewise.records.model import Cell

Attention = Literal["additive", "dot"]
"""How a step of the source is scored; equations in ``families/attention.py``."""


class TranslationShape(msgspec.Struct, frozen=True, tag_field="family", tag="translation"):
    """Everything that must be known to build an attention encoder-decoder, its weights aside."""

    source_codes: int
    target_codes: int
    """C; code 0 ends a target."""
    source_embedding: int
    """Dimensions of a source code."""
    target_embedding: int
    """Dimensions of a target code."""
    encoder_cell: Cell
    cell: Cell
    """Of the decoder."""
    units: int
    """H, of every layer of the decoder and of each of the encoder's two directions."""
    layers: int
    """Of the encoder, and as many of the decoder, 1 to 4."""
    attention: Attention
    dropout: float
    """Share of every layer's outputs silenced on their way up (not in time), [0, 1)."""
    forget_bias: float
    """Initial bias of the forget gates; only cells that have one heed it."""

    @property
    def outputs(self) -> int:
        """C."""
        return self.target_codes

    @property
    def needs_rows(self) -> int:
        """Pairs that a minibatch must have."""
        return 1

    @property
    def widest(self) -> int:
        """H."""
        return self.units

    @property
    def encoder(self) -> RecurrentShape:
        """One direction of the encoder."""
        return self._cells(self.encoder_cell, self.source_embedding)

    @property
    def decoder(self) -> RecurrentShape:
        """The decoder; what enters it is an embedded code and then the context, 2 H numbers."""
        return self._cells(self.cell, self.target_embedding + 2 * self.units)

    @property
    def multiplications(self) -> int:
        """About how many a step of a target takes, its source being as long: the weights of the linear
        maps.
        """
        reads = 2 * len(blocks(self.encoder_cell)) * self.units
        encoder = reads * (self.encoder.inputs + self.units + 3 * self.units * (self.layers - 1))
        decoder = self.decoder.multiplications + 2 * self.units * self.target_codes
        attention = 2 * self.units**2 + (self.units**2 if self.attention == "additive" else 0)
        return encoder + decoder + attention

    def initial_weights(self, generator: np.random.Generator) -> State:
        """The ``state_dict`` of a new network: embeddings, encoder, attention, decoder, output.

        Layers of cells are drawn as ``RecurrentShape`` draws them, linear maps as torch.nn.Linear does.
        """
        units = self.units
        weights = embedding("embeddings.source", self.source_codes, self.source_embedding, generator)
        weights |= embedding("embeddings.target", self.target_codes, self.target_embedding, generator)
        for layer in range(self.layers):
            entering = 2 * units if layer else self.encoder.inputs
            for direction in ("forwards", "backwards"):
                name = f"encoder.{layer}.{direction}"
                weights |= self.encoder.layer_weights(name, entering, generator)
        weights |= unbiased("attention.key", 2 * units, units, generator)
        if self.attention == "additive":
            weights |= unbiased("attention.query", units, units, generator)
            weights |= unbiased("attention.score", units, 1, generator)
        weights |= self.decoder.layers_weights("decoder", generator)
        return weights | linear("output", 3 * units, self.target_codes, generator)

    def _cells(self, cell: Cell, inputs: int) -> RecurrentShape:
        return RecurrentShape(
            inputs=inputs,
            cardinalities=(),
            embedding_sizes=(),
            cell=cell,
            units=self.units,
            layers=self.layers,
            outputs=self.target_codes,
            per_step=True,
            dropout=self.dropout,
            forget_bias=self.forget_bias,
        )
