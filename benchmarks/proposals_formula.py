"""Trials that nobody trains, for ``proposals.py``: points of the unit cube and errors by a formula.

numpy alone, no curvewise: the peers run in an environment of their own.
"""

from __future__ import annotations

import resource
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

Result = TypeVar("Result")

HORIZON = 50
DIVERGING = 0.05
"""Share of the trials without a finite error."""


def places(dimension: int, trials: int) -> NDArray[np.float64]:
    """Points (trials, dimension) of the unit cube: the later, the nearer to the best one, as in a search."""
    generator = np.random.default_rng(0)
    spread = 0.5 / np.sqrt(1 + np.arange(trials) / 50)[:, None]
    anywhere = generator.random((trials, dimension))
    near = np.clip(0.4 + spread * generator.standard_normal((trials, dimension)), 0, 0.999)
    return np.where(generator.random((trials, 1)) < 0.3, anywhere, near)


def error(place: NDArray[np.float64], age: int) -> float:
    """After ``age`` epochs at a point (dimension,): a fall towards a level; infinite near one corner."""
    if place[0] > 1 - DIVERGING:
        return float("inf")
    level = 0.1 + 0.3 * float(np.mean((place - 0.4) ** 2)) ** 0.5
    wobble = 0.002 * float(np.sin(1e4 * place.sum() + age))
    return float(level + 0.5 * (0.5 + place[-1]) / (1 + age) + wobble)


def ages(trials: int) -> list[int]:
    """How far each has been trained when the measurement begins: few have grown old."""
    generator = np.random.default_rng(1)
    drawn = 3 * generator.pareto(1.0, trials) + 3
    return [min(HORIZON, int(age)) for age in drawn.tolist()]


@dataclass
class Clock:
    """Processor time and wall time of one kind of work, in milliseconds, call by call."""

    processor: list[float] = field(default_factory=list)
    wall: list[float] = field(default_factory=list)

    def timed(self, work: Callable[[], Result]) -> Result:
        """What ``work`` returns."""
        wall, processor = time.perf_counter(), time.process_time()
        found = work()
        self.processor.append(1e3 * (time.process_time() - processor))
        self.wall.append(1e3 * (time.perf_counter() - wall))
        return found


def quantiles(times: Sequence[float]) -> tuple[float, float]:
    """Median and 95th percentile."""
    return round(float(np.median(times)), 3), round(float(np.percentile(times, 95)), 3)


def resident_mb() -> float:
    """Memory of this process; its peak where the system does not tell the present one."""
    statm = Path("/proc/self/statm")
    if statm.exists():
        return int(statm.read_text().split()[1]) * resource.getpagesize() / 2**20
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**10
