"""Training with a watch is training without: the same weights, bit for bit, whatever the loop."""

import copy
import gc
import io
import pickle
import weakref
from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from curvewise.live import Watch
from tests.live.training import Ticking, loss_of, perceptron, plainly, sgd

ROUNDS = 24
torchs_own_warnings = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning")


class Both(nn.Module):
    """A sparse embedding, a frozen layer, an unused one, and a half of it in another optimizer."""

    def __init__(self) -> None:
        super().__init__()
        self.codes = nn.Embedding(5, 6, sparse=True)
        self.frozen = nn.Linear(6, 6).requires_grad_(False)
        self.unused = nn.Linear(6, 6)
        self.layers = perceptron(1)

    def forward(self, inputs: Tensor) -> Tensor:
        codes = (inputs[:, 2] > 0).long() + 3 * (inputs[:, 3] > 0).long()
        found: Tensor = self.layers(self.frozen(inputs) + self.codes(codes))
        return found


def by_closure(model: nn.Module, optimizers: list[Optimizer], number: int, keep: Callable) -> None:
    def closure() -> Tensor:
        optimizers[0].zero_grad()
        loss = loss_of(model, number)
        loss.backward()
        return loss

    keep(optimizers[0].step(closure))


def accumulated(model: nn.Module, optimizers: list[Optimizer], number: int, keep: Callable) -> None:
    loss = loss_of(model, number) / 4
    loss.backward()
    if number % 4 == 3:
        optimizers[0].step()
        optimizers[0].zero_grad(set_to_none=True)
        keep(4 * loss)


def several(model: nn.Module, optimizers: list[Optimizer], number: int, keep: Callable) -> None:
    """The second optimizer steps twice for each step of the first."""
    for _ in range(2):
        plainly(model, optimizers[1:], number, lambda loss: None)
    plainly(model, optimizers[:1], number, keep)


def growing(model: nn.Module, optimizers: list[Optimizer], number: int, keep: Callable) -> None:
    if number == 5:
        more = nn.Linear(8, 8)
        model.insert(1, more)
        optimizers[0].add_param_group({"params": more.parameters(), "lr": 0.01})
    plainly(model, optimizers, number, keep)


def scaled(model: nn.Module, optimizers: list[Optimizer], number: int, keep: Callable) -> None:
    """With a scaler that leaves out the steps whose gradients are not finite."""
    scaler = torch.amp.GradScaler("cpu", init_scale=2.0**10)
    optimizers[0].zero_grad()
    with torch.autocast("cpu", dtype=torch.bfloat16):
        loss = loss_of(model, number)
    scaler.scale(loss * (float("inf") if number == 7 else 1.0)).backward()
    scaler.unscale_(optimizers[0])
    nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    scaler.step(optimizers[0])
    scaler.update()
    keep(loss)


def convolutional() -> nn.Module:
    layers = nn.Conv1d(1, 4, 3, bias=False), nn.BatchNorm1d(4), nn.Flatten(), nn.Linear(16, 3)
    return nn.Sequential(nn.Unflatten(1, (1, 6)), *layers)


def two(model: nn.Module) -> list[Optimizer]:
    sparse = torch.optim.SparseAdam(model.codes.parameters(), lr=0.01)
    return [torch.optim.AdamW(model.layers.parameters(), lr=0.01), sparse]


LOOPS = {
    "plain": (perceptron, lambda model: [sgd(model)], plainly),
    "fused": (perceptron, lambda model: [torch.optim.AdamW(model.parameters(), fused=True)], plainly),
    "closure": (perceptron, lambda model: [torch.optim.LBFGS(model.parameters(), max_iter=3)], by_closure),
    "accumulated": (perceptron, lambda model: [sgd(model)], accumulated),
    "two optimizers": (Both, two, several),
    "growing": (perceptron, lambda model: [sgd(model)], growing),
    "scaled": (perceptron, lambda model: [sgd(model)], scaled),
    "parallel": (lambda: nn.DataParallel(perceptron()), lambda model: [sgd(model)], plainly),
    "convolution": (convolutional, lambda model: [sgd(model)], plainly),
}


def weights_after(loop: str, watched: bool) -> tuple[list[Tensor], Tensor, Watch | None]:
    make_model, make_optimizers, step = LOOPS[loop]
    torch.manual_seed(0)
    model = make_model()
    optimizers = make_optimizers(model)
    watch = Watch(model, optimizers, quiet=True, clock=Ticking()) if watched else None
    torch.manual_seed(1)
    for number in range(ROUNDS):
        step(model, optimizers, number, watch.step if watch else lambda loss: None)
    return list(model.state_dict().values()), torch.rand(1), watch


@pytest.mark.parametrize("loop", LOOPS)
def test_the_weights_and_the_next_random_number_are_the_same(loop: str) -> None:
    without, chance, _ = weights_after(loop, watched=False)
    watched, same_chance, watch = weights_after(loop, watched=True)
    assert watch is not None
    assert all(torch.equal(one, other) for one, other in zip(without, watched, strict=True))
    assert torch.equal(chance, same_chance)
    series = watch.run.series
    assert not watch.run.notes
    steps = len(series["train_loss"])
    assert steps == ROUNDS // 4 if loop == "accumulated" else steps == ROUNDS
    assert len(series["gradient_norm"]) >= 0.8 * steps, "what is measured could have changed something"


def test_steps_that_a_scaler_leaves_out_are_not_measured() -> None:
    _, _, watch = weights_after("scaled", watched=True)
    assert watch is not None
    assert all(norm < 10 for norm in watch.run.series["gradient_norm"].values)


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda it: pickle.loads(pickle.dumps(it))])
def test_model_and_optimizer_are_copied_without_the_watch(copied: Callable) -> None:
    model = perceptron()
    optimizer = sgd(model)
    watch = Watch(model, optimizer)
    plainly(model, [optimizer], 0, watch.step)
    other_model, other = copied((model, optimizer))
    plainly(other_model, [other], 1, lambda loss: None)
    assert not other._optimizer_step_pre_hooks
    assert not any(module._forward_hooks or module._forward_pre_hooks for module in other_model.modules())
    whole = io.BytesIO()
    torch.save(model, whole)
    assert b"curvewise" not in whole.getvalue()


def test_no_module_is_hooked_and_closing_unhooks_the_optimizer() -> None:
    model = perceptron()
    optimizer = sgd(model)
    hooks = [optimizer._optimizer_step_pre_hooks, optimizer._optimizer_step_post_hooks]
    with Watch(model, optimizer) as watch:
        assert all(len(each) == 1 for each in hooks)
        plainly(model, [optimizer], 0, watch.step)
        for module in model.modules():
            assert not (module._forward_hooks or module._forward_pre_hooks or module._backward_hooks)
        assert not any(parameter._backward_hooks for parameter in model.parameters())
    assert not any(hooks)


def test_model_and_optimizer_are_not_kept_alive() -> None:
    model = perceptron()
    optimizer = sgd(model)
    watch = Watch(model, optimizer)
    plainly(model, [optimizer], 0, watch.step)
    gone = weakref.ref(model), weakref.ref(optimizer), weakref.ref(next(model.parameters()))
    del model, optimizer
    gc.collect()
    assert [each() for each in gone] == [None, None, None]
    watch.close()
    assert watch.verdict == "cannot tell"


def test_a_watch_that_is_dropped_does_nothing_more() -> None:
    model = perceptron()
    optimizer = sgd(model)
    watch = Watch(model, optimizer)
    plainly(model, [optimizer], 0, watch.step)
    gone = weakref.ref(watch)
    del watch
    assert gone() is None, "it is in no cycle"
    plainly(model, [optimizer], 1, lambda loss: None)


def test_no_graph_is_kept() -> None:
    model = perceptron()
    optimizer = sgd(model)
    watch = Watch(model, optimizer)
    ends: list[weakref.ref[Tensor]] = []
    for number in range(3):
        plainly(model, [optimizer], number, lambda loss: (ends.append(weakref.ref(loss)), watch.step(loss)))
    assert [end() for end in ends] == [None] * 3


@torchs_own_warnings
def test_a_compiled_model_is_read_by_its_own_names_and_compiled_once() -> None:
    graphs = []
    model = perceptron()
    compiled = torch.compile(model, backend=lambda graph, _: graphs.append(graph) or graph.forward)
    optimizer = sgd(model)
    watch = Watch(compiled, optimizer)
    for number in range(6):
        plainly(compiled, [optimizer], number, watch.step)
    assert len(graphs) == 1
    assert set(watch.layers) == {"0", "3"}


@torchs_own_warnings
def test_a_compiled_step_is_left_alone() -> None:
    model = perceptron()
    optimizer = sgd(model)
    graphs = []
    step = torch.compile(optimizer.step, backend=lambda graph, _: graphs.append(graph) or graph.forward)
    watch = Watch(model, optimizer, quiet=True, clock=Ticking())
    for number in range(40):
        optimizer.zero_grad()
        loss = loss_of(model, number)
        loss.backward()
        step()
        watch.step(loss)
    assert "gradient_norm" not in watch.run.series
    assert len(watch.run.series["train_loss"]) == 40
    assert watch.run.notes == ("gradients are not measured: the optimizer's step is compiled",)
    assert len(graphs) <= 2, "once with hooks and once without"
