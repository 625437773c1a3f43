"""Whatever a log holds, what is shown of it fits, and is JSON."""

from __future__ import annotations

import json
from typing import get_args

import jsonschema
import msgspec
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from curvewise.curves.run import Quantity, Run, Series, Unit
from curvewise.diagnosis.diagnose import diagnose
from curvewise.report.diagnosed import Diagnosed, diagnosed_run
from curvewise.report.diagnosis_text import Lines, run_report
from curvewise.report.glyphs import ASCII, UNICODE
from curvewise.report.plain import as_plain
from curvewise.report.schema import schema
from curvewise.report.watched import Watched, watched_table

NUMBERS = st.one_of(
    st.sampled_from([np.nan, np.inf, -np.inf, 1e100, -1e100, 1e-100]), st.floats(0.01, 10.0), st.just(1.0)
)


@st.composite
def series(draw: st.DrawFn) -> Series:
    values = draw(st.lists(NUMBERS, max_size=20))
    places = draw(st.lists(st.floats(0, 1e9), min_size=len(values), max_size=len(values)))
    return Series(np.array(sorted(places), dtype=np.float64), np.array(values, dtype=np.float64))


VALUES = st.one_of(st.floats(), st.integers(), st.booleans(), st.text(max_size=5))
RUNS = st.builds(
    Run,
    name=st.text(st.characters(codec="ascii", categories=["L", "N", "P", "Zs"]), max_size=80),
    source=st.text(st.characters(codec="ascii", categories=["L", "N", "P", "Zs"]), max_size=80),
    unit=st.sampled_from(get_args(Unit)),
    series=st.dictionaries(st.sampled_from(get_args(Quantity)), series(), max_size=4),
    settings=st.dictionaries(st.sampled_from(["learning_rate", "dropout", "epochs", "units"]), VALUES),
)


@given(RUNS, st.integers(50, 120), st.sampled_from([UNICODE, ASCII]))
@settings(max_examples=25)
def test_it_is_shown(run: Run, width: int, glyphs: object) -> None:
    diagnosis = diagnose(run)
    told = as_plain(run_report(run, diagnosis, width, glyphs), width).splitlines()  # type: ignore[arg-type]
    assert max(map(len, told[1:]), default=0) <= width
    assert len(Lines(width=width).line(run, diagnosis).plain) <= width
    rows = [Watched(run, diagnosis, 1.0)]
    table = as_plain(watched_table(rows, width, 5, glyphs), width).splitlines()  # type: ignore[arg-type]
    assert max(map(len, table)) <= width


@given(RUNS)
@settings(max_examples=25)
def test_it_is_json(run: Run) -> None:
    text = msgspec.json.encode(Diagnosed([diagnosed_run(run, diagnose(run))], []))
    jsonschema.validate(json.loads(text, parse_constant=int), json.loads(schema("diagnosis")))
