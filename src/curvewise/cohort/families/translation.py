r"""The attention encoder-decoder in plain torch: what every way of training it computes.

After Bahdanau et al. 2015 (arXiv 1409.0473, section 3), for any cell of ``cells.py`` and 1 to 4 layers.
Letters: B pairs, S source steps, T target steps, H units, y_t the target's codes.

The encoder is bidirectional: every layer runs over the source in both directions, cells of their own each,
and [forwards; backwards] (2 H) of a step goes up; that of the uppermost layer is the annotation h_j. Layer
l of the decoder begins in the state in which layer l's backwards cells ended, at the source's first step
(in the paper a tanh layer of it). Then, with s_t the output of the decoder's uppermost layer:

    context_t = attention(s_{t-1}, h)                       families/attention.py
    s_t = cells([E y_{t-1}; context_t]), layer on layer      E the target's embedding, y_0 the end code
    logits_t = W_o [s_t; context_t] + b_o

Training is by teacher forcing: y_{t-1} is the target's own. ``translate`` reads back what it wrote.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional

from curvewise.cohort.dropout import HashDropout
from curvewise.cohort.families.attention import Attention, Memory
from curvewise.cohort.families.cells import CellState, step, where_going
from curvewise.cohort.families.recurrent import RecurrentLayer
from curvewise.cohort.families.translation_shape import TranslationShape
from curvewise.data.pairs import END

States = tuple[CellState, ...]
"""Of each layer of the decoder, from below."""


class EncoderLayer(nn.Module):
    """One bidirectional layer: (B, S, inputs) -> (B, S, 2 H)."""

    def __init__(self, inputs: int, layer: int, shape: TranslationShape) -> None:
        super().__init__()
        self.forwards = RecurrentLayer(inputs, layer, shape.encoder)
        self.backwards = RecurrentLayer(inputs, layer, shape.encoder)
        self.dropout = HashDropout(shape.dropout, layer)

    def forward(self, inputs: Tensor, lengths: Tensor) -> tuple[Tensor, CellState]:
        """The outputs of every step, and the state of the backwards cells at the first."""
        turned = _turned(lengths, inputs.shape[1])
        rows = torch.arange(len(inputs), device=inputs.device)[:, None]
        onward, _ = self.forwards.run(inputs, lengths)
        back, state = self.backwards.run(inputs[rows, turned], lengths)
        outputs = torch.cat([onward, back[turned.T, rows.T]], dim=2)
        dropped: Tensor = self.dropout(outputs)
        return dropped.transpose(0, 1), state


class Translation(nn.Module):
    """An attention encoder-decoder.

    Parameters are named ``embeddings.source|target.weight``,
    ``encoder.{l}.forwards|backwards.input_weight`` and so on as in a recurrent network's layer,
    ``attention.key|query|score.weight``, ``decoder.{l}.input_weight`` and so on, ``output.weight|bias``.
    Of the lowest decoder layer's ``input_weight`` the columns of the embedding come first.
    """

    def __init__(self, shape: TranslationShape) -> None:
        super().__init__()
        self.shape = shape
        units, layers = shape.units, range(shape.layers)
        self.embeddings = nn.ModuleDict(
            {
                "source": nn.Embedding(shape.source_codes, shape.source_embedding),
                "target": nn.Embedding(shape.target_codes, shape.target_embedding),
            }
        )
        self.encoder = nn.ModuleList(
            EncoderLayer(2 * units if layer else shape.encoder.inputs, layer, shape) for layer in layers
        )
        self.attention = Attention(shape)
        self.decoder = nn.ModuleList(
            RecurrentLayer(units if layer else shape.decoder.inputs, shape.layers + layer, shape.decoder)
            for layer in layers
        )
        self.output = nn.Linear(3 * units, shape.target_codes)

    def forward(
        self, sources: Tensor, source_lengths: Tensor, previous: Tensor, target_lengths: Tensor
    ) -> Tensor:
        """Codes (B, S) and (B, T) with lengths (B,) -> logits of every step of the targets (B, T', C).

        ``previous`` are the targets' codes of the step before. T' is the longest of ``target_lengths``;
        what is beyond a target's own length means nothing.
        """
        time = int(target_lengths.max())
        memory, states = self.read(sources, source_lengths)
        embedded = self._embedded(previous[:, :time])
        kept = [self._kept(layer, embedded, time) for layer in self._layers]
        written = []
        for t in range(time):
            new, context = self._step(embedded[:, t], states, memory, [factor[t] for factor in kept])
            states = tuple(
                layer.states(where_going(t < target_lengths, after, before))
                for layer, after, before in zip(self._layers, new, states, strict=True)
            )
            written.append(torch.cat([states[-1].output * kept[-1][t], context], dim=1))
        outputs: Tensor = self.output(torch.stack(written, dim=1))
        return outputs

    @torch.no_grad()
    def translate(self, sources: Tensor, source_lengths: Tensor, steps: int) -> Tensor:
        """Codes (B, S), lengths (B,) -> codes (B, T'), each the likeliest after those before it.

        T' is at most ``steps``; a target that ended is filled up with ``END``. Expects evaluation mode.
        """
        memory, states = self.read(sources, source_lengths)
        codes = torch.full_like(source_lengths, END)
        going, written = torch.ones_like(codes, dtype=torch.bool), list[Tensor]()
        while len(written) < steps and bool(going.any()):
            states, context = self._step(self._embedded(codes), states, memory, [1.0] * len(states))
            logits = self.output(torch.cat([states[-1].output, context], dim=1))
            codes = torch.where(going, logits.argmax(dim=1), END)
            going = going & (codes != END)
            written.append(codes)
        return torch.stack(written, dim=1) if written else codes.new_zeros(len(codes), 0)

    def read(self, sources: Tensor, lengths: Tensor) -> tuple[Memory, States]:
        """Encode codes (B, S): what attention looks at, and the states in which the decoder begins."""
        activations, states = self.embeddings["source"](sources[:, : int(lengths.max())]), []
        for layer in self.encoder:
            activations, state = layer(activations, lengths)
            states.append(state)
        return self.attention.memory(activations, lengths), tuple(states)

    def set_moment(self, seed: int, step: int) -> None:
        """Name the training step about to be taken; dropout draws its masks from it."""
        for layer in (*self.encoder, *self.decoder):
            cast(EncoderLayer | RecurrentLayer, layer).dropout.moment = (seed, step)

    @property
    def _layers(self) -> list[RecurrentLayer]:
        return [cast(RecurrentLayer, layer) for layer in self.decoder]

    def _embedded(self, codes: Tensor) -> Tensor:
        """Embedded and weighted by the lowest layer: codes (...) -> (..., G H), all steps at once."""
        lowest = self._layers[0]
        weight = lowest.input_weight[:, : self.shape.target_embedding]
        return functional.linear(self.embeddings["target"](codes), weight, lowest.bias)

    def _kept(self, layer: RecurrentLayer, like: Tensor, time: int) -> Tensor:
        """What dropout multiplies the layer's outputs by (T, B, H): 0 or 1 / (1 - share)."""
        factors: Tensor = layer.dropout(like.new_ones(time, len(like), self.shape.units))
        return factors

    def _step(
        self, embedded: Tensor, states: States, memory: Memory, kept: Sequence[Tensor | float]
    ) -> tuple[States, Tensor]:
        """One step of the decoder: its states after, and the context (B, 2 H) that it saw."""
        context, _ = self.attention(states[-1].output, memory)
        lowest, *others = self._layers
        weight = lowest.input_weight[:, self.shape.target_embedding :]
        projected = embedded + functional.linear(context, weight)
        new = [step(lowest.cell, projected, states[0], lowest.weights)]
        for layer, state, factor in zip(others, states[1:], kept, strict=False):
            entering = new[-1].output * factor
            projected = functional.linear(entering, layer.input_weight, layer.bias)
            new.append(step(layer.cell, projected, state, layer.weights))
        return tuple(new), context


def _turned(lengths: Tensor, time: int) -> Tensor:
    """(B, S) where each step of a sequence is if it is read from its end; beyond its length, where it was."""
    steps = torch.arange(time, device=lengths.device)
    return torch.where(steps < lengths[:, None], lengths[:, None] - 1 - steps, steps).long()
