"""What a budget may look like, and what it says when it is none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curvewise.errors import BudgetError
from curvewise.records.budget import Budget


@pytest.mark.parametrize(
    ("text", "budget"),
    [
        ("60s", Budget(seconds=60)),
        ("5m", Budget(seconds=300)),
        ("2h", Budget(seconds=7200)),
        ("1h30m", Budget(seconds=5400)),
        (" 1 H 30 M ", Budget(seconds=5400)),
        ("0.5s", Budget(seconds=0.5)),
        ("300e", Budget(slot_epochs=300)),
    ],
)
def test_reads_what_the_help_shows(text: str, budget: Budget) -> None:
    assert Budget.parse(text) == budget


@pytest.mark.parametrize(
    "text", ["", "fast", "-3s", "0s", "0e", "1.5e", "30m1h", "nan s", "inf s", "9" * 400 + "s"]
)
def test_what_is_no_budget_is_refused_with_examples(text: str) -> None:
    with pytest.raises(BudgetError, match="1h30m"):
        Budget.parse(text)


def test_a_bare_number_lacks_its_unit() -> None:
    with pytest.raises(BudgetError, match="unit is missing"):
        Budget.parse("60")


def test_a_budget_is_one_of_the_two() -> None:
    with pytest.raises(BudgetError, match="either"):
        Budget(seconds=1, slot_epochs=1)
    with pytest.raises(BudgetError, match="either"):
        Budget()


@given(
    st.one_of(
        st.builds(Budget, seconds=st.floats(1e-9, 1e9)),
        st.builds(Budget, seconds=st.integers(1, 10**7).map(float)),
        st.builds(Budget, slot_epochs=st.integers(1, 10**9)),
    )
)
def test_prints_as_it_is_read(budget: Budget) -> None:
    assert Budget.parse(str(budget)) == budget


def test_prints_short() -> None:
    assert [str(Budget.parse(t)) for t in ("60s", "300s", "90m", "300e")] == ["60s", "5m", "1h30m", "300e"]


def test_share_spent() -> None:
    assert Budget(seconds=60).share(30, 999) == 0.5
    assert Budget(slot_epochs=300).share(1e9, 75) == 0.25
    assert str(Budget(slot_epochs=300).doubled()) == "600e"
    assert str(Budget(seconds=60).doubled()) == "120s"
