"""What columns are taken for."""

from __future__ import annotations

from datetime import datetime

import polars as pl
import pytest

from curvewise.data.columns import infer
from curvewise.data.read import read
from curvewise.data.table import Table
from curvewise.data.typed import typed


def kinds(columns: dict[str, list[object]], **overrides: str) -> dict[str, str]:
    rows = len(next(iter(columns.values())))
    frame = pl.DataFrame({**columns, "target": ["a", "b"] * (rows // 2)}, strict=False)
    table = typed(Table(frame, "target", "test"), overrides)
    return {column.name: column.kind for column in infer(table, overrides)}


def kind(values: list[object], override: str | None = None) -> str:
    return kinds({"c": values * 4}, **({"c": override} if override else {}))["c"]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (["1", "2", "5"], "number"),
        ([" 1.5", "-2e3 ", "NA"], "number"),
        (["?", "3", ""], "number"),
        (["red", "blue", "NA"], "category"),
        (["true", "FALSE", None], "boolean"),
        ([True, False, None], "boolean"),
        ([3, 1, 2], "number"),
        ([1.5, None, 2.0], "number"),
        (["2024-01-31", "2024-02-01", ""], "date"),
        (["2024-01-31T10:00:00", "2024-02-01T11:30:00"], "date"),
        (["31.01.2024", "01.02.2024"], "date"),
        (["01/02/2024", "03/04/2024"], "category"),
        (["7", "7", "7"], "ignored"),
        ([None, None], "ignored"),
    ],
)
def test_kinds_of_values(values: list[object], expected: str) -> None:
    assert kind(values) == expected


@pytest.mark.parametrize(
    ("values", "override"),
    [
        (["1", "2", "5"], "category"),
        ([3, 1, 2], "category"),
        ([0, 1], "boolean"),
        (["yes", "no"], "boolean"),
        (["1", "2"], "ignored"),
        ([True, False], "number"),
        (["2024-01-31", "2024-02-01"], "category"),
    ],
)
def test_overrides_are_obeyed(values: list[object], override: str) -> None:
    assert kind(values, override) == override


def test_identifiers_and_row_numbers_are_ignored_unless_asked_for() -> None:
    columns: dict[str, list[object]] = {
        "name": [f"person {i}" for i in range(40)],
        "index": list(range(40)),
        "number": list(range(1, 41)),
        "shifted": list(range(5, 45)),
        "used": [i % 7 for i in range(40)],
    }
    inferred = kinds(columns)
    assert [n for n, k in inferred.items() if k == "ignored"] == ["name", "index", "number"]
    asked = kinds(columns, index="number", name="category")
    assert (asked["index"], asked["name"]) == ("number", "category")


def test_words_among_numbers_make_a_category_where_they_are_many() -> None:
    assert kind(["1", "2", "A3", "B4"]) == "category"
    assert kind(["1", "2", "3", "x"], "category") == "category"


def test_times_and_durations_become_seconds() -> None:
    frame = pl.DataFrame(
        {
            "long": pl.Series([1_500_000, None]).cast(pl.Duration("us")),
            "clock": pl.Series([3_600_000_000_000, 0]).cast(pl.Time),
            "aware": pl.Series([datetime(2024, 1, 1)] * 2).dt.replace_time_zone("Europe/Berlin"),
            "y": [0, 1],
        }
    )
    types = typed(read(frame), {}).frame
    assert types["long"].to_list() == [1.5, None]
    assert types["clock"].to_list() == [3600.0, 0.0]
    assert types["aware"].dt.to_string("%F %T")[0] == "2023-12-31 23:00:00"


def test_a_class_named_none_is_a_class() -> None:
    table = typed(Table(pl.DataFrame({"a": ["none", "x"], "t": ["none", "NA"]}), "t", "test"), {})
    assert table.frame["a"].to_list() == [None, "x"]
    assert table.frame["t"].to_list() == ["none", None]
