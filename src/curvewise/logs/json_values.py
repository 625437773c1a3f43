"""JSON as logs have it: NaN literals, nested rows, numbers in text."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

import msgspec

from curvewise.logs.long_form import names_a_side, side, sided
from curvewise.logs.recording import Column, column_of

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


_LITERAL = re.compile(r"(?<=[:,\[\s])(-?(?:NaN|Infinity))(?=[\s,}\]])")
_DECODER = msgspec.json.Decoder()


def decoded(decode: Callable[[str], list[Any]], text: str) -> list[Any]:
    """What a compiled decoder reads in a text; nothing where it cannot.

    ``NaN`` and ``Infinity``, which it does not take, it reads as texts: ``number`` knows them.
    """
    broken = (msgspec.MsgspecError, RecursionError, UnicodeEncodeError)
    with suppress(*broken):
        return decode(text)
    if "NaN" in text or "Infinity" in text:
        with suppress(*broken):
            return decode(_LITERAL.sub(r'"\1"', text))
    return []


def loaded_lines(text: str) -> list[object]:
    """The value of every line that is not blank, None where it says none."""
    found = decoded(_DECODER.decode_lines, text)
    if len(found) == text.count("\n") + 1:
        return found
    told = [line for line in text.split("\n") if line and not line.isspace()]
    return found if len(found) == len(told) else [loaded(line) for line in told]


def loaded_elements(text: str) -> list[object]:
    """The elements of a list, whose text this is without its brackets; none where it is anything else."""
    return decoded(_DECODER.decode, f"[{text}]")


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


def column(cells: Sequence[object]) -> Column:
    """The numbers (N,) of many values, and where there are any (N,)."""
    if set(map(type, cells)) <= {float, int, type(None)}:
        with suppress(OverflowError):  # a whole number beyond every float
            return column_of(cells)
    return column_of([number(cell) for cell in cells])


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
