"""What does watching find? Small trainings in plain PyTorch with known faults, and healthy ones.

    python benchmarks/watch_findings.py --json [--seeds 3]

The digits of scikit-learn, 1,437 rows for training, 30 epochs of minibatches of 32, one validation per epoch;
`curvewise.Watch` gets the three lines and nothing that it cannot see by itself. Healthy are the networks and
optimizers that people use, at usual rates; faults are such trainings with one thing changed. A step takes
10 ms by a clock that the benchmark moves, so that the figures do not depend on the machine.

    found                 share of the faults whose verdict is "problem" at the end
    right_hyperparameter  share whose first finding names the hyperparameter that was changed and where to
    found_live            share that was said while the training went on
    steps                 median step at which those were said
    false_alarms          share of the healthy ones with the verdict "problem", or with a warning on the way
    accuracy              lowest of the healthy ones on the 360 rows left, which shows that they are healthy

Writes benchmarks/results/watch-findings.json; ``--json`` also prints its summary.
"""

from __future__ import annotations

import argparse
import json
import logging
import math
import statistics
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache

import torch
from sklearn.datasets import load_digits
from torch import Tensor, nn

import results_file
from curvewise import Watch
from watch_trainings import EPOCHS, FAULTS, HEALTHY, MINIBATCH, ROWS, Training

STEP_SECONDS = 1e-2


@dataclass
class Moving(logging.Handler):
    """A clock that the loop moves, and the steps at which a warning was said."""

    now: float = 0.0
    step: int = 0
    said: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(logging.WARNING)

    def __hash__(self) -> int:
        return id(self)

    def __call__(self) -> float:
        """Seconds; a microsecond passes between two readings."""
        self.now += 1e-6
        return self.now

    def emit(self, record: logging.LogRecord) -> None:
        """A finding was said."""
        self.said.append(self.step)


@cache
def digits() -> tuple[Tensor, Tensor]:
    """Standardised pixels (1797, 64) and their classes, in a random order."""
    pixels, classes = load_digits(return_X_y=True)
    order = torch.randperm(len(classes), generator=torch.Generator().manual_seed(0))
    inputs = torch.tensor(pixels, dtype=torch.float32)[order]
    return (inputs - inputs[:ROWS].mean()) / inputs[:ROWS].std(), torch.tensor(classes)[order]


def train(training: Training, seed: int) -> tuple[Watch, list[int], float]:
    """The watch after it, the steps at which it warned, and the accuracy on the rows left."""
    torch.manual_seed(seed)
    inputs, targets = digits()
    model, clock = training.model(), Moving()
    optimizer = training.optimizer(model)
    schedule = training.schedule(optimizer) if training.schedule else None
    logging.getLogger("curvewise").addHandler(clock)
    watch = Watch(model, optimizer, clock=clock)
    for _ in range(EPOCHS):
        model.train()
        for rows in torch.randperm(ROWS).split(MINIBATCH):  # type: ignore[no-untyped-call]
            training.before(clock.step, model)
            clock.now += STEP_SECONDS
            clock.step += 1
            optimizer.zero_grad()
            loss = nn.functional.cross_entropy(model(inputs[rows]), targets[rows])
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            if schedule is not None:
                schedule.step()
            watch.step(loss)
        model.eval()
        with torch.no_grad():
            outputs = model(inputs[ROWS:])
        wrong = (outputs.argmax(1) != targets[ROWS:]).float().mean()
        watch.validate(nn.functional.cross_entropy(outputs, targets[ROWS:]), wrong)
    live = list(clock.said)
    watch.close()
    logging.getLogger("curvewise").removeHandler(clock)
    return watch, live, 1 - float(wrong)


def row(training: Training, seed: int) -> dict[str, object]:
    """What came of one training."""
    watch, warned, accuracy = train(training, seed)
    first = watch.diagnosis.findings[0] if watch.verdict == "problem" else None
    named = None if first is None else (first.hyperparameter, first.direction)
    return {
        "training": training.name,
        "seed": seed,
        "fault": bool(training.truths),
        "verdict": watch.verdict,
        "sign": None if first is None else first.sign,
        "named": named,
        "right": named in training.truths,
        "warned_at": warned[0] if warned else None,
        "accuracy": round(accuracy, 3),
    }


def summarise(rows: Sequence[dict[str, object]]) -> dict[str, float | int | None]:
    """Shares of the rows, in percent."""
    faults = [each for each in rows if each["fault"]]
    healthy = [each for each in rows if not each["fault"]]
    steps = [int(str(each["warned_at"])) for each in faults if each["warned_at"] is not None]
    alarmed = [each["verdict"] == "problem" or each["warned_at"] is not None for each in healthy]
    return {
        "faults": len(faults),
        "found": percent([each["verdict"] == "problem" for each in faults]),
        "right_hyperparameter": percent([bool(each["right"]) for each in faults]),
        "found_live": percent([each["warned_at"] is not None for each in faults]),
        "steps": round(statistics.median(steps)) if steps else None,
        "healthy": len(healthy),
        "false_alarms": percent(alarmed),
        "accuracy": min((float(str(each["accuracy"])) for each in healthy), default=math.nan),
    }


def percent(flags: Sequence[bool]) -> float:
    """Of the flags that are true."""
    return round(100 * sum(flags) / len(flags), 1) if flags else math.nan


def main(arguments: Sequence[str]) -> None:
    """Train, write the results file, print what was asked for."""
    parser = argparse.ArgumentParser(description="What watching finds.")
    parser.add_argument("--seeds", type=int, default=3, help="of each training (default 3)")
    parser.add_argument("--json", action="store_true", help="print the summary as JSON")
    options = parser.parse_args(arguments)
    torch.set_num_threads(1)
    rows = [row(each, seed) for seed in range(options.seeds) for each in (*FAULTS, *HEALTHY)]
    summary = summarise(rows)
    results_file.write(
        "watch-findings", " ".join(["python", "benchmarks/watch_findings.py", *arguments]), summary, rows
    )
    print(json.dumps(summary) if options.json else "\n".join(f"{k}: {v}" for k, v in summary.items()))


if __name__ == "__main__":
    main(sys.argv[1:])
