"""Whatever is wrong with a table is said: what, where, and what to do."""

from __future__ import annotations

import gzip
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from curvewise.data.prepare import prepare
from curvewise.data.read import read
from curvewise.errors import DataError

Refused = Callable[..., str]
GOOD = "".join(f"{i},{i * 0.5},{'ab'[i % 2]}\n" for i in range(1, 31))


@pytest.fixture
def refused(tmp_path: Path) -> Refused:
    """Write a file, prepare it, and give back the message of the DataError, its folder cut out."""

    def run(
        content: str | bytes, name: str = "data.csv", target: str | None = None, **options: object
    ) -> str:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        with pytest.raises(DataError) as caught:
            prepare(read(path, target), seed=0, **options)
        return str(caught.value).replace(f"{tmp_path}/", "")

    return run


def test_missing_file_names_what_is_near(tmp_path: Path) -> None:
    (tmp_path / "people.csv").write_text("a,b\n1,2\n")
    with pytest.raises(DataError, match=r"no file .*peopel\.csv.*Did you mean '.*people\.csv'"):
        read(tmp_path / "peopel.csv")
    with pytest.raises(DataError, match="Did you mean 'digits'"):
        read("digts")


def test_folder_is_not_a_file(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"is a folder without images .*; give one of its files"):
        read(tmp_path)


def test_unreadable_file_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(DataError, match=r"cannot be read: Permission denied\. Look at its permissions"):
        read(tmp_path / "data.csv")


@pytest.mark.parametrize("content", ["", "\n \n", b"\xef\xbb\xbf", gzip.compress(b"", mtime=0)])
def test_empty_file(refused: Refused, content: str | bytes) -> None:
    assert refused(content) == (
        "data.csv is empty. Give a file with a line of column names and rows below it."
    )


def test_names_without_rows(refused: Refused) -> None:
    assert "data.csv has column names but no rows" in refused("a,b,c\n")
    assert "data.csv has column names but no rows" in refused("a,b,c")


def test_one_column_only(refused: Refused) -> None:
    assert "has 1 column; a target and at least one other are needed" in refused("a\n1\n2\n")


def test_no_such_target(refused: Refused) -> None:
    message = refused("size,weight,class\n" + GOOD, target="klass")
    assert message.startswith("There is no target column 'klass' in data.csv. Did you mean 'class'?")
    assert "There are: size, weight, class." in refused("size,weight,class\n" + GOOD, target="zzz")


def test_one_class_only(refused: Refused) -> None:
    message = refused("size,class\n" + "".join(f"{i},yes\n" for i in range(20)), columns={"size": "number"})
    assert "The target 'class' of data.csv has one class only ('yes')" in message


def test_too_few_rows_for_the_classes(refused: Refused) -> None:
    message = refused("size,class\n1,a\n2,b\n3,c\n4,a\n5,b\n")
    assert "5 rows with a target for 3 classes of 'class'; at least 9 are needed" in message
    assert "join rare classes" in message


def test_too_few_rows_for_a_regression(refused: Refused) -> None:
    assert "has 4 rows with a target; a regression needs at least 10" in refused(
        "a,y\n1,1.5\n2,2.5\n5,3.5\n1,2.2\n"
    )


def test_constant_regression_target(refused: Refused) -> None:
    message = refused("a,y\n" + "".join(f"{i % 7},2.5\n" for i in range(20)), task="regression")
    assert "The target 'y' of data.csv is constant (2.5)" in message


def test_infinite_value_names_line_and_column(refused: Refused) -> None:
    assert "An infinite value (column 'a', line 32 of data.csv)" in refused("a,b,c\n" + GOOD + "inf,1,a\n")
    assert "column 'b', line 3 of data.csv" in refused("a,b,c\n1,2,a\n3,-Infinity,b\n" + GOOD)


def test_infinite_value_in_memory_names_the_row() -> None:
    x = np.arange(40.0).reshape(20, 2) % 7
    x[4, 1] = np.inf
    with pytest.raises(DataError, match=r"column 'x1', row 5 of \(numpy.ndarray, numpy.ndarray\)"):
        prepare(read((x, np.arange(20) % 2)), seed=0)


def test_duplicate_column_names(refused: Refused) -> None:
    message = refused("a,b,a\n" + GOOD)
    assert message.startswith("Columns 1 and 3 of data.csv are both named 'a' (line 1). Rename one")


def test_mixed_types_name_the_first_offending_line(refused: Refused) -> None:
    message = refused("a,b,c\n" + GOOD + "31,12 kg,a\n32,n/a,b\n")
    assert "'12 kg' is not a number (column 'b', line 32 of data.csv), but 30 other values" in message
    assert "set the column's kind to category or ignored" in message


def test_line_is_right_after_blank_lines_and_quoted_line_breaks(refused: Refused) -> None:
    content = 'a,b,c\n1,"two\nlines",x\n\n2,"one, line",y\n' + "".join(
        f"{i},t{i % 2},{'xy'[i % 2]}\n" for i in range(20)
    )
    message = refused(content + "oops,t1,x\n")
    assert "'oops' is not a number (column 'a', line 26 of data.csv)" in message


def test_wrong_encoding_says_where_and_how_to_convert(refused: Refused) -> None:
    message = refused("näme,b\nx,1\n".encode() + "Zürich,2\n".encode("latin-1"))
    assert "data.csv is not UTF-8: byte 13, line 3, is 0xfc" in message
    assert "iconv -f LATIN1 -t UTF-8 data.csv > utf8.csv" in message.replace("  ", " ")
    assert "is encoded as UTF-16" in refused("a,b\n1,2\n".encode("utf-16"))


@pytest.mark.parametrize(
    ("line", "count"), [("1,2\n", "2 values, too few"), ("1,2,a,9\n", "4 values, too many")]
)
def test_ragged_rows(refused: Refused, line: str, count: str) -> None:
    message = refused("a,b,c\n" + GOOD + line + GOOD)
    assert message.startswith(
        f"Line 32 of data.csv has {count}: line 1 names 3 columns (separated by commas)"
    )


def test_quote_left_open(refused: Refused) -> None:
    assert "record that starts at line 3 of data.csv" in refused('a,b,c\n1,2,a\n3,"4,b\n' + GOOD)


def test_nul_bytes(refused: Refused) -> None:
    assert "data.csv holds a NUL byte at byte 7, line 2" in refused(b"a,b,c\n1\x00,2,a\n")


def test_truncated_gzip(refused: Refused) -> None:
    packed = gzip.compress(("a,b,c\n" + GOOD).encode())
    assert "data.csv.gz is a damaged or truncated gzip file" in refused(packed[:-12], name="data.csv.gz")
    assert "Fetch or compress it again" in refused(packed[:30] + b"junk" + packed[40:], name="data.csv.gz")


def test_first_line_of_values(refused: Refused) -> None:
    assert "Line 1 of data.csv holds values (5.1, 3.5, a" in refused("5.1,3.5,a\n4.9,3.0,b\n")
    assert "Add a first line with a name for each column" in refused("7,3\n4,3\n")


def test_all_labels_missing(refused: Refused) -> None:
    assert "The target 'c' of data.csv is empty" in refused("a,b,c\n1,2,\n3,4,?\n")


def test_regression_target_with_strings(refused: Refused) -> None:
    message = refused("a,b,c\n" + GOOD, task="regression")
    assert "A regression needs numbers, but 'b' is not one (column 'c', line 2 of data.csv)" in message


def test_numbers_with_a_word_as_target(refused: Refused) -> None:
    rows = "".join(f"{i % 7},{i / 3:.2f}\n" for i in range(30))
    assert "'high' is not a number (column 'y', line 32 of data.csv)" in refused("a,y\n" + rows + "1,high\n")


def test_dates_cannot_be_the_target() -> None:
    frame = pl.DataFrame(
        {"a": range(20), "y": np.arange(20).astype("datetime64[D]").astype("datetime64[ms]")}
    )
    with pytest.raises(DataError, match="The target 'y' holds dates"):
        prepare(read(frame), seed=0)


def test_nothing_to_learn_from(refused: Refused) -> None:
    message = refused("a,b,c\n" + "".join(f"1,name {i},{'ab'[i % 2]}\n" for i in range(20)))
    assert message.startswith("No column of data.csv can be learnt from: 'a' (always 1); 'b' (nearly every")


def test_unknown_overrides(refused: Refused) -> None:
    content = "size,weight,c\n" + GOOD
    assert "There is no column 'wieght'" in refused(content, columns={"wieght": "number"})
    assert "Did you mean 'category'?" in refused(content, columns={"size": "categorie"})
    assert "is the target, so it cannot be ignored" in refused(content, columns={"c": "ignored"})
    assert "said to be boolean but has" in refused(content, columns={"size": "boolean"})
    assert "'1' is not a date (column 'size', line 2 of data.csv)" in refused(
        content, columns={"size": "date"}
    )
    assert "'b' is not a number (column 'c', line 2" in refused(content, columns={"c": "number"})
    assert "no task 'clasification'. Did you mean 'classification'?" in refused(content, task="clasification")


def test_files_of_other_kinds_are_named(refused: Refused, tmp_path: Path) -> None:
    assert "an SQLite database; export the table as CSV" in refused(b"SQLite format 3\x00....")
    assert "cannot be read as Parquet" in refused(b"PAR1 but not really", name="data.parquet")
    np.savez(tmp_path / "objects.npz", X=np.array([[{}], [1]], dtype=object))
    with pytest.raises(DataError, match="only unpickling could read"):
        read(tmp_path / "objects.npz")
    np.savez(tmp_path / "names.npz", rows=np.zeros((3, 2)))
    with pytest.raises(DataError, match="no array named X, data or features; it has rows"):
        read(tmp_path / "names.npz")
    with zipfile.ZipFile(tmp_path / "book.xlsx", "w") as book:
        book.writestr("xl/workbook.xml", "<workbook/>")
    with pytest.raises(DataError, match=r"book\.xlsx is an Excel workbook; save its sheet as CSV"):
        read(tmp_path / "book.xlsx")
    packed = (tmp_path / "names.npz").read_bytes()
    (tmp_path / "cut.npz").write_bytes(packed[: len(packed) // 2])
    with pytest.raises(DataError, match=r"cut\.npz is damaged"):
        read(tmp_path / "cut.npz")


def test_columns_of_unsupported_types(tmp_path: Path) -> None:
    frame = pl.DataFrame({"a": [[1, 2]] * 20, "b": [1.5, 2.5] * 10, "c": [0, 1] * 10})
    with pytest.raises(DataError, match=r"Column 'a' of polars.DataFrame holds values of type List"):
        prepare(read(frame), seed=0)
    assert prepare(read(frame), seed=0, columns={"a": "ignored"}).features == 1


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be"])
def test_utf_16_without_its_mark_is_recognised(refused: Refused, codec: str) -> None:
    message = refused(f"a,b,y\n{GOOD}".encode(codec))
    assert f"is encoded as {codec.upper().replace('16-', '16')}" in message
    assert "iconv -f UTF-16" in message


def test_a_line_break_in_a_name_is_said(refused: Refused) -> None:
    message = refused(f'"a\nb",c,y\n{GOOD}')
    assert "Line 1 of data.csv ends within double quotes" in message


@pytest.mark.parametrize("factor", [1e200, -1e160])
def test_a_target_too_large_to_square(refused: Refused, factor: float) -> None:
    rows = "".join(f"{i},{(i % 7 + 0.5) * factor}\n" for i in range(40))
    message = refused(f"a,y\n{rows}")
    assert "too large" in message and "column 'y', line " in message and "another unit" in message


def test_arrays_that_are_no_table() -> None:
    with pytest.raises(DataError, match="has no rows"):
        read((np.zeros((0, 3)), np.zeros(0)))
    with pytest.raises(DataError, match="'x0' holds complex numbers"):
        read((np.ones((9, 2), dtype=complex), np.arange(9)))
    with pytest.raises(DataError, match=r"of data\.npz.*60 rows.*5|60 rows but y has 5"):
        read((np.ones((60, 2)), np.arange(5)))
    with pytest.raises(DataError, match="rows of one length"):
        read([[1, 2, 3], [4, 5]])
    with pytest.raises(DataError, match="rows of one length"):
        read([1, 2, 3])


def test_a_column_asked_for_by_its_number_is_named() -> None:
    frame = pl.DataFrame({"0": [1.0, 2.0], "1": [3, 4]})
    assert read(frame, 1).target == "1"  # type: ignore[arg-type]
    with pytest.raises(DataError, match="There is no target column '7'"):
        read(frame, 7)  # type: ignore[arg-type]


def test_what_is_near_a_missing_file_is_no_hidden_file(tmp_path: Path) -> None:
    (tmp_path / ".cache").write_text("")
    (tmp_path / "a.csv").write_text("")
    with pytest.raises(DataError) as caught:
        read(tmp_path / "zzzzzz")
    assert "a.csv" in str(caught.value) and ".cache" not in str(caught.value)
