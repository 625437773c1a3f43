"""Logs made to do harm: nothing crashes, hangs or fills the memory."""

from __future__ import annotations

import gzip
import json
import os
import struct
import tracemalloc
from collections import deque
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from curvewise.curves.run import Run
from curvewise.errors import LogError
from curvewise.logs import gunzip, opening
from curvewise.logs.reading import read
from tests.logs.one_run import curve, run_of, written
from tests.logs.test_fuzz import runs_of
from tests.logs.writers import event, event_file, field, leveldb, masked, mlflow_folder, tfrecord, wandb_file

TABLE = "epoch,loss,val_loss\n0,2.5,2.75\n1,1.5,1.75\n2,1.0,1.5\n3,0.5,1.25\n"
DEEP = 200_000


@pytest.mark.parametrize(
    "content",
    [
        "[" * DEEP,
        '{"loss":' * DEEP,
        '{"loss": [' + "[" * DEEP,
        '{"log_history": [' + '{"a":' * DEEP,
        '{"step": 1, "x": ' + "[" * DEEP + "]" * DEEP + ', "loss": 2}\n{"step": 2, "loss": 1}\n',
        '{"loss": ' + "9" * DEEP + "}\n",
        '{"loss": 1' + "0" * 5000 + ', "step": 1}\n{"loss": 2, "step": 2}',
    ],
)
def test_json_of_any_depth_and_length(content: str) -> None:
    runs_of(content.encode())


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32", "utf-16-le"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_encodings_and_line_ends(encoding: str, end: str, tmp_path: Path) -> None:
    mark = "\ufeff" if encoding == "utf-16-le" else ""
    content = (mark + TABLE).replace("\n", end).encode(encoding)
    assert curve(run_of(written(tmp_path, "log.csv", content)), "valid_loss")[-1] == (3, 1.25)


def test_nul_bytes_are_left_out(tmp_path: Path) -> None:
    """What a crash of the machine leaves in a file that was being written."""
    content = TABLE.encode() + b"\0" * 4096 + b"4,0.25,1.0\n"
    assert curve(run_of(written(tmp_path, "log.csv", content)), "train_loss")[-1] == (4, 0.25)


def test_headers_that_say_a_name_twice(tmp_path: Path) -> None:
    run = run_of(
        written(tmp_path, "log.csv", "epoch,loss,loss\n" + "".join(f"{i},9,{i}\n" for i in range(90)))
    )
    assert len(run.series["train_loss"]) == 90


@pytest.mark.parametrize("count", [15_000, pytest.param(2_000_000, marks=pytest.mark.slow)])
def test_millions_of_columns(count: int, tmp_path: Path) -> None:
    header = "epoch,loss," + ",".join(f"x{i}" for i in range(count))
    row = ",".join("1" for _ in range(count + 2))
    assert peak_of(written(tmp_path, "log.csv", f"{header}\n{row}\n{row}\n")) < 1000


@pytest.mark.slow
def test_a_line_of_a_gigabyte(tmp_path: Path) -> None:
    with (tmp_path / "log.csv").open("w") as file:
        file.write(TABLE)
        for _ in range(1024):
            file.write("x" * (1 << 20))
        file.write("\n4,0.25,1.0\n")
    assert curve(run_of(tmp_path / "log.csv"), "train_loss")[-1] == (4, 0.25)
    assert peak_of(tmp_path / "log.csv") < 200


def test_a_clock_that_restarts_a_thousand_times(tmp_path: Path) -> None:
    rows = [(step, {"train/loss": 1.0 + step}) for start in range(1000) for step in range(start, start + 5)]
    lines = "".join(f'{{"step": {step}, "loss": {1.0 + step}}}\n' for step, _ in rows)
    printed = "".join(f"step {step}: loss {1.0 + step:.1f}\n" for step, _ in rows)
    files = {"events.out.tfevents.1.h": event_file(rows), "log.jsonl": lines, "log.txt": printed}
    for name, content in files.items():
        run = run_of(written(tmp_path, name, content))
        assert curve(run, "train_loss") == [(step, 1.0 + step) for step in range(1004)]
        assert any("went back" in note for note in run.notes)


def test_steps_that_only_go_backwards(tmp_path: Path) -> None:
    content = "step,loss\n" + "".join(f"{i},{i}\n" for i in range(5000, 0, -1))
    series = run_of(written(tmp_path, "log.csv", content)).series["train_loss"]
    assert np.array_equal(series.at, series.values)


def records() -> st.SearchStrategy[bytes]:
    """Messages of W&B and of TensorBoard, with lengths, numbers and markers that are wrong."""
    good = st.sampled_from(
        [
            field(2, field(1, field(2, "loss") + field(16, "0.5"))),
            field(
                2,
                field(1, field(2, "loss") + field(16, "NaN")) + field(1, field(2, "_step") + field(16, "7")),
            ),
            field(2, field(1, b"\x12\x04loss\x82\x01")),
            field(2, field(1, b"\x12\x04loss\x82\x01\x05" + b"1")),
            field(2, field(1, field(2, "train") + field(2, "loss") + field(16, '{"a": 1}'))),
            event(2**63, {"loss": 1.0}),
            event(-1, {"loss": 1.0}),
            b"\x10" + b"\xff" * 11,
            b"",
        ]
    )
    changed = st.tuples(good, st.integers(0, 60), st.integers(0, 255)).map(
        lambda each: each[0][: each[1]] + bytes([each[2]]) + each[0][each[1] + 1 :]
    )
    return st.one_of(good, changed, st.binary(max_size=40))


@settings(max_examples=60)
@given(st.lists(records(), max_size=20))
def test_wrong_messages_with_right_checksums(messages: list[bytes]) -> None:
    """Whoever makes a log to do harm makes its checksums right."""
    runs_of(leveldb([field(2, field(1, field(2, "loss") + field(16, "1"))), *messages]))
    runs_of(event_file([(1, {"loss": 1.0})]) + b"".join(map(tfrecord, messages * 9)))


def test_records_of_no_length_do_not_hang(tmp_path: Path) -> None:
    empty = struct.pack("<IHB", 0xD56F2B94, 0, 2) * 300_000  # the checksum of a first piece without data
    runs_of(wandb_file([{"loss": 1.0}] * 5) + empty)
    runs_of(event_file([(i, {"loss": 1.0}) for i in range(9)]) + tfrecord(b"") * 100_000)


def test_records_that_say_they_are_huge(tmp_path: Path) -> None:
    good = event_file([(i, {"loss": 1.0}) for i in range(9)])
    for length in (2**24, 2**40, 2**63, 2**64 - 1):
        head = struct.pack("<Q", length)
        path = written(tmp_path, "events.out.tfevents.1.h", good + head + masked(head) + b"x" * 100)
        assert len(run_of(path).series["train_loss"]) == 9


def test_a_line_of_any_length_is_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "LONGEST_LINE", 3 << 20)
    long = "x" * (20 << 20)
    lines = "".join(f"{i},{i},{i}\n" for i in range(4, 200))
    path = written(tmp_path, "log.csv", f"{TABLE}{long}\n{lines}")
    run = run_of(path)
    assert curve(run, "train_loss")[-1] == (199, 199)
    assert any("was left out" in note for note in run.notes)
    assert peak_of(path) < 40


def test_archives_that_unpack_to_much(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gunzip, "BOMB", 8 << 20)
    bomb = gzip.compress(TABLE.encode() + b"0" * (64 << 20))
    path = written(tmp_path, "log.csv.gz", bomb)
    run = run_of(path)
    assert len(run.series["train_loss"]) == 4
    assert any("times its size" in note for note in run.notes)
    assert peak_of(path) < 60


def test_archives_inside_archives_are_no_logs(tmp_path: Path) -> None:
    with pytest.raises(LogError):
        run_of(written(tmp_path, "log.gz", gzip.compress(gzip.compress(TABLE.encode()))))


def test_folders_that_go_round_and_files_that_are_none(tmp_path: Path) -> None:
    """Links in a circle, links out, pipes that nobody writes to, endless devices, what may not be read."""
    written(tmp_path, "a/log.csv", TABLE)
    (tmp_path / "a" / "again").symlink_to(tmp_path, target_is_directory=True)
    (tmp_path / "a" / "self.csv").symlink_to(tmp_path / "a" / "self.csv")
    (tmp_path / "a" / "zero.csv").symlink_to("/dev/zero")
    (tmp_path / "a" / "metrics.csv").mkdir()
    os.mkfifo(tmp_path / "a" / "pipe.csv")
    os.mkfifo(tmp_path / "a" / "events.out.tfevents.1.h")
    os.mkfifo(tmp_path / "a" / "results.csv")
    os.mkfifo(tmp_path / "a" / "hparams.yaml")
    written(tmp_path, "a/secret.csv", TABLE).chmod(0)
    names = {run.name for run in read([str(tmp_path)])}
    assert "a/log" in names
    assert names <= {"a/log", "a/secret"}  # an administrator may read everything


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "log.csv")
    with pytest.raises(LogError, match="pipe what it gives into"):
        run_of(tmp_path / "log.csv")


def test_pipes_in_the_folder_of_an_mlflow_run(tmp_path: Path) -> None:
    folder = mlflow_folder(tmp_path / "run", {"loss": [2.0, 1.0]}, {})
    os.mkfifo(folder / "metrics" / "val_loss")
    os.mkfifo(folder / "params" / "lr")
    assert [len(run.series["train_loss"]) for run in read([str(tmp_path)])] == [2]


def test_a_folder_of_many_runs_in_one_table(tmp_path: Path) -> None:
    """Each row another run: those not heard of for long are finished, so that few are held."""
    content = "run,epoch,loss\n" + "".join(f"r{i},{e},1.5\n" for e in range(2) for i in range(600))
    assert peak_of(written(tmp_path, "log.csv", content)) < 60


def test_rows_whose_names_are_never_the_same() -> None:
    lines = [json.dumps({f"loss/{i}": 1.0, f"k{i}": 2.0, "step": i}) for i in range(1000)]
    runs_of("\n".join(lines).encode())


def test_lines_that_are_never_the_same() -> None:
    """No line's form comes again, so that none is worth a pattern."""
    words = np.random.default_rng(0).integers(97, 123, (3000, 40), dtype=np.uint8)
    lines = [f"{bytes(row).decode()} loss {i}.5 {bytes(row[::-1]).decode()}" for i, row in enumerate(words)]
    runs_of("\n".join(lines).encode())


def peak_of(path: Path) -> float:
    """MB that reading a log takes at most."""
    tracemalloc.start()
    try:
        deque(reads(path), maxlen=0)
        return tracemalloc.get_traced_memory()[1] / 1e6
    finally:
        tracemalloc.stop()


def reads(path: Path) -> Iterator[Run]:
    """Its runs, none where it cannot be read."""
    try:
        yield from read([str(path)])
    except LogError:
        return
