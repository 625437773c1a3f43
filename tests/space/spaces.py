"""Spaces and domains for tests, and hypothesis strategies that draw them."""

from typing import Any

from hypothesis import strategies as st

from curvewise.records.model import CELLS
from curvewise.space.defaults import convolutional_space, perceptron_space, recurrent_space
from curvewise.space.domain import Choice, Domain, Integer, Real
from curvewise.space.prior import Prior
from curvewise.space.space import Space

ENCODINGS = ("plain", "piecewise")

UNIT = st.floats(0.0, 1.0, exclude_max=True)


def a_space(**sizes: Any) -> Space:
    usual: dict[str, Any] = {
        "task": "classification",
        "rows": 10_000,
        "features": 20,
        "inputs": 30,
        "embedded_columns": 2,
        "classes": 10,
        "encodings": ENCODINGS,
    }
    return perceptron_space(**(usual | sizes))


def recurrent(**sizes: Any) -> Space:
    """As for the JSB chorales."""
    usual = {"task": "multilabel", "rows": 229, "steps": 13578, "model_named": "rnn", "embedded_columns": 0}
    return recurrent_space(**(usual | sizes))


def convolutional(**sizes: Any) -> Space:
    """As for 10,000 images of 28 x 28 pixels."""
    return convolutional_space(**({"task": "classification", "rows": 8500, "side": 28} | sizes))


@st.composite
def spaces(draw: st.DrawFn) -> Space:
    regression = draw(st.booleans())
    return perceptron_space(
        task="regression" if regression else "classification",
        rows=draw(st.integers(6, 200_000)),
        features=draw(st.integers(1, 500)),
        inputs=draw(st.integers(1, 2000)),
        embedded_columns=draw(st.integers(0, 3)),
        classes=1 if regression else draw(st.integers(2, 1000)),
        encodings=ENCODINGS[: draw(st.integers(1, 2))],
    )


TASKS = ("classification", "regression", "multilabel")


@st.composite
def family_spaces(draw: st.DrawFn) -> Space:
    """Of recurrent and convolutional networks."""
    rows = draw(st.integers(3, 60_000))
    if draw(st.booleans()):
        steps, model = rows * draw(st.integers(1, 500)), draw(st.sampled_from(["auto", "rnn", *CELLS]))
        return recurrent(task=draw(st.sampled_from(TASKS)), rows=rows, steps=steps, model_named=model)
    side = draw(st.integers(1, 64))
    return convolutional(task=draw(st.sampled_from(TASKS[:2])), rows=rows, side=side)


PRIORS = st.none() | st.builds(Prior, st.floats(0, 1), st.floats(0.001, 10))


@st.composite
def reals(draw: st.DrawFn) -> Real:
    scale = draw(st.sampled_from(["linear", "log", "complement"]))
    if scale == "linear":
        low = draw(st.floats(-1e6, 1e6))
        high = low + draw(st.floats(1e-3, 1e6))
    elif scale == "log":
        low = draw(st.floats(1e-12, 1e6))
        high = low * draw(st.floats(1.001, 1e9))
    else:
        far = draw(st.floats(1e-3, 1.0))
        low, high = 1 - far, 1 - far / draw(st.floats(1.01, 1e5))
    return Real(low, high, scale == "log", scale == "complement", draw(PRIORS))


@st.composite
def integers(draw: st.DrawFn) -> Integer:
    log = draw(st.booleans())
    low = draw(st.integers(1 if log else -1000, 1000))
    return Integer(low, low + draw(st.integers(1, 100_000)), log, draw(PRIORS))


WORDS = st.lists(st.sampled_from(["relu", "tanh", "silu", 1, 2.5, True]), min_size=1, unique_by=repr)


@st.composite
def choices(draw: st.DrawFn) -> Choice:
    values = draw(WORDS)
    weights = draw(st.none() | st.lists(st.floats(0, 9), min_size=len(values), max_size=len(values)))
    return Choice(values, weights if weights and sum(weights) > 1e-6 else None)


DOMAINS: st.SearchStrategy[Domain] = st.one_of(reals(), integers(), choices())
