"""LCBench as a surrogate: any configuration of seven hyperparameters on 34 tables, 52 epochs each.

Zimmer et al. 2021 (Auto-PyTorch Tabular, arXiv 2006.13799) recorded 2,000 perceptrons for each table; YAHPO
Gym (Pfisterer et al. 2022, arXiv 2109.03670) fitted the surrogate that is read here. Its curves are smooth.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from tables_problem import COLUMNS, Configuration, Dimension, Floats, Problem, Value

INPUTS = (
    "epoch",
    "batch_size",
    "learning_rate",
    "momentum",
    "weight_decay",
    "num_layers",
    "max_units",
    "max_dropout",
)
"""The network's continuous inputs, in its order."""
OUTPUTS = ("time", "val_accuracy", "val_cross_entropy")
"""Its first outputs."""
BLOCKS = ((0, 1), (1, 3), (3, 9), (9, 27), (27, 52))
"""Epochs that are computed together: most trials end early, and bits must not depend on who asks."""
TASK = "OpenML_task_id"
HORIZON = 52
CEILING = 100.0
"""Percent wrong."""


def folder() -> Path:
    """Where the recorded tables are; exits with a message where they are not to be had."""
    path = Path(os.environ.get("CURVEWISE_DATA", Path(__file__).parents[2] / "shared" / "data")) / "tables"
    if not path.is_dir():
        sys.exit(f"there is nothing in {path}: point CURVEWISE_DATA at the development data")
    return path


@cache
def tasks() -> tuple[str, ...]:
    """Identifiers of the 34 tables, in the file's order."""
    return tuple(_space()[TASK]["choices"])


class Lcbench:
    """One task. A curve is computed as far as it is asked for, in BLOCKS, and kept."""

    def __init__(self, task: str) -> None:
        self.problem = Problem(f"lcbench/{task}", HORIZON, _dimensions(), CEILING)
        self._code = _codes()[task]
        self._known: dict[tuple[Value, ...], Floats] = {}

    def curve(self, configuration: Configuration, epochs: int | None = None) -> Floats:
        """Shape (52, 4) or less: percent wrong, cross-entropy in nats, NaN (no training loss), seconds."""
        key = self.problem.key(configuration)
        known = self._known.get(key, np.empty((0, len(COLUMNS))))
        for first, last in BLOCKS:
            if len(known) <= first < (HORIZON if epochs is None else epochs):
                known = np.concatenate([known, self.rows([configuration], range(first + 1, last + 1))[0]])
        self._known[key] = known
        return known

    def rows(self, configurations: Sequence[Configuration], epochs: Sequence[int]) -> Floats:
        """Of many at once, at these epochs, shape (configurations, epochs, 4); nothing is kept."""
        shape = (len(configurations), len(epochs))
        inputs = np.empty((*shape, len(INPUTS)), np.float32)
        inputs[:, :, 0] = epochs
        for place, name in enumerate(INPUTS[1:], 1):
            inputs[:, :, place] = np.array([each[name] for each in configurations], np.float32)[:, None]
        codes = np.full((inputs[:, :, 0].size, 1), self._code, np.int32)
        told = _session().run(None, {"x_cat": codes, "x_cont": inputs.reshape(-1, len(INPUTS))})[0]
        found = told.astype(np.float64).reshape(*shape, -1)
        columns = {
            "valid_error": 100 - found[:, :, OUTPUTS.index("val_accuracy")],
            "valid_loss": found[:, :, OUTPUTS.index("val_cross_entropy")],
            "seconds": found[:, :, OUTPUTS.index("time")],
        }
        return np.stack([columns.get(name, np.full(shape, np.nan)) for name in COLUMNS], axis=-1)


def _dimensions() -> tuple[Dimension, ...]:
    kinds: dict[str, Any] = {"uniform_int": "integer", "uniform_float": "real"}
    space = _space()
    return tuple(
        Dimension(name, kinds[each["type"]], each["lower"], each["upper"], each["log"])
        for name in INPUTS[1:]
        for each in (space[name],)
    )


def defaults() -> dict[str, Value]:
    """The values that the space's file calls defaults: the middles of its ranges."""
    return {name: _space()[name]["default"] for name in INPUTS[1:]}


@cache
def _space() -> dict[str, Any]:
    text = (folder() / "lcbench" / "config_space.json").read_text(encoding="utf-8")
    return {each["name"]: each for each in json.loads(text)["hyperparameters"]}


@cache
def _codes() -> dict[str, int]:
    codes: dict[str, int] = json.loads((folder() / "lcbench" / "encoding.json").read_text(encoding="utf-8"))[
        TASK
    ]
    return codes


@cache
def _session() -> Any:
    import onnxruntime  # only here: what needs no curve of LCBench does without it

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(folder() / "lcbench" / "model.onnx", options)
