"""What a person gets from three lines in a loop."""

import logging
import math

import msgspec
import pytest
import torch
from torch import nn

import curvewise
from curvewise.diagnosis.certainty import Growing
from curvewise.errors import UsageError
from curvewise.live import Watch
from curvewise.live.judgement import said
from curvewise.live.recorded import MOST
from curvewise.live.watch import MOST_WAITING
from tests.live.test_readings import elsewhere
from tests.live.training import Ticking, loss_of, perceptron, plainly, sgd, trained


def test_a_learning_rate_that_is_too_high_is_found_while_it_trains(caplog: pytest.LogCaptureFixture) -> None:
    watch = trained(learning_rate=100.0, rounds=200)
    said = [record.getMessage() for record in caplog.records if record.name == "curvewise"]
    assert watch.verdict == "problem"
    assert {finding.hyperparameter for finding in watch.findings} == {"learning_rate"}
    assert {finding.direction for finding in watch.findings} == {"lower"}
    assert len(said) == len(watch.findings) >= 1
    assert "learning rate: 100 -> 10" in said[0]


def test_a_good_training_is_not_spoken_of(caplog: pytest.LogCaptureFixture) -> None:
    watch = trained(learning_rate=0.05, rounds=300)
    watch.close()
    assert watch.verdict == "healthy"
    assert not watch.findings
    assert not [record for record in caplog.records if record.name == "curvewise"]


def test_a_step_is_a_whole_number() -> None:
    """Points are means of several steps where a training is long, so a span may end between two."""
    watch = trained(learning_rate=100.0, rounds=100, quiet=True)
    finding = msgspec.structs.replace(watch.findings[0], span=(100.0, 1760.5))
    assert said(finding, watch.run).startswith(f"curvewise, step 1,761: {finding.sign}: ")


def test_quiet_is_quiet(caplog: pytest.LogCaptureFixture) -> None:
    watch = trained(learning_rate=100.0, rounds=100, quiet=True)
    assert watch.findings
    assert not [record for record in caplog.records if record.name == "curvewise"]


def test_findings_reach_stderr_where_nobody_has_set_up_logging() -> None:
    logger = logging.getLogger("curvewise")
    assert logger.getEffectiveLevel() <= logging.WARNING
    assert not logger.handlers, "a library that handles its own log takes it from its user"


@pytest.mark.parametrize("value", [math.nan, torch.tensor(math.inf, requires_grad=True)])
def test_a_loss_that_is_no_number_is_said_within_a_twentieth(value: object) -> None:
    model = perceptron()
    optimizer = sgd(model)
    clock = Ticking(tick=2e-6)
    watch = Watch(model, optimizer, quiet=True, clock=clock)
    for number in range(300):
        clock.now += 1e-2
        plainly(model, [optimizer], number, watch.step)
    looks = watch._attention.looking.times
    for _ in range(15):
        clock.now += 1e-2
        watch.step(value)  # type: ignore[arg-type]
    (finding,) = (each for each in watch._judgement.findings if each.sign == "non-finite")
    assert finding.span[0] == 301
    assert watch._attention.looking.times <= looks + 1, "said once, looked at once"


def test_the_public_name_is_this_class() -> None:
    assert curvewise.Watch is Watch


def test_nothing_but_losses_can_be_watched_without_gradients() -> None:
    model = perceptron()
    optimizer = sgd(model)
    with Watch(model, optimizer, quiet=True, clock=Ticking()) as watch:
        for number in range(100):
            optimizer.step()
            watch.step(1.0 / (1 + number))
    assert set(watch.run.series) == {"train_loss", "learning_rate"}
    assert watch.layers == {}


def test_closing_twice_and_going_on_after_it_are_nothing() -> None:
    model = perceptron()
    optimizer = sgd(model)
    watch = Watch(model, optimizer, quiet=True, clock=Ticking())
    plainly(model, [optimizer], 0, watch.step)
    watch.close()
    watch.close()
    plainly(model, [optimizer], 1, watch.step)
    watch.validate(0.5)
    assert watch.run.points == 1


def test_an_exception_in_the_loop_is_the_loops_own() -> None:
    model = perceptron()
    optimizer = sgd(model, 100.0)
    with pytest.raises(ZeroDivisionError), Watch(model, optimizer, quiet=True, clock=Ticking()) as watch:
        for number in range(30):
            plainly(model, [optimizer], number, watch.step)
        raise ZeroDivisionError
    assert watch.findings
    assert not optimizer._optimizer_step_pre_hooks


def test_a_fault_of_its_own_is_noted_and_ends_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    looks = []

    def fail(*_: object) -> None:
        looks.append(1)
        raise RuntimeError("a sign stumbled")

    with monkeypatch.context() as patched:
        patched.setattr(Growing, "look", fail)
        patched.setattr(Growing, "settle", fail)
        watch = trained(learning_rate=0.05, rounds=60)
        assert watch.findings == ()
        watch.close()
    assert len(looks) < 12, "no more often than if it had gone well"
    assert [note for note in watch.diagnosis.notes if "a sign stumbled" in note]


def test_validation_is_part_of_the_run() -> None:
    watch = trained(learning_rate=0.05, rounds=10, minibatch=16, classes=3)
    watch.validate(torch.tensor(0.7), error=0.25)
    watch.validate(0.6)
    series = watch.run.series
    assert series["valid_loss"].values.tolist() == pytest.approx([0.7, 0.6])
    assert series["valid_error"].values.tolist() == [0.25]
    assert series["valid_loss"].at.tolist() == [10, 10]


def test_settings_are_what_can_be_seen_and_what_is_told() -> None:
    watch = trained(learning_rate=0.05, rounds=1, minibatch=16, classes=3)
    assert watch.run.settings == {
        "optimizer": "momentum",
        "learning_rate": 0.05,
        "weight_decay": 0.0,
        "dropout": 0.2,
        "minibatch": 16,
        "classes": 3,
        "activation": "relu",
        "layers": 1,
        "normalisation": "none",
    }


def test_a_loss_may_be_the_mean_of_several_steps() -> None:
    model = perceptron()
    optimizer = sgd(model)
    watch = Watch(model, optimizer, quiet=True, clock=Ticking())
    for number in range(100):
        plainly(model, [optimizer], number, lambda loss: None)
        if number % 10 == 9:
            watch.step(loss_of(model, number).item(), steps=10)
    assert watch.run.series["train_loss"].at.tolist() == [*range(10, 101, 10)]


def test_losses_of_any_shape_are_numbers() -> None:
    model = perceptron()
    watch = Watch(model, sgd(model), clock=Ticking())
    for loss in (torch.tensor(2.0), torch.tensor([2.0]), torch.full((4, 2), 2.0), 2, 2.0, torch.tensor(2)):
        watch.step(loss)
    assert watch.run.series["train_loss"].values.tolist() == [2.0] * 6


@pytest.mark.parametrize("loss", [None, "low", [1.0, 2.0]])
def test_a_loss_that_is_no_number_at_all_is_refused(loss: object) -> None:
    model = perceptron()
    with pytest.raises(UsageError, match="the loss is to be a number"):
        Watch(model, sgd(model)).step(loss)  # type: ignore[arg-type]


def test_what_cannot_be_watched_is_refused() -> None:
    model = perceptron()
    with pytest.raises(UsageError, match=r"an optimizer is a torch[.]optim[.]Optimizer, not Sequential"):
        Watch(model, model)  # type: ignore[arg-type]
    with pytest.raises(UsageError, match=r"a model is a torch[.]nn[.]Module, not SGD"):
        Watch(sgd(model), model)  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="there is no optimizer"):
        Watch(model, [])
    with pytest.raises(UsageError, match="above 0 and at most 1, not 0"):
        Watch(model, sgd(model), share=0)
    with pytest.raises(UsageError, match="did you mean minibatch"):
        Watch(model, sgd(model), minibatches=16)


def test_a_wrapper_of_an_optimizer_is_looked_through() -> None:
    class Wrapper:
        def __init__(self, optimizer: torch.optim.Optimizer) -> None:
            self.optimizer = optimizer

    model = perceptron()
    optimizer = sgd(model)
    watch = Watch(model, Wrapper(optimizer), clock=Ticking())  # type: ignore[arg-type]
    plainly(model, [optimizer], 0, watch.step)
    assert "gradient_norm" in watch.run.series


def test_printed_it_tells_verdict_reason_advice_and_layers() -> None:
    text = str(trained(learning_rate=100.0, rounds=60, quiet=True))
    for part in ("problem", "learning rate: 100 -> 10", "gradient norm", "watching took"):
        assert part in text


def test_a_watch_reads_modules_in_a_list() -> None:
    models = nn.Linear(6, 8), nn.Linear(8, 3)
    optimizer = torch.optim.SGD([*models[0].parameters(), *models[1].parameters()], lr=0.1)
    watch = Watch(models, optimizer, quiet=True, clock=Ticking())
    plainly(nn.Sequential(*models), [optimizer], 0, watch.step)
    assert "elsewhere" not in watch.layers


@pytest.mark.slow
def test_a_million_steps_are_held_in_little_memory() -> None:
    clock = Ticking(tick=1e-6)
    model = perceptron()
    watch = Watch(model, sgd(model), quiet=True, clock=clock)
    for number in range(1_000_000):
        clock.now += 1e-2
        watch.step(1.0 / (1 + number))
    series = watch.run.series["train_loss"]
    assert MOST / 2 <= len(series) <= MOST + 2
    assert series.at[-1] > 999_000
    assert len(watch._readings._waiting) == 0


def test_losses_on_a_device_wait_in_bounded_numbers() -> None:
    model = perceptron()
    optimizer = sgd(model)
    watch = Watch(model, optimizer, quiet=True, clock=Ticking())
    waited = []
    for _ in range(2000):
        watch.step(elsewhere(0.5))
        waited.append(watch._readings.waiting)
    assert max(waited) < MOST_WAITING
    watch.close()
    assert len(watch.run.series["train_loss"]) == 2000
