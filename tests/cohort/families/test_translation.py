"""The attention encoder-decoder: against NumPy written by hand, and against what it is for."""

from __future__ import annotations

from typing import get_args

import numpy as np
import pytest
import torch
from torch.nn import functional

from curvewise.cohort.families.network import new_network
from curvewise.cohort.families.translation import Translation
from curvewise.cohort.families.translation_shape import Attention
from curvewise.data.pairs import Pairs
from curvewise.records.model import Cell
from tests.cohort.translation_problems import reversals
from tests.cohort.translation_problems import translation_shape as shape_of

ATTENTIONS = get_args(Attention)


def tensors(pairs: Pairs) -> list[torch.Tensor]:
    return [torch.tensor(array) for array in pairs.inputs]


def sigma(x):
    return 1 / (1 + np.exp(-x))


def gru(x, h, state, name):
    """One step of the GRU of ``cells.py``."""
    projected = state[f"{name}.input_weight"] @ x + state[f"{name}.bias"]
    recurrent = state[f"{name}.recurrent_weight"] @ h
    (x_r, x_z, x_n), (h_r, h_z, h_n) = np.split(projected, 3), np.split(recurrent, 3)
    r, z = sigma(x_r + h_r), sigma(x_z + h_z)
    n = np.tanh(x_n + r * (h_n + state[f"{name}.candidate_bias"]))
    return (1 - z) * n + z * h


def attended(h, annotations, state):
    """The context of ``attention.py``, and the shares."""
    keys = annotations @ state["attention.key.weight"].T
    if "attention.query.weight" in state:
        seen = np.tanh(state["attention.query.weight"] @ h + keys)
        scores = seen @ state["attention.score.weight"][0]
    else:
        scores = keys @ h
    shares = np.exp(scores - scores.max())
    shares /= shares.sum()
    return shares @ annotations, shares


def by_hand(source, previous, state, units):
    """The logits of one pair by a network of one layer of GRUs."""
    embedded = state["embeddings.source.weight"][source]
    onward, back, h = [], [], np.zeros(units)
    for x in embedded:
        onward.append(h := gru(x, h, state, "encoder.0.forwards"))
    h = np.zeros(units)
    for x in embedded[::-1]:
        back.append(h := gru(x, h, state, "encoder.0.backwards"))
    annotations, logits = np.concatenate([onward, back[::-1]], axis=1), []
    for code in previous:
        context, _ = attended(h, annotations, state)
        h = gru(np.concatenate([state["embeddings.target.weight"][code], context]), h, state, "decoder.0")
        logits.append(state["output.weight"] @ np.concatenate([h, context]) + state["output.bias"])
    return np.array(logits)


@pytest.mark.parametrize("attention", ATTENTIONS)
def test_it_computes_what_its_equations_say(attention):
    network = new_network(shape_of(attention=attention), 3)
    state = {name: t.double().numpy() for name, t in network.state_dict().items()}
    pairs = reversals(5, 6, 0)
    outputs = network(*tensors(pairs)).detach().numpy()
    for row in range(pairs.rows):
        source = pairs.sources[row, : pairs.source_lengths[row]]
        previous = pairs.previous[row, : pairs.target_lengths[row]]
        expected = by_hand(source, previous, state, 6)
        np.testing.assert_allclose(outputs[row, : len(expected)], expected, rtol=1e-4, atol=1e-5)


def names_of(**changes) -> set[str]:
    return set(new_network(shape_of(**changes), 0).state_dict())


def test_parameters_have_the_promised_names():
    weights = ("input_weight", "recurrent_weight", "bias")
    layers = [f"encoder.{layer}.{way}" for layer in (0, 1) for way in ("forwards", "backwards")]
    layers += ["decoder.0", "decoder.1"]
    expected = {f"{layer}.{weight}" for layer in layers for weight in weights}
    expected |= {"embeddings.source.weight", "embeddings.target.weight", "attention.key.weight"}
    expected |= {"output.weight", "output.bias"}
    assert names_of(layers=2, attention="dot", cell="lstm", encoder_cell="tanh") == expected
    assert names_of(cell="lstm") - names_of(cell="lstm", attention="dot") == {
        "attention.query.weight",
        "attention.score.weight",
    }


@pytest.mark.parametrize("cell", get_args(Cell))
@pytest.mark.parametrize("attention", ATTENTIONS)
def test_every_weight_matters(cell, attention):
    shape = shape_of(cell=cell, encoder_cell=cell, attention=attention, layers=2)
    network = new_network(shape, 3)
    pairs = reversals(8, 6, 0)
    outputs = network(*tensors(pairs))
    functional.cross_entropy(outputs.flatten(0, 1), torch.tensor(pairs.targets).flatten()).backward()
    for name, parameter in network.named_parameters():
        assert parameter.grad is not None and parameter.grad.abs().sum() > 0, name


@pytest.mark.parametrize("cell", ["tanh", "lstm"])
def test_the_decoder_may_have_other_cells_than_the_encoder(cell):
    network = new_network(shape_of(cell=cell, encoder_cell="gru", layers=3), 0)
    assert torch.isfinite(network(*tensors(reversals(3, 4, 0)))).all()


@pytest.mark.parametrize("cell", get_args(Cell))
def test_padding_changes_nothing(cell):
    network = new_network(shape_of(cell=cell, encoder_cell=cell, layers=2), 3)
    pairs = reversals(6, 5, 0)
    sources, lengths, previous, ends = tensors(pairs)
    wide = [functional.pad(codes, (0, 3)) for codes in (sources, previous)]
    for codes, valid in zip(wide, (lengths, ends), strict=True):
        codes[torch.arange(codes.shape[1]) >= valid[:, None]] = 3
    one, two = network(sources, lengths, previous, ends), network(wide[0], lengths, wide[1], ends)
    for row, end in enumerate(ends):
        torch.testing.assert_close(one[row, :end], two[row, :end])
        alone = [codes[row : row + 1] for codes in (sources, lengths, previous, ends)]
        torch.testing.assert_close(network(*alone)[0], one[row, :end], rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("attention", ATTENTIONS)
def test_shares_of_attention_sum_to_one_over_the_sources_own_steps(attention):
    network = new_network(shape_of(attention=attention), 3)
    sources, lengths, *_ = tensors(reversals(9, 6, 0))
    memory, states = network.read(sources, lengths)
    _, shares = network.attention(states[-1].output, memory)
    assert len(set(lengths.tolist())) > 2  # else this tests little
    torch.testing.assert_close(shares.sum(dim=1), torch.ones(9))
    beyond = torch.arange(sources.shape[1]) >= lengths[:, None]
    assert (shares[beyond] == 0).all() and (shares[~beyond] > 0).all()


def trained(steps: int, **changes) -> Translation:
    network = new_network(shape_of(units=24, source_embedding=8, target_embedding=8, **changes), 0).train()
    adam = torch.optim.Adam(network.parameters(), lr=0.02)
    for step in range(steps):
        pairs = reversals(48, 4, step)
        outputs, targets = network(*tensors(pairs)), torch.tensor(pairs.targets)
        written = torch.arange(targets.shape[1]) < torch.tensor(pairs.target_lengths)[:, None]
        adam.zero_grad()
        functional.cross_entropy(outputs[written], targets[written]).backward()
        adam.step()
    return network.eval()


@pytest.mark.parametrize("attention", ATTENTIONS)
def test_it_learns_to_write_backwards_and_where_to_end(attention):
    network = trained(120, attention=attention)
    pairs = reversals(100, 4, 1000)
    sources, lengths, _, ends = tensors(pairs)
    written = network.translate(sources, lengths, 12)
    wanted = functional.pad(torch.tensor(pairs.targets), (0, 12))[:, : written.shape[1]]
    assert (written == wanted).all(dim=1).float().mean() > 0.9
    assert written.shape[1] <= 12 and ends.max() <= written.shape[1]


def test_translations_are_those_of_teacher_forcing_on_what_was_written():
    network = new_network(shape_of(layers=2, cell="lstm"), 5)
    sources, lengths, *_ = tensors(reversals(20, 5, 0))
    written = network.translate(sources, lengths, 9)
    previous = functional.pad(written, (1, 0))[:, :-1]
    ends = torch.full((20,), written.shape[1])
    likeliest = network(sources, lengths, previous, ends).argmax(dim=2)
    for row in range(20):
        own = int((written[row] == 0).nonzero()[0]) + 1 if (written[row] == 0).any() else written.shape[1]
        assert torch.equal(likeliest[row, :own], written[row, :own])
        assert (written[row, own:] == 0).all()


def test_nothing_is_written_in_no_steps():
    sources, lengths, *_ = tensors(reversals(3, 4, 0))
    assert new_network(shape_of(), 0).translate(sources, lengths, 0).shape == (3, 0)


def test_dropout_masks_follow_the_step_and_are_of_every_layer():
    network = new_network(shape_of(dropout=0.5, layers=2), 3).train()
    inputs = tensors(reversals(5, 4, 0))
    outputs = []
    for step in (1, 1, 2):
        network.set_moment(7, step)
        outputs.append(network(*inputs))
    assert torch.equal(outputs[0], outputs[1]) and not torch.equal(outputs[0], outputs[2])
    layers = [layer.dropout.layer for layer in (*network.encoder, *network.decoder)]
    assert layers == [0, 1, 2, 3]


def test_dropout_masks_do_not_depend_on_padding():
    network = new_network(shape_of(dropout=0.5, layers=2), 3).train()
    network.set_moment(7, 0)
    sources, lengths, previous, ends = tensors(reversals(5, 4, 0))
    wide = [functional.pad(codes, (0, 3)) for codes in (sources, previous)]
    one, two = network(sources, lengths, previous, ends), network(wide[0], lengths, wide[1], ends)
    torch.testing.assert_close(one, two)


def test_initial_weights_are_as_the_other_families_draw_them():
    state = new_network(shape_of(units=40, cell="lstm", forget_bias=2.0), 0).state_dict()
    assert (state["decoder.0.bias"][40:80] == 2.0).all()
    for name, fan_in in (
        ("attention.key.weight", 80),
        ("attention.query.weight", 40),
        ("output.weight", 120),
    ):
        bound = fan_in**-0.5
        assert state[name].abs().max() <= bound
        assert state[name].std().item() == pytest.approx(bound / 3**0.5, rel=0.15)
    assert state["encoder.0.backwards.input_weight"].abs().max() <= 40**-0.5


def test_multiplications_are_those_of_its_maps():
    shape = shape_of(units=6, layers=2, cell="tanh", encoder_cell="tanh")
    state = new_network(shape, 0).state_dict()
    maps = [t.numel() for name, t in state.items() if t.ndim == 2 and "embedding" not in name]
    assert shape.multiplications == sum(maps) - state["attention.score.weight"].numel()
