"""Numbers read at once as they are read cell by cell."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from curvewise.logs.cells import FEW, matrix, number, numbers

NUMBERS = st.one_of(
    st.floats().map(str), st.integers(-(10**25), 10**25).map(str), st.sampled_from(["", "NaN", "-nan", "1E5"])
)
CELLS = st.one_of(
    NUMBERS,
    st.sampled_from(["", "1e400", ".5", "5.", "+1", " 2 ", "1-2", "1e", "--1", "1 2", " ", "1.2.3"]),
)


@given(
    st.one_of(
        st.lists(st.lists(cells, min_size=3, max_size=3), min_size=1, max_size=6)
        for cells in (NUMBERS, CELLS)
    ),
    st.sampled_from(",\t|"),
)
def test_lines_at_once_are_their_cells_one_by_one(rows: list[list[str]], separator: str) -> None:
    rows = rows * FEW
    found = matrix("\n".join(map(separator.join, rows)), separator, 3)
    if found is not None:
        for i, cells in enumerate(zip(*rows, strict=True)):
            values, present = numbers(cells)
            assert np.array_equal(present, found[1][:, i])
            assert np.array_equal(values, found[0][:, i], equal_nan=True)


@given(st.lists(CELLS | st.sampled_from(["1,2", "[1", "1]", "null"])))
def test_cells_at_once_are_read_as_one_by_one(cells: list[str]) -> None:
    told = [number(cell) for cell in cells]
    values, present = numbers(cells)
    assert present.tolist() == [each is not None for each in told]
    np.testing.assert_equal(values, np.array(told, np.float64))


def test_empty_cells_are_none() -> None:
    found = matrix("\n".join(["1,,3", ",,", "4,5,"] * FEW), ",", 3)
    assert found is not None
    assert found[1][:3].tolist() == [[True, False, True], [False] * 3, [True, True, False]]
    assert np.isnan(found[0][1]).all()


def test_what_is_no_number_any_more_is_read_at_once() -> None:
    found = matrix("\n".join(["nan,-inf,inf"] * FEW), ",", 3)
    assert found is not None
    assert found[1].all()
    np.testing.assert_equal(found[0][0], [np.nan, -np.inf, np.inf])


@pytest.mark.parametrize(
    "odd",
    [
        "1,2",
        "1,2,3,4",
        "1,nan5,3",
        "1,nana,3",
        "1,+2,3",
        "1,x,3",
        "1,2-3,3",
        "step,loss,lr",
        "1,２,3",
        '1,"2",3',
    ],
)
def test_anything_else_is_left_to_the_slow_way(odd: str) -> None:
    assert matrix("\n".join(["1,2,3"] * FEW), ",", 3) is not None
    assert matrix("\n".join([*["1,2,3"] * FEW, odd]), ",", 3) is None
