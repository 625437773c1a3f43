"""What does a slot cost beside how many others? From 1 to 1,024 of them, native and stacked.

    python benchmarks/slots.py --json [--repeats 5] [--seconds 0.2] [--most 1024]

Takes one to two minutes. K slots of the small perceptron of engine.py (64-64-64-10, minibatches of 32, AdamW)
are trained on one thread, 8 steps at a time; the figures are medians over turns of every way and number of
slots, in microseconds of wall time per step of one model:

    native    one slot after the other, a call of native code each
    stacked   all K slots by one call in PyTorch
    tiled     stacked, in as many calls as the planner makes of them
    compiled  the same by compiled steps, which are compiled first, in a minute or two

Where there is a GPU, it is what stacked slots are trained on. Writes benchmarks/results/slots.json, from
which slots_figure.py draws docs/images/slots.png; ``--json`` also prints the summary.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import statistics
import sys
from collections.abc import Callable, Sequence

import torch

import results_file
from curvewise.cohort.recipe import recipe
from curvewise.cohort.slots import Slot
from curvewise.cohort.stacked.device import device
from curvewise.cohort.ways import Way, Workshop, missing, most_together, train_stacked
from engine_problems import perceptron
from engine_ways import repeated

STEPS = 8
"""Of an epoch: few, so that an epoch of 1,024 slots is short."""
PROBLEM = perceptron(64, 32, minibatches=STEPS)
Train = Callable[[], object]


def main(arguments: Sequence[str]) -> None:
    """Measure, write the results file, print what was asked for."""
    parser = argparse.ArgumentParser(description="Microseconds per training step, by number of slots.")
    parser.add_argument("--repeats", type=int, default=5, help="turns of every way (default 5)")
    parser.add_argument("--seconds", type=float, default=0.2, help="of each turn at least (default 0.2)")
    parser.add_argument("--most", type=int, default=1024, help="slots at most (default 1024)")
    parser.add_argument("--json", action="store_true", help="print the summary as JSON")
    options = parser.parse_args(arguments)
    torch.set_num_threads(1)
    rows = measure(options.most, options.repeats, options.seconds, compiled=missing("compiled") is None)
    summary: dict[str, object] = {"device": device().type, "most_together": most(), **summarise(rows)}
    results_file.write("slots", " ".join(["python", "benchmarks/slots.py", *arguments]), summary, rows)
    if options.json:
        print(json.dumps(summary))


def measure(largest: int, repeats: int, seconds: float, compiled: bool = False) -> list[dict[str, object]]:
    """Rows ``{"way", "slots", "repeat", "value"}``; the ways take turns, for each number of slots."""
    rows: list[dict[str, object]] = []
    count = 1
    while count <= largest:
        print(f"measuring {count} slots", file=sys.stderr)
        ways = {name: repeated(train, STEPS * count) for name, train in trainers(count, compiled).items()}
        for train in ways.values():
            train(0.0)
        rows += [
            {"way": name, "slots": count, "repeat": repeat, "value": round(train(seconds), 2)}
            for repeat in range(repeats)
            for name, train in ways.items()
        ]
        count *= 2
    return rows


def trainers(count: int, compiled: bool = False) -> dict[str, Train]:
    """An epoch of ``count`` slots, by way."""
    found: dict[str, Train] = {}
    if missing("native") is None:
        native = opened("native", count)
        found["native"] = lambda: [slot.train_epoch() for slot in native]
    stacked = opened("stacked", count)
    found["stacked"] = lambda: train_stacked(stacked)
    found["tiled"] = in_tiles(stacked, most())
    if compiled:
        found["compiled"] = in_tiles(opened("compiled", count), most("compiled"))
    return found


def in_tiles(slots: Sequence[Slot], size: int) -> Train:
    """An epoch of these slots, ``size`` in a call."""
    tiles = [slots[start : start + size] for start in range(0, len(slots), size)]
    return lambda: [train_stacked(tile) for tile in tiles]


def opened(way: Way, count: int) -> list[Slot]:
    """New slots; the validation set is one row, so that steps are what is timed."""
    split = PROBLEM.split()
    split = dataclasses.replace(split, valid=split.valid.first(1))
    resolved, workshop = recipe(PROBLEM.configuration, 10, split), Workshop(1, waits=True)
    return [workshop.open(way, number, resolved, split, seed=number) for number in range(count)]


def most(way: Way = "stacked") -> int:
    """Slots that the planner trains in one call at most."""
    split = PROBLEM.split()
    return most_together(recipe(PROBLEM.configuration, 10, split), split.train, way)


def summarise(rows: Sequence[dict[str, object]]) -> dict[str, dict[str, float]]:
    """Medians by way and number of slots."""
    found: dict[str, dict[str, list[float]]] = {}
    for row in rows:
        values = found.setdefault(str(row["way"]), {}).setdefault(str(row["slots"]), [])
        values.append(float(str(row["value"])))
    return {
        way: {slots: round(statistics.median(values), 2) for slots, values in by_slots.items()}
        for way, by_slots in found.items()
    }


if __name__ == "__main__":
    main(sys.argv[1:])
