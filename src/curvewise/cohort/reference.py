"""The specification of training: one network at a time, in plain PyTorch.

Every other way of training is held to this page: the same losses, data order and dropout masks.
"""

from __future__ import annotations

import math
import time
from contextlib import closing

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from curvewise.cohort.averaging import Averaging, averaged
from curvewise.cohort.epoch_measures import EpochMeasures
from curvewise.cohort.families.network import Network, network_of
from curvewise.cohort.inference import infer, weights_of
from curvewise.cohort.initial_weights import initial_weights
from curvewise.cohort.input_noise import add_noise
from curvewise.cohort.measuring import is_measured
from curvewise.cohort.optimizers import optimizer, set_learning_rate
from curvewise.cohort.plateau import Plateau
from curvewise.cohort.recipe import Recipe
from curvewise.cohort.schedules import learning_rates
from curvewise.cohort.scores import Tally, flat, score_examples
from curvewise.cohort.slots import State, improves, under
from curvewise.cohort.torch_memory import is_of_memory
from curvewise.cohort.torch_threads import one_thread
from curvewise.cohort.trained import Measured, Place, Trained, point_of
from curvewise.data.examples import Examples, Split, Targets
from curvewise.data.order import minibatch_order
from curvewise.errors import OutOfMemoryError
from curvewise.records import Point

Floats = NDArray[np.float32]


class ReferenceSlot:
    """One trial trained by torch.nn and torch.optim; implements ``Slot``."""

    def __init__(self, number: int, recipe: Recipe, split: Split, seed: int) -> None:
        self._number, self._recipe, self._split, self._seed = number, recipe, split, seed
        self._network = network_of(recipe.shape, initial_weights(recipe, seed))
        self._optimizer = optimizer(recipe, self._network.named_parameters())
        self._epoch, self._step, self._updates, self._seconds = 0, 0, 0, 0.0
        self._plateau, self._averaging = Plateau(), Averaging()
        self._best: State = {}
        self._best_error, self._best_loss = math.inf, math.inf

    @property
    def epoch(self) -> int:
        """Epochs completed."""
        return self._epoch

    def train_epoch(self) -> Point:
        """One epoch of steps, then validation; keeps the weights of the best error.

        A loss or weight that is not finite ends the epoch at once; all that its point then tells is
        ``inf``. Raises OutOfMemoryError, with nothing changed, where there is no memory to compute in.
        """
        before: State | None = None
        try:
            before = self.state()
            return self._trained_epoch()
        except (MemoryError, RuntimeError) as error:
            if not is_of_memory(error):
                raise
            if before is not None:
                self.load(before)
            raise OutOfMemoryError(f"no memory for an epoch of trial {self._number}: {error}") from error

    def _trained_epoch(self) -> Point:
        started, split = time.thread_time(), self._split
        self._epoch += 1
        with one_thread():
            trained = self._train()
            taken = time.thread_time() - started
            loss, error = math.inf, math.inf
            if math.isfinite(trained.loss):
                outputs = infer(self._evaluated(), split.valid)
                loss, error = score_examples(outputs, split.valid, split.task, split.target_scale)
        self._seconds += time.thread_time() - started
        place = Place(self._number, self._epoch, self._step, self._seconds)
        point = point_of(place, trained, (loss, error), split.train.rows, taken)
        if self._recipe.decay == "plateau":
            self._plateau = self._plateau.after(loss, self._recipe.patience, self._recipe.learning_rate)
        if improves(point, self._best_error, self._best_loss):
            self._best, self._best_error, self._best_loss = self.weights(best=False), error, loss
        return point

    def _train(self) -> Trained:
        """The steps of one epoch."""
        steps = self._recipe.steps(self._split.train.rows)
        rates = learning_rates(self._recipe, self._epoch, steps, self._plateau.share)
        shares, self._averaging = self._averaging.over(rates)
        with closing(EpochMeasures(self._network, steps, is_measured(self._step, steps))) as measures:
            return self._steps(rates, shares, measures)

    def _steps(self, rates: Floats, shares: Floats, measures: EpochMeasures) -> Trained:
        """One at each of ``rates`` (steps,), on the next piece of the epoch's order of rows."""
        recipe, examples = self._recipe, self._split.train
        order = minibatch_order(self._seed, self._epoch, examples.rows)
        tally = Tally(self._split.task, self._split.target_scale)
        seen = 0
        self._network.train()
        for index, rate in enumerate(rates):
            rows = order[seen : seen + recipe.minibatch]
            measures.begin(index)
            outputs, targets = self._outputs_and_targets(examples, rows)
            loss = training_loss(recipe, outputs, torch.from_numpy(targets))
            if not math.isfinite(loss.item()):
                return Trained(index, float(rate))
            tally.add(outputs.detach().numpy(), targets)
            self._optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            measures.gradient(index, len(rows))
            if recipe.clip > 0:
                nn.utils.clip_grad_norm_(self._network.parameters(), recipe.clip)
            set_learning_rate(self._optimizer, float(rate), float(shares[index]))
            self._optimizer.step()
            seen, self._step, self._updates = seen + len(rows), self._step + 1, self._updates + 1
        if not self._finite():
            return Trained(len(rates), float(rates[-1]))
        measured = Measured(
            measures.gradient_norm, measures.update_ratios(), measures.dead_units(), measures.noise()
        )
        return Trained(len(rates), float(rates[-1]), *tally.result(), measured)

    def _outputs_and_targets(self, examples: Examples, rows: NDArray[np.int32]) -> tuple[Tensor, Targets]:
        """Of a minibatch, (S, C) and (S, ...): S its rows, or the steps of its rows that have a target."""
        self._network.set_moment(self._seed, self._step)
        first, *rest = (array[rows] for array in examples.inputs)
        if self._recipe.input_noise > 0:
            first = add_noise(first, self._seed, self._step, self._recipe.input_noise)
        outputs = self._network(*(torch.from_numpy(array) for array in (first, *rest)))
        steps = None if examples.steps is None else examples.steps[rows]
        flattened: tuple[Tensor, Targets] = flat(outputs, examples.targets[rows], steps)
        return flattened

    def _finite(self) -> bool:
        return all(bool(torch.isfinite(w).all()) for w in self._network.parameters())

    def _evaluated(self) -> Network:
        """The network with its current weights, averaged where they are."""
        if self._recipe.optimizer == "schedule_free":
            return network_of(self._recipe.shape, self.weights(best=False))
        return self._network

    def outputs(self, examples: Examples, *, best: bool = True) -> NDArray[np.float32]:
        """Logits (N, C) or standardised predictions (N, 1), by the best or the current weights."""
        return infer(network_of(self._network.shape, self.weights(best=best)), examples)

    def weights(self, *, best: bool = True) -> State:
        """The ``state_dict`` as arrays: the best weights, or the current ones (averaged, if they are)."""
        if best and self._best:
            return dict(self._best)
        weights = weights_of(self._network)
        for name, y in self._network.named_parameters():
            if "z" in (kept := self._optimizer.state[y]):
                weights[name] = averaged(y.detach().numpy(), kept["z"].numpy(), self._recipe.momentum)
        return weights

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
        state |= {f"weights.{name}": array for name, array in weights_of(self._network).items()}
        state |= {f"best.{name}": array for name, array in self._best.items()}
        for name, parameter in self._network.named_parameters():
            for key, value in self._optimizer.state[parameter].items():
                if key != "step" and value is not None:
                    state[f"optimizer.{name}.{key}"] = value.numpy().copy()
        if self._recipe.optimizer == "schedule_free":
            state |= self._averaging.state()
        return state | self._plateau.state() if self._recipe.decay == "plateau" else state

    def load(self, state: State) -> None:
        """Take up where ``state`` was taken; see ``Slot.load``."""
        epoch, step, updates, self._seconds, self._best_error, self._best_loss = state["counters"].tolist()
        self._epoch, self._step, self._updates = int(epoch), int(step), int(updates)
        self._plateau, self._averaging = Plateau.of(state), Averaging.of(state)
        self._best = under("best.", state)
        weights = {name: torch.tensor(array) for name, array in under("weights.", state).items()}
        self._network.load_state_dict(weights)
        self._optimizer = optimizer(self._recipe, self._network.named_parameters())
        moments = under("optimizer.", state)
        for name, parameter in self._network.named_parameters():
            kept = {key: torch.tensor(array) for key, array in under(f"{name}.", moments).items()}
            if kept:
                self._optimizer.state[parameter] = {"step": torch.tensor(float(updates)), **kept}


def training_loss(recipe: Recipe, outputs: Tensor, targets: Tensor) -> Tensor:
    """The mean over the minibatch's rows, or steps, of what training minimises; outputs (S, C), result ()."""
    if recipe.loss == "cross_entropy":
        return functional.cross_entropy(outputs, targets, label_smoothing=recipe.label_smoothing)
    if recipe.loss == "huber":
        return functional.huber_loss(outputs, targets, delta=1.0)
    if recipe.loss == "binary":
        total = functional.binary_cross_entropy_with_logits(outputs, targets, reduction="sum")
        return total / len(outputs)
    return functional.mse_loss(outputs, targets)
