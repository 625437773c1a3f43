"""Hyperparameters that logs and the files beside them tell, under our names."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping

from curvewise.logs.meanings import words
from curvewise.logs.opening import Source, head_text
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

FILES = ("hparams.yaml", "args.yaml", "hparams.json", "params.json", "hparams.yml", "config.yaml")
"""Of Lightning, timm and Ultralytics, AlgoPerf, Ray Tune."""
MOST = 1 << 20
"""Bytes of such a file that are read."""
_LINE = re.compile(r"([A-Za-z_][\w.\-/]{0,80}):[ \t]+([^#\n]{1,200})")


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


def settings_beside(source: Source) -> dict[str, object]:
    """What the first file found says, by its own names; empty where there is none or it cannot be read."""
    if not source.known_by:
        return {}
    for name in FILES:
        path = source.path.parent / name
        try:
            if path.is_file() and not path.is_symlink():
                with path.open("rb") as file:
                    return plain_settings(file.read(MOST))
        except OSError:
            continue
    return {}


def plain_settings(content: bytes) -> dict[str, object]:
    """The settings at the top of a JSON or YAML file: of YAML only lines ``name: value`` without indent."""
    text = head_text(content)
    if text.lstrip().startswith("{"):
        try:
            found = json.loads(text)
        except (ValueError, RecursionError):
            return {}
        return dict(found) if isinstance(found, dict) else {}
    matches = (_LINE.match(line) for line in text.split("\n")[:10_000])
    return {m.group(1): m.group(2).strip().strip("\"'") for m in matches if m}
