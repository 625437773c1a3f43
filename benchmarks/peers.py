"""Ours against public trainers that fuse many networks into one: the same networks, the same steps, one run.

    pip install --no-deps --target FOLDER -r benchmarks/peers.txt
    python benchmarks/peers.py --json --packages FOLDER --python chorus=PATH [--repeats 5] [--seconds 0.5]

32 perceptrons 64-64-64-10 with weights of their own, AdamW, minibatches of 32 that they share (the cheapest
case for whoever stacks networks). Each peer is a process of its own with one thread on one core; they
take turns, ``--repeats`` times. ``--python`` names the interpreter of every peer whose name begins so:
chorus-torch needs Python 3.13, so make an environment of that, and install chorus-torch and torch in it.
A peer that cannot be had is reported with the reason. The summary, by peer:

    us                microseconds of processor time, which on one core is wall time where nobody else
                      works, per step of one network: median
    times_ours        us / that of ours
    version           of the peer's package (of torch, where it is the peer)
    loss_difference   largest difference of a network's loss after 3 epochs to that of plain PyTorch,
                      relative; above 1e-3 it was other work, and same_work is false
    missing           why there are no figures

Peers: ``ours`` native slots one after the other, ``ours_stacked`` all in one call of PyTorch,
``ours_compiled`` by compiled steps (which are compiled first, in a minute or two); ``eager`` one by one;
``torch_func`` vmap of grad by hand, fused AdamW, and ``torch_func_compiled``; ``modelbatch`` and ``chorus``
with one optimizer over all networks, and ``_rates``, their optimizers for networks of different learning
rates, which tuning needs; ``jax`` vmap and scan.
Writes benchmarks/results/peers.json; ``--json`` also prints its summary.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from types import TracebackType
from typing import Any

import numpy as np

import results_file
from curvewise.cohort.families.perceptron_shape import PerceptronShape
from curvewise.cohort.families.shape import initial_weights
from curvewise.data.order import minibatch_order
from peer_ours import NAMES
from peer_problem import EPOCHS, MINIBATCH, NETWORKS, STEPS, WIDTHS, Problem
from peer_process import PEERS

PROCESS = Path(__file__).parent / "peer_process.py"
SAME = 1e-3
"""Relative difference of losses that float32 arithmetic in another order does not reach in 96 steps."""

Row = dict[str, Any]


def main(arguments: Sequence[str]) -> None:
    """Measure, write the results file, print what was asked for."""
    parser = argparse.ArgumentParser(description="Ours against public trainers of many networks.")
    parser.add_argument("--packages", default="", help="folder of packages that are not installed")
    parser.add_argument("--python", action="append", default=[], help="NAME=PATH: interpreter of a peer")
    parser.add_argument("--repeats", type=int, default=5, help="turns of every peer (default 5)")
    parser.add_argument("--seconds", type=float, default=0.5, help="of each turn (default 0.5)")
    parser.add_argument("--json", action="store_true", help="print the summary as JSON")
    options = parser.parse_args(arguments)
    pythons = dict(each.split("=", 1) for each in options.python)
    rows = measure(pythons, options.packages, options.repeats, options.seconds)
    summary = summarise(rows)
    results_file.write("peers", "python benchmarks/peers.py --json", summary, rows)
    print(json.dumps(summary) if options.json else as_table(summary))


def problem() -> Problem:
    """Weights of seeds 0 to K - 1, data that means nothing, and the order of rows of seed 0."""
    draw = np.random.default_rng(0)
    rows = STEPS * MINIBATCH
    shape = PerceptronShape(WIDTHS[0], (), (), WIDTHS[1:-1], WIDTHS[-1], "relu", "none", 0.0)
    drawn = [initial_weights(shape, seed) for seed in range(NETWORKS)]
    order = [minibatch_order(0, epoch + 1, rows).reshape(STEPS, MINIBATCH) for epoch in range(EPOCHS)]
    return Problem(
        numbers=draw.standard_normal((rows, WIDTHS[0]), dtype=np.float32),
        labels=draw.integers(0, WIDTHS[-1], rows),
        order=np.stack(order).astype(np.int64),
        weights=[np.stack([each[name] for each in drawn]).astype(np.float32) for name in NAMES],
    )


class Peer:
    """A peer's process; ``missing`` says why it cannot train."""

    def __init__(self, name: str, python: str, path: Path, packages: str) -> None:
        self.name = name
        command = [python, str(PROCESS), name, str(path), *([packages] if packages else [])]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        self.version, self.missing = "", ""

    def __enter__(self) -> Peer:
        answer = self._answer()
        self.version, self.missing = answer.get("version", ""), answer.get("missing", "")
        return self

    def ask(self, what: str) -> dict[str, Any]:
        """The answer to ``losses``, or to a number of seconds. Raises RuntimeError where there is none."""
        assert self._process.stdin is not None
        print(what, file=self._process.stdin, flush=True)
        answer = self._answer()
        if "missing" in answer:
            raise RuntimeError(f"{self.name} failed: {answer['missing']}")
        return answer

    def _answer(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        answer: dict[str, Any] = json.loads(line) if line else {"missing": "its process ended"}
        return answer

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.__exit__(kind, error, trace)  # closes its input, so that it ends


def measure(pythons: Mapping[str, str], packages: str, repeats: int, seconds: float) -> list[Row]:
    """Rows of three kinds.

    ``{"peer", "version"}`` or ``{"peer", "missing"}``; ``{"peer", "losses"}`` of every network; and
    ``{"peer", "repeat", "value"}``, microseconds per step.
    """
    rows: list[Row] = []
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        path = Path(folder) / "problem.npz"
        problem().write(path)
        peers = []
        for name in PEERS:
            print(f"starting {name}, {time.strftime('%H:%M:%S')}", file=sys.stderr)
            python = next((p for prefix, p in pythons.items() if name.startswith(prefix)), sys.executable)
            peer = stack.enter_context(Peer(name, python, path, packages))
            told = {"missing": peer.missing} if peer.missing else {"version": peer.version}
            rows.append({"peer": name, **told})
            if not peer.missing:
                peers.append(peer)
        rows += [{"peer": peer.name, **peer.ask("losses")} for peer in peers]
        for repeat in range(repeats):
            for peer in peers:
                value = round(peer.ask(str(seconds))["microseconds"], 2)
                rows.append({"peer": peer.name, "repeat": repeat, "value": value})
    return rows


def summarise(rows: Sequence[Row]) -> dict[str, Row]:
    """By peer: median, ratio to ours, version, loss's difference; or why it is missing."""
    summary: dict[str, Row] = {name: {} for name in dict.fromkeys(row["peer"] for row in rows)}
    found: dict[str, list[float]] = {}
    losses = {row["peer"]: np.array(row["losses"]) for row in rows if "losses" in row}
    for row in rows:
        if "value" in row:
            found.setdefault(row["peer"], []).append(row["value"])
        else:
            summary[row["peer"]] |= {key: row[key] for key in ("version", "missing") if key in row}
    for name, values in found.items():
        summary[name]["us"] = round(median(values), 2)
        if "ours" in found:
            summary[name]["times_ours"] = round(median(values) / median(found["ours"]), 2)
        if "eager" in losses:
            difference = float(np.max(np.abs(losses[name] / losses["eager"] - 1)))
            summary[name] |= {"loss_difference": float(f"{difference:.1e}"), "same_work": difference < SAME}
    return summary


def as_table(summary: Mapping[str, Row]) -> str:
    """The summary for people."""
    return "\n".join(
        f"{name}: " + "  ".join(f"{key} {value}" for key, value in figures.items())
        for name, figures in summary.items()
    )


if __name__ == "__main__":
    main(sys.argv[1:])
