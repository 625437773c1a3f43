"""The CPU way: one slot, one call of native code per epoch."""

from __future__ import annotations

import math
import time
from typing import cast

import numpy as np
from numpy.typing import NDArray

from curvewise.cohort.averaging import Averaging, averaged
from curvewise.cohort.families.perceptron_shape import PerceptronShape
from curvewise.cohort.families.recurrent_shape import RecurrentShape
from curvewise.cohort.initial_weights import initial_weights
from curvewise.cohort.kernels import MEASURED_IN_FULL, MEASURED_USUALLY, NativeOptimization, Report
from curvewise.cohort.measuring import MEASURED_STEPS, GradientNoise, gradient_noise, is_measured
from curvewise.cohort.native_calls import NativeCalls, aligned
from curvewise.cohort.native_inputs import NativeInputs
from curvewise.cohort.native_perceptron import TRACKED, PerceptronInputs
from curvewise.cohort.native_recurrent import RecurrentInputs
from curvewise.cohort.native_spans import NativeSpans
from curvewise.cohort.plateau import Plateau
from curvewise.cohort.recipe import MOMENTS, Recipe
from curvewise.cohort.row import Floats, RowLayout, copies, fill
from curvewise.cohort.schedules import learning_rates
from curvewise.cohort.slots import State, improves, under
from curvewise.cohort.trained import Measured, Place, Trained, point_of
from curvewise.data.examples import Examples, Split
from curvewise.data.order import minibatch_order
from curvewise.errors import EngineError
from curvewise.records import Point


class NativeSlot:
    """One trial trained by the native kernels; implements ``Slot``.

    All its floats are one row, so a copy is one ``memcpy``. Slots share nothing but the examples, and
    the interpreter's lock is let go while one trains: run one slot per thread. ``instructions`` names
    an instruction set; by default the best that this processor has.
    """

    def __init__(
        self, number: int, recipe: Recipe, split: Split, seed: int, *, instructions: str | None = None
    ) -> None:
        self._number, self._recipe, self._split, self._seed = number, recipe, split, seed
        self._inputs = _inputs(recipe, split, seed)
        self._calls = NativeCalls(self._inputs.prefix, self._inputs.recipe, instructions)
        named = [self._inputs.named(part) for part in self._calls.parts()]
        self._layout = RowLayout(self._calls.row_floats, self._calls.model_floats, named)
        self._row = aligned(self._layout.floats)
        self._spans = NativeSpans(named, recipe)
        self._spans.give_to(self._optimization)
        self.adopt(initial_weights(recipe, seed))
        self._plateau, self._averaging = Plateau(), Averaging()
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
        ``inf``. Raises OutOfMemoryError, with nothing changed, where there is no memory to compute in.
        """
        started, recipe = time.thread_time(), self._recipe
        self._calls.reserve()
        self._epoch += 1
        steps = recipe.steps(self._split.train.rows)
        rates = learning_rates(recipe, self._epoch, steps, self._plateau.share)
        trained = self._train(rates)
        taken = time.thread_time() - started
        model = self._model()
        valid = self._calls.evaluate(self._inputs.valid, model) if trained.finite else Report()
        self._seconds += time.thread_time() - started
        place = Place(self._number, self._epoch, self._step, self._seconds)
        told = Trained(
            trained.steps,
            float(rates[min(trained.steps, len(rates) - 1)]),
            *self._score(trained),
            self._measured(trained),
        )
        point = point_of(place, told, self._score(valid), self._split.train.rows, taken)
        if recipe.decay == "plateau":
            self._plateau = self._plateau.after(point.valid_loss, recipe.patience, recipe.learning_rate)
        if improves(point, self._best_error, self._best_loss):
            self._keep(model, point)
        return point

    def _train(self, rates: Floats) -> Report:
        order = minibatch_order(self._seed, self._epoch, self._split.train.rows)
        if self._averages:
            shares, self._averaging = self._averaging.over(rates)
            self._optimization.shares = shares.ctypes.data
        in_full = is_measured(self._step, len(rates))
        self._optimization.measured = MEASURED_IN_FULL if in_full else MEASURED_USUALLY
        before = (self._step, self._updates)
        trained = self._calls.train(self._inputs.train, self._row, order, rates, before)
        self._step += trained.steps
        self._updates += trained.steps
        return trained

    def _measured(self, trained: Report) -> Measured:
        if not trained.finite:
            return Measured()
        in_full = trained.mean_share > 0
        return Measured(
            trained.gradient_norm,
            (*trained.update_ratios[: len(self._spans.groups)], trained.update_ratio),
            tuple(trained.dead_units[: self._inputs.watched_layers]) if in_full else (),
            measured_noise(trained) if in_full else None,
        )

    def _score(self, report: Report) -> tuple[float, float]:
        """Mean loss and error; infinite where something was not finite, or nothing was done."""
        if not report.finite:
            return math.inf, math.inf
        loss, error = report.loss / report.rows, report.error / report.rows
        return loss, error**0.5 * self._split.target_scale if self._split.task == "regression" else error

    def _keep(self, model: Floats, point: Point) -> None:
        if self._best is None:
            self._best = aligned(self._layout.model)
        np.copyto(self._best, model[: self._layout.model])
        self._best_error, self._best_loss = point.valid_error, point.valid_loss
        self._best_step = self._step

    @property
    def _optimization(self) -> NativeOptimization:
        return cast(NativeOptimization, self._inputs.recipe.optimization)

    @property
    def _averages(self) -> bool:
        return self._recipe.optimizer == "schedule_free"

    def _model(self) -> Floats:
        """The current model, averaged where it is: a view of the row, or a copy."""
        model = self._row[: self._layout.model]
        if not self._averages:
            return model
        z = self._layout.moment(self._row, 0, 2)
        model = aligned(self._layout.model) + model
        model[: len(z)] = averaged(model[: len(z)], z, self._recipe.momentum)
        return model

    def outputs(self, examples: Examples, *, best: bool = True) -> NDArray[np.float32]:
        """Logits (N, C) or standardised predictions (N, 1), by the best or the current weights."""
        outputs = self._inputs.blank_outputs(examples)
        model = self._best if best and self._best is not None else self._model()
        self._calls.evaluate(self._inputs.examples(examples, targets=False), model, outputs)
        return outputs

    def adopt(self, weights: State) -> None:
        """Take these weights for the current ones; everything else stays, but an average begins anew."""
        fill(self._layout.views(self._row), weights)
        if self._averages:
            z = self._layout.moment(self._row, 0, 2)
            np.copyto(z, self._row[: len(z)])

    def weights(self, *, best: bool = True) -> State:
        """The ``state_dict`` as arrays: the best weights, or the current ones."""
        if best and self._best is not None:
            return self._named(self._best, self._best_step)
        return self._named(self._model(), self._step)

    def _named(self, model: Floats, step: int, prefix: str = "") -> State:
        beside = self._inputs.beside_the_row(step)
        return copies(self._layout.views(model), prefix) | {f"{prefix}{n}": a for n, a in beside.items()}

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
        if self._averages:
            state |= self._averaging.state()
        return state | self._plateau.state() if self._recipe.decay == "plateau" else state

    def load(self, state: State) -> None:
        """Take up where ``state`` was taken; see ``Slot.load``."""
        epoch, step, updates, self._seconds, self._best_error, self._best_loss = state["counters"].tolist()
        self._epoch, self._step, self._updates = int(epoch), int(step), int(updates)
        self._plateau, self._averaging = Plateau.of(state), Averaging.of(state)
        self._row[self._layout.model :] = 0.0
        self.adopt(under("weights.", state))
        for key, views in self._moments().items():
            for name, view in views.items():
                if (kept := f"optimizer.{name}.{key}") in state:
                    view[...] = state[kept]
        self._best = None
        if any(name.startswith("best.") for name in state):
            self._best = aligned(self._layout.model)
            fill(self._layout.views(self._best), state, "best.")
            counted = [n for n in state if n.startswith("best.") and n.endswith(TRACKED)]
            self._best_step = int(state[counted[0]].item()) if counted else 0

    def _moments(self) -> dict[str, dict[str, Floats]]:
        """Views of the optimizer's moments, by torch's key and the parameter's name."""
        keys = MOMENTS[self._recipe.optimizer]
        return {key: self._layout.moments(self._row, which, len(keys)) for which, key in enumerate(keys)}


def measured_noise(report: Report) -> GradientNoise | None:
    """The gradients' noise, as an epoch measured in full reports it."""
    count = min(MEASURED_STEPS, report.steps)
    return gradient_noise(report.mean_square, report.square_of_mean, report.mean_share, count)


def native_outputs(recipe: Recipe, split: Split, weights: State, examples: Examples) -> NDArray[np.float32]:
    """Logits (N, C) or standardised predictions (N, 1) by these weights."""
    slot = NativeSlot(0, recipe, split, seed=0)
    slot.adopt(weights)
    return slot.outputs(examples, best=False)


def _inputs(recipe: Recipe, split: Split, seed: int) -> NativeInputs:
    match recipe.shape:
        case PerceptronShape() as shape:
            return PerceptronInputs(recipe, shape, split, seed)
        case RecurrentShape() as shape:
            return RecurrentInputs(recipe, shape, split, seed)
        case other:
            raise EngineError(f"there are no native kernels for a {type(other).__name__}")
