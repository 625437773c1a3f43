"""Names in logs and what they stand for."""

from __future__ import annotations

import pytest

from curvewise.logs.meanings import axis, meaning

LOSSES = {
    "train_loss": (
        *(
            "loss",
            "Loss",
            "train_loss",
            "train/loss",
            "Loss/train",
            "training_loss",
            "trainLoss",
            "epoch_loss",
        ),
        *(
            "train/epoch_loss",
            "batch_loss",
            "train_loss_step",
            "train_loss_epoch",
            "train/nll_loss",
            "avg_loss",
        ),
        *("train/box_loss", "total_loss", "cross_entropy", "train_ppl", "lm loss", "train.loss", "loss_ce"),
    ),
    "valid_loss": (
        *("val_loss", "valid_loss", "eval_loss", "eval/loss", "validation/loss", "validation/epoch_loss"),
        *("Loss/val", "val/box_loss", "dev_loss", "test_loss", "valLoss", "val_perplexity", "val_loss_epoch"),
        *("valid_1/l2", "valid_0/binary_logloss", "eval/0/loss"),
    ),
}
ERRORS = {
    "train_error": ("accuracy", "acc", "train/accuracy", "categorical_accuracy", "train_err", "train_acc1"),
    "valid_error": (
        *("val_accuracy", "val_acc", "eval_top1", "valid_acc", "metrics/accuracy_top1", "eval/accuracy"),
        *(
            "val_sparse_categorical_accuracy",
            "error_rate/valid",
            "test_acc",
            "val_prec@1",
            "Acc/val",
            "acc@1/val",
        ),
    ),
}
OTHERS = {
    "learning_rate": (
        *("lr", "learning_rate", "lr-Adam", "lr-SGD/pg1", "lr/pg0", "train/learning_rate", "event_lr"),
        *("epoch_learning_rate", "LearningRate"),
    ),
    "gradient_norm": ("grad_norm", "train/grad_norm", "gnorm", "grad_2.0_norm_total", "gradient_norm"),
    "update_ratio": ("update_ratio",),
    "dead_units": ("dead_units", "dead_relu"),
    "gradient_noise": ("gradient_noise_scale", "noise_scale"),
    "examples_per_second": ("train_samples_per_second", "images_per_sec", "throughput"),
}
NOTHING = (
    *("loss_scale", "best_loss", "train_loss_best", "val_loss_min", "lr-Adam-momentum", "weight_decay", "f1"),
    *(
        "eval_top5",
        "top_5_accuracy",
        "metrics/mAP50(B)",
        "time",
        "event_lr_momentum",
        "eval_runtime",
        "final_loss",
    ),
    *(
        "grad_2.0_norm/layer1.weight",
        "eval_samples_per_second",
        "epoch",
        "step",
        "",
        "\x1b[2J",
        "损失",
        "l2",
        "gap",
    ),
)


@pytest.mark.parametrize(
    ("name", "quantity"),
    [(n, q) for table in (LOSSES, ERRORS, OTHERS) for q, names in table.items() for n in names],
)
def test_names_that_loggers_write_are_known(name: str, quantity: str) -> None:
    found = meaning(name)
    assert found is not None
    assert found.quantity == quantity


@pytest.mark.parametrize("name", NOTHING)
def test_other_names_mean_nothing(name: str) -> None:
    assert meaning(name) is None


@pytest.mark.parametrize("name", ["accuracy", "val_acc", "eval_top1", "val_prec@1"])
def test_accuracies_are_told_from_errors(name: str) -> None:
    found = meaning(name)
    assert found is not None
    assert found.reading == "accuracy"


def test_whole_losses_are_preferred_to_parts_and_to_perplexities() -> None:
    ranks = [
        found.rank for name in ("loss", "nll", "mse", "ppl", "mae", "box_loss") if (found := meaning(name))
    ]
    assert ranks == sorted(set(ranks))


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        *((n, "epoch") for n in ("epoch", "Epoch", "train/epoch", "ep", "epochs")),
        *(
            (n, "step")
            for n in ("step", "global_step", "trainer/global_step", "iter", "iteration", "num_updates")
        ),
        *((n, None) for n in ("loss", "steps_per_second", "epoch_loss", "time", "wall_time", "")),
    ],
)
def test_places_are_known_by_their_names(name: str, kind: str | None) -> None:
    assert axis(name) == kind
