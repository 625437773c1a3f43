"""What training loops print."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from curvewise.logs.reading import read
from tests.logs.one_run import curve, run_of, written

BACK = "\b" * 50
KERAS_2 = (
    "Using TensorFlow backend.\nTrain on 100 samples\nEpoch 1/2\n"
    f" 10/100 [=>.....] - ETA: 1s - loss: 2.5 - acc: 0.1{BACK}"
    f" 50/100 [===>..] - ETA: 0s - loss: 2.25 - acc: 0.2{BACK}"
    "100/100 [======] - 1s 5ms/step - loss: 2.0000 - acc: 0.2500 - val_loss: 2.1250e0 - val_acc: 0.125\n"
    "Epoch 2/2\n100/100 [======] - 0s 2ms/sample - loss: nan - acc: 0.50 - val_loss: 1.5 - val_acc: 0.5\n"
)
BAR = "\x1b[32m━━━\x1b[0m\x1b[37m\x1b[0m"
KERAS_3 = (
    "Epoch 1/2\n"
    f"\x1b[1m  1/938\x1b[0m {BAR} \x1b[1m1:30\x1b[0m 97ms/step - accuracy: 0.1 - loss: 2.5\r"
    f"\x1b[1m938/938\x1b[0m {BAR} \x1b[1m2s\x1b[0m 2ms/step - accuracy: 0.75 - loss: 0.5 "
    "- val_accuracy: 0.875 - val_loss: 0.25 - learning_rate: 0.0010\n"
    "Epoch 2/2\n"
    "938/938 - 2s - 2ms/step - accuracy: 0.875 - loss: 0.25 - val_accuracy: 0.75 - val_loss: 0.5\n"
)


def test_bars_that_are_drawn_over_count_once(tmp_path: Path) -> None:
    run = run_of(written(tmp_path, "out.txt", KERAS_2))
    assert run.unit == "epoch"
    assert run.series["train_loss"].at.tolist() == [1, 2]
    assert run.series["train_loss"].values[0] == 2
    assert math.isnan(run.series["train_loss"].values[1])
    assert curve(run, "valid_loss") == [(1, 2.125), (2, 1.5)]
    assert curve(run, "valid_error") == [(1, 0.875), (2, 0.5)]


def test_coloured_bars(tmp_path: Path) -> None:
    run = run_of(written(tmp_path, "out.log", KERAS_3))
    assert curve(run, "train_loss") == [(1, 0.5), (2, 0.25)]
    assert curve(run, "valid_error") == [(1, 0.125), (2, 0.25)]
    assert curve(run, "learning_rate") == [(1, 0.001)]


def test_another_fit_is_another_run(tmp_path: Path) -> None:
    log = written(tmp_path, "out.txt", KERAS_3 + KERAS_3)
    assert [run.name for run in read([str(log)])] == ["out", "out (2)"]


def test_a_log_in_the_encoding_of_powershell(tmp_path: Path) -> None:
    run = run_of(written(tmp_path, "out.txt", KERAS_3.encode("utf-16")))
    assert curve(run, "train_loss") == [(1, 0.5), (2, 0.25)]


@pytest.mark.parametrize(
    ("text", "unit", "train", "valid"),
    [
        (
            "step 0: train loss 4.0, val loss 4.5\niter 0: loss 9, time 22ms\n"
            "step 250: train loss 2.0, val loss 2.5\n",
            *("step", [(0, 4), (250, 2)], [(0, 4.5), (250, 2.5)]),
        ),
        (
            "{'loss': 0.5, 'grad_norm': 1.5, 'learning_rate': 5e-05, 'epoch': 1.0}\n"
            "{'eval_loss': 0.75, 'eval_runtime': 3, 'epoch': 1.0}\n{'loss': 0.25, 'epoch': 3.0}\n"
            "{'train_runtime': 15, 'train_loss': 99.0, 'epoch': 3.0}\n",
            *("epoch", [(1, 0.5), (3, 0.25)], [(1, 0.75)]),
        ),
        (
            "Epoch [1/2], Step [1/2], Loss: 4.0\nEpoch [1/2], Step [2/2], Loss: 3.0\n"
            "Epoch [2/2], Step [1/2], Loss: 2.0\nEpoch [2/2], Step [2/2], Loss: 1.0\n",
            *("epoch", [(0.5, 4), (1, 3), (1.5, 2), (2, 1)], None),
        ),
        (
            "Epoch 0/1\n----------\ntrain Loss: 2.0 Acc: 0.5\nval Loss: 3.0 Acc: 0.25\n"
            "Epoch 1/1\n----------\ntrain Loss: 1.0 Acc: 0.75\nval Loss: 2.0 Acc: 0.5\n",
            *("epoch", [(0, 2), (1, 1)], [(0, 3), (1, 2)]),
        ),
        (
            "=== epoch 1 ===\nloss: 2.0\nval_loss: 3.0\n=== epoch 2 ===\nloss: 1.0\nval_loss: 2.0\n",
            *("epoch", [(1, 2), (2, 1)], [(1, 3), (2, 2)]),
        ),
        (
            "epoch 1: train=0.5 val=0.75\nepoch 2: train=0.25 val=0.5\n",
            *("epoch", [(1, 0.5), (2, 0.25)], [(1, 0.75), (2, 0.5)]),
        ),
        (
            "[1]\ttraining's l2: 0.5\tvalid_1's l2: 0.75\n[2]\ttraining's l2: 0.25\tvalid_1's l2: 0.5\n",
            *("epoch", [(1, 0.5), (2, 0.25)], [(1, 0.75), (2, 0.5)]),
        ),
        (
            "INFO epoch: 1 train_loss: 0.5 val_loss=0.75\nINFO epoch: 2 train_loss: 0.25 val_loss=0.5\n",
            *("epoch", [(1, 0.5), (2, 0.25)], [(1, 0.75), (2, 0.5)]),
        ),
    ],
)
def test_lines_of_names_and_numbers(
    tmp_path: Path,
    text: str,
    unit: str,
    train: list[tuple[float, float]],
    valid: list[tuple[float, float]] | None,
) -> None:
    run = run_of(written(tmp_path, "out.log", text))
    assert (run.unit, curve(run, "train_loss")) == (unit, train)
    assert valid is None or curve(run, "valid_loss") == valid


def test_a_line_without_end_takes_no_time(tmp_path: Path) -> None:
    text = "Epoch 1/2\n" + "loss: 1.5 " + " = - " * 400_000 + "loss: 2.5\nEpoch 2/2\nloss: 1.0\n"
    assert curve(run_of(written(tmp_path, "out.log", text)), "train_loss") == [(1, 2.5), (2, 1)]
