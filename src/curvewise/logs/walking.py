"""Folders of runs: which files of a folder are logs, and which belong together."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from curvewise.logs.meanings import ROLES
from curvewise.logs.mlflow import is_run

KNOWN = (
    *("trainer_state.json", "metrics.csv", "measurements.csv", "results.csv", "summary.csv", "history.csv"),
    *("history.json", "result.json", "progress.csv"),
)
"""Names that tools give the log of a folder's only run, the fullest first."""
ENDINGS = {".csv", ".tsv", ".json", ".jsonl", ".ndjson", ".log", ".txt", ".out", ".err", ".wandb"}
DATABASES = {".db", ".sqlite", ".sqlite3"}
NEVER = {"eval_measurements.csv", "requirements.txt", "study.db"}
"""Files that are not looked into: what AlgoPerf's ``measurements.csv`` has too; what cannot be a log."""
CHECKPOINT = re.compile(r"checkpoint-(\d{1,15})\Z")
DEEPEST = 32
MOST_FILES = 100_000


@dataclass(frozen=True)
class Found:
    """Something in a folder that may be a log."""

    path: Path
    name: str
    """What its run is called: where it is in the folder that was given."""
    events: tuple[tuple[str, Path], ...] = ()
    """Event files of one run, each with the role of its folder; ``path`` is the folder."""
    mlflow: bool = False
    """``path`` is the folder of a run of MLflow."""
    instead: tuple[Found, ...] = ()
    """What else may hold this run, if nothing can be read here."""


def found_in(folder: Path) -> Iterator[Found]:
    """What may be a log in a folder and those below, sorted; hidden ones, links and pipes are passed over."""
    for place, folders, files in _walked(folder):
        relative = place.relative_to(folder).as_posix()
        top = relative == "."
        name = (folder.resolve().name or "/") if top else relative
        if is_run(place):
            folders.clear()
            yield Found(place, name, mlflow=True)
            continue
        yield from _of_folder(place, folders, files, name, top)


def _walked(folder: Path) -> Iterator[tuple[Path, list[str], list[str]]]:
    seen = 0
    for root, folders, files in os.walk(folder, followlinks=False):
        place = Path(root)
        deep = len(place.relative_to(folder).parts) >= DEEPEST
        folders[:] = [] if deep else sorted(f for f in folders if _plain(place / f) and f != "__pycache__")
        shown = sorted(f for f in files if _plain(place / f) and (place / f).is_file())
        seen += len(shown)
        if seen > MOST_FILES:
            return
        yield place, folders, shown


def _plain(path: Path) -> bool:
    return not path.name.startswith(".") and not path.is_symlink()


def _of_folder(place: Path, folders: list[str], files: list[str], name: str, top: bool) -> Iterator[Found]:
    """The logs of one folder; ``folders`` loses those that were read as parts of its run."""
    weights_and_biases = [f for f in files if f.endswith(".wandb")]
    if weights_and_biases:
        folders.clear()
        for file in weights_and_biases:
            yield Found(place / file, name)
        return
    checkpoints = sorted((f for f in folders if CHECKPOINT.match(f)), key=lambda f: int(f.split("-")[1]))
    if checkpoints:
        drop = checkpoints if "trainer_state.json" in files else checkpoints[:-1]
        folders[:] = [f for f in folders if f not in drop]
    same = [Found(place / f, name) for f in KNOWN for f in (f, f + ".gz") if f in files]
    events = _events(place, folders, files)
    if events:
        same.append(Found(place, name, events=tuple(events)))
    if same:
        yield Found(same[0].path, name, same[0].events, instead=tuple(same[1:]))
    taken = {each.path.name for each in same}
    rest = [f for f in files if f not in taken and "tfevents" not in f and f not in NEVER and _may_be_log(f)]
    for file in rest:
        stem = file.split(".")[0] or file
        yield Found(place / file, stem if top else f"{name}/{stem}")


def _events(place: Path, folders: list[str], files: list[str]) -> list[tuple[str, Path]]:
    """Event files of a folder, and of those in it named by a role (Keras, Estimator, add_scalars)."""
    events = [("", place / f) for f in files if "tfevents" in f]
    for inner in list(folders):
        last = re.split(r"[_.\-]", inner.lower())[-1]
        if (inner.lower() in ROLES or (events and last in ROLES)) and _holds_events_only(place / inner):
            role = ROLES[last]
            inside = sorted(p for p in (place / inner).iterdir() if "tfevents" in p.name and p.is_file())
            events += [(f"{role}/", path) for path in inside]
            folders.remove(inner)
    return [(role, path) for role, path in events if _plain(path)]


def _holds_events_only(folder: Path) -> bool:
    try:
        inside = [path for path in folder.iterdir() if _plain(path)]
    except OSError:
        return False
    return (
        bool(inside) and all(path.is_file() for path in inside) and any("tfevents" in p.name for p in inside)
    )


def _may_be_log(file: str) -> bool:
    path = Path(file.removesuffix(".gz"))
    return path.suffix.lower() in ENDINGS or path.suffix.lower() in DATABASES
