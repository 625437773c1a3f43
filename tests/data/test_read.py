"""The same table, however it is given."""

from __future__ import annotations

import gzip
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from curvewise.data.bundled import BUNDLED
from curvewise.data.read import read, read_rows
from curvewise.data.typed import typed
from curvewise.errors import DataError

FRAME = pl.DataFrame({"size": ["1", "2", "3"], "name, of it": ["a", 'b"c', "d"], "class": ["x", "y", "x"]})


@pytest.mark.parametrize(
    ("name", "delimiter"), [("t.csv", ","), ("t.tsv", "\t"), ("t.txt", ";"), ("noextension", "|")]
)
@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_delimited_files_give_the_same_table(
    tmp_path: Path, name: str, delimiter: str, packed: bool, end: str
) -> None:
    text = FRAME.write_csv(separator=delimiter, line_terminator=end).encode()
    path = tmp_path / name
    path.write_bytes(gzip.compress(text) if packed else b"\xef\xbb\xbf" + text)
    table = read(path)
    assert table.frame.equals(FRAME)
    assert table.target == "class"
    assert table.where(2, "size") == f"column 'size', line 4 of {path}"


cells = st.text(st.characters(exclude_characters="\x00\r", exclude_categories=("Cs",)), max_size=8)


@given(st.lists(st.tuples(cells, cells, st.sampled_from("ab")), min_size=1, max_size=12))
def test_any_text_survives_a_csv_file(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, ...]]
) -> None:
    frame = pl.DataFrame(rows, schema=["first", "second", "last"], orient="row")
    path = tmp_path_factory.mktemp("csv") / "any.csv"
    frame.write_csv(path, quote_style="always")
    assert read_rows(path).frame.equals(frame)


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ('a,b\n5" pipe,1\n6" pipe,2\n', [('5" pipe', "1"), ('6" pipe', "2")]),
        ('a,b\nthe "big" one,1\nx,2\n', [('the "big" one', "1"), ("x", "2")]),
        ('a,b\n5" pipe,1\nx,2\n', [('5" pipe', "1"), ("x", "2")]),
        ("a,b\n\n1,2\n\n\n3,4\n\n", [("1", "2"), ("3", "4")]),
        ("a\n1\n\n2", [("1",), ("2",)]),
    ],
)
def test_stray_quotes_and_blank_lines(tmp_path: Path, text: str, rows: list[tuple[str, ...]]) -> None:
    (tmp_path / "odd.csv").write_text(text)
    assert read_rows(tmp_path / "odd.csv").frame.rows() == rows


def test_decimal_commas_in_files_with_semicolons(tmp_path: Path) -> None:
    path = tmp_path / "europe.csv"
    path.write_text("a;b;y\n1,5;x, y;2\n-2;z;3,25\n")
    table = read(path)
    assert table.frame["a"].to_list() == ["1.5", "-2"]
    assert table.frame["b"].to_list() == ["x, y", "z"]
    assert "Read with a decimal comma: a, y." in table.notes


def test_target_is_found_by_its_name_or_place(tmp_path: Path) -> None:
    def target(names: list[str], asked: str | None = None) -> str | None:
        return read(pl.DataFrame({name: [1, 2] for name in names}), asked).target

    assert target(["a", "Target", "class", "b"]) == "Target"
    assert target(["a", "LABEL", "y", "b"]) == "LABEL"
    assert target(["x", "y", "z", "price"]) == "price", "y beside z is a coordinate"
    assert target(["a", "b"], "a") == "a"
    table = read(pl.DataFrame({"a": [1, 2], "b": [1, 2]}))
    assert table.notes == ("Target: column 'b', the last one (choose another with --target).",)


def test_arrays_frames_and_archives_agree(tmp_path: Path) -> None:
    x, y = np.array([[1.0, 2.0], [3.0, np.nan], [5.0, 6.0]]), np.array([0, 1, 0])
    np.savez(tmp_path / "t.npz", X=x, y=y)
    columns = {"x0": x[:, 0], "x1": x[:, 1], "target": y}
    pl.DataFrame(columns).write_parquet(tmp_path / "t.parquet")
    forms = [
        (x, y),
        (x, y[:, None]),
        (pl.DataFrame(columns).drop("target"), pl.Series("target", y)),
        (pd.DataFrame(columns).drop(columns="target"), pd.Series(y, name="target")),
        (x, pd.DataFrame({"target": y})),
        pd.DataFrame(columns),
        pl.DataFrame(columns).lazy(),
        columns,
        tmp_path / "t.npz",
        str(tmp_path / "t.parquet"),
    ]
    for form in forms:
        table = read(form)  # type: ignore[arg-type]
        assert table.target == "target"
        assert table.frame.fill_nan(None).equals(pl.DataFrame(columns).fill_nan(None)), form


def test_torch_tensors_are_read_without_importing_torch_here() -> None:
    class Tensor:
        def detach(self) -> Tensor:
            return self

        def cpu(self) -> Tensor:
            return self

        def numpy(self) -> np.ndarray:
            return np.arange(24, dtype=np.float32).reshape(3, 2, 4)

    table = read((Tensor(), np.array(["a", "b", "a"])))
    assert table.frame.width == 9, "images are flattened"
    assert table.frame["target"].to_list() == ["a", "b", "a"]


def test_pandas_types_are_kept() -> None:
    frame = pd.DataFrame(
        {
            "words": pd.Series(["a", None, "b"], dtype="string"),
            "levels": pd.Categorical(["u", "v", "u"]),
            "whole": pd.array([1, None, 3], dtype="Int64"),
            "when": pd.to_datetime(["2024-01-01", None, "2024-01-03"]),
            "mixed": ["a", 1, None],
            "flags": [True, None, False],
        }
    )
    table = read(frame).frame
    assert table["words"].to_list() == ["a", None, "b"]
    assert table["levels"].to_list() == ["u", "v", "u"]
    assert table["whole"].to_list() == [1, None, 3]
    assert table["when"].dtype == pl.Datetime
    assert table["when"].null_count() == 1
    assert table["mixed"].to_list() == ["a", "1", None]
    assert table["flags"].to_list() == [True, None, False]


def test_shapes_that_do_not_fit_are_refused() -> None:
    with pytest.raises(DataError, match="X has 3 rows but y has 2"):
        read((np.zeros((3, 2)), np.zeros(2)))
    with pytest.raises(DataError, match="its shape is"):
        read((np.zeros((3, 2)), np.zeros((3, 2))))
    with pytest.raises(DataError, match="2 dimensions"):
        read(np.zeros(3))
    with pytest.raises(DataError, match=r"type builtins.int cannot be read\. Give a file"):
        read(7)
    with pytest.raises(DataError, match="has 3 parts"):
        read((np.zeros((3, 2)), np.zeros(3), np.zeros(3)))
    with pytest.raises(DataError, match="several columns named 'a'"):
        read(pd.DataFrame([[1, 2], [3, 4]], columns=["a", "a"]))


@pytest.mark.parametrize("name", BUNDLED)
def test_bundled_sets_are_those_of_scikit_learn(name: str) -> None:
    from sklearn import datasets

    options = {"scaled": False} if name == "diabetes" else {}
    bunch = getattr(datasets, f"load_{name.replace('-', '_')}")(**options)
    table = read(name)
    assert table.target == "target"
    assert table.frame.columns[:-1] == list(bunch.feature_names)
    np.testing.assert_array_equal(table.frame.drop("target").to_numpy(), bunch.data)
    targets = bunch.target if name == "diabetes" else np.asarray(bunch.target_names)[bunch.target]
    np.testing.assert_array_equal(table.frame["target"].to_numpy(), targets)


def test_fingerprint_changes_with_names_types_and_values_only() -> None:
    base = pl.DataFrame({"a": [1, 2], "b": ["x", None]})

    def mark(frame: pl.DataFrame) -> str:
        return read(frame).fingerprint()

    assert mark(base) == mark(pl.concat([base[:1], base[1:]]))
    others = [
        base.rename({"a": "c"}),
        base.cast({"a": pl.Float64}),
        base.with_columns(a=pl.Series([1, 3])),
        base.with_columns(b=pl.Series(["x", ""])),
        base.with_columns(b=pl.Series([None, "x"])),
        base.select("b", "a"),
        base[::-1],
    ]
    assert len({mark(base), *map(mark, others)}) == len(others) + 1


def test_importing_the_reader_loads_no_heavy_library() -> None:
    code = (
        "import sys, curvewise.data, curvewise.data.read, curvewise.data.examples;"
        "print([m for m in ('torch', 'sklearn', 'polars', 'pandas', 'scipy') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_bundled_set_needs_no_scikit_learn_import() -> None:
    code = "import sys; from curvewise.data.read import read; read('digits'); print('sklearn' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_lists_of_rows_are_read(tmp_path: Path) -> None:
    table = read(([[1, 2.5, "u"], [2, 3.5, "v"]], ["a", "b"]))
    assert table.frame.columns == ["x0", "x1", "x2", "target"]
    assert table.frame.rows() == [(1, 2.5, "u", "a"), (2, 3.5, "v", "b")]
    assert read([[1, 2], [3, 4]]).target == "x1"


def test_decimals_and_wide_whole_numbers_have_a_fingerprint(tmp_path: Path) -> None:
    """Databases export amounts as decimals, and Parquet keeps them."""
    amounts = pl.Series("amount", ["1.25", "2.50", None]).cast(pl.Decimal(10, 2))
    frame = pl.DataFrame({"amount": amounts, "wide": pl.Series([1, 2, 3], dtype=pl.Int128), "y": [1, 2, 3]})
    path = tmp_path / "data.parquet"
    frame.select("amount", "y").write_parquet(path)
    assert len(read(frame).fingerprint()) == 64
    other = frame.with_columns(amount=pl.Series(["1.26", "2.50", None]).cast(pl.Decimal(10, 2)))
    assert read(other).fingerprint() != read(frame).fingerprint()
    assert typed(read(path), {}).frame["amount"].to_list() == [1.25, 2.5, None]


def test_tensors_of_half_precision_are_read() -> None:
    torch = pytest.importorskip("torch")
    rows = torch.tensor([[1.5, 2.0], [3.0, 4.0]], dtype=torch.bfloat16)
    assert read((rows, [0, 1])).frame["x0"].to_list() == [1.5, 3.0]
