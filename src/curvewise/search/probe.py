"""The learning rate's usual suspects, all at once: where training diverges, and where it goes best."""

from __future__ import annotations

import math
from dataclasses import dataclass

import msgspec

from curvewise.curves.ledger import Ledger
from curvewise.records import Configuration, Trial, Value
from curvewise.space.space import Space

SUSPECTS = (1.0, 0.3, 0.1, 0.03, 0.01, 0.003, 0.001, 0.0003, 0.0001)
"""The article's suspects (0.1 to 0.000001, a factor of 10 apart), moved up by a factor of 10 since
inputs are standardised, and with the halfway points: within a factor of 3 of the best nothing is
lost on Fashion-MNIST (docs/evidence.md, 1.1)."""

FAMILIES = {"adamw": ("adam", "adamw", "rmsprop"), "momentum": ("sgd", "momentum", "nesterov", "adagrad")}
"""The optimizer that is probed, and those that take their learning rate's prior from it."""

RELATIVE = {"sgd": 10.0, "adagrad": 1.0}
"""Learning rate relative to the family's: without momentum 0.9 a step is 1 / (1 - 0.9) times smaller."""

STEPS = 100
"""Steps of a probe at least, where the budget allows: 50 to 100 tell the edge (docs/evidence.md, 1.3)."""

HORIZON_POWER = 0.32
"""The best learning rate falls as T^-0.32 with the horizon (our fit on digits, docs/evidence.md, 1.2;
Bjorck et al. 2025, arXiv 2409.19913, find 0.32 for language models)."""


@dataclass(frozen=True)
class Edge:
    """What the probe found for one family of optimizers."""

    best: float
    """Learning rate of least validation loss after the probe."""
    diverging: float
    """Least learning rate that diverged or did not learn above ``best``; inf where none did."""
    epochs: int

    def centre(self, optimizer: str, horizon: int) -> float:
        """Centre of the learning rate's prior for ``optimizer`` trained for ``horizon`` epochs."""
        scale: float = (self.epochs / horizon) ** HORIZON_POWER
        return self.best * RELATIVE.get(optimizer, 1.0) * scale


def epochs(rows: int, minibatch: int) -> int:
    """Epochs of a probe: enough for 100 steps, 1 to 4."""
    return max(1, min(4, math.ceil(STEPS / math.ceil(rows / minibatch))))


def suspects(space: Space, rows: int, seed: int) -> list[Trial]:
    """The probe's trials; none where the learning rate is fixed by the user."""
    default = space.default()
    if space["learning_rate"].fixed:
        return []
    trials: list[Trial] = []
    for optimizer in FAMILIES:
        for rate in SUSPECTS:
            changes: dict[str, Value] = {"learning_rate": rate, "optimizer": optimizer, "decay": "constant"}
            allowed = {name: value for name, value in changes.items() if space[name].domain.contains(value)}
            configuration = space.canonical(default.replace(allowed))
            if all(trial.configuration != configuration for trial in trials):
                horizon = epochs(rows, int(default.number("minibatch")))
                trials.append(Trial(len(trials), configuration, seed, horizon, "suspect"))
    return trials


def spread(trials: list[Trial], most: int) -> list[Trial]:
    """At most ``most`` of them, evenly spaced and numbered anew from 0."""
    if most >= len(trials):
        return trials
    kept = [trials[round(i * (len(trials) - 1) / max(1, most - 1))] for i in range(most)]
    return [msgspec.structs.replace(trial, number=i) for i, trial in enumerate(kept)]


def edges(ledger: Ledger) -> dict[str, Edge]:
    """What the probe found, per probed optimizer."""
    found: dict[str, Edge] = {}
    probed = [entry for entry in ledger.entries.values() if entry.trial.origin == "suspect"]
    for optimizer in {entry.trial.configuration.word("optimizer") for entry in probed}:
        entries = [e for e in probed if e.trial.configuration.word("optimizer") == optimizer]
        ends = {
            _rate(e.trial.configuration): (e.curve.last.valid_loss if e.curve.last else float("inf"))
            for e in entries
        }
        best = min(ends, key=lambda rate: ends[rate])
        if ends[best] == float("inf"):
            continue
        start = max(loss for loss in ends.values() if loss < float("inf"))
        bad = [rate for rate in ends if rate > best and ends[rate] >= start]
        found[optimizer] = Edge(best, min(bad, default=float("inf")), entries[0].trial.horizon)
    return found


def family(optimizer: str) -> str:
    """The probed optimizer whose learning rates ``optimizer`` shares."""
    return next(probed for probed, members in FAMILIES.items() if optimizer in members)


def _rate(configuration: Configuration) -> float:
    return configuration.number("learning_rate")
