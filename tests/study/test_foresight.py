"""A budget too short for the data is said before training, and kept."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import curvewise
from curvewise.data.preparing import Wishes, prepare_data
from curvewise.records import Noted, Observed
from curvewise.store.history import History
from curvewise.study.foresight import FEWEST, affordable_rows, epoch_seconds
from curvewise.study.study import DATABASE
from curvewise.tuning import default_space

chance = np.random.default_rng(0)
IMAGES = chance.integers(0, 255, (1200, 8, 8), dtype=np.uint8), np.arange(1200) % 3
SMALL = {"filters": 2, "stages": 1, "convolutions": 1}


@pytest.mark.parametrize(
    ("rows", "epoch", "left", "fewer"),
    [
        (51_000, 40.0, 20.0, 6300),
        (51_000, 4.9, 20.0, None),
        (51_000, 5.1, 20.0, 50_000),
        (51_000, 4000.0, 20.0, FEWEST),
        (FEWEST, 4000.0, 20.0, None),
        (51_000, 4000.0, -3.0, FEWEST),
    ],
)
def test_an_epoch_takes_a_quarter_of_the_time_at_most(
    rows: int, epoch: float, left: float, fewer: int | None
) -> None:
    assert affordable_rows(rows, epoch, left) == fewer


def test_what_is_quick_on_any_machine_is_not_measured() -> None:
    prepared = prepare_data(IMAGES, Wishes("cnn"), 0)[2]
    space = default_space(prepared, "cnn").narrow(SMALL)
    assert epoch_seconds(prepared, space, 2, worth=60.0) == 0.0
    assert 0 < epoch_seconds(prepared, space, 2, worth=0.0) < 60


def tuned(folder: Path, monkeypatch: pytest.MonkeyPatch, **asked: int) -> tuple[curvewise.Study, list[str]]:
    """As if an epoch took 100 seconds."""
    monkeypatch.setattr("curvewise.tuning.epoch_seconds", lambda *_: 100.0)
    study = curvewise.tune(
        IMAGES, model="cnn", space=SMALL, budget="3s", out=folder / "s", threads=1, **asked
    )
    with History.open(study.folder / DATABASE, readonly=True) as history:
        events = [event for _, event in history.since(0)]
    assert any(isinstance(event, Observed) for event in events)
    return study, [event.text for event in events if isinstance(event, Noted)]


def test_a_budget_shorter_than_an_epoch_learns_from_fewer_rows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    study, notes = tuned(tmp_path, monkeypatch)
    opened = study.ledger.opened
    assert opened is not None and opened.asked_rows == FEWEST == sum(opened.rows.values())
    said = next(note for note in notes if "One epoch" in note)
    assert said.startswith(
        "One epoch of all 1,200 rows takes about 1 min 40 s here and the budget is 3s, so 500"
    )
    assert "--rows 1200" in said
    assert np.isfinite(study.best.scores["validation"]["error"])
    curvewise.resume(study.folder, budget="4s", data=IMAGES)


def test_rows_that_were_asked_for_are_kept_and_the_overrun_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    study, notes = tuned(tmp_path, monkeypatch, rows=1200)
    assert study.ledger.opened is not None and sum(study.ledger.opened.rows.values()) == 1200
    assert any("so the study takes longer. Use fewer --rows or a longer budget." in note for note in notes)
