"""The article's four pictures, trained afresh: good, too low, good, too high; and that they can be drawn."""

from pathlib import Path

import pytest

import four_pictures
import four_pictures_figure

RATES = (1.0, 0.01, 3.0, 100.0)
"""As the rules choose them; that they do is held by the slow test."""


def test_the_four_verdicts_are_those_of_the_article(tmp_path: Path) -> None:
    found = four_pictures.curves(four_pictures.digits(), RATES, seeds=2)
    rows = [four_pictures.row(curve) for curve in found]
    assert [row["verdict"] for row in rows] == [each for each in four_pictures.EXPECTED for _ in range(2)]
    assert [row["advice"] for row in rows[::2]] == ["", "learning rate: 0.01 -> 0.1", "", rows[6]["advice"]]
    assert str(rows[6]["advice"]).startswith("learning rate: 100 -> ")
    for paper in (four_pictures_figure.LIGHT, four_pictures_figure.DARK):
        path = tmp_path / f"{paper.page[1:]}.png"
        four_pictures_figure.draw(rows, paper, path)
        assert path.read_bytes().startswith(b"\x89PNG")


@pytest.mark.slow
def test_rates_chosen_by_rule_and_ten_seeds_give_the_same_verdicts() -> None:
    prepared = four_pictures.digits()
    rates = four_pictures.chosen_rates(prepared)
    assert rates == pytest.approx(RATES)
    rows = [four_pictures.row(curve) for curve in four_pictures.curves(prepared, rates, seeds=10)]
    summary = four_pictures.summarise(rows)
    assert [picture["as_expected"] for picture in summary.values()] == [10, 10, 10, 10]
    assert "zig-zag but falling" in str(summary["zig-zag, and falling"]["signs"])
