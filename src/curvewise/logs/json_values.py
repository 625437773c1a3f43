"""JSON as logs have it: NaN literals, nested rows, numbers in text."""

from __future__ import annotations

import json
import math

from curvewise.logs.long_form import names_a_side, side, sided

Flat = dict[str, object]
"""A row without nesting: names to numbers, texts or lists."""
DEPTH = 4
"""Levels of a row that are gone into: ``{"train": {"loss": 1}}`` becomes ``train/loss``."""
MOST = 2000
"""Names of a row."""


def loaded(text: str) -> object:
    """The value that a text says; None where it says none. ``NaN`` and ``Infinity`` are numbers."""
    try:
        found: object = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return found


def flat(value: dict[str, object]) -> Flat:
    """A row, flattened."""
    row: Flat = {}
    for name, each in value.items():
        if isinstance(each, float | int) and len(row) < MOST:
            row[name] = each
        else:
            flattened(each, name, row, DEPTH - 1)
    return row


def flattened(value: object, name: str, row: Flat, depth: int = DEPTH) -> None:
    """Put a value into a row under its name, and what is nested in it under ``name/inner``."""
    if isinstance(value, dict):
        if depth:
            for inner, each in value.items():
                flattened(each, f"{name}/{inner}" if name else str(inner), row, depth - 1)
    elif value is not None and len(row) < MOST:
        row[name] = number(value) if isinstance(value, str) and value.lower() in WRITTEN else value


WRITTEN = {"nan": math.nan, "inf": math.inf, "-inf": -math.inf, "infinity": math.inf, "-infinity": -math.inf}
"""Numbers that JSON has no literals for, as texts."""


def number(value: object) -> float | None:
    """A value as a number; None where it is none. True and False are none."""
    if isinstance(value, bool):
        return None
    if isinstance(value, str):
        return WRITTEN.get(value.lower())
    if isinstance(value, int | float):
        try:
            return float(value)
        except OverflowError:
            return math.inf if value > 0 else -math.inf
    return None


def numbers(row: Flat) -> dict[str, float]:
    """The numbers of a row, under names with its side where it has one: ``{"phase": "val", "loss": 1}``."""
    found: dict[str, float] = {}
    before = ""
    for name, value in row.items():
        told = value if type(value) is float else number(value)
        if told is not None:
            found[name] = told
        elif isinstance(value, str) and names_a_side(name) and side(value):
            before = side(value)
    return {new: found[old] for old, new in sided(found, before).items()} if before else found
