"""How sure an error is, and what a curve is read as."""

from __future__ import annotations

import math

import msgspec
import pytest

from curvewise.curves.ledger import Entry
from curvewise.records import Configuration, Trial
from curvewise.search.article.result import result_of, standard_error
from tests.search import analytic
from tests.search.article.formula import EPOCHS, GUESSING, Curve, falling, opened, point


def trained(curve: Curve, epochs: int) -> Entry:
    trial = Trial(0, analytic.space().default(), 0, 40, "default")
    entry = Entry(trial)
    for epoch in range(1, epochs + 1):
        entry.curve.add(point(trial, epoch, curve, None, 0.01))
    return entry


def test_the_standard_error_of_a_share_is_the_binomials_and_of_an_rmse_the_normals() -> None:
    entry, begin = trained(falling, 3), opened(EPOCHS)
    assert standard_error(entry, 0.1, begin) == pytest.approx(math.sqrt(0.1 * 0.9 / 200))
    regression = msgspec.structs.replace(begin, task="regression")
    assert standard_error(entry, 3.0, regression) == pytest.approx(3.0 / math.sqrt(400))


def test_where_no_rows_are_told_the_curves_own_noise_counts() -> None:
    def noisy(configuration: Configuration, epoch: int) -> float:
        return GUESSING * (0.5 + 0.1 * math.sin(2.4 * epoch))

    begin = opened(EPOCHS, rows={})
    assert standard_error(trained(noisy, 30), 0.3, begin) > 0.02
    assert standard_error(trained(falling, 30), 0.3, begin) < 0.01


@pytest.mark.parametrize(
    ("curve", "epochs", "reading"),
    [
        (falling, 30, "good"),
        (lambda c, e: math.inf if e > 3 else 1.0, 4, "diverged"),
        (lambda c, e: GUESSING * (0.5 + 0.1 * e), 20, "too high"),
        (lambda c, e: GUESSING * (1 - 0.002 * e), 30, "too low"),
        (lambda c, e: GUESSING, 3, "too low"),
        (lambda c, e: 3 * GUESSING, 3, "too high"),
        (lambda c, e: 0.5 * GUESSING, 3, "untold"),
        (lambda c, e: GUESSING * (0.4 + 0.05 * math.sin(2.4 * e) + 0.6 / (1 + e) ** 2), 30, "stuck"),
    ],
)
def test_curves_are_read_as_the_article_reads_its_pictures(curve: Curve, epochs: int, reading: str) -> None:
    result = result_of(trained(curve, epochs), opened(EPOCHS), early=False)
    assert result.reading == reading
    assert result.words


def test_a_trial_without_a_point_says_so() -> None:
    result = result_of(trained(falling, 0), opened(EPOCHS), early=False)
    assert math.isinf(result.error) and result.words == "it could not be trained"
