"""Rows of W&B's history, many together: held to reading them field by field."""

from __future__ import annotations

import math
from contextlib import suppress
from unittest import mock

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as some

from curvewise.logs.protobuf import BEHIND, BYTES, FEW, Integers, MalformedMessage, fields, parts
from curvewise.logs.recording import Recording
from curvewise.logs.wandb import History, usual_numbers
from tests.logs.test_fuzz import runs_of
from tests.logs.writers import field, leveldb, varint

NAMES = ["loss", "val_loss", "train/loss", "_step", "step", "lr", "note", "é_loss", ""]
VALUES = ["0.5", "-1e-3", "7", "NaN", "-Infinity", "1_0", " 2 ", "1,2", '"x"', "null", "true", "", "[1,2]"]
VALUES += ['{"loss": 2.5}', "9" * 40, "1e999", "123456789012345678901", "1" + " " * 200, "1]", "[2"]


def _names(name: str, nested: bool) -> bytes:
    return b"".join(field(2, part) for part in name.split("/")) if nested else field(1, name)


USUAL = some.builds(
    lambda name, value, nested: field(1, _names(name, nested) + field(16, value)),
    some.sampled_from(NAMES),
    some.sampled_from(VALUES) | some.floats().map(repr),
    some.booleans(),
)
STRANGE = some.sampled_from(
    [
        field(1, field(1, "loss") + field(6, 0.25)),
        field(1, field(1, "loss") + field(16, "1") + field(16, "2")),
        field(1, field(16, "3") + field(1, "loss")),
        field(1, field(1, "x" * 200) + field(16, "3")),
        field(1, b"".join(field(2, "loss") for _ in range(9)) + field(16, "3")),
        field(1, field(1, "loss") + b"\x82\x01\x09" + b"1"),
        field(1, field(1, "loss")),
        field(1, b"\x0a\x7floss"),
        field(2, 1.5),
        field(3, 1 << 40),
        field(7, b"anything"),
        b"\x0a\x50cut off",
        b"\x03",
    ]
)
ROWS = some.lists(
    some.lists(USUAL | STRANGE, max_size=5).map(b"".join)
    | some.lists(USUAL, min_size=1, max_size=5).map(b"".join),
    min_size=1,
    max_size=3 * FEW,
)


def _joined(messages: list[bytes]) -> tuple[bytes, Integers, Integers]:
    ends = np.cumsum([len(each) for each in messages])
    return b"".join((*messages, BEHIND)), np.append(0, ends[:-1]), ends


@settings(max_examples=50, deadline=None)
@given(
    some.lists(
        some.lists(USUAL | STRANGE, max_size=4).map(b"".join) | some.binary(max_size=12),
        min_size=1,
        max_size=9,
    )
)
def test_many_messages_in_step(messages: list[bytes]) -> None:
    messages = messages * FEW
    data, starts, ends = _joined(messages)
    found, odd = parts(np.frombuffer(data, np.uint8), starts, ends)
    for number in np.flatnonzero(~odd).tolist():
        content = messages[number]
        told = [(n, at, until) for n, kind, at, until in fields(content, 0, len(content)) if kind == BYTES]
        mine = found.of(found.message == number)
        here = starts[number]
        assert told == list(zip(mine.number, mine.start - here, mine.stop - here, strict=True))


@given(
    some.lists(some.sampled_from(VALUES) | some.text('019.,-eE[]{}" N_', min_size=1, max_size=3), min_size=1)
)
def test_values_together_are_read_as_one_by_one(cells: list[str]) -> None:
    data, starts, ends = _joined([cell.encode() for cell in cells])
    found, good = usual_numbers(data, starts, ends)
    for cell, value, usual in zip(cells, found.tolist(), good.tolist(), strict=True):
        if usual:  # as an integer of JSON, -0 has no sign
            assert value == float(cell) or (math.isnan(value) and math.isnan(float(cell)))


def test_numbers_are_usual_values() -> None:
    data, starts, ends = _joined(
        [repr(each).encode() for each in (0.5, 1e-7, 12, -3.25, float("nan"), 1e300)]
    )
    found, good = usual_numbers(data, starts, ends)
    assert good.all()
    np.testing.assert_equal(found, [0.5, 1e-7, 12, -3.25, float("nan"), 1e300])


def test_usual_messages_are_not_odd() -> None:
    messages = [varint(8) + varint(n) + field(2, b"x" * (n % 300)) for n in range(1, 70_000, 999)]
    data, starts, ends = _joined(messages)
    found, odd = parts(np.frombuffer(data, np.uint8), starts, ends)
    assert not odd.any()
    assert (found.stop - found.start).tolist() == [n % 300 for n in range(1, 70_000, 999)]


@settings(max_examples=50, deadline=None)
@given(ROWS, some.booleans())
def test_rows_together_are_read_as_one_by_one(rows: list[bytes], repeated: bool) -> None:
    rows = rows * FEW if repeated else rows
    data, starts, ends = _joined([field(2, row) for row in rows])
    told, odd = parts(np.frombuffer(data, np.uint8), starts, ends)
    together, single = Recording(), Recording()
    fast, slow = History(together, len(rows)), History(single, len(rows))
    odd[fast.rows(data, told.of(~odd[told.message]))] = True
    for number, row in enumerate(rows):
        for history in (fast, slow) if odd[number] else (slow,):
            with suppress(MalformedMessage):
                history.row(number, row, 0, len(row))
    fast.record()
    slow.record()
    assert together.tracks.keys() == single.tracks.keys()
    for name, track in single.tracks.items():
        np.testing.assert_equal(together.tracks[name].values, track.values)
        np.testing.assert_equal(together.tracks[name].steps, track.steps)


def test_rows_in_ever_another_order_are_read_together() -> None:
    rng = np.random.default_rng(0)
    told = {"loss": "0.5", "val/loss": "NaN", "_step": "12", "note": '"x"'}
    rows = [
        b"".join(field(1, _names(n, True) + field(16, told[n])) for n in rng.permutation(list(told)).tolist())
        for _ in range(FEW)
    ]
    data, starts, ends = _joined([field(2, row) for row in rows])
    found, _ = parts(np.frombuffer(data, np.uint8), starts, ends)
    assert not len(History(Recording(), FEW).rows(data, found))


def test_what_is_nested_under_a_name_that_is_not_wanted_is_left_to_the_slow_way() -> None:
    row = field(1, _names("note", nested=False) + field(16, '{"loss": 2.5}'))
    data, starts, ends = _joined([field(2, row)] * FEW)
    found, _ = parts(np.frombuffer(data, np.uint8), starts, ends)
    assert History(Recording(), FEW).rows(data, found).tolist() == list(range(FEW))


DAMAGE = some.lists(
    some.tuples(some.integers(0, 2 * FEW), some.floats(0, 1, exclude_max=True), some.integers(0, 255)),
    max_size=6,
)


@settings(max_examples=60, deadline=None)
@given(DAMAGE, some.integers(0, 2), some.sampled_from(["1.5", "NaN", "[1,2]", '{"loss": 2}']))
def test_rows_damaged_inside_right_checksums(
    damage: list[tuple[int, float, int]], taken: int, value: str
) -> None:
    """More rows than are read together, with bytes changed or taken out: as if each was read by itself."""
    records = []
    for number in range(2 * FEW + 1):
        told = {"val/loss": value, "loss": repr(1 / (number + 1)), "_step": repr(number), "note": '"x"'}
        items = [field(1, _names(name, True) + field(16, each)) for name, each in told.items()]
        records.append(field(1, number) + field(2, b"".join(items[number % 4 :] + items[: number % 4])))
    for row, share, byte in damage:
        at = int(share * len(records[row]))
        records[row] = records[row][:at] + bytes([byte]) * (taken != 2) + records[row][at + taken :]
    content = leveldb(records)
    together = runs_of(content)
    with mock.patch("curvewise.logs.protobuf.FEW", len(records) + 1):
        singly = runs_of(content)
    assert [(run.unit, run.settings, run.notes) for run in together] == [
        (run.unit, run.settings, run.notes) for run in singly
    ]
    for one, other in zip(together, singly, strict=True):
        assert one.series.keys() == other.series.keys()
        for quantity, series in one.series.items():
            np.testing.assert_equal(series.at, other.series[quantity].at)
            np.testing.assert_equal(series.values, other.series[quantity].values)
