"""Watches a training loop of one's own: three lines in it, and findings as they become certain."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from types import TracebackType
from typing import Any, Self

from torch import Tensor, nn
from torch.optim import Optimizer

from curvewise.curves.run import Quantity, Run
from curvewise.errors import UsageError
from curvewise.live.attention import SHARE, Attention
from curvewise.live.collected import Collected, Lengths, Measured
from curvewise.live.hyperparameters import checked, hyperparameters
from curvewise.live.judgement import Judgement, told
from curvewise.live.layers import Layers
from curvewise.live.readings import Readings
from curvewise.live.subjects import models_of, number, optimizers_of, share_of
from curvewise.live.updates import Clock, Updates
from curvewise.records import Diagnosis, Finding, Value, Verdict

MOST_WAITING = 256
"""Losses that wait on a GPU before they are fetched together."""


class Watch:
    """Reads a training as it goes and never changes it.

        watch = curvewise.Watch(model, optimizer)
        for inputs, targets in batches:
            loss = ...
            optimizer.step()
            watch.step(loss)

    ``model`` and ``optimizer`` are one or several. Losses are kept, and at steps that it chooses the
    gradients and what the optimizer changes are measured, so often that all of it costs less than ``share``
    of a step's time. What becomes certain is said once, as a warning of the logger ``curvewise``, unless
    ``quiet``.
    ``told`` are hyperparameters that it cannot see: ``minibatch``, ``classes``, ``epochs``, ``train_rows``,
    ``valid_rows``, and ``dropout`` or ``weight_decay`` where the model and the optimizer do not show them.

    Nothing that goes wrong in here ends a training; it is told in ``diagnosis.notes``. Raises UsageError
    where it is called with something else than modules, optimizers and numbers, for the first time: what
    is no loss any more later is left out, and told there as well. A copy, as of a model that holds its
    watch, has what was seen until then and watches no one.
    """

    def __init__(
        self,
        model: nn.Module | Iterable[nn.Module],
        optimizer: Optimizer | Iterable[Optimizer],
        *,
        name: str = "training",
        quiet: bool = False,
        share: float = SHARE,
        clock: Clock = time.perf_counter,
        **told: Value,
    ) -> None:
        if not 0 < share <= 1:
            raise UsageError(f"Watch's share is a part of a step's time, above 0 and at most 1, not {share}")
        models, optimizers = models_of(model), optimizers_of(optimizer)
        settings = {**hyperparameters(models, optimizers), **checked(told)}
        self._collected = Collected(name, settings)
        self._judgement = Judgement(self.run, quiet)
        self._attention = Attention(share, clock)
        self._readings = Readings()
        self._updates = Updates(Layers(models), optimizers, self._readings, clock)
        self._updates.arm()
        self._diagnosis: Diagnosis | None = None
        self._device_seconds, self._aside = 0.0, 0.0
        """What measuring took on a GPU; and beside what was measured last, to choose the next step."""
        self._steps, self._rate_at, self._finite = 0, 0, True
        self._due: float = 1
        self._closed, self._cost = False, 0.0

    def __getstate__(self) -> dict[str, Any]:
        self._guarded(self._catch_up)
        seen = ("_collected", "_judgement", "_diagnosis", "_steps")
        return {name: self.__dict__[name] for name in seen} | {"_cost": self.cost}

    def __setstate__(self, state: Mapping[str, Any]) -> None:
        self.__dict__.update(state)
        self._closed, self._due = True, math.inf

    def step(self, loss: Tensor | float, steps: int = 1) -> None:
        """After ``optimizer.step()``: the loss of this step; a tensor is neither kept nor waited for.

        Where it is called more seldom, ``loss`` is the mean over so many ``steps``.
        """
        self._steps += steps
        if self._steps >= self._due:
            self._attend(loss)

    def validate(self, loss: Tensor | float | None = None, error: Tensor | float | None = None) -> None:
        """What a validation has shown: its mean loss, and the share of examples that are wrong, 0 to 1."""
        if self._closed:
            return
        self._attention.pause()
        self._diagnosis = None
        if loss is not None:
            self._add_valid("valid_loss", lambda: number(loss, "validation loss"))
        if error is not None:
            self._add_valid("valid_error", lambda: share_of(error, "validation error"))

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What became certain so far, in that order; costs nothing, so that it may be read at every step.

        Some signs need the whole of a training: they are told by ``diagnosis``, and here after ``close``.
        """
        return self._judgement.findings

    @property
    def diagnosis(self) -> Diagnosis:
        """The training so far, read as if it ended here; takes some milliseconds."""
        if self._diagnosis is None:
            self._guarded(self._diagnose)
        run = self.run
        return self._diagnosis or Diagnosis(run.name, run.source, run.points, "cannot tell", notes=run.notes)

    @property
    def verdict(self) -> Verdict:
        """The diagnosis in a word: ``problem``, ``healthy`` or ``cannot tell``."""
        return self.diagnosis.verdict

    @property
    def run(self) -> Run:
        """The curves that were collected, by step, thinned to about 2,000 points each."""
        return self._collected.run()

    @property
    def layers(self) -> Mapping[str, Lengths]:
        """Gradient norm and update ratio of each group of layers at the step that was measured last."""
        return self._collected.layers

    @property
    def cost(self) -> float:
        """Share of the time since the first step that watching has taken, as far as it is measured."""
        return self._cost if self._closed else self._attention.cost

    def close(self) -> None:
        """The training has ended: read it as a whole, and let go of the optimizers.

        What was found stays; further steps are ignored.
        """
        if self._closed:
            return
        self._cost = self._attention.cost
        self._guarded(self._settle)
        self._closed, self._due = True, math.inf
        self._updates.disarm()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __str__(self) -> str:
        return told(self.run, self.diagnosis, self.layers, self.cost)

    def _attend(self, loss: Tensor | float) -> None:
        """A step at which there is something to do."""
        attention, step = self._attention, self._steps
        began = attention.clock()
        if step >= attention.loss_due:
            self._keep_loss(loss)
            attention.kept(step, began)
        if step >= attention.work_due:
            self._guarded(self._work)
        self._due = min(attention.loss_due, attention.work_due)

    def _keep_loss(self, loss: Tensor | float) -> None:
        self._diagnosis = None
        if isinstance(loss, Tensor) and not loss.is_cpu:
            self._guarded(partial(self._send_loss, loss.detach()))
        elif isinstance(loss, Tensor) and loss.ndim == 0 and loss.is_floating_point():
            # Not item(), which warns of a tensor that has a graph, and is faster than detach() first
            value: Any = loss.tolist()
            self._add_loss(self._steps, [value])
        else:
            first = self._attention.loss_due <= 1
            value = self._unless_refused(lambda: number(loss, "loss"), first)
            if value is not None:
                self._add_loss(self._steps, [value])

    def _send_loss(self, loss: Tensor) -> None:
        # A copy: a tensor that a CUDA graph writes to has another loss at the next step
        self._readings.add(partial(self._add_loss, self._steps), [loss.mean() if loss.ndim else loss.clone()])
        if self._readings.waiting >= MOST_WAITING:
            self._fetch()

    def _add_valid(self, quantity: Quantity, read: Callable[[], float]) -> None:
        value = self._unless_refused(read, quantity not in self._collected)
        if value is not None:
            self._collected.add(quantity, self._steps, value)

    def _unless_refused(self, read: Callable[[], float], first: bool) -> float | None:
        """What is no number is refused the first time; later it would end a training that goes well."""
        try:
            return read()
        except UsageError as refusal:
            if first:
                raise
            self._collected.note(str(refusal))
            return None

    def _add_loss(self, step: int, values: list[float]) -> None:
        self._collected.add("train_loss", step, values[0])
        finite = math.isfinite(values[0])
        if self._finite and not finite:
            self._attention.hurry(self._steps)
        self._finite = finite

    def _work(self) -> None:
        """What is done now and then: take what was measured, choose the next step to measure, look."""
        attention, updates, step = self._attention, self._updates, self._steps
        began = attention.clock()
        if updates.seen:
            elsewhere = self._aside + updates.seconds + self._device_seconds
            updates.collect(partial(self._keep_measured, step))
            self._keep_learning_rate()
            self._fetch()
            now = attention.clock()
            attention.measured(step, elsewhere + now - began)
            self._aside, began = 0.0, now
        elif attention.armed_at is not None:
            attention.waited(step)
        if attention.may_look(step):
            self._look()
            began = attention.clock()
        if attention.arm(step, attention.clock()):
            updates.arm()
        self._aside += attention.clock() - began
        if updates.failure:
            updates.disarm()
            self._collected.note(f"gradients are not measured: {updates.failure}")

    def _keep_measured(self, step: int, measured: Measured) -> None:
        self._device_seconds = measured.device_seconds
        self._collected.add_measured(step, measured)

    def _keep_learning_rate(self) -> None:
        """Once for a step at most."""
        if self._rate_at == self._steps:
            return
        rate, self._rate_at = self._updates.learning_rate(), self._steps
        if isinstance(rate, Tensor):
            self._readings.add(partial(self._add_rate, self._steps), [rate.detach().clone()])
        elif rate is not None:
            self._add_rate(self._steps, [rate])

    def _add_rate(self, step: int, values: list[float]) -> None:
        self._collected.add("learning_rate", step, values[0])

    def _fetch(self, wait: bool = False) -> None:
        self._readings.send()
        self._readings.receive(wait)

    def _look(self) -> None:
        began = self._attention.clock()
        try:
            self._keep_learning_rate()
            self._fetch()
            self._judgement.look(self.run)
        finally:
            self._attention.looked(self._steps, self._attention.clock() - began)

    def _catch_up(self) -> None:
        """Everything up to now, waited for."""
        self._keep_learning_rate()
        self._fetch(wait=True)

    def _diagnose(self) -> None:
        if not self._closed:
            self._catch_up()
        self._diagnosis = self._judgement.so_far(self.run)

    def _settle(self) -> None:
        self._catch_up()
        self._diagnosis = self._judgement.settle(self.run)

    def _guarded(self, work: Callable[[], None]) -> None:
        """Whatever goes wrong in here is no reason to end a training that goes well."""
        try:
            work()
        except Exception as failure:
            when = f"watching went wrong at step {self._steps}: "
            self._collected.note(f"{type(failure).__name__}: {failure}", when)
