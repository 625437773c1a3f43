"""Few cases in which every pair of values of any two factors occurs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations

Case = dict[str, object]
Pair = tuple[tuple[str, object], tuple[str, object]]


def pairwise_cases(factors: Mapping[str, Sequence[object]]) -> list[Case]:
    """Cases that cover all pairs, chosen greedily: each begins with a pair still missing and is filled up
    with the values that add most of what is missing. About as many as the two largest factors multiplied."""
    missing = {
        ((a, x), (b, y)): None for a, b in combinations(factors, 2) for x in factors[a] for y in factors[b]
    }
    cases = []
    while missing:
        case = dict(next(iter(missing)))
        for factor, values in factors.items():
            if factor not in case:
                gains = [
                    sum(pair in missing for pair in _pairs({**case, factor: v}, factors)) for v in values
                ]
                case[factor] = values[gains.index(max(gains))]
        for pair in _pairs(case, factors):
            missing.pop(pair, None)
        cases.append(case)
    return cases


def _pairs(case: Case, factors: Mapping[str, Sequence[object]]) -> list[Pair]:
    present = [(factor, case[factor]) for factor in factors if factor in case]
    return list(combinations(present, 2))
