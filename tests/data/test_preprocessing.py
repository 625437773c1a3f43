"""New rows are encoded, and outputs decoded, as in training; on another machine too."""

from __future__ import annotations

import msgspec
import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from curvewise.data.encoders import CategoryColumn, DateColumn
from curvewise.data.examples import Examples
from curvewise.data.prepare import PreparedTable, prepare
from curvewise.data.preprocessing import Preprocessing
from curvewise.data.read import read
from curvewise.data.table import Table
from curvewise.errors import DataError
from tests.data.tables import mixed_table

PREPARED = prepare(mixed_table(), seed=0)
ENCODINGS = ("plain", "piecewise", "raw")


def same(one: Examples, other: Examples) -> bool:
    return all(
        np.array_equal(getattr(one, part), getattr(other, part))
        for part in ("numbers", "categories", "targets")
    )


def travelled(preprocessing: Preprocessing) -> Preprocessing:
    return msgspec.json.decode(msgspec.json.encode(preprocessing), type=Preprocessing)


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_json_gives_equal_examples(encoding: str) -> None:
    frame = mixed_table().frame
    copy = travelled(PREPARED.preprocessing)
    assert copy == PREPARED.preprocessing
    assert same(
        copy.examples(frame, encoding, targets=True),
        PREPARED.preprocessing.examples(frame, encoding, targets=True),
    )


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_the_form_of_new_rows_does_not_matter(encoding: str) -> None:
    frame = mixed_table().frame
    expected = PREPARED.preprocessing.examples(frame, encoding, targets=False)
    shuffled = frame.select(sorted(frame.columns, reverse=True)).with_columns(extra=pl.lit("x"))
    strings = frame.cast(pl.String)
    capitals = strings.with_columns(pl.col("member").str.to_titlecase())
    written = pl.read_csv(frame.write_csv().encode(), infer_schema=False)
    for form in (shuffled, shuffled.drop("kind"), strings, capitals, written):
        assert same(expected, PREPARED.preprocessing.examples(form, encoding, targets=False))


def test_unseen_and_missing_values_are_encoded() -> None:
    frame = mixed_table().frame.head(1)
    odd = frame.with_columns(
        height=pl.lit(None, pl.Float64),
        colour=pl.lit("ultraviolet"),
        town=pl.lit("Atlantis"),
        member=pl.lit("?"),
    )
    plain = PREPARED.preprocessing.examples(odd, "plain", targets=False)
    assert plain.categories.tolist() == [[0]]
    widths = [
        c.encode(Table(frame, None, "t"), frame[c.name], "plain").shape[1]
        for c in PREPARED.preprocessing.columns
    ]
    blocks = dict(
        zip(
            [c.name for c in PREPARED.preprocessing.columns],
            np.split(plain.numbers[0], np.cumsum(widths)[:-1]),
            strict=True,
        )
    )
    assert blocks["height"].tolist() == [0.0, 1.0], "the median, flagged"
    assert blocks["colour"].tolist() == [0.0, 0.0, 0.0, 0.0], "no level, not missing"
    assert blocks["member"].tolist() == [0.0, 1.0]


def test_no_rows_are_encoded_as_no_rows() -> None:
    for encoding in ENCODINGS:
        empty = PREPARED.preprocessing.examples(mixed_table().frame.clear(), encoding, targets=False)
        assert empty.numbers.shape == (0, PREPARED.inputs(encoding))


def test_a_missing_column_is_named_with_the_nearest() -> None:
    frame = mixed_table().frame.rename({"height": "heigth"})
    with pytest.raises(DataError, match=r"the new rows has no column 'height'.*Did you mean 'heigth'\?"):
        PREPARED.preprocessing.examples(frame, "plain", targets=False)


def test_a_word_for_a_number_is_refused_with_its_line(tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("new") / "new.csv"
    strings = mixed_table(5).frame.cast(pl.String)
    strings.with_columns(visits=pl.Series(["1", "2", "x", "1", "1"])).write_csv(path)
    with pytest.raises(DataError, match=r"'x' is not a number \(column 'visits', line 4 of .*new\.csv\)"):
        PREPARED.preprocessing.encode(read(path), "plain", targets=False)


def test_unknown_encoding_and_class_are_refused() -> None:
    with pytest.raises(DataError, match=r"no encoding 'piecwise'. Did you mean 'piecewise'"):
        PREPARED.preprocessing.examples(mixed_table().frame, "piecwise", targets=False)
    frame = mixed_table(3).frame.with_columns(kind=pl.Series(["a", "z", "b"]))
    with pytest.raises(DataError, match=r"Class 'z' was not there in training \(column 'kind', row 2"):
        PREPARED.preprocessing.examples(frame, "plain", targets=True)
    with pytest.raises(DataError, match="No target"):
        blank = frame.with_columns(kind=pl.Series(["a", None, "b"]))
        PREPARED.preprocessing.examples(blank, "plain", targets=True)


def learnt(targets: pl.Series, **options: str) -> PreparedTable:
    rows = len(targets)
    frame = pl.DataFrame({"a": np.random.default_rng(0).normal(size=rows), "y": targets})
    return prepare(Table(frame, "y", "test"), seed=0, **options)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("labels", "dtype"), [(["no", "yes"], "U"), ([3, 7], "i"), ([True, False], "b"), ([0.5, 1.0], "f")]
)
def test_labels_come_back_in_their_type(labels: list[object], dtype: str) -> None:
    targets = pl.Series("y", labels * 20)
    prepared = learnt(targets)
    frame = prepared.table.frame
    codes = prepared.preprocessing.examples(frame, "plain", targets=True).targets
    decoded = travelled(prepared.preprocessing).decode(np.eye(2)[codes])
    assert decoded.dtype.kind == dtype
    assert decoded.tolist() == targets.to_list()


def test_whole_number_classes_are_in_the_order_of_numbers() -> None:
    assert learnt(pl.Series([2, 10, 9, 1] * 10)).classes == ("1", "2", "9", "10")


@settings(max_examples=30)
@given(st.lists(st.floats(-1e6, 1e6).map(lambda x: round(x, 3)), min_size=12, max_size=60))
def test_numbers_come_back_within_the_training_range(values: list[float]) -> None:
    targets = pl.Series("y", values)
    if targets.n_unique() < 2:
        return
    prepared = learnt(targets, task="regression")
    split = prepared.split("plain")
    goal = targets.to_numpy()[prepared.parts["train"]]
    decoded = prepared.preprocessing.decode(split.train.targets)
    np.testing.assert_allclose(decoded, goal, atol=1e-5 * max(1.0, np.abs(goal).max()))
    wild = prepared.preprocessing.decode(np.array([[-1e9], [1e9]]))
    assert wild.tolist() == [goal.min(), goal.max()]


def test_rmse_is_rescaled_exactly() -> None:
    split = prepare(read("diabetes"), seed=0).split("plain")
    targets = read("diabetes").frame["target"].to_numpy()[prepare(read("diabetes"), seed=0).parts["valid"]]
    error = (
        np.sqrt(np.mean((split.valid.targets[:, 0] - split.valid.targets.mean()) ** 2)) * split.target_scale
    )
    assert error == pytest.approx(targets.std(), rel=1e-5)


def test_probabilities_are_shares_and_refused_for_regressions() -> None:
    logits = np.array([[0.0, np.log(3.0), -np.inf], [1e4, 0.0, 0.0]])
    shares = PREPARED.preprocessing.probabilities(logits)
    np.testing.assert_allclose(shares, [[0.25, 0.75, 0.0], [1.0, 0.0, 0.0]], atol=1e-12)
    with pytest.raises(DataError, match="leave out --proba"):
        prepare(read("diabetes"), seed=0).preprocessing.probabilities(logits)


def test_rare_levels_share_code_0_and_code_0_is_always_trained() -> None:
    towns = [f"t{i % 20}" for i in range(600)] + ["hamlet"]
    frame = pl.DataFrame({"town": towns, "y": [i % 2 for i in range(601)]})
    prepared = prepare(Table(frame, "y", "test"), seed=0)
    assert "hamlet" not in prepared.preprocessing.embedded[0].levels
    assert (prepared.split("plain").train.categories == 0).any()
    without = prepare(Table(frame.head(600), "y", "test"), seed=0)
    assert without.cardinalities == (20,), "19 levels and code 0, which the rarest one trains"
    assert (without.split("plain").train.categories == 0).any()


def test_one_hot_up_to_twelve_levels() -> None:
    frame = pl.DataFrame({"c": [f"l{i % 12:02}" for i in range(240)], "y": [0, 1] * 120})
    prepared = prepare(Table(frame, "y", "test"), seed=0)
    numbers = prepared.split("plain").train.numbers
    assert prepared.cardinalities == ()
    assert numbers.shape[1] == 12
    assert (numbers.sum(axis=1) == 1).all()


def test_date_parts() -> None:
    dates = pl.Series(["1970-01-01", "1970-01-08", "1970-07-02", None]).str.to_date()
    frame = pl.DataFrame({"day": [*dates] * 10, "y": [0, 1, 0, 1] * 10})
    column = prepare(Table(frame, "y", "test"), seed=0).preprocessing.columns[0]
    assert isinstance(column, DateColumn)
    assert not column.times
    parts = column.encode(Table(frame, "y", "t"), frame["day"].head(4), "plain")
    assert parts.shape == (4, 6)
    np.testing.assert_allclose(parts[0, 1:3], [0, 1], atol=1e-9)
    np.testing.assert_allclose(parts[2, 1:3], [0, -1], atol=0.02)
    np.testing.assert_allclose(parts[0, 3:5], parts[1, 3:5], atol=1e-9)
    np.testing.assert_allclose(parts[3, 1:], [0, 0, 0, 0, 1])
    hours = frame.with_columns(pl.col("day").cast(pl.Datetime("ms")) + pl.duration(hours=6))
    clock = prepare(Table(hours, "y", "test"), seed=0).preprocessing.columns[0]
    encoded = clock.encode(Table(hours, "y", "t"), hours["day"].head(1), "plain")
    assert encoded[0, 5:7] == pytest.approx([1, 0])


def test_two_levels_take_one_column() -> None:
    column = CategoryColumn("c", ("no", "yes"), embedded=False, flagged=False)
    series = pl.Series("c", ["no", "yes", "maybe", None])
    assert column.encode(Table(series.to_frame(), None, "t"), series, False).tolist() == [[-1], [1], [0], [0]]


def test_raw_numbers_are_as_they_were() -> None:
    frame = pl.DataFrame({"x": [1e5, -3.0, None, 7.5, 1e300, 2.0] * 4, "y": ["a", "b"] * 12})
    prepared = prepare(Table(frame=frame, target="y", source="t"), seed=0)
    rows = prepared.preprocessing.examples(frame, "raw", targets=False).numbers
    median = float(frame["x"].gather(np.sort(prepared.parts["train"])).median())  # type: ignore[arg-type]
    assert rows[:6, 0] == pytest.approx([1e5, -3.0, median, 7.5, 1e18, 2.0])
    assert rows[:6, 1].tolist() == [0, 0, 1, 0, 0, 0]
    assert "raw" not in prepared.encodings
