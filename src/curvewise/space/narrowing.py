"""A change to one hyperparameter's domain: fixed, narrowed, widened or given another prior."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import cast

from curvewise.errors import SpaceError
from curvewise.records import Value
from curvewise.space.domain import Choice, Domain, Fixed, Integer, Real, is_number, same
from curvewise.space.hyperparameter import Hyperparameter
from curvewise.space.words import nearest, range_words, shown

Change = Value | Domain | Sequence[Value] | Mapping[str, object]
"""A value fixes; a list are the choices; a table says low, high, log, complement, prior, spread, or
values and weights; a domain is taken as it is."""

RANGE_KEYS = ("low", "high", "log", "complement", "prior", "spread")
CHOICE_KEYS = ("values", "weights")
SPREAD = 0.15
"""Of a prior whose spread nobody gave; a share of the axis."""


def narrowed(each: Hyperparameter, change: Change) -> Hyperparameter:
    """``each`` with its domain changed and its default moved into it; SpaceError where it may not be."""
    try:
        domain = _domain(each, change)
    except SpaceError as error:
        raise SpaceError(f"{each.name}: {error}") from None
    return replace(each, domain=domain, default=_moved_into(domain, each.default))


def _domain(each: Hyperparameter, change: Change) -> Domain:
    match change:
        case Real() | Integer() | Choice() | Fixed():
            return _checked(each, change)
        case Mapping():
            return _from_table(each, change)
        case str() | bool() | int() | float():
            return Fixed(_legal_value(each, change))
        case list() | tuple():
            return _from_list(each, change)
    raise SpaceError(f"takes a value, a list of values or a table, not {change!r}")


def _legal_value(each: Hyperparameter, value: object) -> Value:
    """``value`` in the hyperparameter's own type; SpaceError where it cannot be set to it."""
    legal = each.legal or each.domain
    if not legal.contains(value):
        if isinstance(legal, Fixed):
            why = f": {each.alone}" if each.alone else ""
            raise SpaceError(f"takes {range_words(legal)} here, not {shown(value)}{why}")
        raise SpaceError(f"takes {_kind(legal)}{range_words(legal)}, not {shown(value)}{_hint(legal, value)}")
    if isinstance(legal, Integer):
        return int(cast(float, value))
    return float(cast(float, value)) if isinstance(legal, Real) else cast(Value, value)


def _kind(legal: Domain) -> str:
    return "a whole number " if isinstance(legal, Integer) else "a number " if isinstance(legal, Real) else ""


def _hint(legal: Domain, value: object) -> str:
    """The nearest word of a choice, if one is near."""
    if not isinstance(legal, Choice) or not isinstance(value, str):
        return ""
    return nearest(value, [known for known in legal.values if isinstance(known, str)], otherwise="")


def _checked(each: Hyperparameter, domain: Domain) -> Domain:
    """``domain``, none of whose values are illegal."""
    legal = each.legal or each.domain
    match domain:
        case Fixed(value=value):
            return Fixed(_legal_value(each, value))
        case Choice(values=values):
            return replace(domain, values=tuple(_legal_value(each, value) for value in values))
        case Real() if isinstance(legal, Integer):
            raise SpaceError("takes whole numbers: give its range as Integer, not Real")
    for end in (domain.low, domain.high):
        _legal_value(each, end)
    return domain


def _from_list(each: Hyperparameter, change: Sequence[Value]) -> Domain:
    if not change:
        raise SpaceError("the list of values is empty")
    values = [_legal_value(each, value) for value in change]
    if len(values) == 1:
        return Fixed(values[0])
    if all(is_number(value) for value in values):
        values.sort(key=float)
    return Choice(values, _known_weights(each.domain, values))


def _known_weights(domain: Domain, values: Sequence[Value]) -> list[float] | None:
    """The weights that ``values`` already had, if all had one."""
    if not isinstance(domain, Choice) or domain.weights is None:
        return None
    pairs = list(zip(domain.values, domain.weights, strict=True))
    weights = [weight for value in values for known, weight in pairs if same(known, value)]
    return weights if len(weights) == len(values) and sum(weights) > 0 else None


def _from_table(each: Hyperparameter, table: Mapping[str, object]) -> Domain:
    words = isinstance(each.legal or each.domain, Choice)
    allowed = CHOICE_KEYS if words or "values" in table else (*RANGE_KEYS, *CHOICE_KEYS)
    for key in table:
        if key not in allowed:
            raise SpaceError(f"there is no key {key!r} here{nearest(key, allowed)}")
    if "values" in table:
        return _from_weights(each, table["values"], table.get("weights"))
    if words or "weights" in table:
        raise SpaceError("needs its values: {values = [...], weights = [...]}")
    return _from_range(each, table)


def _from_weights(each: Hyperparameter, values: object, weights: object) -> Domain:
    if not isinstance(values, list | tuple) or not isinstance(weights, list | tuple | None):
        raise SpaceError("values and weights are lists")
    if weights is None:
        return _from_list(each, values)
    return Choice([_legal_value(each, value) for value in values], weights)


def _from_range(each: Hyperparameter, table: Mapping[str, object]) -> Domain:
    """A range from a table; what the table leaves out stays as it was."""
    old = each.domain if isinstance(each.domain, Real | Integer) else None
    legal = each.legal or each.domain
    low, high = (_end(each, table.get(key, getattr(old, key, None)), key) for key in ("low", "high"))
    log = _flag(table, "log", old.log if old else False)
    if isinstance(legal, Integer):
        if "complement" in table:
            raise SpaceError("complement is for numbers below 1, not for whole numbers")
        return _with_prior(Integer(int(low), int(high), log), old, table)
    kept = isinstance(old, Real) and old.complement and not log
    return _with_prior(Real(low, high, log, _flag(table, "complement", kept)), old, table)


def _end(each: Hyperparameter, end: object, key: str) -> float:
    if end is None:
        raise SpaceError(f"a range needs {key}")
    return float(_legal_value(each, end))


def _flag(table: Mapping[str, object], key: str, otherwise: bool) -> bool:
    value = table.get(key, otherwise)
    if not isinstance(value, bool):
        raise SpaceError(f"{key} is true or false, not {shown(value)}")
    return value


def _with_prior(new: Real | Integer, old: Real | Integer | None, table: Mapping[str, object]) -> Domain:
    """``new`` with the table's prior, or with the old one carried over to the new axis."""
    centre, spread = table.get("prior"), table.get("spread")
    if centre is None and old is not None and old.prior is not None:
        centre = min(max(old.from_unit(old.prior.centre), new.low), new.high)
        spread = old.prior.spread * old.width / new.width if spread is None else spread
    if centre is None:
        if spread is not None:
            raise SpaceError("spread goes with prior, the likeliest value")
        return new
    if not new.contains(centre):
        raise SpaceError(f"prior is a value {range_words(new)}, not {shown(centre)}")
    share = SPREAD if spread is None else spread
    if not is_number(share):
        raise SpaceError(f"spread is a share of the range, such as 0.15, not {shown(share)}")
    return new.peaked(cast(float, centre), cast(float, share))


def _moved_into(domain: Domain, default: Value) -> Value:
    """``default``, or the nearest value to it that ``domain`` contains."""
    if domain.contains(default):
        return default
    match domain:
        case Fixed(value=value):
            return value
        case Choice(values=values, weights=weights):
            if is_number(default) and all(is_number(value) for value in values):
                return min(values, key=lambda value: abs(cast(float, value) - cast(float, default)))
            return values[weights.index(max(weights))] if weights else values[0]
        case Real() | Integer():
            if not is_number(default):
                return domain.from_unit(0.5)
            return min(max(cast(float, default), domain.low), domain.high)
