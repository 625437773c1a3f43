"""Rows of JSON recorded many at a time, held to one by one; documents read in pieces, held to the whole."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from curvewise.logs import json_stream
from curvewise.logs.json_rows import RowDecoder, alike, objects_of, record_rows
from curvewise.logs.json_stream import elements
from curvewise.logs.json_values import flat, loaded, loaded_lines, numbers
from curvewise.logs.recording import Recording, RunsByName

NAMES = ["loss", "val_loss", "train", "valid", "epoch", "step", "global_step", "phase", "lr", "note", "acc"]
VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.floats(),
    st.integers(-(10**4), 10**4),
    st.sampled_from([10**400, "NaN", "inf", "val", "train", "words", [1.0]]),
)
ROWS = st.lists(
    st.dictionaries(
        st.sampled_from(NAMES),
        VALUES | st.dictionaries(st.sampled_from(["loss", "acc", "epoch"]), VALUES, max_size=2),
        max_size=5,
    ),
    max_size=12,
)


def recorded(recording: Recording) -> dict[str, list[list[float]]]:
    """What is recorded under each name: values, steps and epochs."""
    return {
        name: [each.tolist() for each in (track.values, track.steps, track.epochs)]
        for name, track in recording.tracks.items()
        if len(track.values)
    }


def record_row(recording: Recording, row: dict[str, float], number: float) -> None:
    """The specification of recording many rows: one row, value by value."""
    steps = [value for name, value in row.items() if recording.kind(name) == "step"]
    epochs = [value for name, value in row.items() if recording.kind(name) == "epoch"]
    step = np.fmax.reduce([np.nan, *steps])
    epoch = epochs[-1] if epochs else np.nan
    step = number if np.isnan(step) and np.isnan(epoch) else step
    for name, value in row.items():
        if recording.kind(name) == "value":
            recording.extend(name, *(np.array([each], np.float64) for each in (value, step, epoch)))


@settings(max_examples=80)
@given(ROWS)
def test_rows_at_once_are_rows_one_by_one(rows: list[dict[str, object]]) -> None:
    one_by_one, at_once = Recording(), RunsByName()
    for number, row in enumerate(rows, 1):
        record_row(one_by_one, numbers(flat(row)), float(number))
    record_rows(at_once, alike(*objects_of(rows, 0)), settings=False)
    np.testing.assert_equal(recorded(at_once.of("")), recorded(one_by_one))


@given(
    st.lists(
        st.sampled_from(["", " ", '{"a": NaN}', '{"a": -Infinity}', '{"a": 1', "[1]", '{"a":"NaN, "}', "{}"])
    )
)
def test_lines_at_once_are_lines_one_by_one(lines: list[str]) -> None:
    known = {"NaN": np.nan, "-Infinity": -np.inf}
    apart = [loaded(line) for line in lines if line.strip()]
    found = [
        {name: known.get(str(cell), cell) for name, cell in each.items()} if isinstance(each, dict) else each
        for each in loaded_lines("\n".join(lines))
    ]
    np.testing.assert_equal(found, apart)


@settings(max_examples=25)
@given(st.lists(ROWS.map(lambda rows: rows or [{}]), min_size=2, max_size=4), st.booleans())
def test_later_rows_are_decoded_as_the_first(blocks: list[list[dict[str, object]]], in_lines: bool) -> None:
    """Records of names that were learnt hold what dictionaries hold."""
    slow, fast, decoder, count = RunsByName(), RunsByName(), RowDecoder(), 0
    for rows in blocks + blocks:
        told = [json.dumps(row) for row in rows]
        found = decoder.lines("\n".join(told)) if in_lines else decoder.elements(", ".join(told))
        record_rows(slow, alike(*objects_of(list(map(loaded, told)), count)), settings=True)
        record_rows(fast, alike(*objects_of(found, count)), settings=True)
        count += len(rows)
    np.testing.assert_equal(recorded(fast.of("")), recorded(slow.of("")))
    assert fast.of("").settings == slow.of("").settings


def test_rows_of_known_names_become_records() -> None:
    decoder = RowDecoder()
    text = '{"step": 1, "loss": 0.5, "note": "x"}\n{"step": 2, "val_loss": NaN}'
    first, again = decoder.lines(text), decoder.lines(text)
    assert {type(row) for row in first} == {dict}
    (group,) = alike(*objects_of(again, 0))
    assert group.names == ("step", "loss", "note", "val_loss")
    np.testing.assert_equal(group.column("val_loss"), ([np.nan, np.nan], [False, True]))
    assert group.first() == {"step": 1, "loss": 0.5, "note": "x", "val_loss": None}
    assert decoder.lines(text + '\n{"epoch": 3}')[2] == {"epoch": 3}


@dataclass
class Pieces:
    """A source whose text comes in pieces of any size."""

    text: str
    size: int
    damage: list[str] = field(default_factory=list)

    def texts(self) -> Iterator[str]:
        return (self.text[i : i + self.size] for i in range(0, len(self.text), self.size))


DOCUMENT = {
    "name": 'a } , { b "',
    "empty": [],
    "loss": [1e-05, -2.5e-07, 10, 0.125, 1e22],
    "log_history": [{"loss": 1.5e-06, "inner": {"a": [{"b": 1}, {"b": 2}]}}, {"loss": 2}, {}, {"loss": 3}]
    * 3,
    "last": 12.5,
}


def told(value: object) -> object:
    """A row as a dictionary of what it says."""
    if not isinstance(value, msgspec.Struct):
        return value
    (rows,) = alike([value], np.array([1]))
    return {name: each for name, each in rows.first().items() if each is not None}


@pytest.mark.parametrize("few", [0, 4096])
@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize("size", [1, 2, 3, 7, 50, 10_000])
def test_pieces_of_a_document_are_the_whole(
    few: int, indent: int | None, size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(json_stream, "FEW", few)
    source = Pieces(json.dumps(DOCUMENT, indent=indent), size)
    found: dict[str, object] = {}
    for key, some in elements(source):
        if key.endswith("[]"):
            kept = found.setdefault(key[:-2], [])
            assert isinstance(kept, list)
            kept += map(told, some)
        else:
            (found[key],) = some
    assert not source.damage
    assert {"empty": [], **found} == DOCUMENT
