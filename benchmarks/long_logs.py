"""How long does a log of a million points take to read and to diagnose? Every format, the same run.

    python benchmarks/long_logs.py --json [--points 1000000] [--repeats 3]

Writes a run of ``--points`` training losses, with a validation loss at every thousandth of them, in each
format to a temporary folder. Each log is then read and diagnosed in a process of its own, format after
format, and all of them again for each repeat; figures are medians of the repeats, seconds processor time:

    read_s       to read it
    diagnose_s   to diagnose what was read, thinned as it is
    yardstick_s  json.loads of a million short objects, measured right after in the same process
    yardsticks   read_s / yardstick_s, which other processes on the machine change less
    peak_mb      the most memory the process held, Python with numpy included: ``idle_mb`` without any log
    mb           the log's size
    kept         places of the loss that are left after thinning

Goal: ``read_s + diagnose_s`` below 1. Writes benchmarks/results/long-logs.json; ``--json`` also prints its
summary.
"""

from __future__ import annotations

import argparse
import gzip
import json
import resource
import sqlite3
import statistics
import struct
import subprocess
import sys
import tempfile
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import results_file
from curvewise.diagnosis.diagnose import diagnose
from curvewise.logs.byte_rows import byte_rows
from curvewise.logs.crc32c import crc32c, crc32c_of_rows, masked
from curvewise.logs.reading import read

EVERY = 1000
"""Steps from one validation to the next, and draws of a progress bar in an epoch."""
TABLES = Path(__file__).parents[1] / "tests" / "logs" / "mlflow.sql"
"""MLflow's tables, as the readers' tests have them."""
Writer = Callable[[Path, NDArray[np.float64]], None]


def losses(points: int) -> NDArray[np.float64]:
    """A training's losses (N,): a power of the step, with noise."""
    noise = np.random.default_rng(0).normal(0, 0.05, points)
    return np.asarray(0.5 + 2 / (1 + np.arange(points) / 100) ** 0.5 + noise)


def rows(loss: NDArray[np.float64]) -> Iterator[dict[str, float]]:
    """A row for each step, with a validation loss at every thousandth."""
    for step, value in enumerate(loss.tolist()):
        yield {"step": step, "loss": round(value, 6), "learning_rate": 0.001}
        if step % EVERY == EVERY - 1:
            yield {"step": step, "val_loss": round(value + 0.1, 6)}


def table(path: Path, loss: NDArray[np.float64]) -> None:
    """Lightning's metrics.csv: a validation has a row of its own."""
    lines = (
        f"{r.get('learning_rate', '')},{r['step']},{r.get('loss', '')},{r.get('val_loss', '')}\n"
        for r in rows(loss)
    )
    path.write_text("learning_rate,step,train_loss,val_loss\n" + "".join(lines))


def packed_table(path: Path, loss: NDArray[np.float64]) -> None:
    """The same, compressed."""
    table(path, loss)
    path.write_bytes(gzip.compress(path.read_bytes(), 6))


def json_lines(path: Path, loss: NDArray[np.float64]) -> None:
    """An object in every line."""
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows(loss)))


def trainer_state(path: Path, loss: NDArray[np.float64]) -> None:
    """What Transformers' trainer saves, a value in every line."""
    told = [
        {"epoch": r["step"] / EVERY, "eval_loss": r["val_loss"], "step": r["step"]}
        if "val_loss" in r
        else {
            "epoch": r["step"] / EVERY,
            "grad_norm": 1.5,
            "learning_rate": 0.001,
            "loss": r["loss"],
            "step": r["step"],
        }
        for r in rows(loss)
    ]
    state = {
        "epoch": len(loss) / EVERY,
        "global_step": len(loss),
        "log_history": told,
        "max_steps": len(loss),
    }
    path.write_text(json.dumps(state, indent=2))


def history(path: Path, loss: NDArray[np.float64]) -> None:
    """Keras' History: a list for each name."""
    path.write_text(json.dumps({"loss": loss.tolist(), "val_loss": (loss + 0.1).tolist()}))


def printed(path: Path, loss: NDArray[np.float64]) -> None:
    """A line for every step, as many a loop prints it."""
    path.write_text(
        "".join(
            f"step {r['step']}: val loss {r['val_loss']:.4f}\n"
            if "val_loss" in r
            else f"step {r['step']}: train loss {r['loss']:.4f}, lr 1.0e-03, time 52.{r['step'] % 97:02d}ms\n"
            for r in rows(loss)
        )
    )


def progress_bars(path: Path, loss: NDArray[np.float64]) -> None:
    """Keras' bars: a million draws, of which the last in each epoch count."""
    out = []
    epochs = len(loss) // EVERY
    for epoch, values in enumerate(loss[: epochs * EVERY].reshape(epochs, EVERY).tolist()):
        out.append(f"Epoch {epoch + 1}/{epochs}\n")
        for i, value in enumerate(values, 1):
            done = 30 * i // EVERY
            bar = "=" * max(0, done - 1) + ">" * (done > 0) + "." * (30 - done)
            last = f" - val_loss: {value + 0.1:.4f}\n" if i == EVERY else ""
            out.append(f"\r{i:4d}/{EVERY} [{bar}] - ETA: {(EVERY - i) // 10}s - loss: {value:.4f}{last}")
    path.write_text("".join(out))


def event_file(path: Path, loss: NDArray[np.float64]) -> None:
    """TensorBoard's events, as torch's SummaryWriter has them."""
    with path.open("wb") as file:
        file.write(_records([b"\x09" + struct.pack("<d", 1e9) + b"\x1a\x0dbrain.Event:2"]))
        for start in range(0, len(loss), 10_000):
            events = []
            for step, value in enumerate(loss[start : start + 10_000].tolist(), start):
                events.append(_event(step, b"train/loss", value))
                if step % EVERY == EVERY - 1:
                    events.append(_event(step, b"valid/loss", value + 0.1))
            file.write(_records(events))


def _event(step: int, tag: bytes, value: float) -> bytes:
    told = _bytes(1, _bytes(1, tag) + b"\x15" + struct.pack("<f", value))
    return b"\x09" + struct.pack("<d", 1e9 + step) + b"\x10" + _varint(step) + _bytes(5, told)


def _records(messages: list[bytes]) -> bytes:
    """TFRecords, whose checksums are computed for all of one length together."""
    sizes = np.array([len(each) for each in messages])
    data, starts = b"".join(messages), np.cumsum(sizes) - sizes
    checksums = np.zeros(len(messages), np.uint32)
    heads = {}
    for size in set(sizes.tolist()):
        checksums[sizes == size] = crc32c_of_rows(byte_rows(data, starts[sizes == size], size))
        heads[size] = (head := struct.pack("<Q", size)) + struct.pack("<I", masked(crc32c(head)))
    told = zip(messages, checksums.tolist(), strict=True)
    return b"".join(heads[len(message)] + message + struct.pack("<I", checksum) for message, checksum in told)


def weights_and_biases(path: Path, loss: NDArray[np.float64]) -> None:
    """An offline run as W&B 0.31 writes it."""
    out = bytearray(b":W&B\xe1\xbe\x00")
    for number, row in enumerate(rows(loss)):
        told = {
            **row,
            "_step": number,
            "_runtime": round(0.05 * number, 6),
            "_timestamp": 1.7e9 + 0.05 * number,
        }
        items = b"".join(
            _bytes(1, _bytes(2, k.encode()) + _bytes(16, repr(v).encode())) for k, v in told.items()
        )
        record, first = b"\x08" + _varint(number + 1) + _bytes(2, items), True
        while record:
            room = 32_768 - len(out) % 32_768 - 7
            if room < 0:
                out += bytes(room + 7)
                continue
            piece, record = record[:room], record[room:]
            kind = (1 if first else 4) if not record else (2 if first else 3)
            out += struct.pack("<IHB", zlib.crc32(piece, zlib.crc32(bytes([kind]))), len(piece), kind) + piece
            first = False
    path.write_bytes(out)


def mlflow_folder(path: Path, loss: NDArray[np.float64]) -> None:
    """A run of MLflow's file store."""
    (path / "metrics").mkdir(parents=True)
    (path / "meta.yaml").write_text("lifecycle_stage: active\nrun_name: first\n")
    steps = range(len(loss))
    (path / "metrics" / "loss").write_text(
        "".join(f"{1_700_000_000_000 + i} {v} {i}\n" for i, v in zip(steps, loss.tolist(), strict=True))
    )
    (path / "metrics" / "val_loss").write_text(
        "".join(f"{1_700_000_000_000 + i} {loss[i] + 0.1} {i}\n" for i in steps[EVERY - 1 :: EVERY])
    )


def mlflow_database(path: Path, loss: NDArray[np.float64]) -> None:
    """MLflow's database."""
    with closing(sqlite3.connect(path)) as database, database:
        database.executescript(TABLES.read_text() + "INSERT INTO runs VALUES ('a', 'first', 'active', 0)")
        insert = "INSERT INTO metrics VALUES (?, ?, ?, 'a', ?, 0)"
        database.executemany(insert, (("loss", v, i, i) for i, v in enumerate(loss.tolist())))
        database.executemany(
            insert, (("val_loss", loss[i] + 0.1, i, i) for i in range(EVERY - 1, len(loss), EVERY))
        )


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes((*out, value))


def _bytes(number: int, content: bytes) -> bytes:
    return _varint(number << 3 | 2) + _varint(len(content)) + content


FORMATS: dict[str, tuple[str, Writer]] = {
    "csv": ("metrics.csv", table),
    "csv, gzip": ("metrics.csv.gz", packed_table),
    "tensorboard": ("events.out.tfevents.1700000000.host", event_file),
    "wandb": ("run-a.wandb", weights_and_biases),
    "mlflow files": ("mlruns", mlflow_folder),
    "mlflow database": ("mlflow.db", mlflow_database),
    "json lines": ("log.jsonl", json_lines),
    "trainer_state": ("trainer_state.json", trainer_state),
    "history": ("history.json", history),
    "printed lines": ("train.log", printed),
    "progress bars": ("bars.log", progress_bars),
}
"""What each log is called, and what writes it."""


def measured(path: str) -> dict[str, float]:
    """What reading and diagnosing takes in this process."""
    idle = _peak()
    begun = time.process_time()
    (run,) = read([path])
    between = time.process_time()
    diagnose(run)
    ended = time.process_time()
    peak = _peak()
    yardstick = _yardstick()
    return {
        "read_s": between - begun,
        "diagnose_s": ended - between,
        "yardstick_s": yardstick,
        "yardsticks": (between - begun) / yardstick,
        "peak_mb": peak,
        "idle_mb": idle,
        "kept": len(run.series["train_loss"]),
    }


def _yardstick() -> float:
    """Seconds that json.loads takes for a million short objects."""
    begun = time.process_time()
    for step in range(200_000):
        json.loads(f'{{"step": {step}, "loss": 0.654321}}')
    return 5 * (time.process_time() - begun)


def _peak() -> float:
    """MB; the kernel's own account starts with the process, getrusage's with its parent."""
    status = Path("/proc/self/status")
    if status.exists():
        told = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(told.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (
        1 << (10 if sys.platform != "darwin" else 20)
    )


def _size(path: Path) -> float:
    files = path.rglob("*") if path.is_dir() else (path,)
    return sum(each.stat().st_size for each in files if each.is_file()) / 1e6


def compared(folder: Path, points: int, repeats: int, only: str | None) -> list[dict[str, object]]:
    """Write the logs, and measure them in turns."""
    chosen = {name: form for name, form in FORMATS.items() if only in (None, name)}
    for file, write in chosen.values():
        if not (folder / file).exists():
            write(folder / file, losses(points))
    found: dict[str, list[dict[str, float]]] = {name: [] for name in chosen}
    for _ in range(repeats):
        for name, (file, _write) in chosen.items():
            command = [sys.executable, __file__, "--one", str(folder / file)]
            answer = subprocess.run(command, check=True, capture_output=True, text=True)
            found[name].append(json.loads(answer.stdout))
            print(name, found[name][-1], file=sys.stderr)
    medians = {
        n: {key: statistics.median(each[key] for each in all_) for key in all_[0]}
        for n, all_ in found.items()
    }
    return [
        {
            "format": name,
            "mb": round(_size(folder / chosen[name][0]), 1),
            **{k: round(v, 3) for k, v in each.items()},
        }
        for name, each in medians.items()
    ]


def main() -> None:
    """Measure what the command line asks for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--points", type=int, default=1_000_000)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--only", choices=sorted(FORMATS))
    parser.add_argument("--folder", type=Path, help="keep the logs here, and use those that are here")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    if given.one:
        print(json.dumps(measured(given.one)))
        return
    with tempfile.TemporaryDirectory() as temporary:
        table = compared(given.folder or Path(temporary), given.points, given.repeats, given.only)
    summary = {str(row["format"]): row for row in table}
    if given.only is None:
        command = f"python benchmarks/long_logs.py --points {given.points} --repeats {given.repeats}"
        results_file.write("long-logs", command, summary, table)
    if given.json:
        print(json.dumps(summary, indent=1))


if __name__ == "__main__":
    main()
