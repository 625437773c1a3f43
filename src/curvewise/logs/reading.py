"""Any training log, or a folder of them, as runs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from curvewise.curves.run import Run
from curvewise.errors import LogError
from curvewise.logs import (
    json_documents,
    json_lines,
    mlflow,
    progress,
    tables,
    tensorboard,
    wandb,
)
from curvewise.logs.columns import GUESSED, Columns
from curvewise.logs.opening import Source, spooled
from curvewise.logs.safe_text import shown
from curvewise.logs.walking import KNOWN, Found, found_in


@dataclass(frozen=True)
class Format:
    """One format: how it is known, and how it is read."""

    name: str
    recognises: Callable[[Source, bytes], bool]
    runs: Callable[[Source, Columns], Iterator[Run]]


FORMATS = (
    Format("W&B", wandb.recognises, wandb.runs),
    Format("MLflow database", mlflow.recognises, mlflow.runs),
    Format("TensorBoard events", tensorboard.recognises, tensorboard.runs),
    Format("JSON lines", json_lines.recognises, json_lines.runs),
    Format("JSON", json_documents.recognises, json_documents.runs),
    Format("table", tables.recognises, tables.runs),
    Format("printed progress", progress.recognises, progress.runs),
)
"""In the order in which they are tried: those that are known by their first bytes first."""
GUESSES = (
    Format("a log with a long preface", progress.recognises_later, progress.runs),
    Format("a table without known names", lambda source, head: tables.guessable(head), tables.runs),
)
"""Tried last, and not in folders."""


def read(paths: Sequence[str], columns: Columns | None = None) -> Iterator[Run]:
    """The runs in files and folders, one after another; ``-`` is standard input.

    Files are known by their content, whatever they are called, compressed or not. Folders are walked in the
    order of names, without what is hidden and without following links; several logs of one run in a folder
    (event files beside a ``metrics.csv``) give one run. What was guessed, lost or left out is in its notes.

    Raises LogError where a path does not exist or nothing in it can be read, which says what was tried.
    """
    for path in paths:
        yield from _path(path, columns or GUESSED)


def _path(path: str, columns: Columns) -> Iterator[Run]:
    if path == "-":
        kept = spooled()
        try:
            for run in _named_file(Source(kept, "standard input", "standard input"), columns):
                yield replace(run, source="-")
        finally:
            kept.unlink()
        return
    found = Path(path)
    try:
        if found.is_dir():
            yield from _folder(found, columns)
        elif found.exists() and not found.is_file():
            raise LogError(
                f"{shown(path)}: is neither file nor folder; pipe what it gives into `curvewise diagnose -`"
            )
        elif found.exists():
            yield from _named_file(Source(found, _called(found), shown(path), known_by=found.name), columns)
        else:
            raise LogError(f"{shown(path)}: there is no such file or folder")
    except (OSError, ValueError) as error:
        raise LogError(f"{shown(path)}: cannot be read ({shown(str(error))})") from error


def _called(path: Path) -> str:
    """A file's run is called by the folder where the file's own name says nothing."""
    stem = path.name.removesuffix(".gz")
    if stem in KNOWN or "tfevents" in stem or stem.endswith(".wandb"):
        return path.absolute().parent.name or stem
    return stem.split(".")[0] or stem


def _named_file(source: Source, columns: Columns) -> Iterator[Run]:
    """The runs of a file that was named, so that there must be some."""
    tried: list[str] = []
    for run in _file(source, columns, tried, guess=True):
        tried.append("")
        yield run
    if "" in tried:
        return
    if columns.given:
        _check_names(source, columns)
    because = "; ".join([*dict.fromkeys(source.damage)][:3])
    raise LogError(
        f"{source.shown}: no training log can be read here: "
        + (f"as {', '.join(tried)} it holds no loss and no accuracy" if tried else "its format is not known")
        + (f" ({because})" if because else "")
        + _known_names(source)
        + ". Name its columns with --x, --train and --valid, or give another file"
    )


def _file(source: Source, columns: Columns, tried: list[str], guess: bool) -> Iterator[Run]:
    """The runs of a file as the first format in which there are any."""
    head = source.head()
    if not head:
        source.damage.append("it is empty")
        return
    for form in (*FORMATS, *GUESSES) if guess else FORMATS:
        if form.recognises(source, head) and form.name not in tried:
            tried.append(form.name)
            source.damage.clear()
            some = False
            for run in form.runs(source, columns):
                some = True
                yield run
            if some:
                return


def _check_names(source: Source, columns: Columns) -> None:
    names = tables.names(source)
    for given in columns.given:
        if names and shown(given) not in names:
            from difflib import get_close_matches

            near = get_close_matches(given, names, 1)
            hint = f"; did you mean `{near[0]}`?" if near else ""
            raise LogError(f"{source.shown}: no column `{shown(given)}` among {', '.join(names)}{hint}")


def _known_names(source: Source) -> str:
    names = tables.names(source) if tables.guessable(source.head()) else []
    return f"; its columns are {', '.join(names)}" if names else ""


def _folder(folder: Path, columns: Columns) -> Iterator[Run]:
    """The runs in a folder; files in which there are none are passed over."""
    any_run, tried = False, 0
    for found in found_in(folder):
        for each in (found, *found.instead):
            tried += 1
            some = False
            for run in _found(each, columns):
                any_run = some = True
                yield _told_of_others(run, found) if found.instead else run
            if some:
                break
    if not tried:
        raise LogError(
            f"{shown(str(folder))}: no training log in this folder and those below it, "
            "nor any file that might be one"
        )
    if not any_run:
        raise LogError(
            f"{shown(str(folder))}: no training log in this folder and those below it; {tried:,} files that "
            f"might be one were tried as {', '.join(form.name for form in FORMATS)}"
        )


def _found(found: Found, columns: Columns) -> Iterator[Run]:
    try:
        if found.mlflow:
            yield from mlflow.run_of(found.path, found.name, columns)
        elif found.events:
            parts = [
                (role, Source(path, found.name, shown(str(path)), known_by=path.name))
                for role, path in found.events
            ]
            yield from tensorboard.together(parts, columns)
        else:
            source = Source(found.path, found.name, shown(str(found.path)), known_by=found.path.name)
            yield from _file(source, columns, [], guess=False)
    except OSError:  # not to be read by this user: what else is in the folder counts
        return


def _told_of_others(run: Run, found: Found) -> Run:
    beside = ", ".join(
        "event files" if each.events else shown(each.path.name)
        for each in (found, *found.instead)
        if shown(str(each.path)) != run.source
    )
    return replace(run, notes=(*run.notes, f"beside it and taken for the same run: {beside}"))
