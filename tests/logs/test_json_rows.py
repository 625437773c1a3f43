"""Rows of JSON recorded many at a time, held to one by one; documents read in pieces, held to the whole."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from curvewise.logs import json_stream
from curvewise.logs.json_rows import alike, objects_of, record_rows
from curvewise.logs.json_stream import elements
from curvewise.logs.json_values import flat, loaded, loaded_lines, numbers
from curvewise.logs.recording import Recording
from curvewise.logs.runs_by_name import RunsByName

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
    for track in recording.tracks.values():
        track.settle()
    return {
        name: [each.tolist() for each in (track.values, track.steps, track.epochs)]
        for name, track in recording.tracks.items()
        if len(track.values)
    }


@settings(max_examples=80)
@given(ROWS)
def test_rows_at_once_are_rows_one_by_one(rows: list[dict[str, object]]) -> None:
    one_by_one, at_once = Recording(), RunsByName()
    for number, row in enumerate(rows, 1):
        one_by_one.row(numbers(flat(row)), float(number))
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
        for each in loaded_lines(lines)
    ]
    np.testing.assert_equal(found, apart)


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
            kept += some
        else:
            (found[key],) = some
    assert not source.damage
    assert {"empty": [], **found} == DOCUMENT
