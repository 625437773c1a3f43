"""What does one changed default do? Each arm is the default configuration with one value changed.

For every table, arm, learning rate and seed one network is trained for 8 epochs; an arm counts by
the best of its learning rates (the least mean validation loss over the seeds), and is compared with
the defaults by the geometric mean over the tables of the ratio of their losses. Label smoothing and
losses are compared by error too, which they leave as it is. Validation rows only; none of the tables
that benchmarks/quality.py measures. What it finds are sources of defaults in docs/space.md.

    python benchmarks/screening.py
"""

from __future__ import annotations

import csv
import math
import os
import statistics
import sys
from pathlib import Path

from curvewise.cohort.native import NativeSlot
from curvewise.cohort.recipe import recipe
from curvewise.data.prepare import PreparedTable, prepare
from curvewise.data.read import read
from curvewise.records import Configuration, Value
from curvewise.tuning import default_space
from results_file import write

EPOCHS, SEEDS = 8, 2
TABLES = ("segmentation", "wine_quality_white", "503_wind")
"""And digits: small ones of both tasks."""
RATES = {"adamw": (0.003, 0.01, 0.03), "adam": (0.003, 0.01, 0.03), "rmsprop": (0.001, 0.003, 0.01)}
OTHER_RATES = (0.03, 0.1, 0.3)

ARMS: dict[str, tuple[Value, ...]] = {
    "optimizer": ("sgd", "momentum", "nesterov", "adagrad", "rmsprop", "adam"),
    "decay": ("constant", "step", "exponential", "cosine", "wsd"),
    "momentum": (0.8, 0.95),
    "beta2": (0.9, 0.99, 0.999),
    "weight_decay": (1e-5, 1e-2, 1e-1),
    "label_smoothing": (0.05, 0.1),
    "loss": ("huber",),
    "clip": (0.0, 5.0),
    "layers": (0, 1, 3, 4),
    "first_ratio": (0.5, 2.0),
    "activation": ("relu", "leaky_relu", "tanh", "sigmoid", "silu"),
    "normalisation": ("batch", "layer"),
    "dropout": (0.0, 0.2, 0.4),
    "encoding": ("piecewise",),
}
FACTORS = {"minibatch": (0.25, 4.0), "units": (0.33, 3.0)}
TOGETHER: dict[str, dict[str, Value]] = {
    f"{optimizer}, weight_decay {decay:g}": {"optimizer": optimizer, "weight_decay": decay}
    for optimizer in ("adam", "nesterov")
    for decay in (1e-4, 1e-2)
}


def arms(default: Configuration) -> dict[str, dict[str, Value]]:
    """Every arm's changes by its name; ``default`` changes nothing."""
    found: dict[str, dict[str, Value]] = {"default": {}, **TOGETHER}
    for name, values in ARMS.items():
        found |= {f"{name} {value}": {name: value} for value in values if value != default[name]}
    for name, factors in FACTORS.items():
        found |= {f"{name} x {factor:g}": {name: round(default.number(name) * factor)} for factor in factors}
    return found


def measure(name: str, prepared: PreparedTable) -> list[dict[str, object]]:
    """One row per arm that makes sense for these data."""
    space = default_space(prepared)
    rows: list[dict[str, object]] = []
    for arm, changes in arms(space.default()).items():
        if all(space[key].domain.contains(value) for key, value in changes.items()):
            configuration = space.default().replace(changes)
            rates = RATES.get(configuration.word("optimizer"), OTHER_RATES)
            tried = [(*trained(prepared, configuration, rate), rate) for rate in rates]
            loss, error, rate = min(tried)
            rows.append({"table": name, "arm": arm, "loss": loss, "error": error, "learning_rate": rate})
    return rows


def trained(prepared: PreparedTable, configuration: Configuration, rate: float) -> tuple[float, float]:
    """Least validation loss and error of an epoch, means over the seeds."""
    losses, errors = [], []
    for seed in range(SEEDS):
        split = prepared.split(configuration.word("encoding"))
        slot = NativeSlot(
            0, recipe(configuration.replace({"learning_rate": rate}), EPOCHS, split), split, seed
        )
        points = [slot.train_epoch() for _ in range(EPOCHS)]
        losses.append(min(point.valid_loss for point in points))
        errors.append(min(point.valid_error for point in points))
    return statistics.fmean(losses), statistics.fmean(errors)


def summarise(rows: list[dict[str, object]]) -> dict[str, dict[str, float]]:
    """Each arm's loss and error relative to the defaults': geometric means over the tables."""
    base = {str(row["table"]): row for row in rows if row["arm"] == "default"}
    summary: dict[str, dict[str, float]] = {}
    for arm in dict.fromkeys(str(row["arm"]) for row in rows):
        of_arm = [row for row in rows if row["arm"] == arm]
        ratios: dict[str, float] = {"tables": len(of_arm)}
        for key in ("loss", "error"):
            # Half a wrong row of 1,000 keeps an error of zero from deciding everything.
            pairs = [(float(str(row[key])), float(str(base[str(row["table"])][key]))) for row in of_arm]
            logs = [math.log((ours + 5e-4) / (theirs + 5e-4)) for ours, theirs in pairs]
            ratios[key] = round(math.exp(statistics.fmean(logs)), 3)
        summary[arm] = ratios
    return summary


def tables() -> dict[str, tuple[str, str | None]]:
    """Source and target of each table by its name."""
    folder = Path(os.environ.get("CURVEWISE_DATA", "../shared/data")) / "tabular"
    if not (folder / "index.csv").exists():
        sys.exit(f"there is no {folder}/index.csv: point CURVEWISE_DATA at the development data")
    with (folder / "index.csv").open(encoding="utf-8") as file:
        index = {row["name"]: row for row in csv.DictReader(file)}
    found = {name: (str(folder / index[name]["file"]), index[name]["target"]) for name in TABLES}
    return {"digits": ("digits", None), **found}


def main() -> None:
    """Run the screening, print it and write its result."""
    rows: list[dict[str, object]] = []
    for name, (source, target) in tables().items():
        rows += measure(name, prepare(read(source, target), seed=0))
        print(name, file=sys.stderr)
    summary = summarise(rows)
    write("screening", "python benchmarks/screening.py", summary, rows)
    for arm, ratios in summary.items():
        print(f"{arm:32s} loss x {ratios['loss']:.3f}  error x {ratios['error']:.3f}  ({ratios['tables']:g})")


if __name__ == "__main__":
    main()
