"""Which way trains a network fastest here: measured, and only where it is open."""

from __future__ import annotations

import dataclasses
import math
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import NamedTuple, final

import msgspec

from curvewise.cohort import kernels
from curvewise.cohort.families.perceptron_shape import PerceptronShape
from curvewise.cohort.recipe import Recipe
from curvewise.cohort.ways import TOGETHER, Way, Workshop, available, most_together, serving, train_stacked
from curvewise.data.examples import Examples, Split

STEPS = 8
"""Steps that are timed, after as many that warm up; twice as many of compiled ones, for an untrained slot's
first epoch is watched from within, hence uncompiled."""
MOST_ROWS = 4096
"""Rows that a measurement trains on at most, so that it takes milliseconds on any data."""
OPEN_FROM = 1024
"""Units of a perceptron from which on native kernels are measured against PyTorch. Below they led wherever
they were tried with AVX2 (22 times at 64 units, 2.2 at 256, 1.3 at 512 and 512 rows a step), and measuring
loads PyTorch, which takes seconds. Native recurrent cells led by 2 to 9 times (docs/architecture.md)."""
OPEN_FROM_BASELINE = 128
"""The same with kernels of the oldest instruction set (SSE2), which led 9 times at 64 units and 32 rows,
but took 1.3 times as long as PyTorch at 256 units and 128 rows (benchmarks/engine_sweep.py)."""
SHARE, HEAD_START = 0.05, 1.0
"""Of a cohort's time, what measuring may take; and seconds that it may take at once."""
FEWEST_STACKED = 4
"""Slots from which on stacking is measured on a processor: one took as long stacked as by the reference,
four a third of it."""
OPERATIONS = 1e10
"""Floating-point operations that stacked slots are timed with on a processor, about; ``FEWEST_STACKED`` slots
are timed all the same. A third of a second, or up to two where networks are narrow."""
MARGIN = 1.2
"""How many times faster worker processes must be than what needs none: each takes seconds to start."""

STARTING = 10.0
"""Seconds of training before worker processes are started: about what starting them costs, so that a short
study never pays for what it cannot use, and a long one never more than twice (with 25 s for images they took
15 of them)."""


class Kind(NamedTuple):
    """Networks for which one measurement speaks: sizes are rounded down to powers of two."""

    family: str
    units: int
    """Of the widest layer."""
    minibatch: int
    slots: int
    """That one call could train."""


@dataclass(frozen=True)
class Plan:
    """The way chosen and what each way was measured to take; unmeasured where there was no choice."""

    way: Way
    microseconds: dict[Way, float]
    """Wall microseconds of one training step of one model, all threads busy, by way."""

    def sentence(self, kind: Kind) -> str:
        """What was measured and chosen, for the history."""
        found = ", ".join(f"{way} {taken:,.0f}" for way, taken in sorted(self.microseconds.items()))
        return (
            f"trains {kind.family} networks of about {kind.units} units, minibatch {kind.minibatch}, "
            f"{kind.slots} at once in the way {self.way}: microseconds a step were {found}"
        )


@final
class Planner:
    """Chooses among ``ways`` for each kind of network, and remembers; measures unless told not to."""

    def __init__(self, ways: Sequence[Way], workshop: Workshop, threads: int, measures: bool) -> None:
        self._ways, self._workshop, self._threads = tuple(ways), workshop, threads
        self._measures = measures
        self._plans: dict[Kind, Plan] = {}
        self._notes: list[str] = []
        self._began, self._spent = time.monotonic(), 0.0

    @property
    def plans(self) -> Mapping[Kind, Plan]:
        """What was measured so far."""
        return self._plans

    def notes(self) -> list[str]:
        """A sentence for every measurement since the last call."""
        notes, self._notes = self._notes, []
        return notes

    def way(self, recipe: Recipe, split: Split, slots: int) -> Way:
        """The way for ``slots`` trials of this recipe: measured where it is open and not known yet."""
        able = self.able(recipe)
        if not self._measures:  # a call's arithmetic depends on which slots it trains together
            return next((way for way in able if way not in TOGETHER), able[0])
        if len(able) == 1 or is_clear(able[0], recipe):
            return able[0]
        if "stacked" in able and too_few(min(slots, most_together(recipe, split.train))):
            able = [way for way in able if way != "stacked"] or able
        if "compiled" in able and not self._is_compiled(recipe, split):
            able = [way for way in able if way != "compiled"] or able
        kind = kind_of(recipe, slots)
        known = kind if kind in self._plans else self._nearest(kind)
        if known is None:
            started = time.monotonic()
            self._measure(kind, able, recipe, split)
            self._spent += time.monotonic() - started
            known = kind
        taken = self._plans[known].microseconds
        if "compiled" in able and "compiled" not in taken and known == kind and self._may_measure():
            self._measure_compiled(kind, recipe, split)
        fastest_first = sorted((way for way in able if way in taken), key=lambda way: taken[way]) or able
        return next((way for way in fastest_first if self._is_ready(way)), fastest_first[0])

    def able(self, recipe: Recipe) -> list[Way]:
        """The ways, the usually fastest first, that there are for this recipe: one at least."""
        return [way for way in available(recipe) if way in self._ways] or ["reference"]

    def taken_up(self, way: Way, recipe: Recipe, split: Split, slots: int) -> Way:
        """The way to go on in where ``way`` was taken so far: another where there is no such way here.

        Nor is there one of compiled steps without a step, unless it is the only one.
        """
        able = self.able(recipe)
        lacks = (
            way == "compiled" and len(able) > 1 and not self._workshop.find_step(recipe, split, make=False)
        )
        return way if way in able and not lacks else self.way(recipe, split, slots)

    def _is_ready(self, way: Way) -> bool:
        """False for worker processes that have yet to start; they start once the study has lasted a while."""
        early = time.monotonic() - self._began < STARTING
        waits = way == "processes" and early and not self._workshop.has_processes
        return not waits and self._workshop.is_ready(way)

    def _is_compiled(self, recipe: Recipe, split: Split) -> bool:
        """True where there is a compiled step; it is made once the study has lasted a while."""
        early = time.monotonic() - self._began < STARTING
        return self._workshop.find_step(recipe, split, make=not early)

    def _nearest(self, kind: Kind) -> Kind | None:
        """The measured kind most like this one, once measuring has had its share of the time."""
        if self._may_measure():
            return None
        alike = [each for each in self._plans if each.family == kind.family]
        return min(alike, key=lambda each: distance(each, kind), default=None)

    def _may_measure(self) -> bool:
        """True while measuring has had less than its share of the time."""
        return self._spent < HEAD_START + SHARE * (time.monotonic() - self._began)

    def is_measured(self, recipe: Recipe) -> bool:
        """True where the way of such networks was chosen by measuring."""
        return any(kind[:3] == kind_of(recipe, 1)[:3] for kind in self._plans)

    def forget(self) -> None:
        """Let nothing that was measured count any more: the machine's load has changed."""
        self._plans.clear()

    def _measure(self, kind: Kind, able: Sequence[Way], recipe: Recipe, split: Split) -> None:
        taken: dict[Way, float] = {}
        for way in able:
            if way != "processes":
                taken[way] = self._microseconds(way, kind, recipe, split)
        if "processes" in able and "reference" in able and self._threads > 1:
            # Not measured, for starting them takes seconds: they are the reference, and share nothing
            alone = Measure(recipe, split, self._workshop).microseconds("reference", 1, 1)
            taken["processes"] = MARGIN * alone / self._threads
        self._note(kind, taken)

    def _measure_compiled(self, kind: Kind, recipe: Recipe, split: Split) -> None:
        """Add the compiled way to what was measured before there was one."""
        started = time.monotonic()
        taken = self._microseconds("compiled", kind, recipe, split)
        self._spent += time.monotonic() - started
        self._plans[kind].microseconds["compiled"] = taken
        self._note(kind, self._plans[kind].microseconds)

    def _microseconds(self, way: Way, kind: Kind, recipe: Recipe, split: Split) -> float:
        try:
            measure = Measure(recipe, split, self._workshop)
            together = measure.together(kind.slots, way) if way in TOGETHER else 1
            return measure.microseconds(way, together, self._threads)
        except MemoryError:  # the others may need less
            return math.inf

    def _note(self, kind: Kind, taken: dict[Way, float]) -> None:
        plan = self._plans[kind] = Plan(min(taken, key=lambda way: taken[way]), taken)
        self._notes.append(plan.sentence(kind))


def distance(one: Kind, other: Kind) -> float:
    """How unlike two kinds of one family are: doublings of the sizes between them."""
    return sum(abs(math.log2(a / b)) for a, b in zip(one[1:], other[1:], strict=True))


def too_few(slots: int) -> bool:
    """True where so few slots in a call cannot gain from being stacked."""
    return slots < FEWEST_STACKED and on_processor()


def on_processor() -> bool:
    """True where stacked slots are not trained on a GPU."""
    from curvewise.cohort.stacked.device import device  # loads torch

    return device().type == "cpu"


def is_clear(first: Way, recipe: Recipe) -> bool:
    """True where ``first``, the usually fastest, is known to be the fastest without measuring."""
    if first != "native":
        return False
    if kernels.best_instructions() == "baseline":
        return recipe.shape.widest < OPEN_FROM_BASELINE
    return not isinstance(recipe.shape, PerceptronShape) or recipe.shape.widest < OPEN_FROM


def kind_of(recipe: Recipe, slots: int) -> Kind:
    """What ``slots`` trials of this recipe are measured as."""
    family = type(recipe.shape).__name__.removesuffix("Shape").lower()
    sizes = (recipe.shape.widest, recipe.minibatch, slots)
    return Kind(family, *(1 << max(0, size.bit_length() - 1) for size in sizes))


class Measure:
    """Times a few steps of ``recipe`` on the first rows of ``split``."""

    def __init__(self, recipe: Recipe, split: Split, workshop: Workshop) -> None:
        self._rows = min(split.train.rows, MOST_ROWS, STEPS * recipe.minibatch)
        self._split = dataclasses.replace(
            split, train=split.train.first(self._rows), valid=split.valid.first(1)
        )
        self._recipe = msgspec.structs.replace(recipe, minibatch=min(recipe.minibatch, self._rows))
        self._workshop = workshop

    def together(self, slots: int, way: Way = "stacked") -> int:
        """How many of these slots to time stacked: as many as fit in a call, and can be waited for."""
        most = min(slots, most_together(self._recipe, self._split.train, way))
        if not on_processor():
            return most
        affordable = int(OPERATIONS / operations(self._recipe, self._split.train))
        return min(most, max(FEWEST_STACKED, affordable))

    def microseconds(self, way: Way, together: int = 1, threads: int = 1) -> float:
        """Wall microseconds of a step of one model; ``threads`` threads train ``together`` slots each."""
        with ThreadPoolExecutor(threads) as pool:
            groups = [
                [self._workshop.open(way, k, self._recipe, self._split, seed=k) for k in range(together)]
                for _ in range(threads)
            ]

            def train(group: int) -> None:
                if serving(way, self._recipe) in TOGETHER:
                    train_stacked(groups[group])
                else:
                    for slot in groups[group]:
                        slot.train_epoch()

            for _ in range(2 if way == "compiled" else 1):
                list(pool.map(train, range(threads)))
            started = time.perf_counter()
            list(pool.map(train, range(threads)))
            seconds = time.perf_counter() - started
        return seconds / (self._recipe.steps(self._rows) * together * threads) * 1e6


def step_microseconds(way: Way, recipe: Recipe, split: Split, together: int = 1) -> float:
    """Wall microseconds of one step of one model on one thread, ``together`` slots per call if stacked."""
    workshop = Workshop(1)
    try:
        return Measure(recipe, split, workshop).microseconds(way, together)
    finally:
        workshop.close()


def operations(recipe: Recipe, examples: Examples) -> float:
    """About how many floating-point operations an epoch over ``examples`` takes.

    Two per weight and row (or step of a sequence) in each of three products (forward, and backward to
    weights and to inputs), about 10 per weight and step for the optimizer, and a step's fixed cost,
    which is like that of 1e5.
    """
    weights = recipe.shape.multiplications
    applied = examples.rows if examples.steps is None else int(examples.steps.sum())
    return 6.0 * applied * weights + recipe.steps(examples.rows) * (10.0 * weights + 1e5)
