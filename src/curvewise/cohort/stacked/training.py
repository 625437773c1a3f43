"""One more epoch of many slots, and its points."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence

from curvewise.cohort.slots import improves
from curvewise.cohort.stacked.compiled.program import StepError
from curvewise.cohort.stacked.compiled.steps import Compiled
from curvewise.cohort.stacked.device import device
from curvewise.cohort.stacked.epoch import Epoch
from curvewise.cohort.stacked.evaluate import evaluate
from curvewise.cohort.stacked.losses import result
from curvewise.cohort.stacked.placing import place
from curvewise.cohort.stacked.slot import StackedSlot
from curvewise.cohort.torch_threads import one_thread
from curvewise.cohort.trained import Place, Trained, point_of
from curvewise.records import Point

Scores = tuple[float, float]
"""Validation loss and error."""


def train_together(slots: Sequence[StackedSlot]) -> list[Point]:
    """One epoch of each of these slots, which are of one tile; points in their order.

    A slot whose loss or weights are not finite leaves at once, as in ``ReferenceSlot.train_epoch``; the
    others go on. Where this raises (memory, say), no slot has changed.
    """
    started = _clock()
    with one_thread():
        epoch, trained = _trained(slots)
        taken = (_clock() - started) / len(slots)
        scores = _validate(epoch, slots, trained)
        epoch.hand_back()
    seconds = (_clock() - started) / len(slots)
    points = []
    for slot, of_slot, score in zip(slots, trained, scores, strict=True):
        slot.epoch, slot.seconds = slot.epoch + 1, slot.seconds + seconds
        slot.step, slot.updates = slot.step + of_slot.steps, slot.updates + of_slot.steps
        stands = Place(slot.number, slot.epoch, slot.step, slot.seconds)
        point = point_of(stands, of_slot, score, slot.split.train.rows, taken)
        points.append(point)
        if slot.recipe.decay == "plateau":
            recipe = slot.recipe
            slot.plateau = slot.plateau.after(point.valid_loss, recipe.patience, recipe.learning_rate)
        if improves(point, slot.best_error, slot.best_loss):
            slot.keep_best(point)
    return points


def _trained(slots: Sequence[StackedSlot]) -> tuple[Epoch, list[Trained]]:
    """The steps of one epoch, compiled where they can be."""
    builds = slots[0].builds
    compiled = Compiled.of(slots, builds)
    if builds is not None and compiled is not None:
        epoch = Epoch(slots, compiled)
        try:
            return epoch, epoch.run()
        except StepError as error:
            builds.spoil(compiled.structure, error)
    epoch = Epoch(slots)
    return epoch, epoch.run()


def _validate(epoch: Epoch, slots: Sequence[StackedSlot], trained: Sequence[Trained]) -> list[Scores]:
    scores = [(math.inf, math.inf)] * len(slots)
    finite = [k for k, of_slot in enumerate(trained) if math.isfinite(of_slot.loss)]
    if finite:
        split, shape = slots[0].split, slots[0].recipe.shape
        found = evaluate(shape, epoch.ended(finite), place(split.valid), split.task).tolist()
        for k, *total in zip(finite, *found, strict=True):
            scores[k] = result(total, split.task, split.target_scale)
    return scores


def _clock() -> float:
    """Seconds of work: this thread's on a processor, the wall's where a GPU works."""
    return time.thread_time() if device().type == "cpu" else time.perf_counter()
