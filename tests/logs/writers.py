"""Logs as their tools write them, byte by byte: what the readers are tested on."""

from __future__ import annotations

import json
import sqlite3
import struct
import zlib
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from pathlib import Path


def _term(byte: int) -> int:
    for _ in range(8):
        byte = (byte >> 1) ^ (0x82F63B78 if byte & 1 else 0)
    return byte


TERMS = [_term(byte) for byte in range(256)]


def crc32c(message: bytes) -> int:
    """CRC-32C byte by byte: the specification of the fast one."""
    state = 0xFFFFFFFF
    for byte in message:
        state = (state >> 8) ^ TERMS[(state ^ byte) & 255]
    return state ^ 0xFFFFFFFF


def masked(message: bytes) -> bytes:
    """A message's checksum as TFRecord files have it."""
    checksum = crc32c(message)
    return struct.pack("<I", (((checksum >> 15) | (checksum << 17)) + 0xA282EAD8) & 0xFFFFFFFF)


def tfrecord(data: bytes) -> bytes:
    length = struct.pack("<Q", len(data))
    return length + masked(length) + data + masked(data)


def varint(value: int) -> bytes:
    value &= 0xFFFFFFFFFFFFFFFF
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    out.append(value)
    return bytes(out)


def field(number: int, content: int | float | bytes | str, single: bool = False) -> bytes:
    """A protobuf field: a varint, eight bytes (four if ``single``), or bytes with their length."""
    if isinstance(content, int):
        return varint(number << 3) + varint(content)
    if isinstance(content, float):
        return varint(number << 3 | (5 if single else 1)) + struct.pack("<f" if single else "<d", content)
    content = content.encode() if isinstance(content, str) else content
    return varint(number << 3 | 2) + varint(len(content)) + content


def tensor(dtype: int, number: int, content: bytes | int) -> bytes:
    """A TensorProto of no dimension."""
    return field(1, dtype) + field(2, b"") + field(number, content)


def event(step: int, values: Mapping[str, float | bytes], time: float = 1e9) -> bytes:
    """An event with a summary; bytes are tensors."""
    summary = b"".join(
        field(1, field(1, tag) + (field(8, v) if isinstance(v, bytes) else field(2, v, single=True)))
        for tag, v in values.items()
    )
    return field(1, time) + (field(2, step) if step else b"") + field(5, summary)


def event_file(rows: Iterable[tuple[int, Mapping[str, float | bytes]]]) -> bytes:
    opening = tfrecord(field(1, 1e9) + field(3, "brain.Event:2"))
    return opening + b"".join(tfrecord(event(step, values)) for step, values in rows)


def leveldb(payloads: Iterable[bytes]) -> bytes:
    """W&B's file: LevelDB's log format with zlib's checksum."""
    out = bytearray(b":W&B\xe1\xbe\x00")
    for payload in payloads:
        first = True
        while True:
            left = 32768 - len(out) % 32768
            if left < 7:
                out += bytes(left)
                continue
            piece, payload = payload[: left - 7], payload[left - 7 :]  # noqa: PLW2901
            kind = (1 if first else 4) if not payload else (2 if first else 3)
            out += struct.pack("<IHB", zlib.crc32(piece, zlib.crc32(bytes([kind]))), len(piece), kind) + piece
            first = False
            if not payload:
                break
    return bytes(out)


def wandb_file(
    rows: Sequence[Mapping[str, float]], config: Mapping[str, object] | None = None, name: str = "calm-sea-1"
) -> bytes:
    """An offline run as W&B 0.31 writes it: nested keys, values as JSON."""
    settings = b"".join(
        field(1, field(1, key) + field(16, json.dumps(value))) for key, value in (config or {}).items()
    )
    records = [field(1, 1) + field(17, field(1, "id") + field(4, settings) + field(8, name))]
    for step, row in enumerate(rows):
        told = {**row, "_step": step, "_runtime": 0.5 * step, "_timestamp": 1e9 + step}
        items = b"".join(
            field(1, b"".join(field(2, part) for part in key.split("/")) + field(16, json.dumps(value)))
            for key, value in told.items()
        )
        records.append(field(1, step + 2) + field(2, items))
    return leveldb(records)


def mlflow_folder(folder: Path, metrics: Mapping[str, Sequence[float]], params: Mapping[str, object]) -> Path:
    """A run of the file store."""
    for key, values in metrics.items():
        path = folder / "metrics" / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(f"{1_700_000_000_000 + i} {v} {i}\n" for i, v in enumerate(values)))
    (folder / "params").mkdir(exist_ok=True)
    for key, value in params.items():
        (folder / "params" / key).write_text(str(value))
    (folder / "meta.yaml").write_text("artifact_uri: file:///x\nlifecycle_stage: active\nrun_name: first\n")
    return folder


def mlflow_database(path: Path, runs: Mapping[str, Mapping[str, Sequence[float]]]) -> Path:
    """A database with these runs; values stand at steps 0, 1, ..."""
    with closing(sqlite3.connect(path)) as database, database:
        database.executescript(Path(__file__).with_name("mlflow.sql").read_text())
        for number, (name, metrics) in enumerate(runs.items()):
            stage = "deleted" if name.startswith("deleted") else "active"
            database.execute("INSERT INTO runs VALUES (?, ?, ?, ?)", (f"id{number}", name, stage, number))
            database.execute("INSERT INTO params VALUES ('lr', '0.25', ?)", (f"id{number}",))
            for key, values in metrics.items():
                for step, value in enumerate(values):
                    nan = value != value  # noqa: PLR0124
                    row = (key, 0.0 if nan else value, step, f"id{number}", step, nan)
                    database.execute("INSERT INTO metrics VALUES (?, ?, ?, ?, ?, ?)", row)
    return path
