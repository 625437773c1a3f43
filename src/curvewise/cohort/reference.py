"""The specification of training: one network at a time, in plain PyTorch.

Every other way of training is held to this page: the same losses, data order and dropout masks.
"""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from curvewise.cohort.families.network import network_of, new_network
from curvewise.cohort.inference import infer, weights_of
from curvewise.cohort.optimizers import optimizer, set_learning_rate
from curvewise.cohort.recipe import Recipe
from curvewise.cohort.schedules import learning_rates
from curvewise.cohort.scores import Tally, flat, score_examples
from curvewise.cohort.slots import State, improves
from curvewise.data.examples import Examples, Split, Targets
from curvewise.data.order import minibatch_order
from curvewise.records import Point

NORM_STEPS = 8
"""The gradient norm is a mean over this many last steps of an epoch; one step's is too noisy to read."""


@dataclass(frozen=True)
class _Trained:
    """What the steps of one epoch left behind."""

    loss: float
    error: float
    learning_rate: float
    gradient_norm: float
    update_ratio: float


class ReferenceSlot:
    """One trial trained by torch.nn and torch.optim; implements ``Slot``."""

    def __init__(self, number: int, recipe: Recipe, split: Split, seed: int) -> None:
        self._number, self._recipe, self._split, self._seed = number, recipe, split, seed
        self._network = new_network(recipe.shape, seed)
        self._optimizer = optimizer(recipe, self._network.parameters())
        self._epoch, self._step, self._updates, self._seconds = 0, 0, 0, 0.0
        self._best: State = {}
        self._best_error, self._best_loss = math.inf, math.inf

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
        with _one_thread():
            trained = self._train()
            loss, error = math.inf, math.inf
            if math.isfinite(trained.loss):
                split = self._split
                outputs = infer(self._network, split.valid)
                loss, error = score_examples(outputs, split.valid, split.task, split.target_scale)
        self._seconds += time.thread_time() - started
        point = Point(
            trial=self._number,
            epoch=self._epoch,
            step=self._step,
            seconds=self._seconds,
            train_loss=trained.loss,
            train_error=trained.error,
            valid_loss=loss,
            valid_error=error,
            learning_rate=trained.learning_rate,
            gradient_norm=trained.gradient_norm,
            update_ratio=trained.update_ratio,
        )
        if improves(point, self._best_error, self._best_loss):
            self._best, self._best_error, self._best_loss = weights_of(self._network), error, loss
        return point

    def _train(self) -> _Trained:
        """The steps of one epoch, each on the next piece of the epoch's order of rows."""
        recipe, examples = self._recipe, self._split.train
        order = minibatch_order(self._seed, self._epoch, examples.rows)
        rates = learning_rates(recipe, self._epoch, recipe.steps(examples.rows))
        tally = Tally(self._split.task, self._split.target_scale)
        norms: deque[float] = deque(maxlen=NORM_STEPS)
        seen, ratio = 0, 0.0
        self._network.train()
        for index, rate in enumerate(rates):
            rows = order[seen : seen + recipe.minibatch]
            outputs, targets = self._outputs_and_targets(examples, rows)
            loss = training_loss(recipe, outputs, torch.from_numpy(targets))
            if not math.isfinite(loss.item()):
                return _diverged(float(rate))
            tally.add(outputs.detach().numpy(), targets)
            self._optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            last = index == len(rates) - 1
            if recipe.clip > 0 or index >= len(rates) - NORM_STEPS:
                norms.append(self._clip())
            before = self._weight_vector() if last else None
            set_learning_rate(self._optimizer, float(rate))
            self._optimizer.step()
            if before is not None:
                ratio = ((self._weight_vector() - before).norm() / before.norm()).item()
            seen, self._step, self._updates = seen + len(rows), self._step + 1, self._updates + 1
        if not self._finite():
            return _diverged(float(rates[-1]))
        return _Trained(*tally.result(), float(rates[-1]), sum(norms) / len(norms), ratio)

    def _outputs_and_targets(self, examples: Examples, rows: NDArray[np.int32]) -> tuple[Tensor, Targets]:
        """Of a minibatch, (S, C) and (S, ...): S its rows, or the steps of its rows that have a target."""
        self._network.set_moment(self._seed, self._step)
        outputs = self._network(*(torch.from_numpy(array[rows]) for array in examples.inputs))
        steps = None if examples.steps is None else examples.steps[rows]
        flattened: tuple[Tensor, Targets] = flat(outputs, examples.targets[rows], steps)
        return flattened

    def _clip(self) -> float:
        """Clip the gradient where the recipe says so; its L2 norm before."""
        largest = self._recipe.clip if self._recipe.clip > 0 else math.inf
        return nn.utils.clip_grad_norm_(self._network.parameters(), largest).item()

    def _weight_vector(self) -> Tensor:
        return torch.cat([p.detach().reshape(-1) for p in self._network.parameters()])

    def _finite(self) -> bool:
        return bool(torch.isfinite(self._weight_vector()).all())

    def outputs(self, examples: Examples, *, best: bool = True) -> NDArray[np.float32]:
        """Logits (N, C) or standardised predictions (N, 1), by the best or the current weights."""
        return infer(network_of(self._network.shape, self.weights(best=best)), examples)

    def weights(self, *, best: bool = True) -> State:
        """The ``state_dict`` as arrays: the best weights, or the current ones."""
        return dict(self._best) if best and self._best else weights_of(self._network)

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
        return state

    def load(self, state: State) -> None:
        """Take up where ``state`` was taken; see ``Slot.load``."""
        epoch, step, updates, self._seconds, self._best_error, self._best_loss = state["counters"].tolist()
        self._epoch, self._step, self._updates = int(epoch), int(step), int(updates)
        self._best = _under("best.", state)
        weights = {name: torch.tensor(array) for name, array in _under("weights.", state).items()}
        self._network.load_state_dict(weights)
        self._optimizer = optimizer(self._recipe, self._network.parameters())
        moments = _under("optimizer.", state)
        for name, parameter in self._network.named_parameters():
            # In the parameter's own order of memory, by which fused updates go through both
            kept = {
                key: torch.empty_like(parameter).copy_(torch.tensor(array))
                for key, array in _under(f"{name}.", moments).items()
            }
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


@contextmanager
def _one_thread() -> Iterator[None]:
    """Train on one torch thread, denormals flushed to zero; the caller's settings come back.

    More threads cost more than they bring on small products. Adam's moments of a dead unit become
    denormal after some 800 steps, and slow every step from then on.
    """
    threads = torch.get_num_threads()
    if threads != 1:
        torch.set_num_threads(1)
    torch.set_flush_denormal(True)
    try:
        yield
    finally:
        torch.set_flush_denormal(False)
        if threads != 1:
            torch.set_num_threads(threads)


def _diverged(learning_rate: float) -> _Trained:
    return _Trained(math.inf, math.inf, learning_rate, math.inf, math.inf)


def _under(prefix: str, state: State) -> State:
    return {name.removeprefix(prefix): array for name, array in state.items() if name.startswith(prefix)}
