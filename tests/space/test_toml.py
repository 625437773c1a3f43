from pathlib import Path

import pytest

from curvewise.errors import SpaceError
from curvewise.space.domain import Choice, Fixed, Integer, Real
from curvewise.space.space import Space
from curvewise.space.toml import read_space
from tests.space.spaces import a_space, convolutional, recurrent

EXAMPLE = """
learning_rate = 0.01
units = [32, 64, 128]
minibatch = {low = 16, high = 512}
weight_decay = {low = 1e-5, high = 0.1, prior = 1e-3, spread = 0.2}
optimizer = {values = ["adamw", "sgd"], weights = [3, 1]}

target = "price"
task = "classification"

[dropout]
low = 0.1
high = 0.5

[columns]
zip = "category"
"house number" = "ignored"
"""


def written(folder: Path, text: str | bytes) -> Path:
    path = folder / "space.toml"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def test_a_space_file_fixes_narrows_and_names_columns(tmp_path: Path) -> None:
    read = read_space(written(tmp_path, EXAMPLE))
    assert (read.target, read.task) == ("price", "classification")
    assert read.columns == {"zip": "category", "house number": "ignored"}
    space = read.apply(a_space())
    assert space["learning_rate"].domain == Fixed(0.01)
    assert space["units"].domain == Choice([32, 64, 128])
    minibatch = space["minibatch"].domain
    assert isinstance(minibatch, Integer)
    assert (minibatch.low, minibatch.high, minibatch.log) == (16, 512, True)
    assert space["weight_decay"].domain == Real(1e-5, 0.1, log=True).peaked(1e-3, 0.2)
    assert space["optimizer"].domain == Choice(["adamw", "sgd"], [3, 1])
    dropout = space["dropout"].domain
    assert isinstance(dropout, Real)
    assert (dropout.low, dropout.high) == (0.1, 0.5)


def test_a_mapping_a_space_and_nothing_are_read_alike() -> None:
    mapping = {"learning_rate": Real(1e-4, 1e-2, log=True), "units": (32, 64), "columns": {"a": "number"}}
    read = read_space(mapping)
    assert read.apply(a_space())["units"].domain == Choice([32, 64])
    assert read.columns == {"a": "number"}
    whole = a_space(rows=500).narrow({"layers": 1})
    assert read_space(whole).apply(a_space(rows=500)) == whole
    assert read_space(None).apply(a_space()) == a_space()
    assert read_space({}).apply(a_space()) == a_space()


def test_a_byte_order_mark_is_no_error(tmp_path: Path) -> None:
    assert read_space(written(tmp_path, b"\xef\xbb\xbflayers = 1")).changes == {"layers": 1}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("units = [1, 2\nlayers = 3", r"space.toml: is not TOML: .*line 2, column"),
        ("units = 3\nunits = 4", r"space.toml: is not TOML: Cannot overwrite .*line 2, column 10, the end"),
        ("units = 3\nunits = 4\n", r"space.toml: is not TOML: Cannot overwrite .*line 2, column 10"),
        (b"units = '\xff'", r"space.toml: is not UTF-8 text \(byte 9\)"),
        ("units = 2024-01-01", r"space.toml: units is a value, a list of values or a table"),
        ("units = [[1]]", r"space.toml: units holds \[1\], which is neither"),
        ("units = {low = 2024-01-01}", r"space.toml: units holds .*neither a number nor a word"),
        ("units = {values = [[1]]}", r"space.toml: units holds \[1\]"),
        ('columns = "a"', r"space.toml: columns is a table of words"),
        ("[columns]\na = 3", r"space.toml: columns is a table of words"),
        ("target = 3", r"space.toml: target is the name of a column, not 3"),
        ('task = "ranking"', r'space.toml: task is one of classification or regression, not "ranking"'),
    ],
)
def test_a_file_that_cannot_be_used_is_explained(tmp_path: Path, text: str | bytes, words: str) -> None:
    with pytest.raises(SpaceError, match=words):
        read_space(written(tmp_path, text))


def test_a_file_that_is_not_there_is_explained(tmp_path: Path) -> None:
    with pytest.raises(SpaceError, match=r"none\.toml: cannot be read \(No such file"):
        read_space(tmp_path / "none.toml")


def test_errors_in_values_name_file_and_key(tmp_path: Path) -> None:
    read = read_space(written(tmp_path, "learning_rates = 1"))
    with pytest.raises(SpaceError, match="there is no hyperparameter 'learning_rates'; did you mean"):
        read.apply(a_space())


SPARED = {"optimizer": "schedule_free", "normalisation": ["none", "layer"]}


@pytest.mark.parametrize(
    ("space", "changes", "words"),
    [
        (a_space(), {}, r'"schedule_free" .* "batch".*write normalisation = \["none", "layer"\] too'),
        (a_space(), {"normalisation": "batch"}, r'"batch".*write normalisation = "none" too'),
        (a_space(), {"optimizer": ["adamw", "schedule_free"]}, r'"schedule_free" cannot go with norm'),
        (convolutional(), {}, r'"schedule_free" cannot go with normalisation "batch"'),
        (a_space(), {**SPARED, "momentum": 0}, r'"schedule_free" .* momentum 0.*write momentum = 0.9'),
        (recurrent(), {"momentum": {"low": 0, "high": 0.9, "complement": False}}, "momentum 0"),
    ],
)
def test_schedule_free_is_refused_with_what_it_cannot_average(
    space: Space, changes: dict[str, object], words: str
) -> None:
    read = read_space({"optimizer": "schedule_free"} | changes)
    with pytest.raises(SpaceError, match=f"space: optimizer .*{words}"):
        read.apply(space)


def test_schedule_free_is_searched_where_all_can_be_averaged() -> None:
    assert read_space(SPARED).apply(a_space())["optimizer"].fixed
    assert read_space({"optimizer": "schedule_free"}).apply(recurrent())["optimizer"].fixed
