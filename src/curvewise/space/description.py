"""A hyperparameter as plain data for the history, and back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import cast

from curvewise.errors import SpaceError
from curvewise.records import Value
from curvewise.space.domain import Choice, Domain, Fixed, Integer, Real
from curvewise.space.hyperparameter import Category, Condition, Hyperparameter
from curvewise.space.prior import Prior

Data = dict[str, Value | list[Value]]


def description_of(each: Hyperparameter) -> Data:
    """Everything about ``each`` except its name; the legal range's keys begin with ``legal_``."""
    data: Data = each.domain.describe()
    data |= {
        "category": each.category, "default": each.default, "source": each.source,
        "unit": each.unit, "help": each.help,
    }  # fmt: skip
    if each.needs is not None:
        needed: list[Value] = [*each.needs.among] if each.needs.least is None else [each.needs.least]
        data["needs"] = [each.needs.name, "among" if each.needs.least is None else "least", *needed]
    if each.legal is not None:
        data |= {f"legal_{key}": value for key, value in each.legal.describe().items()}
    return data


def hyperparameter_of(name: str, data: Mapping[str, Value | Sequence[Value]]) -> Hyperparameter:
    """The hyperparameter that ``description_of`` described; SpaceError where ``data`` is no such thing."""
    legal = {key.removeprefix("legal_"): value for key, value in data.items() if key.startswith("legal_")}
    try:
        return Hyperparameter(
            name=name,
            domain=domain_of(data),
            category=cast(Category, data["category"]),
            default=cast(Value, data["default"]),
            source=str(data["source"]),
            unit=str(data["unit"]),
            help=str(data["help"]),
            needs=_condition(cast("Sequence[Value] | None", data.get("needs"))),
            legal=domain_of(legal) if legal else None,
        )
    except (KeyError, TypeError, ValueError) as error:
        raise SpaceError(f"{name}: this does not describe a hyperparameter ({error!r})") from None


def domain_of(data: Mapping[str, Value | Sequence[Value]]) -> Domain:
    """The domain that ``Domain.describe`` described."""
    low, high = (cast(float, data.get(key)) for key in ("low", "high"))
    prior = Prior(cast(float, data["centre"]), cast(float, data["spread"])) if "centre" in data else None
    match data["kind"]:
        case "real":
            return Real(low, high, bool(data["log"]), bool(data["complement"]), prior)
        case "integer":
            return Integer(int(low), int(high), bool(data["log"]), prior)
        case "choice":
            weights = cast("Sequence[float] | None", data.get("weights"))
            return Choice(cast("Sequence[Value]", data["values"]), weights)
        case "fixed":
            return Fixed(cast(Value, data["value"]))
    raise SpaceError(f"{data['kind']!r} is no kind of domain")


def _condition(data: Sequence[Value] | None) -> Condition | None:
    if data is None:
        return None
    name, kind, *values = data
    return (
        Condition(str(name), float(values[0]))
        if kind == "least"
        else Condition(str(name), among=tuple(values))
    )
