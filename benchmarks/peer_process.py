"""One peer in a process of its own: ``python peer_process.py NAME PROBLEM [FOLDER]``, started by peers.py.

Answers every line of its input by a line of JSON: at once ``{"version"}`` or ``{"missing"}``, then
``losses`` by ``{"losses"}`` after EPOCHS epochs from the beginning, and ``SECONDS`` by
``{"microseconds"}`` per step of one network. Runs on one core, in one thread. Packages that are not
installed are also looked for in FOLDER.
"""

from __future__ import annotations

import importlib
import importlib.metadata
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

ONE_THREAD = {
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false",
}

PEERS = {
    "ours": ("peer_ours", "native", "curvewise"),
    "ours_stacked": ("peer_ours", "stacked", "curvewise"),
    "ours_compiled": ("peer_ours", "compiled", "curvewise"),
    "eager": ("peer_torch", "OneByOne", "torch"),
    "torch_func": ("peer_torch", "torch_func", "torch"),
    "torch_func_compiled": ("peer_torch", "torch_func_compiled", "torch"),
    "modelbatch": ("peer_torch", "modelbatch", "modelbatch"),
    "modelbatch_rates": ("peer_torch", "modelbatch_rates", "modelbatch"),
    "chorus": ("peer_torch", "chorus", "chorus-torch"),
    "chorus_rates": ("peer_torch", "chorus_rates", "chorus-torch"),
    "chorus_compiled": ("peer_torch", "chorus_compiled", "chorus-torch"),
    "jax": ("peer_jax", "Scanned", "jax"),
}
"""By name: module, what in it makes a trainer, and the package whose version is told."""


def main(name: str, path: str, *folder: str) -> None:
    """Serve until the input ends; whatever a peer prints goes to the errors."""
    replies = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    os.environ.update(ONE_THREAD)
    sys.path.extend(folder)

    def reply(content: dict[str, Any]) -> None:
        print(json.dumps(content), file=replies, flush=True)

    try:
        answers = Answers(name, path)
        reply({"version": answers.version})
        for line in sys.stdin:
            reply(answers.losses() if line.strip() == "losses" else answers.timed(float(line)))
    except Exception as error:  # a peer may fail in its own way; the others go on
        reply({"missing": f"{type(error).__name__}: {str(error).partition(chr(10))[0]}"})


class Answers:
    """What peers.py asks of a peer; construction trains a few steps, so that all is compiled."""

    def __init__(self, name: str, path: str) -> None:
        from peer_problem import Problem

        module, kind, package = PEERS[name]
        self.version = _version(package)
        self._problem = Problem.read(Path(path))
        peer = importlib.import_module(module)
        if hasattr(peer, "alone"):
            peer.alone()
        self._make = getattr(peer, kind)
        self._trainer = self._make(self._problem)
        self._epochs = 0
        self._epoch()

    def losses(self) -> dict[str, Any]:
        """Of every network, trained from its initial weights."""
        from peer_problem import EPOCHS, losses

        self._trainer, self._epochs = self._make(self._problem), 0
        for _ in range(EPOCHS):
            self._epoch()
        return {"losses": losses(self._trainer.weights(), self._problem).tolist()}

    def timed(self, seconds: float) -> dict[str, Any]:
        """Microseconds of processor time per step of one network."""
        steps = self._problem.order.shape[1] * len(self._problem.weights[0])
        epochs, started, used = 0, time.perf_counter(), time.process_time()
        while time.perf_counter() - started < seconds or epochs == 0:
            self._epoch()
            epochs += 1
        return {"microseconds": (time.process_time() - used) / epochs / steps * 1e6}

    def _epoch(self) -> None:
        order = self._problem.order
        self._trainer.train(order[self._epochs % len(order)])
        self._epochs += 1


def _version(package: str) -> str:
    """Of an installed package; "not installed" where it is a checkout that is imported."""
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return "not installed"


if __name__ == "__main__":
    main(*sys.argv[1:])
