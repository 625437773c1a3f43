"""The recurrent cells against torch's own, where torch has them."""

from __future__ import annotations

from typing import get_args

import pytest
import torch
from torch import nn

from curvewise.cohort.families.network import new_network
from curvewise.cohort.families.recurrent import Recurrent, RecurrentLayer
from curvewise.cohort.families.recurrent_shape import RecurrentShape
from curvewise.records.model import Cell

INPUTS, UNITS, ROWS, TIME = 5, 7, 4, 9


def shape(cell: Cell, **changes) -> RecurrentShape:
    plain = {
        "inputs": INPUTS,
        "cardinalities": (),
        "embedding_sizes": (),
        "cell": cell,
        "units": UNITS,
        "layers": 1,
        "outputs": 3,
        "per_step": True,
        "dropout": 0.0,
        "forget_bias": 1.0,
    }
    return RecurrentShape(**plain | changes)


def batch(seed=0):
    generator = torch.Generator().manual_seed(seed)
    numbers = torch.randn(ROWS, TIME, INPUTS, generator=generator)
    return numbers, torch.zeros(ROWS, TIME, 0, dtype=torch.int32), torch.tensor([9, 3, 1, 6])


def torchs(cell: Cell, layer: RecurrentLayer) -> nn.RNNBase:
    """torch's module with our weights; of its two biases we have one, but for the GRU's candidate."""
    kinds = {"tanh": nn.RNN, "relu": nn.RNN, "gru": nn.GRU, "lstm": nn.LSTM}
    more = {"nonlinearity": cell} if cell in ("tanh", "relu") else {}
    module = kinds[cell](INPUTS, UNITS, batch_first=True, **more)
    second = torch.zeros_like(layer.bias)
    if layer.candidate_bias is not None:
        second[2 * UNITS :] = layer.candidate_bias.detach()
    names = ("weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0")
    values = (layer.input_weight, layer.recurrent_weight, layer.bias, second)
    module.load_state_dict(dict(zip(names, values, strict=True)))
    return module


@pytest.mark.parametrize("cell", ["tanh", "relu", "gru", "lstm"])
def test_outputs_and_gradients_are_those_of_torch(cell):
    network = new_network(shape(cell), 3)
    layer = network.layers[0]
    numbers, _, _ = batch()
    expected = torchs(cell, layer)(numbers)[0]
    found = layer(numbers, torch.full((ROWS,), TIME))
    torch.testing.assert_close(found, expected)


@pytest.mark.parametrize("cell", get_args(Cell))
def test_every_weight_matters(cell):
    network = new_network(shape(cell, layers=2), 3)
    network(*batch())[0].sum().backward()
    assert all(p.grad is not None and p.grad.abs().sum() > 0 for p in network.parameters())


@pytest.mark.parametrize("cell", get_args(Cell))
@pytest.mark.parametrize("per_step", [True, False])
def test_what_lies_beyond_a_sequences_length_changes_nothing(cell, per_step):
    network = new_network(shape(cell, per_step=per_step, layers=2), 3)
    numbers, categories, lengths = batch()
    other = numbers.clone()
    for row, length in enumerate(lengths):
        other[row, length:] = 100.0
    one, two = network(numbers, categories, lengths), network(other, categories, lengths)
    for row, length in enumerate(lengths):
        torch.testing.assert_close(*((o[row, :length] if per_step else o[row]) for o in (one, two)))


def test_the_last_output_is_that_of_the_last_step():
    every = new_network(shape("gru"), 3)
    last = new_network(shape("gru", per_step=False), 3)
    outputs, final = every(*batch()), last(*batch())
    for row, length in enumerate(batch()[2]):
        torch.testing.assert_close(final[row], outputs[row, length - 1])


def test_the_forget_gate_begins_open_where_asked_for():
    bias = new_network(shape("lstm", forget_bias=2.5), 0).layers[0].bias
    assert (bias[UNITS : 2 * UNITS] == 2.5).all()
    assert bias[:UNITS].abs().max() <= UNITS**-0.5


def test_an_embedded_code_is_a_step():
    network = new_network(shape("lstm", inputs=0, cardinalities=(11,), embedding_sizes=(6,)), 0)
    codes = torch.randint(0, 11, (ROWS, TIME, 1), dtype=torch.int32)
    assert network(torch.zeros(ROWS, TIME, 0), codes, torch.full((ROWS,), TIME)).shape == (ROWS, TIME, 3)
    assert isinstance(network, Recurrent)
