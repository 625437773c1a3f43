"""Numbers from a device come in order, when they are there; the device is acted here."""

import torch
from torch import Tensor

from curvewise.live.readings import Readings


class Elsewhere(Tensor):
    """A tensor that is said to be on a device."""

    @property
    def is_cpu(self) -> bool:  # type: ignore[override]
        return False


def elsewhere(value: float) -> Tensor:
    return torch.tensor(value).as_subclass(Elsewhere)


def test_what_is_here_is_read_at_once() -> None:
    readings, kept = Readings(), []
    readings.add(kept.append, [torch.tensor(1.0), torch.tensor(2)])
    readings.add(kept.append, [])
    assert kept == [[1.0, 2.0], []]


def test_what_is_elsewhere_waits_and_keeps_its_order() -> None:
    readings, kept = Readings(), []
    readings.add(kept.append, [elsewhere(1.0)])
    readings.add(kept.append, [torch.tensor(2.0), elsewhere(3.0)])
    readings.add(kept.append, [torch.tensor(4.0)])
    readings.receive(wait=True)
    assert kept == [] and readings.waiting == 3
    readings.send()
    readings.add(kept.append, [elsewhere(5.0)])
    readings.receive()
    assert kept == [[1.0], [2.0, 3.0], [4.0]] and readings.waiting == 1


def test_sending_nothing_is_nothing() -> None:
    readings = Readings()
    readings.send()
    readings.receive(wait=True)
    assert readings.waiting == 0
