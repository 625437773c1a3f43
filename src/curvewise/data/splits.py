"""Which rows are trained on, validated on and tested on; drawn before any statistic is computed."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.int64]

HELD_OUT = 0.15
"""Share of the rows for validation, and again for the test."""
MOST_HELD_OUT = 10_000
"""Rows of each at most: the standard error of an error rate of 10 % is then 0.3 %."""


def split_rows(codes: NDArray[np.int64] | None, rows: int, seed: int) -> dict[str, Rows]:
    """Row numbers, ascending, of ``train``, ``valid`` and ``test``: 70 / 15 / 15 % of ``rows``.

    With class ``codes`` (rows,) each class is split by these shares (stratified). A class of one or
    two rows goes to train; from three rows on it is in all three parts unless the parts are capped.
    """
    generator = np.random.Generator(np.random.Philox(key=[seed, 0]))
    held = min(MOST_HELD_OUT, max(1, round(HELD_OUT * rows)))
    parts: dict[str, list[Rows]] = {"train": [], "valid": [], "test": []}
    for members, quota in _quotas(codes, rows, held):
        shuffled = generator.permutation(members)
        parts["valid"].append(shuffled[:quota])
        parts["test"].append(shuffled[quota : 2 * quota])
        parts["train"].append(shuffled[2 * quota :])
    return {name: np.sort(np.concatenate(pieces)).astype(np.int64) for name, pieces in parts.items()}


def parts_of(
    codes: NDArray[np.int64] | None, rows: int, seed: int, given: Mapping[str, Rows] | None
) -> dict[str, Rows]:
    """As ``split_rows`` where nothing is ``given``; else the parts given, what is missing of ``valid`` and
    ``test`` drawn from the training rows: 15 % of them, stratified by class.
    """
    if given is None:
        return split_rows(codes, rows, seed)
    parts = dict(given)
    for key, name in enumerate(("valid", "test"), start=1):
        if name not in parts:
            parts["train"], parts[name] = _held_out(codes, parts["train"], [seed, key])
    return {name: parts[name] for name in ("train", "valid", "test")}


def _held_out(codes: NDArray[np.int64] | None, pool: Rows, key: list[int]) -> tuple[Rows, Rows]:
    """The rows of ``pool`` that are left, and those held out, both ascending."""
    generator = np.random.Generator(np.random.Philox(key=key))
    count = min(MOST_HELD_OUT, max(1, round(HELD_OUT * len(pool))))
    held = [
        generator.permutation(members)[:quota]
        for members, quota in _quotas(None if codes is None else codes[pool], len(pool), count)
    ]
    places = np.sort(np.concatenate(held))
    return np.delete(pool, places), pool[places]


def some_rows(rows: int, count: int, seed: int) -> Rows:
    """``count`` of the row numbers below ``rows``, drawn at random, ascending."""
    generator = np.random.Generator(np.random.Philox(key=[seed, 3]))
    return np.sort(generator.permutation(rows)[:count]).astype(np.int64)


def _quotas(codes: NDArray[np.int64] | None, rows: int, held: int) -> list[tuple[Rows, int]]:
    """The rows of each class, and how many of them are held out for each of validation and test.

    Largest remainders bring the sum to ``held``; then every class of three rows or more gets at
    least one, and none gives up its last training row.
    """
    if codes is None:
        return [(np.arange(rows), held)]
    members = [np.flatnonzero(codes == code) for code in range(int(codes.max()) + 1)]
    sizes = np.array([len(rows_of_class) for rows_of_class in members])
    ideal = sizes * (held / rows)
    quotas = np.floor(ideal).astype(np.int64)
    order = np.argsort(-(ideal - quotas), kind="stable")
    quotas[order[: held - int(quotas.sum())]] += 1
    quotas = np.clip(quotas, (sizes >= 3).astype(np.int64), np.maximum(0, (sizes - 1) // 2))
    return [(rows_of_class, int(quota)) for rows_of_class, quota in zip(members, quotas, strict=True)]
