"""Made-up histories that look like real ones: for everything that reads a history."""

from __future__ import annotations

import math
import random

from curvewise.curves.ledger import Ledger
from curvewise.records import (
    Configuration,
    Decided,
    Decision,
    Event,
    Finding,
    Found,
    Noted,
    Observed,
    Opened,
    Origin,
    Point,
    Scored,
    Trial,
)

ROWS = {"train": 1078, "valid": 359, "test": 360}


def opened(task: str = "classification", budget: str = "60s") -> Opened:
    metric = "share misclassified" if task == "classification" else "RMSE"
    return Opened(
        study="digits-1",
        task=task,
        metric=metric,
        source="digits",
        target=None,
        seed=0,
        budget=budget,
        deterministic=False,
        threads=2,
        rows=ROWS,
        features=64,
        inputs={"plain": 64, "piecewise": 320},
        cardinalities=[],
        outputs=10 if task == "classification" else 1,
        columns={},
        space={},
        fingerprint="ab" * 32,
        versions={"curvewise": "0.1.0"},
        command="curvewise tune digits --budget 60s",
        model="auto",
    )


def configuration(chance: random.Random) -> Configuration:
    return Configuration(
        {
            "learning_rate": 10 ** chance.uniform(-5, 0),
            "optimizer": chance.choice(["adamw", "momentum", "rmsprop"]),
            "layers": chance.randint(0, 4),
            "units": chance.choice([16, 32, 64, 128]),
            "dropout": round(chance.uniform(0, 0.5), 3),
            "weight_decay": 10 ** chance.uniform(-6, -1),
            "minibatch": chance.choice([16, 32, 64, 128]),
            "activation": "relu",
        }
    )


def point(trial: Trial, epoch: int) -> Point:
    """A curve that falls to a floor set by the distance from learning rate 0.01; 1.0 and more diverges."""
    rate = trial.configuration.number("learning_rate")
    away = abs(math.log10(rate) + 2)
    chance = random.Random(trial.seed * 1000 + trial.number * 100 + epoch)
    floor = 0.02 + 0.03 * away**2 + 0.002 * chance.random()
    error = floor + (0.9 - floor) * math.exp(-epoch / (1 + 2 * away))
    loss = math.inf if rate > 0.5 and epoch > 2 else 3 * error + 0.003 * epoch
    return Point(
        trial=trial.number,
        epoch=epoch,
        step=34 * epoch,
        seconds=0.02 * epoch,
        train_loss=3 * error * 0.8**epoch + 0.01,
        train_error=error * 0.8**epoch,
        valid_loss=loss,
        valid_error=error if math.isfinite(loss) else math.inf,
        learning_rate=rate,
        gradient_norm=1.0,
        update_ratio=0.01,
    )


def _start(
    number: int, configuration: Configuration, origin: Origin = "sobol", parent: int | None = None
) -> Trial:
    return Trial(number, configuration, seed=number, horizon=20, origin=origin, parent=parent)


def _started(elapsed: float, *trials: Trial) -> Decided:
    starts = [Decision("start", t.origin, f"slot free for a {t.origin} trial", start=t) for t in trials]
    return Decided(elapsed, starts)


def race(trials: int = 12, epochs: int = 20, seed: int = 1, task: str = "classification") -> list[Event]:
    """A study under way: every trial trained; of those past epoch 3 only the better half goes on."""
    chance = random.Random(seed)
    cast = [_start(number, configuration(chance)) for number in range(trials)]
    history: list[Event] = [
        opened(task),
        Noted("column 'pixel_0_0' is constant: dropped"),
        _started(0.5, *cast),
    ]
    alive, elapsed = cast, 0.5
    for epoch in range(1, epochs + 1):
        elapsed += 0.4
        points = [point(trial, epoch) for trial in alive]
        history.append(Observed(elapsed, points))
        diverged = [p.trial for p in points if p.diverged]
        behind: list[int] = []
        if epoch == 3:
            ranked = sorted((p.valid_error, p.trial) for p in points)
            behind = [n for _, n in ranked[len(ranked) // 2 :] if n not in diverged]
        stops = [Decision("stop", "diverged", "loss is not finite", trial=n) for n in diverged]
        stops += [
            Decision("stop", "behind at equal age", "0.31 behind 0.12 at epoch 3", trial=n) for n in behind
        ]
        if stops:
            history.append(Decided(elapsed, stops))
        alive = [trial for trial in alive if trial.number not in {*diverged, *behind}]
    return history


def finished(trials: int = 12, seed: int = 1, task: str = "classification") -> list[Event]:
    """A study that ended: finalists trained with 3 seeds, one chosen and scored."""
    history = race(trials, seed=seed, task=task)
    ledger = Ledger.of(history)
    ends = [Decision("finish", "horizon", "20 of 20 epochs", trial=n) for n in ledger.running()]
    leaders = sorted(ledger.running(), key=lambda n: ledger.entries[n].curve.points[-1].valid_error)[:2]
    finalists = [
        _start(trials + 3 * place + seed, ledger.entries[n].trial.configuration, "finalist", n)
        for place, n in enumerate(leaders)
        for seed in range(3)
    ]
    elapsed = ledger.elapsed + 1
    history += [Decided(elapsed, ends), _started(elapsed, *finalists)]
    for epoch in range(1, 21):
        history.append(Observed(elapsed + 0.2 * epoch, [point(trial, epoch) for trial in finalists]))
    chosen, elapsed = finalists[1].number, elapsed + 5
    closing = [Decision("finish", "horizon", "20 of 20 epochs", trial=trial.number) for trial in finalists]
    closing += [
        Decision(
            "choose", "simplest within one standard error", "0.021 against 0.020 (SE 0.002)", trial=chosen
        ),
        Decision("end", "budget", "60 of 60 seconds"),
    ]
    overfitting = Finding(
        "overfitting",
        3,
        (8, 20),
        {"gap": 0.4, "slope": math.inf},
        0.9,
        "dropout",
        "raise",
        1.5,
        "gap grows",
        "row 7",
    )
    scores = {"loss": 0.081, "error": 0.0223}
    tested = {"loss": 0.093, "error": 0.025}
    ensemble = {"validation": {"loss": 0.07, "error": 0.0195}, "test": {"loss": 0.08, "error": 0.0222}}
    members = [finalists[1].number, finalists[0].number]
    return [
        *history,
        Found([overfitting]),
        Decided(elapsed, closing),
        Scored(chosen, scores, tested, ensemble, members),
    ]
