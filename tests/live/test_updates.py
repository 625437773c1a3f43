"""What is measured of a step is what it is given and what it does."""

import math

import pytest
import torch
from torch import nn
from torch.optim import Optimizer

from curvewise.live import Watch
from curvewise.live.layers import group
from curvewise.live.norms import COPIED, sampled
from tests.live.training import Ticking, loss_of, perceptron, plainly, rows, sgd


def length(tensors: object) -> float:
    return math.sqrt(sum(float(each.double().square().sum()) for each in tensors))  # type: ignore[attr-defined]


def watched(model: nn.Module, optimizer: Optimizer) -> Watch:
    return Watch(model, optimizer, quiet=True, clock=Ticking())


def test_a_step_is_measured_as_it_was() -> None:
    model = perceptron()
    optimizer = sgd(model, 0.3)
    watch = watched(model, optimizer)
    before = [parameter.detach().clone() for parameter in model.parameters()]
    plainly(model, [optimizer], 0, watch.step)
    after = [parameter.detach() for parameter in model.parameters()]
    gradients = [parameter.grad for parameter in model.parameters()]
    moved = [new - old for new, old in zip(after, before, strict=True)]
    series = watch.run.series
    assert series["gradient_norm"].values.tolist() == pytest.approx([length(gradients)])
    assert series["update_ratio"].values.tolist() == pytest.approx([length(moved) / length(after)])
    assert series["learning_rate"].values.tolist() == [0.3]
    assert watch.layers["0"].gradient_norm == pytest.approx(length(gradients[:2]))
    assert watch.layers["3"].update_ratio == pytest.approx(length(moved[2:]) / length(after[2:]))


@pytest.mark.parametrize("fused", [False, True])
def test_a_scaler_changes_nothing_that_is_measured(fused: bool) -> None:
    norms = []
    for scale in (1.0, 2.0**12):
        model = perceptron()
        optimizer = torch.optim.AdamW(model.parameters(), fused=fused)
        watch, scaler = watched(model, optimizer), torch.amp.GradScaler("cpu", init_scale=scale)
        torch.manual_seed(0)
        loss = loss_of(model, 0)
        scaler.scale(loss).backward()
        scaler.step(optimizer)
        watch.step(loss)
        norms += watch.run.series["gradient_norm"].values.tolist()
    assert norms == pytest.approx([norms[0]] * 2)


@pytest.mark.parametrize("fused", [False, True])
def test_a_step_that_a_scaler_leaves_out_is_not_measured(fused: bool) -> None:
    model = perceptron()
    optimizer = torch.optim.AdamW(model.parameters(), fused=fused)
    watch, scaler = watched(model, optimizer), torch.amp.GradScaler("cpu")
    loss = loss_of(model, 0)
    scaler.scale(loss * math.inf).backward()
    scaler.step(optimizer)
    watch.step(loss)
    assert "gradient_norm" not in watch.run.series


def test_a_closures_gradients_are_read_after_it() -> None:
    model = perceptron().eval()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    watch = watched(model, optimizer)

    def closure() -> torch.Tensor:
        optimizer.zero_grad()
        loss = loss_of(model, 0)
        loss.backward()
        return loss

    watch.step(optimizer.step(closure))
    gradients = [parameter.grad for parameter in model.parameters()]
    assert watch.run.series["gradient_norm"].values.tolist() == pytest.approx([length(gradients)])


def test_sparse_gradients_are_summed_before_their_length_is_taken() -> None:
    model = nn.Embedding(5, 4, sparse=True)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    watch = watched(model, optimizer)
    loss = model(torch.tensor([1, 1, 3])).sum()
    loss.backward()
    optimizer.step()
    watch.step(loss)
    assert watch.run.series["gradient_norm"].values.tolist() == pytest.approx([math.sqrt(4 * 4 + 4)])


def test_half_precision_does_not_overflow() -> None:
    weights = nn.Parameter(torch.ones(4, dtype=torch.float16))
    optimizer = torch.optim.SGD([weights], lr=1e-4)
    watch = watched(nn.ParameterList([weights]), optimizer)
    weights.grad = torch.full_like(weights, 60000.0)
    optimizer.step()
    watch.step(1.0)
    assert watch.run.series["gradient_norm"].values.tolist() == pytest.approx([120000.0], rel=1e-2)


def test_what_the_model_does_not_have_is_elsewhere() -> None:
    model, temperature = perceptron(), nn.Parameter(torch.ones(()))
    optimizer = torch.optim.SGD([*model.parameters(), temperature], lr=0.1)
    watch = watched(model, optimizer)
    loss = loss_of(model, 0) * temperature
    loss.backward()
    optimizer.step()
    watch.step(loss)
    assert set(watch.layers) == {"0", "3", "elsewhere"}


def test_dead_units_are_told_by_their_gradients() -> None:
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(6, 8), nn.ReLU(), nn.Linear(8, 4, bias=False), nn.ReLU(), nn.Linear(4, 3))
    with torch.no_grad():
        model[0].bias[:4] = -100
        model[2].weight[:3] = -1
    optimizer = torch.optim.SGD(model.parameters(), lr=1e-4)
    watch = watched(model, optimizer)
    for number in range(40):
        plainly(model, [optimizer], number, watch.step)
    assert set(watch.run.series["dead_units"].values) == {0.75}


def test_dead_units_are_those_of_eight_steps_of_all_optimizers() -> None:
    model = perceptron()
    optimizers = [torch.optim.SGD(model[i].parameters(), lr=1e-4) for i in (0, 3)]
    watch = Watch(model, optimizers, quiet=True, clock=Ticking())
    for number in range(40):
        plainly(model, optimizers, number, watch.step)
    series = watch.run.series
    assert len(series["dead_units"]) == len(series["gradient_norm"]) // 8


def test_the_last_learning_rate_is_told() -> None:
    model = perceptron()
    optimizer = sgd(model, 0.3)
    watch = Watch(model, optimizer, quiet=True)
    for number in range(300):
        plainly(model, [optimizer], number, watch.step)
    optimizer.param_groups[0]["lr"] = 0.0
    plainly(model, [optimizer], 300, watch.step)
    watch.close()
    assert watch.run.series["learning_rate"].values[-1] == 0
    assert watch.run.settings["learning_rate"] == 0.3


def test_a_layer_that_starts_at_zero_is_not_dead() -> None:
    model = perceptron()
    nn.init.zeros_(model[3].weight)
    optimizer = sgd(model)
    watch = watched(model, optimizer)
    for number in range(40):
        plainly(model, [optimizer], number, watch.step)
    assert max(watch.run.series["dead_units"].values) < 0.5


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("encoder.layers.3.attention.query", "encoder.layers.3"),
        ("_orig_mod.module.features.conv", "features.conv"),
        ("0", "0"),
        ("", ""),
    ],
)
def test_groups_are_modules_up_to_their_number(path: str, name: str) -> None:
    assert group(path) == name


@pytest.mark.parametrize("kind", ["contiguous", "channels last", "transposed"])
def test_a_large_tensor_is_sampled_evenly(kind: str) -> None:
    torch.manual_seed(0)
    tensor = torch.randn(64, 32, 9, 8) * torch.linspace(0, 2, 64)[:, None, None, None]
    tensor = torch.cat([tensor] * 3)
    if kind == "channels last":
        tensor = tensor.to(memory_format=torch.channels_last)
    if kind == "transposed":
        tensor = tensor.transpose(0, 2)
    numbers, every = sampled(tensor)
    assert numbers.numel() <= COPIED
    estimate = math.sqrt(every * float(numbers.square().sum()))
    assert estimate == pytest.approx(length([tensor]), rel=0.01)


def test_what_cannot_be_measured_is_noted_once_and_training_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise torch.OutOfMemoryError("no memory is left")

    monkeypatch.setattr("curvewise.live.updates.norms", fail)
    model = perceptron()
    optimizer = sgd(model)
    watch = watched(model, optimizer)
    for number in range(40):
        plainly(model, [optimizer], number, watch.step)
    watch.close()
    assert watch.diagnosis.notes == ("gradients are not measured: no memory is left",)
    assert len(watch.run.series["train_loss"]) >= 3


def test_rows_are_the_same_for_the_same_number() -> None:
    assert torch.equal(rows(3)[0], rows(3)[0])


def test_parameters_of_every_precision_are_measured_together() -> None:
    kinds = torch.bfloat16, torch.float64, torch.float16, torch.float32
    parameters = [nn.Parameter(torch.ones(4, dtype=kind)) for kind in kinds]
    optimizer = torch.optim.SGD(parameters, lr=0.5)
    watch = watched(nn.ParameterList(parameters), optimizer)
    for parameter in parameters:
        parameter.grad = torch.ones_like(parameter)
    optimizer.step()
    watch.step(1.0)
    assert not watch.run.notes
    assert watch.run.series["gradient_norm"].values.tolist() == [4.0]
    assert watch.run.series["update_ratio"].values.tolist() == [1.0]


def test_a_scale_that_has_run_out_is_a_step_left_out() -> None:
    model = perceptron()
    optimizer = torch.optim.AdamW(model.parameters(), fused=True)
    watch, scaler = watched(model, optimizer), torch.amp.GradScaler("cpu", init_scale=1e-300)
    for number in range(3):
        loss = loss_of(model, number)
        scaler.scale(loss).backward()
        scaler.step(optimizer)
        scaler.update()
        watch.step(loss)
    assert not watch.run.notes


def test_tied_weights_are_the_first_layers_that_has_them() -> None:
    """A row of an embedding without a gradient is a word that did not occur, and no dead unit."""
    model = nn.Sequential(nn.Embedding(50, 4), nn.Linear(4, 50, bias=False))
    model[1].weight = model[0].weight
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    watch = watched(model, optimizer)
    for _ in range(40):
        optimizer.zero_grad()
        loss = model[0](torch.tensor([1, 2])).sum()
        loss.backward()
        optimizer.step()
        watch.step(loss)
    assert set(watch.layers) == {"0"}
    assert "dead_units" not in watch.run.series
