"""What people hand to a watch by mistake, or late, or in other kinds of numbers."""

import copy
import logging
import math
import pickle
from collections.abc import Callable
from decimal import Decimal

import numpy as np
import pytest
import torch
from torch import nn

import curvewise.diagnosis.certainty
from curvewise.errors import UsageError
from curvewise.live import Watch
from tests.live.training import Ticking, perceptron, plainly, sgd, trained


def watched(model: nn.Module | None = None) -> Watch:
    model = perceptron() if model is None else model
    return Watch(model, sgd(model), quiet=True, clock=Ticking())


@pytest.mark.parametrize(
    "loss",
    [
        torch.tensor([1, 3]),
        torch.tensor([1.0, 3.0], dtype=torch.bfloat16),
        torch.tensor([4.0, 0.0]).to_sparse(),
        torch.tensor(2.0, dtype=torch.float64, requires_grad=True),
        np.array([2.0]),
        np.array([[1, 3]]),
        np.float32(2),
        Decimal(2),
    ],
    ids=str,
)
def test_any_kind_of_number_is_a_loss(loss: object) -> None:
    watch = watched()
    watch.step(loss)  # type: ignore[arg-type]
    assert watch.run.series["train_loss"].values.tolist() == [2.0]


NO_NUMBERS = [None, "low", torch.tensor(1 + 1j), 10**400, {"loss": 1.0}, [1.0, 2.0], np.array(["a"])]


@pytest.mark.parametrize("loss", NO_NUMBERS, ids=lambda it: type(it).__name__)
def test_what_is_no_number_is_refused_at_once_and_noted_later(loss: object) -> None:
    with pytest.raises(UsageError, match="the loss is to be a number or a tensor"):
        watched().step(loss)  # type: ignore[arg-type]
    watch = watched()
    for each in (1.0, loss, loss, 3.0):
        watch.step(each)  # type: ignore[arg-type]
    assert watch.run.series["train_loss"].values.tolist() == [1.0, 3.0]
    assert watch.run.series["train_loss"].at.tolist() == [1, 4]
    assert len(watch.run.notes) == 1 and "the loss is to be a number" in watch.run.notes[0]


@pytest.mark.parametrize("error", [97.5, -0.1, None.__class__])
def test_an_error_is_a_share(error: object) -> None:
    with pytest.raises(UsageError, match="validation error is to be"):
        watched().validate(error=error)  # type: ignore[arg-type]
    watch = watched()
    watch.validate(error=0.5)
    watch.validate(loss=0.1, error=error)  # type: ignore[arg-type]
    assert watch.run.series["valid_error"].values.tolist() == [0.5]
    assert watch.run.series["valid_loss"].values.tolist() == [0.1]
    assert len(watch.run.notes) == 1


def test_a_fault_that_comes_again_and_again_is_one_note(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("a sign stumbled")

    monkeypatch.setattr(curvewise.diagnosis.certainty.Growing, "look", fail)
    clock, model = Ticking(tick=2e-6), perceptron()
    watch = Watch(model, sgd(model), clock=clock)
    for _ in range(1000):
        clock.now += 1e-2
        watch.step(1.0)
    assert watch._attention.looking.times >= 3
    (note,) = watch.run.notes
    assert "watching went wrong at step 20" in note and "a sign stumbled" in note


def test_a_diagnosis_that_fails_is_no_exception(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("a sign stumbled")

    watch = trained(learning_rate=0.05, rounds=20)
    monkeypatch.setattr("curvewise.live.judgement.diagnose", fail)
    assert watch.verdict == "cannot tell"
    assert watch.diagnosis.notes == ("watching went wrong at step 20: RuntimeError: a sign stumbled",)


def test_numpy_told_to_raise_raises_nothing_here() -> None:
    with np.errstate(all="raise"):
        watch = watched()
        for number in range(200):
            watch.step((1e308, -1e308, 5e-324, 0.0)[number % 4])
        watch.close()
        assert str(watch)
    assert not watch.run.notes


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda it: pickle.loads(pickle.dumps(it))])
def test_a_model_that_holds_its_watch_is_copied_with_what_was_seen(copied: Callable) -> None:
    model = perceptron()
    optimizer = sgd(model)
    model.watch = Watch(model, optimizer, quiet=True)
    for number in range(3):
        plainly(model, [optimizer], number, model.watch.step)
    other = copied(model)
    assert (
        other.watch.run.series["train_loss"].values.tolist()
        == model.watch.run.series["train_loss"].values.tolist()
    ), "what was seen stays"
    other_optimizer = sgd(other)
    plainly(other, [other_optimizer], 3, other.watch.step)
    other.watch.validate(1.0)
    other.watch.close()
    assert len(other.watch.run.series["train_loss"]) == 3, "it watches no one"
    assert 0 <= other.watch.cost < 1 and other.watch.verdict == "cannot tell"
    plainly(model, [optimizer], 3, model.watch.step)
    assert len(model.watch.run.series["train_loss"]) == 4, "the first one goes on"


def test_the_cost_is_that_of_the_training_and_not_of_the_time_after_it() -> None:
    model, clock = perceptron(), Ticking(tick=1e-5)
    optimizer = sgd(model)
    watch = Watch(model, optimizer, quiet=True, clock=clock)
    for number in range(20):
        clock.now += 1e-2
        plainly(model, [optimizer], number, watch.step)
    watch.close()
    cost = watch.cost
    clock.now += 1e6
    assert watch.cost == cost > 1e-4


def test_advice_is_no_warning(caplog: pytest.LogCaptureFixture) -> None:
    model, clock = perceptron(), Ticking()
    watch, chance = Watch(model, sgd(model), clock=clock), np.random.default_rng(0)
    with caplog.at_level(logging.INFO, "curvewise"):
        for number in range(2000):
            clock.now += 1e-2
            leap = 2.0 if number >= 600 and number % 300 < 8 else 0.0
            watch.step(2 * math.exp(-number / 500) + 0.1 + 0.01 * chance.normal() + leap)
    assert {finding.sign for finding in watch.findings} == {"spikes"}
    assert [record.levelno for record in caplog.records] == [logging.INFO]
