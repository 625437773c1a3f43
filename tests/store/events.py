"""Events for tests, and a hypothesis strategy that draws every kind of them."""

import math
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin

import msgspec
from hypothesis import strategies as st

from curvewise.records import Event, Observed, Point

LEAVES: dict[Any, st.SearchStrategy[Any]] = {
    bool: st.booleans(),
    int: st.integers(-(2**63), 2**63 - 1),
    float: st.floats(allow_nan=False),  # NaN does not equal itself: it is tested by itself
    str: st.text(max_size=20),
    type(None): st.none(),
}


def drawn(kind: Any) -> st.SearchStrategy[Any]:
    """A strategy for a type that records are made of."""
    if kind in LEAVES:
        return LEAVES[kind]
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return st.builds(kind, **{each.name: drawn(each.type) for each in msgspec.structs.fields(kind)})
    parts = get_args(kind)
    match get_origin(kind):
        case origin if origin is Literal:
            found: st.SearchStrategy[Any] = st.sampled_from(parts)
        case origin if origin in (Union, UnionType):
            found = st.one_of([drawn(part) for part in parts])
        case origin if origin is dict:
            found = st.dictionaries(drawn(parts[0]), drawn(parts[1]), max_size=2)
        case origin if origin is tuple and parts[-1] is ...:
            found = st.lists(drawn(parts[0]), max_size=2).map(tuple)
        case origin if origin is tuple:
            found = st.tuples(*[drawn(part) for part in parts])
        case origin:
            assert origin is list, kind
            found = st.lists(drawn(parts[0]), max_size=2)
    return found


EVENTS: st.SearchStrategy[Event] = st.deferred(lambda: drawn(Event))


def a_point(trial: int = 0, epoch: int = 1, valid_loss: float = 0.5) -> Point:
    return Point(trial, epoch, epoch * 30, 1.5, 0.3, 0.1, valid_loss, 0.05, 1e-3, 0.1, 0.01)


def a_round(number: int, trials: int = 64) -> Observed:
    return Observed(float(number), [a_point(trial, number) for trial in range(trials)])


DIVERGED = Observed(1.0, [a_point(valid_loss=math.inf), a_point(valid_loss=-math.inf)])
