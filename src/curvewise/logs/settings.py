"""Hyperparameters that logs tell, under our names."""

from __future__ import annotations

import math
from collections.abc import Mapping

from curvewise.logs.meanings import words
from curvewise.logs.safe_text import shown
from curvewise.records import Value

NUMBERS = {
    "learning_rate": ("learning_rate", "lr", "lr0", "base_lr", "base_learning_rate", "init_lr", "eta"),
    "minibatch": (
        *("batch_size", "batch", "minibatch", "train_batch_size", "per_device_train_batch_size"),
        *("mini_" + "batch_size", "batchsize", "bs"),
    ),
    "epochs": ("epochs", "num_epochs", "num_train_epochs", "max_epochs", "n_epochs", "train_epochs"),
    "classes": ("classes", "num_classes", "n_classes", "num_labels", "nc"),
    "train_rows": ("train_rows", "n_train", "num_train_examples", "train_examples", "train_samples"),
    "valid_rows": (
        "valid_rows",
        "n_valid",
        "num_valid_examples",
        "validation_num_examples",
        "valid_examples",
    ),
    "dropout": ("dropout", "dropout_rate", "drop", "p_dropout", "drop_rate"),
    "weight_decay": ("weight_decay", "wd", "l2", "decay_weight"),
}
WHOLE = {"minibatch", "classes", "train_rows", "valid_rows"}
NAMES = {"optimizer": ("optimizer", "opt", "optim", "optimizer_name", "solver")}
OURS = {theirs: ours for table in (NUMBERS, NAMES) for ours, names in table.items() for theirs in names}
SECTIONS = {"config", "params", "hparams", "args", "hyperparameters", "train", "training", "model"}
"""Folders of settings that say nothing themselves: ``config/lr``."""


def setting(name: str, value: object) -> tuple[str, Value] | None:
    """Our name and the value of one setting; None for those that nothing is read from."""
    parts = words(name)
    while len(parts) > 1 and "_".join(parts) not in OURS and parts[0] in SECTIONS:
        parts = parts[1:]
    ours = OURS.get("_".join(parts))
    if ours is None:
        return None
    if ours in NAMES:
        return (ours, shown(value).lower()) if isinstance(value, str) and value.strip() else None
    number = _number(value)
    if number is None or (ours != "classes" and number < 0):
        return None
    return ours, int(number) if ours in WHOLE else number


def _number(value: object) -> float | None:
    if isinstance(value, Mapping):
        value = value.get("value")
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) and abs(number) < 1e15 else None
