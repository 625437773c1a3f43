"""What the names in logs mean: the one place where they are known.

Names are split into words at signs and at capitals (``train/LossMean`` is train, loss, mean). Words that tell
a role or a manner are taken out; what is left must be known. The names are those that the loggers write which
docs/logs.md lists, and the usual ones of people's own loops.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from curvewise.curves.run import Quantity

Role = Literal["train", "valid", "test", ""]
Reading = Literal["as is", "accuracy", "perplexity"]
Axis = Literal["epoch", "step"]

LONGEST = 200
"""Characters of a name; nothing is read under longer ones, and none is kept."""

ROLES: dict[str, Role] = {
    **dict.fromkeys(("train", "training", "tr", "trn"), "train"),
    **dict.fromkeys(
        ("val", "valid", "validation", "validate", "eval", "evaluation", "dev", "heldout"), "valid"
    ),
    **dict.fromkeys(("test", "testing", "tst"), "test"),
}
PER = {"epoch": "epoch", "step": "step", "batch": "step", "minibatch": "step", "iter": "step"}
"""Words that say how often a value was recorded."""
MANNERS = {"avg", "average", "mean", "metric", "metrics", "scalars", "scalar", "overall", "total", "model"}

LOSSES = {
    "loss": 0,
    **dict.fromkeys(("losses", "nll", "nll_loss", "ce", "ce_loss", "cross_entropy", "cross_entropy_loss"), 1),
    **dict.fromkeys(
        ("crossentropy", "xent", "cost", "objective", "lm_loss", "bce", "bce_loss", "criterion"), 1
    ),
    **dict.fromkeys(("ctc_loss", "focal_loss", "hinge_loss", "huber_loss", "triplet_loss", "l1_loss"), 1),
    **dict.fromkeys(("binary_logloss", "multi_logloss"), 2),
    **dict.fromkeys(("mse", "mse_loss", "logloss", "log_loss", "mean_squared_error", "squared_error"), 2),
    **dict.fromkeys(("ppl", "perplexity"), 3),
    **dict.fromkeys(("rmse", "mae", "mean_absolute_error", "root_mean_squared_error", "l1", "l2"), 4),
}
"""Names of losses, and which is taken where there are several: the lowest."""
PART_OF_A_LOSS = 5
NO_LOSS = re.compile(
    "best|min|max|final|last|initial|scaler?|std|var|delta|weights?|diff|ratio|count|time|coef|ema|vs"
)
"""Words that make something else of a loss, such as the loss scale of mixed precision."""

ACCURACY = {"acc", "accuracy", "top1", "acc1", "prec1"}
ABOUT_ACCURACY = ACCURACY | {"top", "prec", "1", "categorical", "binary", "sparse", "multiclass"}
ERROR = {"error", "err", "err1", "misclassification"}
ABOUT_ERROR = ERROR | {"top1", "top", "1", "rate", "classification", "binary", "multi"}
GRADIENT = {"grad", "grads", "gradient", "gradients"}
ABOUT_NORM = GRADIENT | {
    "gnorm",
    "norm",
    "l2",
    "2",
    "0",
    "total",
    "global",
    "all",
    "unclipped",
    "before",
    "clip",
}
NO_RATE = {"momentum", "wd", "weight", "decay", "scale", "factor", "mult", "multiplier"}

AXES: dict[str, Axis] = {
    **dict.fromkeys(("epoch", "epochs", "ep", "epoch_number", "epoch_num"), "epoch"),
    **dict.fromkeys(
        ("step", "steps", "global_step", "trainer_global_step", "iteration", "iterations"), "step"
    ),
    **dict.fromkeys(("iter", "iters", "it", "itr", "update", "updates", "num_updates", "num_iters"), "step"),
    **dict.fromkeys(("batch", "minibatch", "training_iteration", "n_iter", "total_steps"), "step"),
}


@dataclass(frozen=True)
class Meaning:
    """What a name in a log stands for."""

    quantity: Quantity
    role: Role = ""
    reading: Reading = "as is"
    """How the values become the quantity: accuracies are taken from 1, perplexities as logarithms."""
    rank: int = 0
    """Lower is preferred where several names mean the same."""
    per: str = ""
    """``epoch`` or ``step`` where the name says how often it was recorded."""
    part: str = ""
    """Which part of a loss that is a sum: ``box`` of ``train/box_loss``."""


def words(name: str) -> list[str]:
    """A name's words, in lower case."""
    parted = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name.strip())
    return [word for word in re.split(r"[^a-z0-9]+", parted.lower()) if word]


def axis(name: str) -> Axis | None:
    """Whether a name is that of the places at which values stand."""
    return _axis(name) if len(name) <= LONGEST else None


@lru_cache(maxsize=16_384)
def _axis(name: str) -> Axis | None:
    parts = words(name)
    if parts[:1] in (["train"], ["training"], ["metrics"]) and len(parts) > 1:
        parts = parts[1:]
    return AXES.get("_".join(parts))


def meaning(name: str) -> Meaning | None:
    """What a name stands for; None where that is not known."""
    return _meaning(name) if len(name) <= LONGEST else None


@lru_cache(maxsize=16_384)
def _meaning(name: str) -> Meaning | None:
    if axis(name) is not None:
        return None
    parts = words(name)
    role: Role = next((ROLES[word] for word in parts if word in ROLES), "")
    if name.strip().lower().startswith("metrics/") and not role:
        role = "valid"  # Ultralytics keeps what it measures on the validation images there
    per = next((PER[word] for word in (parts[:1] + parts[-1:]) if word in PER), "")
    sets = {i for i in range(1, len(parts)) if parts[i].isdigit() and parts[i - 1] in ROLES}  # valid_1
    rest = [word for i, word in enumerate(parts) if word not in ROLES and word not in PER and i not in sets]
    told = [word for word in rest if word not in MANNERS] or rest
    return _loss(told, role, per) or _error(told, role, per) or _other(rest, role)


def _loss(told: list[str], role: Role, per: str) -> Meaning | None:
    quantity: Quantity = "valid_loss" if role in ("valid", "test") else "train_loss"
    rank = LOSSES.get("_".join(told))
    if rank is not None and (role or told not in (["l1"], ["l2"])):  # without a side, norms of weights
        return Meaning(quantity, role, "perplexity" if rank == LOSSES["ppl"] else "as is", rank, per)
    if ("loss" in told or "nll" in told) and not any(map(NO_LOSS.fullmatch, told)):
        part = "_".join(word for word in told if word != "loss")
        return Meaning(quantity, role, "as is", PART_OF_A_LOSS, per, part)
    return None


def _error(told: list[str], role: Role, per: str) -> Meaning | None:
    quantity: Quantity = "valid_error" if role in ("valid", "test") else "train_error"
    kinds = set(told)
    if (kinds & ACCURACY or kinds >= {"prec", "1"}) and kinds <= ABOUT_ACCURACY:
        return Meaning(quantity, role, "accuracy", len(told) - 1, per)
    if kinds & ERROR and kinds <= ABOUT_ERROR:
        return Meaning(quantity, role, "as is", 3 + len(told), per)
    return None


def _other(rest: list[str], role: Role) -> Meaning | None:  # noqa: PLR0911 - one line per quantity
    kinds, joined = set(rest), "_".join(rest)
    if role in ("valid", "test"):
        return None
    if ("lr" in kinds or "learning_rate" in joined) and not kinds & NO_RATE and len(rest) <= 4:
        return Meaning("learning_rate", rank=len(rest) + (kinds.isdisjoint({"pg0", "0"}) and "pg" in joined))
    if ("gnorm" in kinds or (kinds & GRADIENT and kinds & {"norm", "l2"})) and kinds <= ABOUT_NORM:
        return Meaning("gradient_norm", rank=len(rest))
    if joined in ("update_ratio", "update_to_weight_ratio"):
        return Meaning("update_ratio")
    if joined in ("dead_units", "dead_relu", "dead_relus"):
        return Meaning("dead_units")
    if joined in ("gradient_noise", "gradient_noise_scale", "noise_scale", "gns"):
        return Meaning("gradient_noise")
    if joined in (
        "throughput",
        *(f"{n}_per_{s}" for n in ("examples", "samples", "images") for s in ("second", "sec")),
    ):
        return Meaning("examples_per_second")
    return None
