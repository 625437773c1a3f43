"""What runs in a worker process: slots, and requests for them from standard input."""

from __future__ import annotations

import os
import pickle
import sys
from typing import Any, BinaryIO

import torch

from curvewise.cohort.processes.failure import Failure
from curvewise.cohort.reference import ReferenceSlot
from curvewise.data.examples import Split


def serve() -> None:
    """Answer requests until standard input ends, which it does when the parent ends, however it ends."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what anything prints would end up among the answers
    torch.set_num_threads(1)
    work(sys.stdin.buffer, answers)


def work(requests: BinaryIO, answers: BinaryIO) -> None:
    """Answer each pickled request (name, slot, arguments) by a pickled value or ``Failure``."""
    slots = _Slots()
    while True:
        try:
            name, slot, arguments = pickle.load(requests)
        except EOFError:
            return
        try:
            answer = getattr(slots, name)(slot, *arguments)
        except Exception as error:
            answer = Failure.of(error)
        pickle.dump(answer, answers, protocol=5)
        answers.flush()


class _Slots:
    """The slots of this process, by key; each method is a request."""

    def __init__(self) -> None:
        self._splits: dict[int, Split] = {}
        self._slots: dict[int, ReferenceSlot] = {}

    def split(self, key: int, split: Split) -> None:
        """Keep examples, for slots to come."""
        self._splits[key] = split

    def open(self, key: int, split: int, number: int, recipe: Any, seed: int) -> None:
        """A new slot over examples sent before."""
        self._slots[key] = ReferenceSlot(number, recipe, self._splits[split], seed)

    def drop(self, _: int, keys: list[int]) -> None:
        """Free slots."""
        for key in keys:
            self._slots.pop(key, None)

    def call(self, key: int, method: str, arguments: tuple[Any, ...], named: dict[str, Any]) -> Any:
        """Call a method of a slot; what it returns and the epoch it is at."""
        slot = self._slots[key]
        return getattr(slot, method)(*arguments, **named), slot.epoch
