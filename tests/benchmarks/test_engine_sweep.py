"""What the sweep over widths and minibatches makes of its turns."""

from pathlib import Path

import pytest

from engine_figure import draw
from engine_sweep import cliffs, problem, summarise


def figures(share: float, times: float = 2.0) -> dict[str, float]:
    return {"eager_us": 100.0 * times, "ours_us": 100.0, "share_of_peak": share, "times_eager": times}


def test_every_network_has_its_medians_and_ratios() -> None:
    turns = {"eager_us": (40, 50, 60), "ours_us": (9, 10, 30), "sgemm": (100, 90, 110)}
    rows = [
        {"width": 64, "minibatch": 32, "way": way, "repeat": i, "value": value}
        for way, values in turns.items()
        for i, value in enumerate(values)
    ]
    found = summarise(rows)["64"]["32"]
    network = problem(64, 32)
    assert found["times_eager"] == 5
    assert found["share_of_peak"] == pytest.approx(network.operations(network.split()) / 1e6, abs=1e-3)


def test_what_is_even_has_no_cliff() -> None:
    assert not list(
        cliffs({"64": {"1": figures(0.2), "8": figures(0.5)}, "128": {"1": figures(0.1), "8": figures(0.4)}})
    )


def test_cliffs_are_told_where_they_are() -> None:
    summary = {
        "64": {"8": figures(0.6), "32": figures(0.29)},
        "128": {"8": figures(0.5), "32": figures(0.6, times=0.9)},
        "256": {"8": figures(0.24), "32": figures(0.6)},
    }
    assert list(cliffs(summary)) == [
        "64 units, minibatch 8 to 32: share of peak 0.6 to 0.29",
        "128 units, minibatch 32: 0.9 times eager's pace",
        "minibatch 8, units 128 to 256: share of peak 0.5 to 0.24",
    ]


def test_a_picture_is_drawn(tmp_path: Path) -> None:
    summary = {"64": {"1": figures(0.2), "8": figures(0.5)}, "cliffs": []}
    draw(summary, "some processor", tmp_path / "sweep.png")
    assert (tmp_path / "sweep.png").stat().st_size > 10_000
