"""An epoch of many slots in lock-step: each with its own rows, rates, masks and coefficients."""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from curvewise.cohort.schedules import learning_rates
from curvewise.cohort.slots import improves
from curvewise.cohort.stacked.device import device, place
from curvewise.cohort.stacked.evaluate import evaluate
from curvewise.cohort.stacked.forward import forward
from curvewise.cohort.stacked.losses import result, totals, training_losses
from curvewise.cohort.stacked.masks import Masks
from curvewise.cohort.stacked.slot import StackedSlot
from curvewise.cohort.stacked.stack import Stack
from curvewise.cohort.stacked.update import Coefficients, Update
from curvewise.cohort.torch_threads import one_thread
from curvewise.data.order import minibatch_order
from curvewise.records import Point

NORM_STEPS = 8
"""The gradient norm is a mean over this many last steps, as in ``reference``."""


@dataclass
class _Trained:
    """What the steps of an epoch left behind of one slot."""

    steps: int
    learning_rate: float
    loss: float = math.inf
    error: float = math.inf
    gradient_norm: float = math.inf
    update_ratio: float = math.inf


def train_together(slots: Sequence[StackedSlot]) -> list[Point]:
    """One epoch of each of these slots, which are of one tile; points in their order.

    A slot whose loss or weights are not finite leaves at once, as in ``ReferenceSlot.train_epoch``; the
    others go on. Where this raises (memory, say), no slot has changed.
    """
    started = _clock()
    with one_thread():
        epoch = _Epoch(slots)
        trained = epoch.run()
        split, shape = slots[0].split, slots[0].recipe.shape
        finite = [k for k, of_slot in enumerate(trained) if math.isfinite(of_slot.loss)]
        scores = dict.fromkeys(range(len(slots)), (math.inf, math.inf))
        if finite:
            found = evaluate(shape, epoch.ended(finite), place(split.valid), split.task).tolist()
            for k, *total in zip(finite, *found, strict=True):
                scores[k] = result(total, split.task, split.target_scale)
    epoch.hand_back()
    seconds = (_clock() - started) / len(slots)
    return [
        _point(slot, of_slot, seconds, scores[k])
        for k, (slot, of_slot) in enumerate(zip(slots, trained, strict=True))
    ]


class _Epoch:
    """The steps of one epoch of K slots; those that diverge leave, and the stack shrinks."""

    def __init__(self, slots: Sequence[StackedSlot]) -> None:
        recipe, split = slots[0].recipe, slots[0].split
        recipes, rows = [slot.recipe for slot in slots], split.train.rows
        self._slots, self._recipe, self._task = slots, recipe, split.task
        self._scale = split.target_scale
        self._examples = place(split.train)
        self._steps = recipe.steps(rows)
        self._order = np.stack([minibatch_order(slot.seed, slot.epoch + 1, rows) for slot in slots]).astype(
            np.int64
        )
        self._rates = np.stack([learning_rates(s.recipe, s.epoch + 1, self._steps) for s in slots])
        self._coefficients = Coefficients.of(recipes, [slot.updates for slot in slots], self._rates)
        self._stack = Stack.of(slots)
        self._here = list(range(len(slots)))
        self._update = Update(self._coefficients, self._stack.layout.decayed_size)
        self._masks = Masks(
            [slot.seed for slot in slots],
            [slot.step for slot in slots],
            [slot.recipe.shape.dropout for slot in slots],
        )
        self._smoothing = self._smoothed()
        self._totals = torch.zeros(3, len(slots), dtype=torch.float64, device=device())
        self._norms: deque[Tensor] = deque(maxlen=NORM_STEPS)
        self._ratios: Tensor | None = None
        self._gone: list[tuple[int, Stack]] = []
        self._trained: dict[int, _Trained] = {}

    def run(self) -> list[_Trained]:
        """All steps; what they left behind, by slot."""
        for index in range(self._steps):
            if not self._here:
                break
            self._step(index)
        self._finish()
        return [self._trained[k] for k in range(len(self._slots))]

    def _step(self, index: int) -> None:
        start = index * self._recipe.minibatch
        batch = self._examples.take(self._order[:, start : start + self._recipe.minibatch])
        leaves = self._stack.leaves()

        def silence(activations: Tensor, layer: int) -> Tensor:
            return self._masks.silence(activations, layer, index)

        outputs = forward(self._recipe.shape, leaves | self._stack.others(), batch, silence, training=True)
        losses = training_losses(self._recipe.loss, outputs, batch.targets, self._smoothing, batch.counted)
        total = losses.sum()
        finite = [True] * len(self._here)
        if not math.isfinite(total.item()):
            finite = torch.isfinite(losses).tolist()
            total = torch.where(torch.isfinite(losses), losses, 0.0).sum()
        with torch.no_grad():
            pieces = torch.autograd.grad(total, list(leaves.values()))
            gradient = torch.cat([piece.flatten(1) for piece in pieces], dim=1)
            self._totals += totals(self._task, outputs, batch.targets, batch.counted)
            if not all(finite):
                gradient = gradient[torch.tensor(finite, device=gradient.device)]
                self._leave([k for k, well in enumerate(finite) if not well], index)
            if self._here:
                self._move(gradient, index)

    def _move(self, gradient: Tensor, index: int) -> None:
        """Clip and update, by the gradients (K, trained P) of the slots that are still here."""
        stack, last = self._stack, index == self._steps - 1
        if self._update.clips or index >= self._steps - NORM_STEPS:
            norms = torch.linalg.vector_norm(gradient, dim=1)
            self._norms.append(norms)
            if self._update.clips:
                self._update.clip(gradient, norms)
        before = stack.weights.clone() if last else None
        self._update.step(stack.trained, stack.first, stack.second, gradient, index)
        if before is not None:
            change = torch.linalg.vector_norm(stack.weights - before, dim=1)
            self._ratios = change / torch.linalg.vector_norm(before, dim=1)

    def _leave(self, places: Sequence[int], index: int) -> None:
        """Take the slots at these places of the stack out of it, as they were before step ``index``."""
        leaving = set(places)
        staying = [k for k in range(len(self._here)) if k not in leaving]
        for k in places:
            slot = self._here[k]
            self._trained[slot] = _Trained(index, float(self._rates[k, index]))
            self._gone.append((slot, self._stack.kept([k])))
        self._here = [self._here[k] for k in staying]
        if not staying:
            return
        self._stack = self._stack.kept(staying)
        self._order, self._rates = self._order[staying], self._rates[staying]
        self._coefficients, self._masks = self._coefficients.kept(staying), self._masks.kept(staying)
        self._update = Update(self._coefficients, self._stack.layout.decayed_size)
        self._totals = self._totals[:, staying]
        self._norms = deque((norms[staying] for norms in self._norms), maxlen=NORM_STEPS)
        self._smoothing = None if self._smoothing is None else self._smoothing[staying]

    def _finish(self) -> None:
        """Read what the epoch's steps came to."""
        if not self._here:
            return
        norms = torch.stack(list(self._norms)).mean(dim=0).tolist()
        assert self._ratios is not None
        ratios = self._ratios.tolist()
        well = torch.isfinite(self._stack.weights).all(dim=1).tolist()
        for k, (slot, *total) in enumerate(zip(self._here, *self._totals.tolist(), strict=True)):
            trained = _Trained(self._steps, float(self._rates[k, -1]))
            if well[k]:
                trained.loss, trained.error = result(total, self._task, self._scale)
                trained.gradient_norm, trained.update_ratio = norms[k], ratios[k]
            self._trained[slot] = trained

    def ended(self, slots: Sequence[int]) -> dict[str, Tensor]:
        """Everything that a forward pass of these slots needs, by name; they are still in the stack."""
        stack = self._stack
        if len(slots) < len(self._here):
            stack = stack.kept([self._here.index(slot) for slot in slots])
        return {part.name: part.of(stack.weights) for part in stack.layout.trained} | stack.others()

    def hand_back(self) -> None:
        """Give the slots their new weights and moments."""
        for slot, alone in self._gone:
            alone.hand_back([self._slots[slot]])
        if self._here:
            self._stack.hand_back([self._slots[slot] for slot in self._here])

    def _smoothed(self) -> Tensor | None:
        shares = [slot.recipe.label_smoothing for slot in self._slots]
        return torch.tensor(shares, device=device())[:, None] if any(shares) else None


def _point(slot: StackedSlot, trained: _Trained, seconds: float, scores: tuple[float, float]) -> Point:
    """Count the epoch and report it; keep the weights where they are the best so far."""
    slot.epoch += 1
    slot.step += trained.steps
    slot.updates += trained.steps
    slot.seconds += seconds
    point = Point(
        trial=slot.number,
        epoch=slot.epoch,
        step=slot.step,
        seconds=slot.seconds,
        train_loss=trained.loss,
        train_error=trained.error,
        valid_loss=scores[0],
        valid_error=scores[1],
        learning_rate=trained.learning_rate,
        gradient_norm=trained.gradient_norm,
        update_ratio=trained.update_ratio,
    )
    if improves(point, slot.best_error, slot.best_loss):
        slot.keep_best(point)
    return point


def _clock() -> float:
    """Seconds of work: this thread's on a processor, the wall's where a GPU works."""
    return time.thread_time() if device().type == "cpu" else time.perf_counter()
