"""Curves in characters: where they are, what is marked, how wide it gets."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from curvewise.report.glyphs import ASCII, UNICODE, Glyphs, glyphs_for
from curvewise.report.sparkline import sparkline
from curvewise.report.terminal_plot import HEIGHT, Axes, Line, Span, plot


def line(values: list[float], part: str = "train") -> Line:
    return Line(part, np.arange(1.0, len(values) + 1), np.array(values))


def cells(picture: str, glyphs: Glyphs = UNICODE) -> list[str]:
    """The rows between the axes."""
    return [
        row.partition(glyphs.tick)[2] or row.partition(glyphs.side)[2]
        for row in picture.splitlines()[:HEIGHT]
    ]


def test_a_falling_curve_falls_from_the_top_left_to_the_bottom_right() -> None:
    rows = cells(plot([line([1.0, 0.8, 0.6, 0.4, 0.2])]).plain)
    assert rows[0].startswith(UNICODE.train)
    assert rows[-1].rstrip().endswith(UNICODE.train)
    places = [next(i for i, row in enumerate(rows) if row.ljust(20)[c] != " ") for c in range(20)]
    assert places == sorted(places)


def test_points_that_are_apart_are_joined_but_not_across_what_is_not_finite() -> None:
    joined = "".join(cells(plot([line([1.0, 1.0, 2.0, 1.0])]).plain))
    broken = "".join(cells(plot([line([1.0, 1.0, math.nan, 1.0])]).plain))
    assert joined.count(UNICODE.train) == 16
    assert broken.count(UNICODE.train) < 10
    assert broken.count(UNICODE.lost) == 1


def test_a_curve_that_left_the_numbers_ends_at_the_top() -> None:
    picture = plot([line([1.0, 0.5, 2.0, math.inf, math.nan])]).plain
    assert cells(picture)[0].count(UNICODE.lost) == 2
    assert "× not finite" in picture


def test_a_span_is_marked_below_where_it_is() -> None:
    picture = plot([line([1.0] * 50)], [Span(26, 50, "overfitting")]).plain.splitlines()
    floor, bracket = picture[HEIGHT], picture[HEIGHT + 1]
    first, last = bracket.index(UNICODE.span_first), bracket.rindex(UNICODE.span_last)
    start = floor.index(UNICODE.corner) + 1
    wide = floor.count(UNICODE.floor)
    assert first - start == pytest.approx(wide * 25 / 49, abs=1)
    assert last - start == wide - 1
    assert bracket.split()[0] == "overfitting"
    assert "^ spike" in plot([line([1.0] * 50)], [Span(7, 7, "spike")]).plain


def test_the_scale_is_logarithmic_where_values_span_orders_of_magnitude_and_only_there() -> None:
    assert "log scale" in plot([line([100.0, 0.1])]).plain
    assert "log scale" not in plot([line([2.0, 0.1])]).plain
    assert "log scale" not in plot([line([100.0, -0.1])]).plain


def test_one_spike_does_not_flatten_a_curve_through_zero() -> None:
    values = [1.0 - 0.02 * i for i in range(60)]
    values[30] = 1e6
    picture = plot([line(values)]).plain
    assert UNICODE.above in cells(picture)[0]
    assert "↑ above" in picture
    assert sum(1 for row in cells(picture) if UNICODE.train in row) > HEIGHT // 2


def test_the_best_point_is_marked() -> None:
    assert UNICODE.best in plot([line([3.0, 1.0, 2.0])], axes=Axes(best=(2, 1.0))).plain
    assert UNICODE.best not in plot([line([3.0, 1.0, 2.0])], axes=Axes(best=(2, math.inf))).plain


def test_nothing_finite_is_said() -> None:
    assert plot([line([math.nan, math.inf])]).plain == "no finite loss to draw"
    assert plot([], axes=Axes("error")).plain == "no finite error to draw"


def test_a_million_points_are_one_picture() -> None:
    noise = np.random.default_rng(0).normal(1.0, 0.1, 1_000_000)
    picture = plot([Line("train", np.arange(1e6), noise)]).plain
    assert max(map(len, picture.splitlines())) <= 80


FINITE = st.floats(allow_nan=True, allow_infinity=True, width=64)


@given(
    st.lists(st.tuples(FINITE, FINITE), max_size=30),
    st.integers(44, 200),
    st.sampled_from([UNICODE, ASCII]),
)
def test_any_values_fit_any_width(pairs: list[tuple[float, float]], width: int, glyphs: Glyphs) -> None:
    lines = [line([pair[i] for pair in pairs], part) for i, part in enumerate(("train", "valid"))]
    picture = plot(lines, [Span(1, 3, "overfitting")], width=width, glyphs=glyphs).plain
    assert max(map(len, picture.splitlines())) <= width
    if glyphs is ASCII:
        assert picture.isascii()


def test_terminals_without_the_characters_get_plain_ones() -> None:
    assert glyphs_for("utf-8") is UNICODE
    assert glyphs_for("ascii") is glyphs_for("latin-1") is glyphs_for(None) is glyphs_for("no such") is ASCII
    spark = sparkline([3.0, 2.0, 1.0, math.inf])
    assert UNICODE.spark(spark) == spark
    assert ASCII.spark(spark).isascii()
    assert len(set(ASCII.blocks)) == len(ASCII.blocks) == len(UNICODE.blocks)
