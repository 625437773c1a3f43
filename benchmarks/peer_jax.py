"""JAX, for peers.py: gradients by vmap, an epoch by one scan, compiled as a whole."""

from __future__ import annotations

import importlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

from peer_problem import LEARNING_RATE, Problem, Weights

jax: Any = importlib.import_module("jax")
jnp: Any = importlib.import_module("jax.numpy")

Arrays = list[Any]


class Scanned:
    """State (weights, both moments, steps taken) goes through an epoch of steps in one call."""

    def __init__(self, problem: Problem) -> None:
        self._numbers, self._labels = jnp.asarray(problem.numbers), jnp.asarray(problem.labels)
        weights = [jnp.asarray(array) for array in problem.weights]
        nothing = [jnp.zeros_like(array) for array in weights]
        self._state = (weights, nothing, [jnp.zeros_like(array) for array in weights], jnp.zeros(()))
        self._epoch = jax.jit(_epoch, donate_argnums=0)

    def train(self, order: NDArray[np.int64]) -> None:
        """See ``peer_problem.Trainer``."""
        self._state = self._epoch(self._state, self._numbers, self._labels, jnp.asarray(order))
        jax.block_until_ready(self._state)

    def weights(self) -> Weights:
        """See ``peer_problem.Trainer``."""
        return [np.asarray(array) for array in self._state[0]]


def _epoch(state: Any, numbers: Any, labels: Any, order: Any) -> Any:
    def step(state: Any, rows: Any) -> tuple[Any, None]:
        weights, first, second, taken = state
        taken = taken + 1
        gradients = jax.vmap(jax.grad(_loss), in_axes=(0, None, None))(weights, numbers[rows], labels[rows])
        first = [0.9 * m + 0.1 * g for m, g in zip(first, gradients, strict=True)]
        second = [0.999 * v + 0.001 * g * g for v, g in zip(second, gradients, strict=True)]
        corrected, spread = 1 - 0.9**taken, 1 - 0.999**taken
        weights = [
            w - LEARNING_RATE * (m / corrected) / (jnp.sqrt(v / spread) + 1e-8)
            for w, m, v in zip(weights, first, second, strict=True)
        ]
        return (weights, first, second, taken), None

    return jax.lax.scan(step, state, order)[0]


def _loss(weights: Arrays, numbers: Any, labels: Any) -> Any:
    activations = numbers
    for place in range(0, len(weights), 2):
        activations = activations @ weights[place].T + weights[place + 1]
        if place < len(weights) - 2:
            activations = jax.nn.relu(activations)
    logs = jax.nn.log_softmax(activations)
    return -jnp.take_along_axis(logs, labels[:, None], axis=1).mean()
