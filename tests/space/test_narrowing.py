from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curvewise.errors import SpaceError
from curvewise.space.domain import Choice, Fixed, Integer, Real
from curvewise.space.space import Space
from tests.space.spaces import a_space

FIXES = {
    "learning_rate": 0.02,
    "decay": "wsd",
    "optimizer": "sgd",
    "momentum": 0.5,
    "beta2": 0.95,
    "minibatch": 16,
    "weight_decay": 0.0,
    "label_smoothing": 0.1,
    "clip": 3.5,
    "layers": 6,
    "units": 1024,
    "first_ratio": 2.0,
    "activation": "tanh",
    "normalisation": "batch",
    "dropout": 0.0,
    "embedding": 128,
    "encoding": "piecewise",
}


@given(st.sets(st.sampled_from(sorted(FIXES))), st.randoms(use_true_random=False), st.booleans())
def test_every_configuration_respects_what_is_fixed(names: set[str], random: Any, prior: bool) -> None:
    space = a_space().narrow({name: FIXES[name] for name in names})
    assert space.dimension == a_space().dimension - len(names)
    for _ in range(3):
        drawn = space.from_unit([random.random() for _ in range(space.dimension)], prior)
        assert all(drawn[name] == FIXES[name] for name in names)
        space.validate(drawn)
    assert all(space.default()[name] == FIXES[name] for name in names)


def only(space: Space, **changes: Any) -> Any:
    (name,) = changes
    return space.narrow(changes)[name]


def test_a_list_is_a_choice_in_rising_order_and_the_default_moves_into_it() -> None:
    units = only(a_space(), units=[1024, 32, 64])
    assert (units.domain, units.default) == (Choice([32, 64, 1024]), 64)
    assert only(a_space(), units=[32]).domain == Fixed(32)
    assert only(a_space(), optimizer=["sgd", "nesterov"]).domain == Choice(["sgd", "nesterov"], [0.5, 2])
    assert only(a_space(), optimizer=["sgd", "nesterov"]).default == "nesterov"


def test_a_table_changes_what_it_names_and_keeps_the_rest() -> None:
    before = a_space()["learning_rate"]
    after = only(a_space(), learning_rate={"high": 0.1})
    assert (after.domain.low, after.domain.high, after.domain.log) == (1e-5, 0.1, True)
    likeliest = before.domain.from_unit(before.domain.prior.centre)
    assert after.domain.from_unit(after.domain.prior.centre) == likeliest
    assert after.domain.prior.spread * after.domain.width == pytest.approx(
        before.domain.prior.spread * before.domain.width
    )
    assert only(a_space(), momentum={"low": 0.8}).domain.complement


def test_a_prior_is_given_in_the_hyperparameters_own_unit() -> None:
    rate = only(
        a_space(), learning_rate={"low": 1e-4, "high": 1e-2, "log": True, "prior": 1e-3, "spread": 0.1}
    )
    assert rate.domain == Real(1e-4, 1e-2, log=True).peaked(1e-3, 0.1)
    assert only(a_space(), learning_rate={"low": 0.05, "high": 0.1}).default == 0.05


def test_ranges_may_be_widened_as_far_as_is_legal() -> None:
    assert only(a_space(), units={"high": 2048}).domain.high == 2048
    assert only(a_space(), layers=Integer(0, 8)).domain == Integer(0, 8)
    assert only(a_space(), clip={"low": 0.1, "high": 3, "log": True}).domain == Real(0.1, 3.0, log=True)
    weighted = only(a_space(), optimizer={"values": ["adamw", "sgd"], "weights": [3, 1]})
    assert weighted.domain == Choice(["adamw", "sgd"], [3, 1])


def test_domains_are_taken_as_they_are_in_the_hyperparameters_type() -> None:
    assert only(a_space(), units=Choice([16.0, 32.0])).domain.values == (16, 32)
    assert isinstance(only(a_space(), learning_rate=1).default, float)
    assert isinstance(only(a_space(), units=64.0).default, int)
    assert only(a_space(), dropout=Fixed(0)).domain == Fixed(0.0)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"learning_rat": 0.1}, "there is no hyperparameter 'learning_rat'; did you mean learning_rate?"),
        ({"qqq": 0.1}, "there is no hyperparameter 'qqq'; there are learning_rate, decay"),
        ({"units": "many"}, 'units: takes a whole number from 1 to 2048, not "many"'),
        ({"units": [64, 1.5]}, "units: takes a whole number from 1 to 2048, not 1.5"),
        ({"units": True}, "units: takes a whole number from 1 to 2048, not true"),
        ({"units": []}, "units: the list of values is empty"),
        ({"units": [32, 32]}, "units: the values of a choice differ"),
        ({"units": {"low": 900}}, "units: a range goes from low to high, not from 900 to 512"),
        ({"units": {"low": 8, "complement": True}}, "not for whole numbers"),
        ({"units": Real(8, 64)}, "units: takes whole numbers: give its range as Integer"),
        ({"units": Integer(8, 10_000)}, "units: takes a whole number from 1 to 2048, not 10000"),
        ({"units": object()}, "units: takes a value, a list of values or a table"),
        ({"activation": "rellu"}, "did you mean relu"),
        ({"activation": {"low": 1}}, "activation: there is no key 'low' here; there are values, weights"),
        ({"activation": {"weights": [1]}}, "needs its values"),
        ({"activation": {"values": "relu"}}, "values and weights are lists"),
        ({"activation": {"values": ["relu", "tanh"], "weights": [1]}}, "2 values have 2 weights"),
        ({"learning_rate": {"hihg": 1}}, "learning_rate: there is no key 'hihg' here; did you mean high?"),
        ({"learning_rate": {"low": "a"}}, 'takes a number from 1e-09 to 1000, not "a"'),
        ({"learning_rate": {"log": 1}}, "log is true or false, not 1"),
        ({"learning_rate": {"prior": 5.0}}, "prior is a value from 1e-05 to 1, not 5"),
        ({"learning_rate": {"prior": 0.1, "spread": "wide"}}, "spread is a share of the range"),
        ({"learning_rate": {"prior": 0.1, "spread": 0}}, "learning_rate: a prior's spread"),
        ({"clip": {"high": 3}}, "clip: a range needs low"),
        ({"clip": {"low": 1, "high": 3, "spread": 0.1}}, "spread goes with prior"),
        ({"loss": "huber"}, 'loss: takes only "cross_entropy" here, not "huber": a classification'),
    ],
)
def test_what_makes_no_sense_is_explained_with_its_place(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(SpaceError, match="^my.toml: .*" + words.replace("[", "\\[")):
        a_space().narrow(changes, "my.toml")


def test_what_the_data_leaves_no_choice_of_says_why() -> None:
    with pytest.raises(SpaceError, match="a regression has no labels to smooth"):
        a_space(task="regression", classes=1).narrow({"label_smoothing": 0.1})
    with pytest.raises(SpaceError, match="no column of this data is embedded"):
        a_space(embedded_columns=0).narrow({"embedding": 16})
