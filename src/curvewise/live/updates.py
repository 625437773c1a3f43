"""What an optimizer's step is given and what it does, measured at the steps that are chosen for it."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.optim import Optimizer
from torch.utils.hooks import RemovableHandle

from curvewise.live.change import Change, Copied, copied, scaling
from curvewise.live.collected import Measured
from curvewise.live.layers import Layers
from curvewise.live.norms import norms
from curvewise.live.readings import Readings
from curvewise.live.silence import Silence

Clock = Callable[[], float]
Hook = Callable[[Optimizer, Any, Any], None]


@dataclass
class _Before:
    """What is kept from before an optimizer's step until after it."""

    copied: list[Copied]
    gradients: list[Tensor] | None
    """Norms; None where a closure is yet to compute the gradients."""
    scaling: list[Tensor]


class Updates:
    """Measures the optimizers' steps between ``arm`` and ``collect``; at all others no hook is in their way.

    Gradients are read as the optimizer gets them: accumulated, unscaled, clipped. Where it computes them
    itself, by a closure, they are read after its step, so they are the last ones that it computed.
    """

    def __init__(
        self, layers: Layers, optimizers: Sequence[Optimizer], readings: Readings, clock: Clock
    ) -> None:
        self.seconds = 0.0
        """What the host has spent on measuring since ``collect``."""
        self._failure = ""
        self._layers, self._readings, self._clock = layers, readings, clock
        self._silence = Silence()
        self._optimizers = [weakref.ref(optimizer) for optimizer in optimizers]
        self._before: dict[int, _Before] = {}
        self._changes: dict[int, Change] = {}
        self._moments: list[torch.cuda.Event] = []
        """On the GPU: when measuring began and ended, by turns."""
        self._compiled: list[bool] = []
        """Not empty once a compiler has met the hooks."""
        self._handles: list[RemovableHandle] = []

    def arm(self) -> None:
        """Measure the next step of each optimizer."""
        if self.failure or self._handles:
            return
        before, after = _hooks(weakref.ref(self), self._compiled)
        for reference in self._optimizers:
            optimizer = reference()
            if optimizer is not None:
                self._handles.append(optimizer.register_step_pre_hook(before))
                self._handles.append(optimizer.register_step_post_hook(after))

    def disarm(self) -> None:
        """Leave the optimizers as they were. Not to be called while they go through their hooks."""
        for handle in self._handles:
            handle.remove()
        self._handles, self._before, self._changes = [], {}, {}

    def learning_rate(self) -> float | Tensor | None:
        """The present one of the first optimizer's first group; a tensor where it is kept as one."""
        optimizer = self._optimizers[0]()
        rate = None if optimizer is None else optimizer.param_groups[0].get("lr")
        return rate if isinstance(rate, int | float | Tensor) else None

    @property
    def failure(self) -> str:
        """Why nothing is measured any more; empty while it is."""
        return "the optimizer's step is compiled" if self._compiled else self._failure

    @property
    def seen(self) -> bool:
        """True once an optimizer's step was measured that was not collected yet."""
        return bool(self._changes)

    def collect(self, keep: Callable[[Measured], None]) -> None:
        """``keep`` gets what was measured since the last call, once it is known; disarms."""
        changes, moments = list(self._changes.values()), self._moments
        self._moments, self.seconds = [], 0.0
        self.disarm()
        dead = self._silence.shares()

        def decode(values: list[float]) -> None:
            measured, at = Measured(), 0
            for change in changes:
                change.add_to(measured, values[at : at + len(change.numbers)])
                at += len(change.numbers)
            measured.dead_units = max(values[at:], default=None)
            pairs = zip(moments[::2], moments[1::2], strict=False)
            measured.device_seconds = sum(begun.elapsed_time(ended) for begun, ended in pairs) / 1e3
            keep(measured)

        self._readings.add(decode, [number for change in changes for number in change.numbers] + dead)

    def _timed(self, measure: Callable[..., None], *arguments: Any) -> None:
        """Whatever goes wrong in here is no reason to end a training: what is measured is done without."""
        started = self._clock()
        try:
            with torch.no_grad():
                measure(*arguments)
        except Exception as failure:
            self._failure = str(failure) or type(failure).__name__
            self._before, self._changes = {}, {}
        self.seconds += self._clock() - started

    def see_before(self, optimizer: Optimizer, by_closure: bool) -> None:
        """What a step is given, from its first hook."""
        if not self.failure:
            self._timed(self._see_before, optimizer, by_closure)

    def see_after(self, optimizer: Optimizer) -> None:
        """What it has done, from its last hook."""
        if id(optimizer) in self._before:
            self._timed(self._see_after, optimizer)

    def _see_before(self, optimizer: Optimizer, by_closure: bool) -> None:
        parameters = [
            parameter
            for group in optimizer.param_groups
            for parameter in group["params"]
            if parameter.grad is not None or (by_closure and parameter.requires_grad)
        ]
        if not parameters or id(optimizer) in self._changes or _is_captured(parameters):
            return
        self._moment(parameters[0])
        before = copied(parameters, self._layers.places(parameters))
        gradients = None if by_closure else self._gradients(before)
        self._before[id(optimizer)] = _Before(before, gradients, scaling(optimizer))
        self._moment(parameters[0])

    def _see_after(self, optimizer: Optimizer) -> None:
        before = self._before.pop(id(optimizer))
        every, gradients, first = before.copied, before.gradients, before.copied[0].parameter
        self._moment(first)
        if gradients is None:
            every = [each for each in every if each.parameter.grad is not None]
            gradients = self._gradients(every)
        if every:
            self._changes[id(optimizer)] = Change.of(every, gradients, before.scaling)
        self._moment(first)

    def _gradients(self, every: Sequence[Copied]) -> list[Tensor]:
        """Their norms; which units got any is seen, too."""
        self._silence.see([each.parameter for each in every], [each.place for each in every])
        return norms([each.parameter.grad for each in every if each.parameter.grad is not None])

    def _moment(self, parameter: Tensor) -> None:
        if parameter.is_cuda:
            event = torch.cuda.Event(enable_timing=True)  # type: ignore[no-untyped-call]
            event.record()
            self._moments.append(event)


def _hooks(reference: weakref.ref[Updates], compiled: list[bool]) -> tuple[Hook, Hook]:
    """Hooks that hold on to nothing: when what they refer to is gone, they do nothing.

    They are not removed then, since garbage may be collected while an optimizer goes through its hooks.
    """

    def before(optimizer: Optimizer, arguments: Any, keywords: Any) -> None:
        if torch.compiler.is_compiling():
            compiled.append(True)
        elif (updates := reference()) is not None:
            closure = arguments[1] if len(arguments) > 1 else keywords.get("closure")
            updates.see_before(optimizer, closure is not None)

    def after(optimizer: Optimizer, _arguments: Any, _keywords: Any) -> None:
        if not torch.compiler.is_compiling() and (updates := reference()) is not None:
            updates.see_after(optimizer)

    return before, after


def _is_captured(parameters: Sequence[Tensor]) -> bool:
    """True while a CUDA graph is recorded: it would repeat the measurement at every step."""
    return parameters[0].is_cuda and torch.cuda.is_current_stream_capturing()
