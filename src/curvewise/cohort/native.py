"""The CPU way: one slot, one call of native code per epoch."""

from __future__ import annotations

import ctypes
import math
import threading
import time

import numpy as np
from numpy.typing import NDArray

from curvewise.cohort.families.perceptron_shape import PerceptronShape
from curvewise.cohort.families.shape import initial_weights
from curvewise.cohort.kernels import NativeExamples, Report, instruction_sets, load
from curvewise.cohort.native_inputs import NativeInputs, aligned
from curvewise.cohort.recipe import MOMENTS, Recipe
from curvewise.cohort.row import Floats, RowLayout, copies, fill
from curvewise.cohort.schedules import learning_rates
from curvewise.cohort.slots import State, improves
from curvewise.data.examples import Examples, Split
from curvewise.data.order import minibatch_order
from curvewise.errors import EngineError
from curvewise.records import Point

TRACKED = "num_batches_tracked"
"""BatchNorm1d's count of the minibatches seen; the kernels do not keep it, for it is the steps."""


class NativeSlot:
    """One trial trained by the native kernels; implements ``Slot``.

    All its floats are one row, so a copy is one ``memcpy``. Slots share nothing but the examples, and
    the interpreter's lock is let go while one trains: run one slot per thread. ``instructions`` names
    an instruction set; by default the best that this processor has.
    """

    def __init__(
        self, number: int, recipe: Recipe, split: Split, seed: int, *, instructions: str | None = None
    ) -> None:
        self._library = load()
        self._instructions = _chosen(self._library, instructions)
        self._number, self._recipe, self._split, self._seed = number, recipe, split, seed
        self._inputs = NativeInputs(recipe, split, seed)
        self._layout = RowLayout(self._library, self._inputs.recipe)
        self._work = int(self._library.curvewise_workspace_floats(ctypes.addressof(self._inputs.recipe)))
        self._row = aligned(self._layout.floats)
        fill(self._layout.views(self._row), initial_weights(recipe.shape, seed))
        self._epoch, self._step, self._updates, self._seconds = 0, 0, 0, 0.0
        self._best: Floats | None = None
        self._best_error, self._best_loss = math.inf, math.inf
        self._best_step = 0

    @property
    def epoch(self) -> int:
        """Epochs completed."""
        return self._epoch

    def train_epoch(self) -> Point:
        """One epoch of steps, then validation; keeps the weights of the best error.

        A loss or weight that is not finite ends the epoch at once; all that its point then tells is
        ``inf``.
        """
        started = time.thread_time()
        self._epoch += 1
        recipe, rows = self._recipe, self._split.train.rows
        order = minibatch_order(self._seed, self._epoch, rows)
        rates = learning_rates(recipe, self._epoch, recipe.steps(rows))
        trained = self._train(order, rates)
        self._step += trained.steps
        self._updates += trained.steps
        valid = self._evaluate(self._row, self._inputs.valid) if trained.finite else Report()
        self._seconds += time.thread_time() - started
        train_loss, train_error = self._score(trained)
        valid_loss, valid_error = self._score(valid)
        point = Point(
            trial=self._number,
            epoch=self._epoch,
            step=self._step,
            seconds=self._seconds,
            train_loss=train_loss,
            train_error=train_error,
            valid_loss=valid_loss,
            valid_error=valid_error,
            learning_rate=float(rates[min(trained.steps, len(rates) - 1)]),
            gradient_norm=trained.gradient_norm if trained.finite else math.inf,
            update_ratio=trained.update_ratio if trained.finite else math.inf,
        )
        if improves(point, self._best_error, self._best_loss):
            self._keep(valid_error, valid_loss)
        return point

    def _train(self, order: NDArray[np.int32], rates: NDArray[np.float32]) -> Report:
        report = Report()
        self._library.curvewise_train_epoch(
            self._instructions,
            ctypes.addressof(self._inputs.recipe),
            ctypes.addressof(self._inputs.train),
            self._row.ctypes.data,
            order.ctypes.data,
            rates.ctypes.data,
            self._step,
            self._updates,
            _workspace(self._work),
            ctypes.addressof(report),
        )
        return report

    def _evaluate(
        self, model: Floats, examples: NativeExamples, outputs: NDArray[np.float32] | None = None
    ) -> Report:
        report = Report()
        self._library.curvewise_evaluate(
            self._instructions,
            ctypes.addressof(self._inputs.recipe),
            ctypes.addressof(examples),
            model.ctypes.data,
            None if outputs is None else outputs.ctypes.data,
            _workspace(self._work),
            ctypes.addressof(report),
        )
        return report

    def _score(self, report: Report) -> tuple[float, float]:
        """Mean loss and error; infinite where something was not finite, or nothing was done."""
        if not report.finite:
            return math.inf, math.inf
        loss, error = report.loss / report.rows, report.error / report.rows
        return loss, error if self._split.task == "classification" else error**0.5 * self._split.target_scale

    def _keep(self, error: float, loss: float) -> None:
        if self._best is None:
            self._best = aligned(self._layout.model)
        np.copyto(self._best, self._row[: self._layout.model])
        self._best_error, self._best_loss, self._best_step = error, loss, self._step

    def outputs(self, examples: Examples, *, best: bool = True) -> NDArray[np.float32]:
        """Logits (N, C) or standardised predictions (N, 1), by the best or the current weights."""
        outputs = np.empty((examples.rows, self._split.outputs), dtype=np.float32)
        model = self._best if best and self._best is not None else self._row
        self._evaluate(model, self._inputs.examples(examples, targets=False), outputs)
        return outputs

    def adopt(self, weights: State) -> None:
        """Take these weights for the current ones; everything else stays."""
        fill(self._layout.views(self._row), weights)

    def weights(self, *, best: bool = True) -> State:
        """The ``state_dict`` as arrays: the best weights, or the current ones."""
        if best and self._best is not None:
            return self._named(self._best, self._best_step)
        return self._named(self._row, self._step)

    def _named(self, model: Floats, step: int, prefix: str = "") -> State:
        named = copies(self._layout.views(model), prefix)
        shape = self._recipe.shape
        if isinstance(shape, PerceptronShape) and shape.normalisation == "batch":
            for layer in range(len(shape.units)):
                named[f"{prefix}hidden.{layer}.normalisation.{TRACKED}"] = np.array(step, dtype=np.int64)
        return named

    def state(self) -> State:
        """Everything needed to go on bit for bit; see ``Slot.state``."""
        counters = (
            self._epoch,
            self._step,
            self._updates,
            self._seconds,
            self._best_error,
            self._best_loss,
        )
        state: State = {"counters": np.array(counters, dtype=np.float64)}
        state |= self._named(self._row, self._step, "weights.")
        if self._best is not None:
            state |= self._named(self._best, self._best_step, "best.")
        for key, views in self._moments().items():
            state |= {f"optimizer.{name}.{key}": np.array(view, order="C") for name, view in views.items()}
        return state

    def load(self, state: State) -> None:
        """Take up where ``state`` was taken; see ``Slot.load``."""
        epoch, step, updates, self._seconds, self._best_error, self._best_loss = state["counters"].tolist()
        self._epoch, self._step, self._updates = int(epoch), int(step), int(updates)
        fill(self._layout.views(self._row), state, "weights.")
        self._row[self._layout.model :] = 0.0
        for key, views in self._moments().items():
            for name, view in views.items():
                view[...] = state.get(f"optimizer.{name}.{key}", np.float32(0.0))
        self._best = None
        if any(name.startswith("best.") for name in state):
            self._best = aligned(self._layout.model)
            fill(self._layout.views(self._best), state, "best.")
            self._best_step = int(state.get(f"best.hidden.0.normalisation.{TRACKED}", np.int64(0)))

    def _moments(self) -> dict[str, dict[str, Floats]]:
        """Views of the optimizer's moments, by torch's key and the parameter's name."""
        keys = MOMENTS[self._recipe.optimizer]
        return {key: self._layout.moments(self._row, which, len(keys)) for which, key in enumerate(keys)}


def native_outputs(recipe: Recipe, split: Split, weights: State, examples: Examples) -> NDArray[np.float32]:
    """Logits (N, C) or standardised predictions (N, 1) by these weights."""
    slot = NativeSlot(0, recipe, split, seed=0)
    slot.adopt(weights)
    return slot.outputs(examples, best=False)


def _chosen(library: ctypes.CDLL, instructions: str | None) -> int:
    sets = instruction_sets(library)
    if instructions is None:
        return next(iter(sets.values()))
    if instructions not in sets:
        raise EngineError(f"this processor has no {instructions!r} kernels; it has {', '.join(sets)}")
    return sets[instructions]


_scratch = threading.local()


def _workspace(floats: int) -> int:
    """The address of so many floats of scratch memory or more: one piece per thread, kept for later calls."""
    if getattr(_scratch, "array", None) is None or len(_scratch.array) < floats:
        _scratch.array = aligned(floats)
    address: int = _scratch.array.ctypes.data
    return address
