"""An epoch of many slots in lock-step: each with its own rows, rates, masks and coefficients."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from curvewise.cohort.measuring import is_measured
from curvewise.cohort.schedules import learning_rates
from curvewise.cohort.stacked.chance import Chance
from curvewise.cohort.stacked.compiled.steps import Compiled, Reads, Steps
from curvewise.cohort.stacked.device import device
from curvewise.cohort.stacked.forward import forward
from curvewise.cohort.stacked.layers import Training
from curvewise.cohort.stacked.losses import result, totals, training_losses
from curvewise.cohort.stacked.measures import Measures
from curvewise.cohort.stacked.minibatch import Minibatch
from curvewise.cohort.stacked.placed_columns import PlacedColumns
from curvewise.cohort.stacked.placing import place
from curvewise.cohort.stacked.slot import StackedSlot, averaged_rows
from curvewise.cohort.stacked.stack import Stack
from curvewise.cohort.stacked.update import Coefficients, Update
from curvewise.cohort.trained import Trained
from curvewise.data.order import minibatch_order


class Epoch:
    """The steps of one epoch of K slots; those that diverge leave, and the stack shrinks.

    The slots change only when ``hand_back`` is called. Where there is a ``compiled`` program for them, it
    takes all steps but those that are watched from within.
    """

    def __init__(self, slots: Sequence[StackedSlot], compiled: Compiled | None = None) -> None:
        self._slots, self._recipe, self._split = slots, slots[0].recipe, slots[0].split
        self._averages = self._recipe.optimizer == "schedule_free"
        self._examples, rows = place(self._split.train), self._split.train.rows
        self._steps = steps = self._recipe.steps(rows)
        orders = [minibatch_order(slot.seed, slot.epoch + 1, rows) for slot in slots]
        self._order = np.stack(orders).astype(np.int64)
        rates = [learning_rates(s.recipe, s.epoch + 1, steps, s.plateau.share) for s in slots]
        averaging = [s.averaging.over(of_slot) for s, of_slot in zip(slots, rates, strict=True)]
        self._averaging = [after for _, after in averaging]
        self._rates = np.stack(rates)
        self._stack = Stack.of(slots)
        self._here = list(range(len(slots)))
        self._coefficients = Coefficients.of(slots, self._rates, np.stack([c for c, _ in averaging]))
        self._update = self._new_update()
        self._gradient = torch.empty_like(self._stack.trained, memory_format=torch.contiguous_format)
        self._chance = Chance(
            [slot.seed for slot in slots],
            [slot.step for slot in slots],
            [slot.recipe.shape.dropout for slot in slots],
            [slot.recipe.input_noise for slot in slots],
        )
        full = [is_measured(slot.step, steps) for slot in slots]
        self._measures = Measures(self._stack.layout, steps, full)
        self._smoothing = _smoothing(slots)
        self._totals = torch.zeros(3, len(slots), dtype=torch.float64, device=device())
        self._gone: list[tuple[int, Stack]] = []
        self._trained: dict[int, Trained] = {}
        self._compiled = compiled
        self._running: Steps | None = None

    def run(self) -> list[Trained]:
        """All steps; what they left behind, by slot."""
        for index in range(self._steps):
            if not self._here:
                break
            if self._compiled is None or self._measures.watches(index):
                self._settle()
                self._step(index)
            else:
                self._step_compiled(self._compiled, index)
        self._settle()
        if self._here:
            self._finish()
        return [self._trained[k] for k in range(len(self._slots))]

    def _step(self, index: int) -> None:
        start = index * self._recipe.minibatch
        rows = self._order[:, start : start + self._recipe.minibatch]
        batch, leaves = self._examples.take(rows), self._stack.leaves()
        outputs = self._forward(batch, leaves, index)
        losses = training_losses(self._recipe.loss, outputs, batch.targets, self._smoothing, batch.counted)
        total, finite = losses.sum(), [True] * len(self._here)
        if not math.isfinite(total.item()):
            finite = torch.isfinite(losses).tolist()
            total = torch.where(torch.isfinite(losses), losses, 0.0).sum()
        with torch.no_grad():
            pieces = torch.autograd.grad(total, list(leaves.values()))
            for piece, part in zip(pieces, self._stack.layout.trained, strict=True):
                part.of(self._gradient).copy_(piece)
            gradient = self._gradient
            self._totals += totals(self._split.task, outputs, batch.targets, batch.counted)
            if not all(finite):
                gradient = self._gradient = gradient[torch.tensor(finite, device=gradient.device)]
                self._leave([k for k, well in enumerate(finite) if not well], index)
            if self._here:
                self._move(gradient, index, rows.shape[1])

    def _step_compiled(self, compiled: Compiled, index: int) -> None:
        """``_step`` by a program, which leaves alone what is not finite."""
        last = index == self._steps - 1
        running = self._running = self._running or Steps(compiled, self._stack, self._reads())
        before = running.rows() if last else None
        losses, norms = running.take(index)
        start = index * self._recipe.minibatch
        self._measures.normed(index, norms, self._order[:, start : start + self._recipe.minibatch].shape[1])
        if not math.isfinite(losses.sum().item()):
            finite = torch.isfinite(losses)
            self._settle()
            self._gradient = self._gradient[finite]
            self._leave(torch.nonzero(~finite)[:, 0].tolist(), index)
            before = None if before is None else before[finite]
        if before is not None and self._here:
            self._settle()
            self._measures.moved(before, self._stack.weights)

    def _reads(self) -> Reads:
        assert isinstance(self._examples, PlacedColumns)
        return Reads(
            self._examples.columns,
            self._order,
            self._recipe.minibatch,
            self._coefficients,
            self._chance,
            self._smoothing,
            self._totals,
        )

    def _settle(self) -> None:
        """Have in the stack what compiled steps have trained."""
        if self._running is not None:
            self._running.settle()
            self._running = None

    def _forward(self, batch: Minibatch, leaves: dict[str, Tensor], index: int) -> Tensor:
        def silence(activations: Tensor, layer: int) -> Tensor:
            return self._chance.silence(activations, layer, index)

        batch.numbers = self._chance.noisy(batch.numbers, index)
        training = Training(silence, self._measures.watch(index))
        return forward(self._recipe.shape, leaves | self._stack.others(), batch, training)

    def _move(self, gradient: Tensor, index: int, rows: int) -> None:
        """Clip and update, by the gradients (K, trained P) of the slots that are still here."""
        stack, last = self._stack, index == self._steps - 1
        norms = self._measures.gradient(index, gradient, rows)
        if self._update.clips:
            self._update.clip(gradient, torch.linalg.vector_norm(gradient, dim=1) if norms is None else norms)
        before = stack.weights.clone() if last else None
        self._update.step(stack.trained, stack.first, stack.second, gradient, index)
        if before is not None:
            self._measures.moved(before, stack.weights)

    def _leave(self, places: Sequence[int], index: int) -> None:
        """Take the slots at these places of the stack out of it, as they were before step ``index``."""
        leaving = set(places)
        staying = [k for k in range(len(self._here)) if k not in leaving]
        for k in places:
            slot = self._here[k]
            self._trained[slot] = Trained(index, float(self._rates[k, index]))
            self._gone.append((slot, self._stack.kept([k])))
        self._here = [self._here[k] for k in staying]
        if not staying:
            return
        self._stack = self._stack.kept(staying)
        self._order, self._rates = self._order[staying], self._rates[staying]
        self._coefficients, self._chance = self._coefficients.kept(staying), self._chance.kept(staying)
        self._update = self._new_update()
        self._totals = self._totals[:, staying]
        self._measures.kept(staying)
        self._smoothing = None if self._smoothing is None else self._smoothing[staying]

    def _finish(self) -> None:
        """Read what the epoch's steps came to."""
        measured = self._measures.results()
        well = torch.isfinite(self._stack.weights).all(dim=1).tolist()
        for k, (slot, *total) in enumerate(zip(self._here, *self._totals.tolist(), strict=True)):
            trained = Trained(self._steps, float(self._rates[k, -1]))
            if well[k]:
                loss, error = result(total, self._split.task, self._split.target_scale)
                trained = trained._replace(loss=loss, error=error, measured=measured[k])
            self._trained[slot] = trained

    def ended(self, slots: Sequence[int]) -> dict[str, Tensor]:
        """What a forward pass of these slots needs, by name, averaged if it is; they are in the stack."""
        stack = self._stack
        if len(slots) < len(self._here):
            stack = stack.kept([self._here.index(slot) for slot in slots])
        weights = stack.weights
        if self._averages and stack.first is not None:
            momentum = [[self._slots[slot].recipe.momentum] for slot in slots]
            weights = averaged_rows(weights, stack.first, torch.tensor(momentum, device=device()))
        return {part.name: part.of(weights) for part in stack.layout.parts} | dict(stack.statistics)

    def hand_back(self) -> None:
        """Give the slots their new weights and moments."""
        for slot, alone in self._gone:
            alone.hand_back([self._slots[slot]])
        if self._here:
            self._stack.hand_back([self._slots[slot] for slot in self._here])
        for each, averaging in zip(self._slots, self._averaging, strict=True):
            each.averaging = averaging

    def _new_update(self) -> Update:
        return Update(self._coefficients, self._stack.layout.decayed_size, self._averages)


def _smoothing(slots: Sequence[StackedSlot]) -> Tensor | None:
    """Label smoothing (K, 1); None where no slot has any."""
    shares = [slot.recipe.label_smoothing for slot in slots]
    return torch.tensor(shares, device=device())[:, None] if any(shares) else None
