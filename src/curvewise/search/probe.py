"""The learning rate's usual suspects, all at once: where training diverges, and where it goes best."""

from __future__ import annotations

import math
from dataclasses import dataclass

import msgspec

from curvewise.curves.ledger import Entry, Ledger
from curvewise.records import Trial, Value
from curvewise.space.space import Space

SUSPECTS = (1.0, 0.3, 0.1, 0.03, 0.01, 0.003, 0.001, 0.0003, 0.0001)
"""The article's suspects (0.1 to 0.000001, a factor of 10 apart), moved up by a factor of 10 since
inputs are standardised, and with the halfway points: within a factor of 3 of the best nothing is
lost on Fashion-MNIST (docs/evidence.md, 1.1)."""

FAMILIES = {
    "adamw": ("adam", "adamw", "rmsprop", "schedule_free"),
    "momentum": ("sgd", "momentum", "nesterov", "adagrad"),
}
"""The optimizer that is probed, and those that take their learning rate's prior from it."""

RELATIVE = {"sgd": 10.0, "adagrad": 1.0}
"""Learning rate relative to the family's: without momentum 0.9 a step is 1 / (1 - 0.9) times smaller."""

START = 0.01
"""The article's first try."""

STEPS = 100
"""Steps of a probe at least, where the budget allows: 50 to 100 tell the edge (docs/evidence.md, 1.3)."""

HORIZON_POWER = 0.32
"""The best learning rate falls as T^-0.32 with the horizon (our fit on digits, docs/evidence.md, 1.2;
Bjorck et al. 2025, arXiv 2409.19913, find 0.32 for language models)."""


@dataclass(frozen=True)
class Edge:
    """What the probe found for one family of optimizers."""

    best: float
    """Where validation loss was least after the probe."""
    diverging: float
    """Least rate above ``best`` that diverged, or ended as badly as any; inf where none did."""
    epochs: int

    def centre(self, optimizer: str, horizon: int) -> float:
        """Centre of the learning rate's prior for ``optimizer`` trained for ``horizon`` epochs."""
        scale: float = (self.epochs / horizon) ** HORIZON_POWER
        return self.best * RELATIVE.get(optimizer, 1.0) * scale

    def limit(self, optimizer: str) -> float:
        """The rate that ``optimizer``'s prior stays below."""
        return self.diverging * RELATIVE.get(optimizer, 1.0)


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


def likeliest(trials: list[Trial], most: int) -> list[Trial]:
    """At most ``most`` of them, numbered anew from 0: AdamW first, rates near 0.01 first.

    In this order a budget that ends within the probe has trained the ones most likely to do well.
    """
    first = next(iter(FAMILIES))

    def unlikely(trial: Trial) -> tuple[bool, float]:
        configuration = trial.configuration
        return configuration["optimizer"] != first, abs(
            math.log(configuration.number("learning_rate") / START)
        )

    kept = sorted(trials, key=unlikely)[:most]
    return [msgspec.structs.replace(trial, number=i) for i, trial in enumerate(kept)]


def edges(ledger: Ledger) -> dict[str, Edge]:
    """What the probe found, per probed optimizer; compared at the age that all have reached."""
    opened = ledger.opened
    rows = opened.rows["valid"] if opened else 1
    found: dict[str, Edge] = {}
    probed = [entry for entry in ledger.entries.values() if entry.trial.origin == "suspect"]
    for optimizer in FAMILIES:
        entries = [e for e in probed if e.trial.configuration["optimizer"] == optimizer and e.curve.last]
        age = min((e.curve.age for e in entries if not _diverged(e)), default=0)
        losses = {
            e.trial.configuration.number("learning_rate"): math.inf
            if _diverged(e)
            else e.curve.points[age - 1].valid_loss
            for e in entries
        }
        if any(math.isfinite(loss) for loss in losses.values()):
            found[optimizer] = _edge(losses, rows, age)
    return found


def _diverged(entry: Entry) -> bool:
    return entry.curve.last is not None and entry.curve.last.diverged


def _edge(losses: dict[float, float], rows: int, epochs: int) -> Edge:
    r"""From each rate's loss after the probe, measured on ``rows`` validation rows.

    .. math:: \log \eta = \sum_i w_i \log \eta_i, \quad w_i \propto \exp(-(L_i - \min L) / \tau)

    with tau the larger of a twentieth of the losses' range and 0.3 / sqrt(rows), about the standard
    error of a loss: where the rows are too few to tell the rates apart, their middle is taken, not
    the luckiest (our choice).
    """
    finite = {rate: loss for rate, loss in losses.items() if math.isfinite(loss)}
    least, most = min(finite.values()), max(finite.values())
    tau = max((most - least) / 20, 0.3 / math.sqrt(rows))
    weights = {rate: math.exp(-(loss - least) / tau) for rate, loss in finite.items()}
    mean = sum(w * math.log(rate) for rate, w in weights.items()) / sum(weights.values())
    best = math.exp(mean)
    bad = [rate for rate, loss in losses.items() if rate > best and loss >= most]
    return Edge(best, min(bad, default=math.inf), epochs)


def family(optimizer: str) -> str:
    """The probed optimizer whose learning rates ``optimizer`` shares."""
    return next(probed for probed, members in FAMILIES.items() if optimizer in members)
