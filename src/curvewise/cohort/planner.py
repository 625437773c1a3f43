"""Which way trains a network fastest here: measured, and only where it is open."""

from __future__ import annotations

import dataclasses
import time
from dataclasses import dataclass

import msgspec

from curvewise.cohort.recipe import Recipe
from curvewise.cohort.ways import Way, open_slot
from curvewise.data.examples import Examples, Split

STEPS = 8
"""Steps that are timed, after as many that warm up."""
MOST_ROWS = 4096
"""Rows that a measurement trains on at most, so that it takes milliseconds on any data."""
OPEN_FROM = 1024
"""Units from which on the ways are measured. Below, native kernels led wherever they were tried with
AVX2 (22 times at 64 units, 2.2 at 256, 1.3 at 512 and 512 rows a step), and measuring loads PyTorch's
compiler, which takes seconds."""


@dataclass(frozen=True)
class Plan:
    """The way chosen and what each way was measured to take; unmeasured where there was no choice."""

    way: Way
    microseconds: dict[Way, float]
    """Wall microseconds of one training step, by way."""


def plan(ways: tuple[Way, ...], recipe: Recipe, split: Split) -> Plan:
    """Time a few steps of ``recipe`` in each of ``ways`` and choose the fastest."""
    if len(ways) == 1:
        return Plan(ways[0], {})
    taken = {way: step_microseconds(way, recipe, split) for way in ways}
    return Plan(min(taken, key=lambda way: taken[way]), taken)


def step_microseconds(way: Way, recipe: Recipe, split: Split) -> float:
    """Wall microseconds of one training step of ``recipe`` on the first rows of ``split``."""
    rows = min(split.train.rows, MOST_ROWS, STEPS * recipe.minibatch)
    piece = dataclasses.replace(split, train=split.train.first(rows), valid=split.valid.first(1))
    trimmed = msgspec.structs.replace(recipe, minibatch=min(recipe.minibatch, rows))
    slot = open_slot(way, 0, trimmed, piece, seed=0)
    slot.train_epoch()
    started = time.perf_counter()
    slot.train_epoch()
    return (time.perf_counter() - started) / trimmed.steps(rows) * 1e6


def is_open(recipe: Recipe) -> bool:
    """True where the network is wide enough for the choice of a way to be in doubt."""
    return recipe.shape.widest >= OPEN_FROM


def operations(recipe: Recipe, examples: Examples) -> float:
    """About how many floating-point operations an epoch over ``examples`` takes.

    Two per weight and row (or step of a sequence) in each of three products (forward, and backward to
    weights and to inputs), about 10 per weight and step for the optimizer, and a step's fixed cost,
    which is like that of 1e5.
    """
    weights = recipe.shape.multiplications
    applied = examples.rows if examples.steps is None else int(examples.steps.sum())
    return 6.0 * applied * weights + recipe.steps(examples.rows) * (10.0 * weights + 1e5)
