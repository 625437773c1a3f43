"""What the benchmark of the number of slots measures, and that its figure can be drawn."""

from pathlib import Path

import slots
import slots_figure
from curvewise.cohort.ways import missing


def test_every_way_is_measured_for_every_number_of_slots_and_drawn(tmp_path: Path) -> None:
    rows = slots.measure(largest=4, repeats=2, seconds=0.0)
    summary = slots.summarise(rows)
    kernels = {"native"} if missing("native") is None else set()
    assert set(summary) == {"stacked", "tiled", *kernels}
    assert all(list(by_slots) == ["1", "2", "4"] for by_slots in summary.values())
    assert all(value > 0 for by_slots in summary.values() for value in by_slots.values())
    path = tmp_path / "slots.png"
    slots_figure.draw({**summary, "device": "cpu", "most_together": slots.most()}, "a processor", path)
    assert path.read_bytes().startswith(b"\x89PNG")


def test_medians_are_by_way_and_slots() -> None:
    rows = [
        {"way": "native", "slots": count, "repeat": repeat, "value": value}
        for count, values in ((1, (5.0, 1.0, 2.0)), (2, (3.0, 3.0, 9.0)))
        for repeat, value in enumerate(values)
    ]
    assert slots.summarise(rows) == {"native": {"1": 2.0, "2": 3.0}}
