"""What the engine's benchmark computes from what it measured, and that all its ways do the same work."""

from typing import get_args

import numpy as np
import pytest
import torch

import engine_data
from curvewise.cohort.families.network import network_of
from curvewise.cohort.recipe import recipe
from curvewise.cohort.reference import training_loss
from curvewise.cohort.scores import flat
from curvewise.cohort.ways import Way
from engine import summarise
from engine_eager import arrays, eager_step, variants, written
from engine_problems import PROBLEMS, Problem, multiplications, perceptron, recurrent
from engine_ways import Ours, repeated, together

BY_NAME = {problem.name: problem for problem in PROBLEMS}


@pytest.fixture(autouse=True)
def _no_chorales(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_data, "_chorales", lambda: None)


@pytest.mark.parametrize(
    ("name", "operations"),
    [
        ("64-64-64-10", 32 * (6 * (64 * 64 + 64 * 64 + 64 * 10) - 2 * 64 * 64)),
        ("cnn-28x28-16-32", 64 * (4 * 784 * 9 * 16 + 6 * 196 * 9 * 16 * 32 + 6 * 49 * 32 * 10)),
        ("tanh-100-jsb", 16 * 60 * (4 * 88 * 100 + 6 * 100 * 100 + 6 * 100 * 88)),
        ("gru-46-jsb", 16 * 60 * (4 * 88 * 138 + 6 * 46 * 138 + 6 * 46 * 88)),
        ("lstm-36-jsb", 16 * 60 * (4 * 88 * 144 + 6 * 36 * 144 + 6 * 36 * 88)),
    ],
)
def test_operations_are_those_of_the_products(name: str, operations: int) -> None:
    problem = BY_NAME[name]
    assert problem.operations(problem.split()) == operations


@pytest.mark.parametrize("problem", PROBLEMS, ids=lambda problem: problem.name)
def test_eager_and_ours_train_the_same_network(problem: Problem) -> None:
    shape = recipe(problem.configuration, 1, problem.split()).shape
    assert shape.multiplications == multiplications(problem)[0]
    drawn = shape.initial_weights(np.random.default_rng(0))
    ours = sorted(array.size for array in drawn.values() if array.ndim > 1)
    network = written(problem, variants(problem)[0])
    assert ours == sorted(p.numel() for p in network.parameters() if p.ndim > 1)


@pytest.mark.parametrize("cell", ["tanh", "gru", "lstm"])
def test_padded_and_packed_sequences_have_the_loss_of_the_reference(cell) -> None:
    problem, split = recurrent(cell, 5), _of_all_lengths()
    resolved = recipe(problem.configuration, 1, split)
    padded, packed = (written(problem, each) for each in ("padded", "packed"))
    packed.load_state_dict(padded.state_dict())
    numbers, targets, lengths = arrays(split)
    loss = padded(numbers, targets, lengths)
    assert packed(numbers, targets, lengths).item() == pytest.approx(loss.item(), rel=1e-5)
    network = network_of(resolved.shape, _named_as_ours(padded.state_dict(), cell))
    outputs, wanted = flat(
        network(*map(torch.from_numpy, split.train.inputs)), targets.numpy(), lengths.numpy()
    )
    ours = training_loss(resolved, outputs, torch.from_numpy(wanted))
    assert ours.item() == pytest.approx(loss.item(), rel=1e-5)


def _of_all_lengths():
    """Sixteen sequences of 3 to 10 steps."""
    draw = np.random.default_rng(1)
    found = [draw.random((4 + i // 2, engine_data.KEYS)) < 0.1 for i in range(16)]
    return engine_data.split_of(found)


def _named_as_ours(state: dict[str, torch.Tensor], cell: str) -> dict[str, np.ndarray]:
    """torch.nn's two biases are one of ours, but for a GRU's candidate."""
    twice = state["layer.bias_hh_l0"].clone()
    named = {
        "layers.0.input_weight": state["layer.weight_ih_l0"],
        "layers.0.recurrent_weight": state["layer.weight_hh_l0"],
        "output.weight": state["output.weight"],
        "output.bias": state["output.bias"],
    }
    if cell == "gru":
        units = len(twice) // 3
        named["layers.0.candidate_bias"] = twice[2 * units :].clone()
        twice[2 * units :] = 0
    named["layers.0.bias"] = state["layer.bias_ih_l0"] + twice
    return {name: value.numpy() for name, value in named.items()}


def test_a_step_takes_the_loss_down() -> None:
    problem = perceptron(8, 16, 2)
    split = problem.split()
    network = written(problem, "plain")
    examples, rows = arrays(split), torch.arange(16)
    before = network(*(array[rows] for array in examples)).item()
    step = eager_step(network, examples)
    for _ in range(20):
        step(rows)
    assert network(*(array[rows] for array in examples)).item() < before


def test_figures_are_medians_and_their_ratios() -> None:
    turns = {
        "eager_us": [100, 90, 500],
        "ours_us": [10, 30, 10],
        "processes_us": [60, 50, 55],
        "ours_machine_us": [5, 6, 4],
        "sgemm": [80, 90, 100],
    }
    rows = [{"way": way, "value": value} for way, values in turns.items() for value in values]
    figures = summarise(180_000, rows)
    assert figures["eager_us"] == 100
    assert figures["ours_us"] == 10
    assert figures["times_eager"] == 10
    assert figures["times_processes"] == 11
    assert figures["share_of_peak"] == 0.2, "180 kflop in 10 µs are 18 GF/s of 90"
    assert figures["compiled_us"] is None
    assert figures["times_compiled"] is None


def test_workers_side_by_side_add_their_rates() -> None:
    assert together([10.0, 10.0]) == pytest.approx(5.0)
    assert together([10.0, 30.0]) == pytest.approx(7.5)


def test_time_is_that_of_a_step() -> None:
    slept = repeated(lambda: torch.mm(torch.ones(64, 64), torch.ones(64, 64)), at_once=4)
    assert 0 < slept(0.0) < 1e6


def test_a_cohort_trains_what_eager_trains() -> None:
    with Ours(perceptron(8, 4, 2), threads=1) as ours:
        assert ours.train(0.0) > 0
        assert ours.way in get_args(Way)
