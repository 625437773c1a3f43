"""What the benchmark of stacked convolutions and encoder-decoders measures."""

import pytest

import stacking


@pytest.mark.parametrize(
    "name", ["cnn 14x14 (8, 16), 16", "residual 14x14 (8, 16), 16", "gru 32, 10 steps, 16"]
)
def test_every_way_takes_its_turns(name: str) -> None:
    rows = stacking.measure(name, repeats=2, seconds=0.0)
    summary = stacking.summarise(rows)[name]
    assert set(summary) == {"reference_us", "stacked_1_us", "stacked_4_us", "stacked_16_us", "most"}
    assert len(rows) == 8
    assert all(value > 0 for value in summary.values())


def test_medians_are_by_problem_and_way() -> None:
    name = "cnn 28x28 (16, 32), 64"
    rows = [
        {"problem": name, "way": "reference", "repeat": n, "value": v} for n, v in enumerate((5.0, 1.0, 2.0))
    ]
    assert stacking.summarise(rows)[name]["reference_us"] == 2.0
