"""Paths on a command line, and the runs that are found there."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING

from curvewise.curves.run import Run
from curvewise.errors import LogError, StoreError, UsageError
from curvewise.logs.safe_text import shown
from curvewise.report.diagnosed import Unreadable

if TYPE_CHECKING:
    from curvewise.logs.columns import Columns

STANDARD_INPUT = "-"
STUDY = "study.db"
"""What makes a folder a study."""


def runs_at(paths: Sequence[str], columns: Columns | None = None) -> Iterator[Run | Unreadable]:
    """The runs of every path in turn: a log, a folder of logs, a study's folder, ``-`` for standard input.

    What cannot be read is said in its place, and the others are read all the same.
    """
    for path in paths:
        try:
            yield from _runs(path, columns)
        except (LogError, StoreError) as error:
            yield Unreadable(shown(path), str(error))
        except OSError as error:
            yield Unreadable(shown(path), f"{shown(path)}: {error.strerror or error}")


def common_folder(paths: Sequence[str]) -> str:
    """The folder that all paths are in, or that the only one is; empty where there is none to speak of."""
    if STANDARD_INPUT in paths:
        return ""
    try:
        shared = os.path.commonpath(paths)
    except ValueError:  # some are absolute, others not
        return ""
    folder = shared if os.path.isdir(shared) else os.path.dirname(shared)
    return "" if folder in ("", os.sep) else folder


def one_error(unreadable: Sequence[Unreadable]) -> UsageError:
    """The error where no path could be read."""
    return UsageError("\n".join(each.reason for each in unreadable))


def absent(path: str) -> str:
    """What is said of a path that is not there."""
    return f"{shown(path) or 'the empty path'}: there is no such file or folder{_near(Path(path))}"


def _runs(path: str, columns: Columns | None) -> Iterator[Run]:
    if path != STANDARD_INPUT and (not path or not Path(path).exists()):
        raise LogError(absent(path))
    studies = _studies(Path(path)) if path != STANDARD_INPUT else []
    for study in studies:
        yield from _trials(str(study))
    if studies and Path(path) in (studies[0], studies[0] / STUDY):
        return
    from curvewise.logs.reading import read

    try:
        yield from read([path], columns)
    except LogError:
        if not studies:
            raise


def _studies(path: Path) -> list[Path]:
    """The study that a path is, or those in a folder of studies, two levels deep."""
    if path.name == STUDY:
        return [path.parent]
    if (path / STUDY).is_file():
        return [path]
    return sorted(found.parent for level in ("*", "*/*") for found in path.glob(f"{level}/{STUDY}"))


def _trials(folder: str) -> Iterator[Run]:
    from curvewise.cli.history import events_of
    from curvewise.curves.ledger import Ledger
    from curvewise.curves.of_trial import runs_of

    runs = runs_of(Ledger.of(events_of(folder)), folder)
    if not runs:
        raise LogError(f"{folder}: no trial of this study has finished an epoch yet")
    yield from runs


def _near(path: Path) -> str:
    """Names like it in the same folder."""
    try:
        names = [each.name for each in path.parent.iterdir()]
    except OSError:
        return ""
    near = get_close_matches(path.name, names, n=3)
    return f"; did you mean {' or '.join(shown(str(path.parent / name)) for name in near)}?" if near else ""
