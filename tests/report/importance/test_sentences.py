"""The sentence of every kind of effect."""

from __future__ import annotations

import msgspec
import pytest

from curvewise.report.importance.importance import Cost, Importance
from curvewise.report.importance.sentences import cost_text, sentence

UNSAID = Importance(
    hyperparameter="units",
    best=64,
    tried=[8, 512],
    trials=100,
    condition="",
    share=0.3,
    share_low=0.2,
    share_high=0.4,
    told=True,
    good=[16, 64],
    costs=[],
    partner="",
    edge="",
    sentence="",
)


def costs(*pairs: tuple[int | float | str, float]) -> list[Cost]:
    """Those above nothing can be told from none."""
    return [Cost(value, cost, 0.9 * cost, 1.1 * cost, capped=False) for value, cost in pairs]


def told(task: str = "classification", **changes: object) -> str:
    return sentence(msgspec.structs.replace(UNSAID, **changes), task)


@pytest.mark.parametrize(
    ("good", "text"),
    [
        ([16, 64], "best from 16 to 64; 8 costs 0.9 points, 512 costs 2.0 points"),
        ([16, 16], "best near 16; 8 costs 0.9 points, 64 costs 0.4 points"),
        ([8, 64], "best up to 64; 512 costs 2.0 points"),
        ([16, 512], "best from 16 up; 8 costs 0.9 points"),
        ([8, 512], "matters, but which values are best cannot be told"),
    ],
)
def test_numbers(good: list[int], text: str) -> None:
    middle = 0.004 if good == [16, 16] else 0.0
    assert told(good=good, costs=costs((8, 0.009), (16, 0), (64, middle), (512, 0.02))) == text


def test_words() -> None:
    prices = costs(("gelu", 0), ("relu", 0.004), ("tanh", 0.02))
    assert told(good=["gelu"], costs=prices) == "gelu does best; tanh costs 2.0 points, relu costs 0.4 points"
    text = told(good=["gelu", "relu"], costs=prices[:1] + prices[2:], partner="layers")
    assert text == "gelu and relu do best; tanh costs 2.0 points; it depends on layers"


def test_what_is_in_the_worse_half_costs_at_least_so_much() -> None:
    dear = Cost(512, 0.02, 0.01, 0.03, capped=True)
    text = told(good=[8, 64], costs=[*costs((8, 0), (64, 0)), dear])
    assert text.endswith("512 costs at least 2.0 points")


def test_what_cannot_be_told_says_how_much_is_left_open() -> None:
    prices = costs((8, 0), (64, 0.004))
    assert told(told=False, costs=prices) == "none that could be told (under 0.4 points)"
    assert (
        told("regression", told=False, costs=costs((8, 0), (64, 2.5)))
        == "none that could be told (under 2.8)"
    )
    assert told(share=None) == "too few trials to say (100 trials)"


def test_costs_have_the_unit_of_the_error() -> None:
    assert cost_text(0.123, "classification") == "12 points"
    assert cost_text(0.0123, "multilabel") == "0.012 nats"
    assert cost_text(12.3, "regression") == "12"
