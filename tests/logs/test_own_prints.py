"""What people print in loops of their own is no table and no JSON, however much its lines look like one."""

from __future__ import annotations

from pathlib import Path

import pytest

from curvewise.errors import LogError
from curvewise.logs.reading import read
from tests.logs.one_run import curve, run_of, written


@pytest.mark.parametrize(
    "line",
    [
        "epoch {}: loss={}",
        "epoch={} loss={}",
        "epoch {} loss={} lr=0.1",
        "epoch:{} loss:{}",
        "[{}] loss: {}",
        "[{}] loss {}",
    ],
)
def test_the_first_line_is_no_header(tmp_path: Path, line: str) -> None:
    losses = [2.0, 1.5, 1.25, 1.125, 1.0]
    path = written(tmp_path, "train.log", "".join(line.format(k, y) + "\n" for k, y in enumerate(losses)))
    assert curve(run_of(path), "train_loss") == [(float(k), y) for k, y in enumerate(losses)]


def test_epoch_and_minibatch_in_brackets_are_places(tmp_path: Path) -> None:
    lines = [
        f"[{epoch},  {batch}] loss: {2 / (epoch + batch / 8000):.3f}"
        for epoch in (1, 2, 3)
        for batch in (2000, 4000)
    ]
    run = run_of(
        written(
            tmp_path, "train.log", "Files already downloaded\n" + "\n".join(lines) + "\nFinished Training\n"
        )
    )
    assert run.unit == "epoch"
    assert [at for at, _ in curve(run, "train_loss")] == [0.5, 1.0, 1.5, 2.0, 2.5, 3.0]


def test_a_number_in_front_is_no_epoch_where_the_line_names_one(tmp_path: Path) -> None:
    path = written(tmp_path, "rank.log", "".join(f"[0] epoch {k} loss: {2 / k}\n" for k in range(1, 7)))
    assert [at for at, _ in curve(run_of(path), "train_loss")] == [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]


def test_an_empty_folder_is_said_to_have_nothing(tmp_path: Path) -> None:
    with pytest.raises(LogError, match="nor any file that might be one") as told:
        list(read([str(tmp_path)]))
    assert "tried" not in str(told.value)


@pytest.mark.parametrize(
    "first", ["Train on 1000 samples, validate on 200 samples", "Train on 1000 samples, validate on 200"]
)
def test_the_first_line_of_keras_2_is_no_table(tmp_path: Path, first: str) -> None:
    bars = [
        f"Epoch {k}/4\n1000/1000 [=====] - 1s 5ms/step - loss: {1 / k:.2f} - val_loss: {2 / k:.2f}\n"
        for k in range(1, 5)
    ]
    seen = run_of(written(tmp_path, "fit.log", first + "\n" + "".join(bars)))
    assert curve(seen, "valid_loss") == [(1.0, 2.0), (2.0, 1.0), (3.0, 0.67), (4.0, 0.5)]


def test_a_list_is_still_a_list(tmp_path: Path) -> None:
    path = written(tmp_path, "losses.json", "[2.0, 1.5,\n1.25, 1.0]\n")
    assert [y for _, y in curve(run_of(path), "train_loss")] == [2.0, 1.5, 1.25, 1.0]
