"""Folders of runs, and files that are hardly any."""

from __future__ import annotations

import gzip
import io
import json
import subprocess
import sys
from pathlib import Path

import pytest

from curvewise.errors import LogError
from curvewise.logs.reading import read
from tests.logs.one_run import curve, run_of, written
from tests.logs.test_json import trainer_state
from tests.logs.writers import event_file, wandb_file

CSV = "epoch,loss,val_loss\n1,2.5,2.75\n2,1.5,2\n"
EVENTS = event_file([(i, {"train/loss": 1.0}) for i in range(3)])


def test_folders_are_walked_in_order_without_links_and_hidden_ones(tmp_path: Path) -> None:
    for name in ("b/log.csv", "a/metrics.csv", "a/.hidden/log.csv", ".cache/log.csv", "c/notes.txt"):
        written(tmp_path, name, CSV if name.endswith("csv") else "nothing to see")
    (tmp_path / "a" / "loop").symlink_to(tmp_path)
    (tmp_path / "linked.csv").symlink_to(tmp_path / "b" / "log.csv")
    assert [run.name for run in read([str(tmp_path)])] == ["a", "b/log"]


def test_several_logs_of_one_run_are_one_run(tmp_path: Path) -> None:
    written(tmp_path, "run/metrics.csv", CSV)
    written(tmp_path, "run/events.out.tfevents.1.host", EVENTS)
    (run,) = read([str(tmp_path)])
    assert "valid_loss" in run.series
    assert "beside it and taken for the same run: event files" in run.notes


def test_where_the_fuller_log_holds_nothing_the_other_is_read(tmp_path: Path) -> None:
    written(tmp_path, "run/results.csv", "step,seconds\n1,2\n")
    written(tmp_path, "run/events.out.tfevents.1.host", EVENTS)
    (run,) = read([str(tmp_path)])
    assert list(run.series) == ["train_loss"]


def test_of_checkpoints_the_last_is_read(tmp_path: Path) -> None:
    for epochs in (2, 10):
        state = json.dumps(trainer_state(epochs))
        written(tmp_path, f"out/checkpoint-{100 * epochs}/trainer_state.json", state)
    (run,) = read([str(tmp_path)])
    assert len(run.series["train_loss"]) == 20


def test_a_folder_of_weights_and_biases_is_a_run(tmp_path: Path) -> None:
    written(tmp_path, "wandb/offline-run-1/run-1.wandb", wandb_file([{"loss": 1.0}, {"loss": 0.5}]))
    written(tmp_path, "wandb/offline-run-1/logs/debug.log", "epoch: 1 loss: 5\n")
    assert [run.name for run in read([str(tmp_path)])] == ["calm-sea-1"]


def test_other_folders_of_tensorboard_scalars(tmp_path: Path) -> None:
    """``add_scalars`` of torch puts each curve in a folder of its own."""
    written(tmp_path, "run/events.out.tfevents.1.host", event_file([(0, {"lr": 1.0})]))
    for role, value in (("train", 1.0), ("val", 2.0)):
        rows = [(i, {"Loss": value}) for i in range(3)]
        written(tmp_path, f"run/Loss_{role}/events.out.tfevents.2.host", event_file(rows))
    (run,) = read([str(tmp_path)])
    assert run.series["train_loss"].values.tolist() == [1, 1, 1]
    assert run.series["valid_loss"].values.tolist() == [2, 2, 2]


def test_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    class Stdin:
        buffer = io.BytesIO(gzip.compress(CSV.encode()))

    monkeypatch.setattr(sys, "stdin", Stdin)
    (run,) = read(["-"])
    assert (run.name, run.source) == ("standard input", "-")


@pytest.mark.parametrize(
    "content", [b"", b"\0" * 5000, b"\x1f\x8b", b"hello", b"\xff\xfe", bytes(range(256))]
)
def test_what_is_no_log_is_an_error_that_says_so(tmp_path: Path, content: bytes) -> None:
    path = written(tmp_path, "a", content)
    with pytest.raises(LogError, match="no training log can be read"):
        run_of(path)


def test_paths_that_are_not_there_and_folders_without_logs(tmp_path: Path) -> None:
    with pytest.raises(LogError, match="there is no such file"):
        list(read([str(tmp_path / "nothing")]))
    with pytest.raises(LogError, match="no training log in this folder"):
        list(read([str(tmp_path)]))
    with pytest.raises(LogError, match=r"a\\x00b: there is no such file"):
        list(read(["a\0b"]))


def test_names_never_reach_a_terminal_raw(tmp_path: Path) -> None:
    folder = tmp_path / "evil\x1b]0;x\x07\x1b[2J"
    header = "epoch,run,train/\x1b[31mloss,train/b\u202eox_loss\n"
    written(folder, "log.csv", header + "1,a\x1b[2Jb,3,2\n2,a\x1b[2Jb,2,1\n")
    (run,) = read([str(folder)])
    for told in (run.name, run.source, *run.notes):
        assert told.isprintable()
    assert "a\\x1b[2Jb" in run.name


def test_a_truncated_archive_is_read_up_to_there(tmp_path: Path) -> None:
    whole = gzip.compress(("epoch,loss\n" + "".join(f"{i},{i % 97}.5\n" for i in range(9000))).encode())
    run = run_of(written(tmp_path, "log.csv.gz", whole[: len(whole) // 2]))
    assert 10 < run.points < 9000
    assert any("breaks off" in note for note in run.notes)


def test_an_archive_that_unpacks_without_end_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("curvewise.logs.gunzip.BOMB", 1 << 20)
    bomb = gzip.compress(b"epoch,loss\n" + b"".join(b"%d,2\n" % i for i in range(99)) + b"\0" * (20 << 20))
    run = run_of(written(tmp_path, "log.csv.gz", bomb))
    assert run.points == 99
    assert any("300 times its size" in note for note in run.notes)


def test_members_of_an_archive_are_read_as_one(tmp_path: Path) -> None:
    members = gzip.compress(b"epoch,loss\n1,3\n") + gzip.compress(b"2,2\n") + b"\0" * 16
    assert curve(run_of(written(tmp_path, "log.csv.gz", members)), "train_loss") == [(1, 3), (2, 2)]


def test_nul_bytes_and_other_encodings(tmp_path: Path) -> None:
    holes = CSV.encode() + b"\0" * 512 + b"3,1.25,1.5\n"
    assert curve(run_of(written(tmp_path, "a.csv", holes)), "train_loss") == [(1, 2.5), (2, 1.5), (3, 1.25)]
    latin = CSV.replace("val_loss", "val_loss,note").replace("2.75", "2.75,caf\xe9").encode("latin-1")
    assert any("no UTF-8" in note for note in run_of(written(tmp_path, "b.csv", latin)).notes)
    marked = b"\xef\xbb\xbf" + CSV.replace("\n", "\r\n").encode()
    assert curve(run_of(written(tmp_path, "c.csv", marked)), "train_loss") == [(1, 2.5), (2, 1.5)]


def test_reading_and_diagnosing_load_little(tmp_path: Path) -> None:
    """The first output of a small log is to come within half a second; numpy alone takes a tenth of one."""
    log = written(tmp_path, "log.csv", CSV)
    program = (
        "import sys; from curvewise.logs.reading import read; "
        "from curvewise.diagnosis.diagnose import diagnose; "
        "list(map(diagnose, read([sys.argv[1]]))); "
        "slow = {'torch', 'polars', 'pandas', 'scipy', 'sqlite3', 'asyncio', 'subprocess', 'tempfile'}; "
        "slow |= {'numpy.random', 'numpy.fft', 'numpy.polynomial', 'numpy.testing', 'multiprocessing'}; "
        "print(slow & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(log)], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "set()"
