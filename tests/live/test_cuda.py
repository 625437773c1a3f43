"""The same on a GPU, which no step waits for."""

import pytest
import torch
from torch import nn

from curvewise.live import Watch
from tests.live.training import Ticking

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no GPU")


def train(watched: bool, rounds: int = 60, capturable: bool = False) -> tuple[nn.Module, Watch | None]:
    """Nothing in here waits for the device, or the mode says so."""
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.Dropout(0.1), nn.Linear(64, 10)).cuda()
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3, capturable=capturable, fused=capturable)
    inputs, targets = torch.randn(32, 64, device="cuda"), torch.arange(32, device="cuda") % 10
    watch = Watch(model, optimizer, quiet=True, clock=Ticking()) if watched else None
    torch.cuda.synchronize()
    torch.cuda.set_sync_debug_mode("error")
    try:
        for _ in range(rounds):
            optimizer.zero_grad()
            loss = nn.functional.cross_entropy(model(inputs), targets)
            loss.backward()
            optimizer.step()
            if watch is not None:
                watch.step(loss)
    finally:
        torch.cuda.set_sync_debug_mode("default")
    return model, watch


@pytest.mark.parametrize("capturable", [False, True])
def test_weights_are_the_same_and_no_step_waits(capturable: bool) -> None:
    plain, _ = train(watched=False, capturable=capturable)
    watched, watch = train(watched=True, capturable=capturable)
    assert watch is not None
    watch.close()
    assert all(one.equal(other) for one, other in zip(plain.parameters(), watched.parameters(), strict=True))
    assert not watch.run.notes
    series = watch.run.series
    assert len(series["train_loss"]) == 60
    assert len(series["gradient_norm"]) >= 40
    assert series["train_loss"].values[-1] < series["train_loss"].values[0]
    assert watch._device_seconds > 0


def test_a_captured_step_is_not_measured_but_its_losses_are() -> None:
    model = nn.Linear(8, 1).cuda()
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.1, capturable=True)
    inputs = torch.randn(32, 8, device="cuda")

    def step() -> torch.Tensor:
        optimizer.zero_grad(set_to_none=False)
        loss = (model(inputs) - 1).square().mean()
        loss.backward()
        optimizer.step()
        return loss

    side = torch.cuda.Stream()
    with torch.cuda.stream(side):
        for _ in range(3):
            step()
    torch.cuda.current_stream().wait_stream(side)
    watch = Watch(model, optimizer, quiet=True, clock=Ticking())
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        loss = step()
    for _ in range(20):
        graph.replay()
        watch.step(loss)
    watch.close()
    values = watch.run.series["train_loss"].values
    assert len(set(values)) == 20, "each step's own loss"
    assert "gradient_norm" not in watch.run.series
    assert not watch.run.notes


def test_a_default_device_is_not_where_numbers_are_fetched_to() -> None:
    with torch.device("cuda"):
        model = nn.Linear(8, 1)
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
        with Watch(model, optimizer, quiet=True, clock=Ticking()) as watch:
            for _ in range(4):
                optimizer.zero_grad()
                loss = model(torch.ones(4, 8)).square().mean()
                loss.backward()
                optimizer.step()
                watch.step(loss)
    assert not watch.run.notes
    assert len(watch.run.series["train_loss"]) == 4
