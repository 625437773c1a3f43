r"""The recurrent cells, one step each: equations, shapes, sources.

Letters: B sequences, H units; x_t the layer's input, h the output, c the cell state; every gate has a
row block of W (input weight), U (recurrent weight) and b (bias) of its own, in the order of
``recurrent_shape.blocks``. ``projected`` is W x_t + b, (B, G H), computed for all steps at once.
sigma is the logistic function, * the elementwise product.

tanh, relu (Elman 1990): h_t = phi(W x_t + U h_{t-1} + b)

gru (Cho et al. 2014, arXiv 1406.1078; the reset gate after the product, as in torch.nn.GRU):

    r = sigma(W_r x_t + U_r h + b_r)            z = sigma(W_z x_t + U_z h + b_z)
    n = tanh(W_n x_t + b_n + r * (U_n h + c_n)) h_t = (1 - z) * n + z * h

with c_n the ``candidate_bias``.

lstm (Hochreiter & Schmidhuber 1997, with the forget gate of Gers et al. 2000; torch.nn.LSTM with one
bias instead of two that are always added):

    i = sigma(W_i x_t + U_i h + b_i)            f = sigma(W_f x_t + U_f h + b_f)
    g = tanh(W_g x_t + U_g h + b_g)             c_t = f * c + i * g
    o = sigma(W_o x_t + U_o h + b_o)            h_t = o * tanh(c_t)

lstm_peephole: V of Greff et al. 2015 (arXiv 1503.04069, section 2): p_i * c added inside i, p_f * c
inside f, p_o * c_t inside o. One thing changed in V each (their section 3): lstm_nig i = 1,
lstm_nfg f = 1, lstm_nog o = 1, lstm_niaf g without tanh, lstm_noaf h_t = o * c_t, lstm_cifg
f = 1 - i, and lstm_fgr adds R [i, f, o]_{t-1} inside the three gates, R (3 H, 3 H) the ``gate_weight``.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from curvewise.cohort.families.recurrent_shape import blocks, gates_that_peep
from curvewise.records.model import Cell


@dataclass(frozen=True)
class CellState:
    """What a layer carries from step to step."""

    output: Tensor
    """h (B, H)."""
    cell: Tensor
    """c (B, H); zero and unused in cells that have none."""
    gates: Tensor
    """[i, f, o] (B, 3 H) of the step before; used by lstm_fgr alone."""


@dataclass(frozen=True)
class CellWeights:
    """A layer's weights that act in time."""

    recurrent: Tensor
    """U (G H, H)."""
    candidate_bias: Tensor | None
    """c_n (H), gru."""
    peepholes: Tensor | None
    """(gates that peep, H)."""
    gate: Tensor | None
    """R (3 H, 3 H), lstm_fgr."""


def beginning(inputs: Tensor, units: int) -> CellState:
    """The state before the first step, zeros: of as many rows, and of the kind, as ``inputs`` (B, ...)."""
    zeros = inputs.new_zeros(len(inputs), units)
    return CellState(zeros, zeros, inputs.new_zeros(len(inputs), 3 * units))


def where_going(going: Tensor, new: CellState, old: CellState) -> CellState:
    """The ``new`` state of the rows that are ``going`` (B,) on, the ``old`` one of those at their end."""
    rows = going[..., None]

    def held(after: Tensor, before: Tensor) -> Tensor:
        """What a cell does not touch is the same tensor as before."""
        return before if after is before else torch.where(rows, after, before)

    return CellState(held(new.output, old.output), held(new.cell, old.cell), held(new.gates, old.gates))


def step(cell: Cell, projected: Tensor, state: CellState, weights: CellWeights) -> CellState:
    """One step of ``cell``: ``projected`` (B, G H), the state before -> the state after.

    Of K networks at once where everything has a first dimension K more: the weights (K, G H, H),
    ``candidate_bias`` (K, 1, H), ``peepholes`` (gates that peep, K, 1, H), all else (K, B, ...).
    """
    if cell in ("tanh", "relu"):
        total = projected + state.output @ weights.recurrent.mT
        output = torch.tanh(total) if cell == "tanh" else torch.relu(total)
        return CellState(output, state.cell, state.gates)
    if cell == "gru":
        return _gru(projected, state, weights)
    return _lstm(cell, projected, state, weights)


def _gru(projected: Tensor, state: CellState, weights: CellWeights) -> CellState:
    x_r, x_z, x_n = projected.chunk(3, dim=-1)
    h_r, h_z, h_n = (state.output @ weights.recurrent.mT).chunk(3, dim=-1)
    r, z = torch.sigmoid(x_r + h_r), torch.sigmoid(x_z + h_z)
    assert weights.candidate_bias is not None
    n = torch.tanh(x_n + r * (h_n + weights.candidate_bias))
    return CellState((1 - z) * n + z * state.output, state.cell, state.gates)


def _lstm(cell: Cell, projected: Tensor, state: CellState, weights: CellWeights) -> CellState:
    names, peeping = blocks(cell), gates_that_peep(cell)
    total = projected + state.output @ weights.recurrent.mT
    sums = dict(zip(names, total.chunk(len(names), dim=-1), strict=True))
    if weights.gate is not None:
        again = (state.gates @ weights.gate.mT).chunk(3, dim=-1)
        sums |= {n: sums[n] + more for n, more in zip(("input", "forget", "output"), again, strict=True)}

    def gate(name: str, seen: Tensor) -> Tensor:
        """sigma of the gate's sum, ``seen`` being the cell state that it peeps at."""
        if name not in sums:
            return torch.ones_like(seen)
        if name not in peeping:
            return torch.sigmoid(sums[name])
        assert weights.peepholes is not None
        return torch.sigmoid(sums[name] + weights.peepholes[peeping.index(name)] * seen)

    i = gate("input", state.cell)
    f = 1 - i if cell == "lstm_cifg" else gate("forget", state.cell)
    g = sums["candidate"] if cell == "lstm_niaf" else torch.tanh(sums["candidate"])
    c = f * state.cell + i * g
    o = gate("output", c)
    h = o * (c if cell == "lstm_noaf" else torch.tanh(c))
    return CellState(h, c, torch.cat([i, f, o], dim=-1))
