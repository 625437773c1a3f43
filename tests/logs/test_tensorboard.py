"""TensorBoard event files."""

from __future__ import annotations

import math
import struct
from pathlib import Path

import numpy as np
import pytest

from curvewise.logs.reading import read
from tests.logs.one_run import curve, run_of, written
from tests.logs.writers import event, event_file, field, masked, tensor, tfrecord

NAME = "events.out.tfevents.1700000000.host.1.0.v2"


def test_scalars_of_every_kind_are_read(tmp_path: Path) -> None:
    kinds: list[tuple[str, bytes]] = [
        ("train/loss", tensor(1, 5, struct.pack("<f", 0.5))),
        ("val/loss", tensor(1, 4, struct.pack("<f", 0.25))),
        ("lr", tensor(2, 6, struct.pack("<d", 0.125))),
        ("grad_norm", tensor(2, 4, struct.pack("<d", 3.0))),
        ("train/accuracy", tensor(19, 4, struct.pack("<e", 0.75))),
        ("val/accuracy", tensor(14, 4, struct.pack("<f", 0.5)[2:])),
        ("throughput", tensor(3, 7, 42)),
        ("noise_scale", tensor(19, 13, 0x3C00)),
    ]
    rows = [(step, dict(kinds)) for step in (100, 200)]
    run = run_of(written(tmp_path, NAME, event_file(rows)))
    last = {quantity: float(series.values[-1]) for quantity, series in run.series.items()}
    assert last == {
        "train_loss": 0.5,
        "valid_loss": 0.25,
        "learning_rate": 0.125,
        "gradient_norm": 3.0,
        "train_error": 0.25,
        "valid_error": 0.5,
        "examples_per_second": 42.0,
        "gradient_noise": 1.0,
    }


@pytest.mark.parametrize("step", [0, 1, 127, 128, 20_000, 2**31, 2**40])
def test_steps_of_every_size_are_read(tmp_path: Path, step: int) -> None:
    rows = [(step + i, {"loss": 0.5 * i}) for i in range(40)]
    assert curve(run_of(written(tmp_path, NAME, event_file(rows))), "train_loss") == [
        (step + i, 0.5 * i) for i in range(40)
    ]


def test_many_alike_are_read_as_one_by_one(tmp_path: Path) -> None:
    """The fast way for records that differ in time, step and value only, held to the slow one."""
    rng = np.random.default_rng(0)
    tags = ["loss", "val_loss", "nobody", "lr"]
    rows = [(i, {str(tag): float(np.float32(rng.normal()))}) for i in range(150) for tag in tags]
    # a field that nobody knows, of another length each time, makes every record its own kind
    unlike = [event(step, values) + field(99, bytes(i)) for i, (step, values) in enumerate(rows)]
    slow = b"".join(map(tfrecord, unlike))
    together = run_of(written(tmp_path, "fast", event_file(rows)))
    apart = run_of(written(tmp_path, "slow", slow))
    for quantity, series in together.series.items():
        assert np.array_equal(series.values, apart.series[quantity].values)
        assert np.array_equal(series.at, apart.series[quantity].at)
    assert len(together.series) == 3


def test_the_folders_of_keras_are_one_run(tmp_path: Path) -> None:
    for role, loss in (("train", 2.0), ("validation", 3.0)):
        rows = [(epoch, {"epoch_loss": tensor(1, 5, struct.pack("<f", loss - epoch))}) for epoch in range(2)]
        batches = [(10 * i, {"batch_loss": 9.0}) for i in range(4)] if role == "train" else []
        written(tmp_path, f"logs/{role}/{NAME}", event_file([*rows, *batches]))
    (run,) = read([str(tmp_path / "logs")])
    assert (run.name, run.unit) == ("logs", "epoch")
    assert curve(run, "train_loss") == [(0, 2), (1, 1)]
    assert curve(run, "valid_loss") == [(0, 3), (1, 2)]


def test_files_of_a_folder_go_on_one_after_another(tmp_path: Path) -> None:
    for begun, start in ((1700, 0), (1800, 30)):
        rows = [(step, {"loss": float(begun + step)}) for step in range(start, start + 50, 10)]
        written(tmp_path, f"run/events.out.tfevents.{begun}.host", event_file(rows))
    (run,) = read([str(tmp_path / "run")])
    assert curve(run, "train_loss") == [
        *[(s, 1700 + s) for s in (0, 10, 20)],
        *[(s, 1800 + s) for s in (30, 40, 50, 60, 70)],
    ]
    assert any("went back from 40 to 30" in note for note in run.notes)


def test_epochs_logged_beside_are_used(tmp_path: Path) -> None:
    rows = [
        row
        for i in range(1, 9)
        for row in (
            (50 * i, {"train/loss": 8.0 / i, "train/epoch": i / 2}),
            *([(50 * i, {"eval/loss": 9.0 / i})] if i % 2 == 0 else []),
        )
    ]
    run = run_of(written(tmp_path, NAME, event_file(rows)))
    assert run.unit == "epoch"
    assert run.series["valid_loss"].at.tolist() == [1, 2, 3, 4]


def test_values_that_are_no_numbers_stay(tmp_path: Path) -> None:
    rows = [(i, {"loss": v}) for i, v in enumerate([1.0, math.inf, math.nan])]
    values = run_of(written(tmp_path, NAME, event_file(rows))).series["train_loss"].values
    assert math.isinf(values[1])
    assert math.isnan(values[2])


def test_a_wrong_checksum_ends_the_reading_and_is_said(tmp_path: Path) -> None:
    content = bytearray(event_file([(i, {"loss": float(i)}) for i in range(100)]))
    content[len(content) // 2] ^= 1
    run = run_of(written(tmp_path, NAME, bytes(content)))
    assert 40 <= len(run.series["train_loss"]) <= 50
    assert any("wrong checksum" in note for note in run.notes)


def test_a_file_that_is_still_written_is_read_up_to_its_end(tmp_path: Path) -> None:
    content = event_file([(i, {"loss": float(i)}) for i in range(10)])
    run = run_of(written(tmp_path, NAME, content[:-5]))
    assert len(run.series["train_loss"]) == 9
    assert any("is not complete" in note for note in run.notes)


def test_lengths_that_lie_are_no_harm(tmp_path: Path) -> None:
    """A length of an exabyte with a right checksum; a message whose inner length leaves it."""
    good = [tfrecord(event(i, {"loss": 1.0})) for i in range(4)]
    huge = struct.pack("<Q", 1 << 60)
    lying = tfrecord(field(5, b"\x0a\xff\xff\xff\xff\x0f"))
    run = run_of(written(tmp_path, NAME, b"".join(good) + lying + huge + masked(huge) + b"rest"))
    assert len(run.series["train_loss"]) == 4
    assert any("no events" in note for note in run.notes)


def test_large_records_are_passed_over(tmp_path: Path) -> None:
    graph = tfrecord(field(4, bytes(3 << 20)))
    content = graph + b"".join(tfrecord(event(i, {"loss": 1.0})) for i in range(3))
    assert len(run_of(written(tmp_path, NAME, content)).series["train_loss"]) == 3
