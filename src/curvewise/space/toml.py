"""Space files: what a person wants fixed, narrowed or widened, and how columns are to be read.

    learning_rate = 0.01                                        # fixed
    units = [32, 64, 128]                                       # one of these
    minibatch = {low = 16, high = 512}                          # a range; the rest stays as it was
    weight_decay = {low = 1e-5, high = 0.1, prior = 1e-3, spread = 0.2}
    optimizer = {values = ["adamw", "sgd"], weights = [3, 1]}   # one of these, the first likelier

    target = "price"            # the column to predict
    task = "regression"         # or classification

    [columns]
    zip = "category"            # how to read a column

The same as a Python mapping does as well, with ``Real``, ``Integer`` and ``Choice`` as values too.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path
from typing import Literal, cast

from curvewise.errors import SpaceError
from curvewise.space.averages import check_averages
from curvewise.space.domain import Choice, Fixed, Integer, Real
from curvewise.space.narrowing import Change
from curvewise.space.space import Space
from curvewise.space.words import shown

Task = Literal["classification", "regression"]
TASKS: tuple[Task, ...] = ("classification", "regression")


@dataclass(frozen=True)
class SpaceFile:
    """What was read; ``apply`` makes a space of it."""

    changes: Mapping[str, Change] = field(default_factory=dict)
    """By hyperparameter; not yet checked against a space."""
    columns: Mapping[str, str] = field(default_factory=dict)
    """How to read each column named here; ``curvewise.data`` knows the words."""
    target: str | None = None
    task: Task | None = None
    where: str = ""
    """Where it comes from; opens the messages of errors."""

    def apply(self, space: Space) -> Space:
        """``space`` with these changes; SpaceError where one does not make sense."""
        searched = space.narrow(self.changes, self.where)
        check_averages(searched, self.where)
        return searched


def read_space(source: str | PathLike[str] | Mapping[str, object] | Space | None) -> SpaceFile:
    """Read a space file, a mapping or a whole space; None changes nothing.

    Raises SpaceError for a file that cannot be read or is not TOML (with line and column), and for
    a key or value that no space could take; whether the hyperparameters exist, ``apply`` says.
    """
    if source is None:
        return SpaceFile()
    if isinstance(source, Space):
        return SpaceFile({each.name: each.domain for each in source.hyperparameters}, where="the space given")
    if isinstance(source, Mapping):
        return changes_of(source)
    if not isinstance(source, str | PathLike):
        raise SpaceError(f"space is a file, a mapping or a Space, not {source!r}")
    return changes_of(_parsed(Path(source)), str(source))


def changes_of(mapping: Mapping[str, object], where: str = "space") -> SpaceFile:
    """A space file's content as a mapping, checked as far as can be without a space."""
    changes = dict(mapping)
    columns, target, task = (changes.pop(key, None) for key in ("columns", "target", "task"))
    if columns is None:
        columns = {}
    if not isinstance(columns, Mapping) or not all(isinstance(kind, str) for kind in columns.values()):
        raise SpaceError(f'{where}: columns is a table of words, such as zip = "category"')
    if not isinstance(target, str | None):
        raise SpaceError(f"{where}: target is the name of a column, not {shown(target)}")
    if task is not None and task not in TASKS:
        raise SpaceError(f"{where}: task is one of {' or '.join(TASKS)}, not {shown(task)}")
    for name, change in changes.items():
        _check_type(change, f"{where}: {name}")
    return SpaceFile(cast("dict[str, Change]", changes), dict(columns), target, task, where)


def _parsed(path: Path) -> dict[str, object]:
    text = ""
    try:
        text = path.read_bytes().decode("utf-8-sig")
        return tomllib.loads(text)
    except OSError as error:
        raise SpaceError(f"{path}: cannot be read ({error.strerror})") from None
    except UnicodeDecodeError as error:
        raise SpaceError(f"{path}: is not UTF-8 text (byte {error.start}); save it as UTF-8") from None
    except tomllib.TOMLDecodeError as error:
        line, column = text.count("\n") + 1, len(text) - text.rfind("\n")
        end = f"at line {line}, column {column}, the end of the file"
        message = str(error).replace("at end of document", end)
        raise SpaceError(f"{path}: is not TOML: {message}") from None


def _check_type(change: object, opening: str) -> None:
    """SpaceError for what is no value, list, table or domain: a date, a nested list."""
    if isinstance(change, str | bool | int | float | Real | Integer | Choice | Fixed):
        return
    if isinstance(change, Mapping):
        parts = list(change.values())
    elif isinstance(change, list | tuple):
        parts = list(change)
    else:
        raise SpaceError(f"{opening} is a value, a list of values or a table, not {change!r}")
    for part in parts:
        lists = isinstance(change, Mapping) and isinstance(part, list | tuple)
        for value in part if lists else (part,):
            if not isinstance(value, str | bool | int | float):
                raise SpaceError(f"{opening} holds {value!r}, which is neither a number nor a word")
