import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from curvewise.cohort.recipe import recipe
from curvewise.errors import SpaceError
from curvewise.records import Configuration, Value
from curvewise.space.domain import Choice, Fixed, Integer, Real
from curvewise.space.hyperparameter import Condition, Hyperparameter
from curvewise.space.space import Space
from tests.cohort.problems import CLASSIFICATION, REGRESSION
from tests.space.spaces import a_space, spaces

NAMES = (
    "learning_rate",
    "decay",
    "optimizer",
    "momentum",
    "beta2",
    "minibatch",
    "weight_decay",
    "label_smoothing",
    "loss",
    "clip",
    "warmup",
    "patience",
    "base_units",
    "layers",
    "units",
    "first_ratio",
    "activation",
    "normalisation",
    "dropout",
    "embedding",
    "encoding",
    "input_noise",
    "initialisation",
    "initial_scale",
)


@st.composite
def points(draw: st.DrawFn) -> tuple[Space, Configuration]:
    space = draw(spaces())
    vector = draw(st.lists(st.floats(0, 1), min_size=space.dimension, max_size=space.dimension))
    return space, space.from_unit(vector, prior=draw(st.booleans()))


@given(spaces())
def test_every_data_size_has_a_space_of_the_same_names_with_a_valid_default(space: Space) -> None:
    assert space.names() == NAMES
    assert space.names("optimizer") + space.names("model") == NAMES
    assert tuple(space.default()) == NAMES
    space.validate(space.default())


@given(points())
def test_every_point_is_a_valid_canonical_configuration(drawn: tuple[Space, Configuration]) -> None:
    space, configuration = drawn
    space.validate(configuration)
    assert space.canonical(configuration) == configuration
    assert tuple(configuration) == NAMES


@given(points())
def test_a_configuration_survives_the_trip_through_the_unit_cube(drawn: tuple[Space, Configuration]) -> None:
    space, configuration = drawn
    vector = space.to_unit(configuration)
    assert vector.shape == (space.dimension,)
    assert ((vector >= 0) & (vector < 1)).all()
    assert space.from_unit(vector, prior=False) == configuration


@given(points())
def test_the_engine_can_read_every_configuration(drawn: tuple[Space, Configuration]) -> None:
    configuration = drawn[1]
    regression = configuration["loss"] != "cross_entropy"
    resolved = recipe(configuration, 10, REGRESSION if regression else CLASSIFICATION)
    assert len(resolved.shape.units) == configuration["layers"]
    assert resolved.shape.normalisation != "batch" or resolved.minibatch >= 2


@given(points())
def test_what_does_not_matter_makes_no_difference(drawn: tuple[Space, Configuration]) -> None:
    space, configuration = drawn
    idle = set(space.names()) - space.active(configuration)
    other = configuration.replace({name: space[name].domain.from_unit(0.77) for name in idle})
    assert space.canonical(other) == configuration


def test_what_matters_follows_from_optimizer_and_layers() -> None:
    space = a_space()
    linear = space.default().replace({"layers": 0, "optimizer": "sgd"})
    idle = {"units", "first_ratio", "activation", "normalisation", "dropout", "momentum", "beta2", "patience"}
    assert set(space.names()) - space.active(linear) == idle
    one = space.default().replace({"layers": 1, "optimizer": "nesterov"})
    assert set(space.names()) - space.active(one) == {"first_ratio", "beta2", "patience"}


def test_a_condition_on_what_does_not_matter_itself_is_not_met() -> None:
    def make(name: str, needs: Condition | None) -> Hyperparameter:
        return Hyperparameter(name, Integer(0, 4), "model", 2, "", "", "", needs)

    space = Space((make("a", None), make("b", Condition("a", least=1)), make("c", Condition("b", least=1))))
    assert space.active(Configuration({"a": 0, "b": 3, "c": 3})) == {"a"}


def test_minibatches_of_one_row_are_not_batch_normalised() -> None:
    space = a_space()
    online = space.default().replace({"minibatch": 1, "normalisation": "batch"})
    with pytest.raises(SpaceError, match="minibatch is at least 2 where normalisation is batch: one row"):
        space.validate(online)
    assert space.canonical(online)["minibatch"] == 2
    assert space.narrow({"minibatch": [1, 4, 16]}).canonical(online)["minibatch"] == 4
    assert space.narrow({"minibatch": 1})["normalisation"].domain == Choice(["none", "layer"], [2, 1])
    with pytest.raises(SpaceError, match="minibatch is only 1, which cannot go with normalisation is batch"):
        space.narrow({"minibatch": 1, "normalisation": "batch"})


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"units": 4096}, "units is from 8 to 512, not 4096"),
        ({"activation": "swish"}, 'activation is one of "relu", .*, not "swish"'),
        ({"unit": 64}, "no hyperparameter 'unit'; did you mean units?"),
        ({"learning_rate": float("nan")}, "learning_rate is from 1e-05 to 1, not nan"),
    ],
)
def test_an_invalid_configuration_is_explained(changes: dict[str, float], words: str) -> None:
    space = a_space()
    with pytest.raises(SpaceError, match=words):
        space.validate(space.default().replace(changes))


def test_a_missing_value_and_a_vector_of_the_wrong_length_are_explained() -> None:
    space = a_space()
    with pytest.raises(SpaceError, match="says nothing of learning_rate"):
        space.validate(Configuration({"units": 64}))
    with pytest.raises(SpaceError, match=f"has {space.dimension} coordinates, not shape \\(3,\\)"):
        space.from_unit([0.1, 0.2, 0.3])


@given(spaces())
def test_a_space_comes_back_from_the_history(space: Space) -> None:
    stored = dict[str, dict[str, Value | list[Value]]]  # as in records.Opened
    read = msgspec.msgpack.decode(msgspec.msgpack.encode(space.describe()), type=stored)
    assert Space.described(read) == space


def test_a_description_of_something_else_is_refused() -> None:
    with pytest.raises(SpaceError, match="units: this does not describe a hyperparameter"):
        Space.described({"units": {"kind": "integer"}})
    with pytest.raises(SpaceError, match="'triangle' is no kind of domain"):
        Space.described({"units": {"kind": "triangle"}})


def test_ranges_follow_the_size_of_the_data() -> None:
    small, large = a_space(rows=100), a_space(rows=50_000)
    assert (small["minibatch"].default, large["minibatch"].default) == (16, 64)
    assert a_space(rows=20)["minibatch"].default == 5
    assert small["minibatch"].domain.contains(100)
    assert not small["minibatch"].domain.contains(101)
    assert small["units"].default < large["units"].default
    assert float(a_space(rows=100, features=50)["dropout"].default) > float(large["dropout"].default)
    assert a_space(embedded_columns=0)["embedding"].fixed
    assert a_space(encodings=["plain"])["encoding"].domain == Fixed("plain")


def test_most_first_trials_are_affordable_and_varied() -> None:
    space = a_space(rows=1347)
    generator = np.random.default_rng(0)
    drawn = [space.from_unit(generator.random(space.dimension), prior=True) for _ in range(400)]
    units = np.array([each.number("units") for each in drawn])
    minibatches = np.array([each.number("minibatch") for each in drawn])
    assert np.mean((units >= 32) & (units <= 256)) > 0.6
    assert np.mean(1347 / minibatches >= 20) > 0.6
    assert {each.word("optimizer") for each in drawn} == set(space["optimizer"].domain.values)  # type: ignore[union-attr]
    likeliest = max({"adamw", "sgd", "adam"}, key=[each.word("optimizer") for each in drawn].count)
    assert likeliest == "adamw"
    assert {each["layers"] for each in drawn} == {0, 1, 2, 3, 4}


def test_a_space_refuses_names_twice_conditions_on_nothing_and_defaults_outside() -> None:
    each = Hyperparameter("units", Integer(8, 512), "model", 64, "", "", "")
    with pytest.raises(SpaceError, match="same name"):
        Space((each, each))
    with pytest.raises(SpaceError, match="units needs layers"):
        Space((Hyperparameter("units", Integer(8, 512), "model", 64, "", "", "", Condition("layers", 1)),))
    with pytest.raises(SpaceError, match="outside its own range"):
        Hyperparameter("units", Real(8, 512), "model", 4, "", "", "")
    with pytest.raises(SpaceError, match="least value or a list"):
        Condition("layers")
