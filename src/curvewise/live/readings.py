"""Numbers that a device computes, fetched many at a time and not waited for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

Keep = Callable[[list[float]], None]
"""What to do with the numbers once they are there."""


@dataclass
class _Sent:
    """Numbers on their way from a device."""

    keeps: list[tuple[Keep, int]]
    numbers: Tensor
    arrival: torch.cuda.Event | None
    """None where they are there already."""


class Readings:
    """Tensors of one element in, Python numbers out, in order.

    On a CPU at once. On a GPU they wait on the device until ``send``, which copies them to pinned memory
    behind what is queued, and ``receive`` takes what has come: training is not held up. Other devices have
    no such copies; there ``send`` waits for them, which is why it is not called at every step.
    """

    def __init__(self) -> None:
        self._waiting: list[tuple[Keep, Sequence[Tensor]]] = []
        self._sent: list[_Sent] = []

    @property
    def waiting(self) -> int:
        """Groups of numbers that were not sent yet."""
        return len(self._waiting)

    def add(self, keep: Keep, scalars: Sequence[Tensor]) -> None:
        """``keep`` gets the values of ``scalars``; nothing that was computed for them is kept but they."""
        if not self._waiting and all(each.is_cpu for each in scalars):
            keep(torch.stack(list(scalars)).tolist() if scalars else [])
        else:
            self._waiting.append((keep, scalars))

    def send(self) -> None:
        """Set off what waits."""
        if not self._waiting:
            return
        keeps = [(keep, len(scalars)) for keep, scalars in self._waiting]
        flat = [each for _, scalars in self._waiting for each in scalars]
        self._waiting = []
        device = next((each.device for each in flat if not each.is_cpu), torch.device("cpu"))
        numbers = torch.stack([each.to(device, torch.float32, non_blocking=True) for each in flat])
        if device.type != "cuda":
            self._sent.append(_Sent(keeps, numbers.cpu(), None))
            return
        host = torch.empty(len(flat), dtype=torch.float32, device="cpu", pin_memory=True)
        host.copy_(numbers, non_blocking=True)
        arrival = torch.cuda.Event()  # type: ignore[no-untyped-call]
        arrival.record(torch.cuda.current_stream(device))
        self._sent.append(_Sent(keeps, host, arrival))

    def receive(self, wait: bool = False) -> None:
        """Keep what has arrived; with ``wait`` all that was sent."""
        while self._sent:
            first = self._sent[0]
            if first.arrival is not None and not first.arrival.query():  # type: ignore[no-untyped-call]
                if not wait:
                    return
                first.arrival.synchronize()
            self._sent.pop(0)
            values = first.numbers.tolist()
            for keep, count in first.keeps:
                keep(values[:count])
                values = values[count:]
