"""Whatever is done to a log, reading it ends in runs or in an error that says why."""

from __future__ import annotations

import gzip
import json
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from curvewise.curves.run import Run
from curvewise.errors import LogError
from curvewise.logs.columns import Columns
from curvewise.logs.reading import read
from tests.logs.test_delimited import KERAS, ULTRALYTICS
from tests.logs.test_json import trainer_state
from tests.logs.test_progress import KERAS_2, KERAS_3
from tests.logs.writers import event_file, mlflow_database, tensor, wandb_file

ROWS = [{"train/loss": 2.0 / (i + 1), "val_loss": 3.0, "epoch": float(i)} for i in range(30)]


def database() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = mlflow_database(Path(folder) / "a.db", {"first": {"loss": [1.0] * 20, "val_loss": [2.0] * 20}})
        return path.read_bytes()


LOGS: dict[str, bytes] = {
    "events": event_file(
        [(i, {"train/loss": 1.0 / (i + 1), "val/loss": tensor(1, 5, b"abcd")}) for i in range(40)]
    ),
    "wandb": wandb_file(ROWS, {"lr": 0.5}),
    "mlflow": database(),
    "state": json.dumps(trainer_state(), indent=1).encode(),
    "lines": "\n".join(map(json.dumps, ROWS)).encode(),
    "lists": json.dumps({"loss": [2.0, 1.0], "val_loss": [3.0, 2.0], "name": "a"}).encode(),
    "table": KERAS.encode(),
    "parts": ULTRALYTICS.encode(),
    "printed": (KERAS_2 + KERAS_3).encode(),
    "packed": gzip.compress(KERAS.encode() * 50),
}
Change = Callable[[bytes], bytes]


def changes() -> st.SearchStrategy[Change]:
    """Cut off, flip bits, write over, put in, take out, say again, and put another log behind."""
    where = st.floats(0, 1, exclude_max=True)
    stuff = st.one_of(
        st.binary(max_size=12),
        st.sampled_from(
            [b"\x1b[2J", b"\0" * 40, b"\xff" * 9, b"9" * 400, b"nan,", b"[" * 3000, b'"', b"\n\n"]
        ),
    )

    def at(content: bytes, share: float) -> int:
        return int(share * len(content))

    return st.one_of(
        where.map(lambda w: lambda c: c[: at(c, w)]),
        st.tuples(where, st.integers(1, 255)).map(
            lambda p: (
                lambda c: (
                    c[: at(c, p[0])] + bytes([x ^ p[1] for x in c[at(c, p[0]) :][:1]]) + c[at(c, p[0]) + 1 :]
                )
            )
        ),
        st.tuples(where, stuff).map(
            lambda p: lambda c: c[: at(c, p[0])] + p[1] + c[at(c, p[0]) + len(p[1]) :]
        ),
        st.tuples(where, stuff).map(lambda p: lambda c: c[: at(c, p[0])] + p[1] + c[at(c, p[0]) :]),
        st.tuples(where, where).map(lambda p: lambda c: c[: at(c, min(p))] + c[at(c, max(p)) :]),
        st.tuples(where, where).map(lambda p: lambda c: c + c[at(c, min(p)) : at(c, max(p))]),
        st.sampled_from(sorted(LOGS)).map(lambda name: lambda c: c + LOGS[name]),
    )


def runs_of(content: bytes, columns: Columns | None = None) -> list[Run]:
    """The runs in a file of this content, each held to what every reader promises."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "log"
        path.write_bytes(content)
        try:
            runs = list(read([str(path)], columns))
        except LogError as error:
            assert str(error).isprintable()
            return []
    for run in runs:
        assert run.series
        assert all(told.isprintable() for told in (run.name, run.source, *run.notes))
        for quantity, series in run.series.items():
            assert 0 < len(series) < 9000
            assert np.isfinite(series.at).all()
            assert (np.diff(series.at) > 0).all()
            if quantity.endswith("error"):
                finite = series.values[np.isfinite(series.values)]
                assert ((finite >= -0.02) & (finite <= 1.02)).all()
    return runs


def test_untouched_logs_hold_runs() -> None:
    assert all(runs_of(content) for content in LOGS.values())


@pytest.mark.parametrize("name", sorted(LOGS))
@settings(max_examples=25)
@given(made=st.lists(changes(), min_size=1, max_size=4))
def test_damaged_logs_are_read_up_to_the_damage(name: str, made: list[Change]) -> None:
    content = LOGS[name]
    for change in made:
        content = change(content)
    runs_of(content)


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(LOGS))
@settings(max_examples=3000)
@given(made=st.lists(changes(), min_size=1, max_size=6))
def test_much_damaged_logs_are_read_up_to_the_damage(name: str, made: list[Change]) -> None:
    content = LOGS[name]
    for change in made:
        content = change(content)
    runs_of(content)


@settings(max_examples=60)
@given(st.binary(max_size=300))
def test_bytes_of_any_kind_are_no_harm(content: bytes) -> None:
    runs_of(content)


CELLS = st.one_of(
    st.floats(width=32).map(str),
    st.integers(-(10**20), 10**20).map(str),
    st.sampled_from(
        ["", "NA", "nan", "-inf", "1e400", "87%", "0,5", "tensor(0.5)", "loss", "1:30", '"', "\x1b[2J"]
    ),
)


@settings(max_examples=60)
@given(
    st.lists(
        st.sampled_from(
            ["epoch", "step", "loss", "val_loss", "acc", "val_acc", "lr", "run", "x", "", "test_loss"]
        ),
        min_size=1,
        max_size=6,
    ),
    st.lists(st.lists(CELLS, max_size=7), max_size=12),
    st.sampled_from([",", "\t", ";", " "]),
    st.sampled_from(
        [None, Columns(x="x", train="lr"), Columns(valid="acc"), Columns(x="loss", train="loss")]
    ),
)
def test_tables_of_any_cells_are_no_harm(
    header: list[str], rows: list[list[str]], separator: str, columns: Columns | None
) -> None:
    table = "\n".join(separator.join(row) for row in [header, *rows])
    runs_of(table.encode("utf-8", "replace"), columns)


JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.floats(), st.integers(), st.sampled_from(["loss", "nan", ""])),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(
            st.sampled_from(
                ["loss", "val_loss", "epoch", "step", "log_history", "history", "batches", "acc", "run"]
            ),
            inner,
            max_size=5,
        ),
    ),
    max_leaves=20,
)


@settings(max_examples=60)
@given(st.lists(JSON, min_size=1, max_size=4), st.booleans())
def test_json_of_any_shape_is_no_harm(values: list[object], in_lines: bool) -> None:
    texts = [json.dumps(value) for value in values]
    runs_of(("\n".join(texts) if in_lines else texts[0]).encode())
