"""A trial in a cohort: in its slot while it trains, by its best weights once it is stopped."""

from __future__ import annotations

import math
import time
from collections.abc import Hashable
from typing import Final, final

import numpy as np
from numpy.typing import NDArray

from curvewise.cohort.recipe import Recipe
from curvewise.cohort.slots import Slot, State
from curvewise.cohort.ways import Way, Workshop, companions, outputs, serving
from curvewise.data.examples import Examples, Split
from curvewise.errors import EngineError
from curvewise.records import Point, Trial


@final
class Member:
    """One trial and what it trains. Its slot is opened with it, and freed by ``stop``."""

    def __init__(self, trial: Trial, recipe: Recipe, split: Split, way: Way, workshop: Workshop) -> None:
        self.trial: Final = trial
        self.recipe: Final = recipe
        self.split: Final = split
        self.way = serving(way, recipe)
        """How it is trained; ``move`` changes it."""
        self.seconds = 0.0
        """Wall seconds that the last epoch took; 0 before the first."""
        self.quickest = math.inf
        """Wall seconds of the fastest epoch in this way so far."""
        self._workshop: Final = workshop
        self._slot: Slot | None = workshop.open(self.way, trial.number, recipe, split, trial.seed)
        self._kept: State = {}
        self._epoch = 0

    @property
    def epoch(self) -> int:
        """Epochs completed."""
        return self._epoch if self._slot is None else self._slot.epoch

    @property
    def slot(self) -> Slot:
        """The slot; raises EngineError where it was freed."""
        if self._slot is None:
            raise EngineError(
                f"trial {self.trial.number} has no slot any more: it was stopped after epoch {self._epoch}; "
                "start or fork a new trial"
            )
        return self._slot

    def train_epoch(self) -> Point:
        """One more epoch, timed."""
        started = time.perf_counter()
        point = self.slot.train_epoch()
        self.took(time.perf_counter() - started)
        return point

    def took(self, seconds: float) -> None:
        """Note how long an epoch has taken."""
        self.seconds, self.quickest = seconds, min(self.quickest, seconds)

    @property
    def companions(self) -> Hashable:
        """Members for which this is equal, and not None, are trained by one call, on one thread."""
        return companions(self.way, self.slot)

    def move(self, way: Way) -> None:
        """Go on in another way from where the trial stands."""
        state, way = self.slot.state(), serving(way, self.recipe)
        slot = self._workshop.open(way, self.trial.number, self.recipe, self.split, self.trial.seed)
        slot.load(state)
        self._slot, self.way, self.quickest = slot, way, math.inf

    def stop(self) -> None:
        """Free the slot; keep the best weights, or the last ones where none were ever best."""
        if self._slot is not None:
            self._epoch, self._kept, self._slot = self._slot.epoch, self._slot.weights(best=True), None

    def weights(self) -> State:
        """The best weights: the ``state_dict`` of the family's module as arrays."""
        return dict(self._kept) if self._slot is None else self._slot.weights(best=True)

    def outputs(self, examples: Examples) -> NDArray[np.float32]:
        """Logits (N, C) or standardised predictions (N, 1) by the best weights."""
        if self._slot is not None:
            return self._slot.outputs(examples, best=True)
        return outputs(self.way, self.recipe, self.split, self._kept, examples)

    def state(self) -> State:
        """What ``load`` takes up: the slot's state, or the kept weights and the epoch of a stopped trial."""
        if self._slot is not None:
            return self._slot.state()
        return {"epoch": np.array([self._epoch]), **{f"kept.{n}": array for n, array in self._kept.items()}}

    def load(self, state: State) -> None:
        """Take up where ``state`` was taken; stopped, if the trial was."""
        if "counters" in state:
            self.slot.load(state)
        else:
            self._epoch, self._slot = int(state["epoch"].item()), None
            kept = {name: array for name, array in state.items() if name.startswith("kept.")}
            self._kept = {name.removeprefix("kept."): array for name, array in kept.items()}
