"""The calls people make: ``tune`` starts a study, ``resume`` goes on with one."""

from __future__ import annotations

import math
import os
import platform
import re
import shlex
import sys
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from curvewise import __version__
from curvewise.best import stored
from curvewise.cohort.cohort import Cohort
from curvewise.cohort.ways import missing
from curvewise.data.bundled import BUNDLED
from curvewise.data.fewer import learnable
from curvewise.data.opening import open_data
from curvewise.data.prepared import Prepared
from curvewise.data.preparing import Wishes, prepare_data
from curvewise.errors import BudgetError, StoreError, StudyError
from curvewise.records import Event, Noted, Opened, Resumed
from curvewise.records.arguments import LARGEST_SEED, MOST_ROWS, MOST_THREADS, whole_number
from curvewise.records.budget import Budget
from curvewise.records.extent import ImageExtent, RowExtent, SequenceExtent
from curvewise.records.model import known_model
from curvewise.records.policy import known_policy
from curvewise.report.observer import Observer
from curvewise.search.policy import Policy, policy_named
from curvewise.space.defaults import convolutional_space, perceptron_space, recurrent_space
from curvewise.space.space import Space
from curvewise.space.toml import SpaceFile, read_space
from curvewise.store.history import History
from curvewise.store.lock import WriterLock
from curvewise.study.clock import Clock
from curvewise.study.execution import Execution, Parts
from curvewise.study.foresight import SHARE, affordable_rows, epoch_seconds, fewer_note, overrun_note
from curvewise.study.keeping import Keeper
from curvewise.study.study import DATABASE, Study

LOCK = "study.lock"


def tune(
    data: Any,
    *,
    target: str | None = None,
    model: str = "auto",
    space: Any = None,
    budget: str = "60s",
    policy: str = "race",
    seed: int = 0,
    out: str | os.PathLike[str] | None = None,
    task: str | None = None,
    rows: int | None = None,
    threads: int | None = None,
    deterministic: bool = False,
    observer: Observer | None = None,
    command: str = "",
    started: float | None = None,
) -> Study:
    """Find good hyperparameters of a neural network for ``data``; returns the finished study.

    ``data``: a bundled name (digits, wine, breast-cancer, diabetes, iris), a path (CSV, TSV, Parquet,
    npz, MATLAB rolls, idx images), ``(X, y)`` arrays or tensors, a pandas or polars frame; docs/data.md
    says what is read how. ``target``: the column to predict. ``model``: one of ``MODELS``. ``space``: a
    TOML file or a mapping that fixes, narrows or widens hyperparameters. ``rows``: learn from so many
    rows only, drawn by the seed. ``budget``: wall
    time (``60s``, ``5m``, ``2h``) from start to answer, or epochs in all (``300e``). ``policy``: ``race``, or
    ``article`` for one configuration at a time, as the article's expert does. ``out``: a new
    folder for the study, ``runs/<data>-<n>`` by default. ``threads``: trials that train at once, one
    per core by default. ``deterministic``: with a budget in epochs, bit-equal when run again.
    ``observer`` is told of every event; ``started`` is ``time.perf_counter()`` at the start that the
    budget counts from.

    Raises DataError, SpaceError, BudgetError or StudyError where something cannot be done as asked,
    before anything is written, and StoreError where the disk refuses.
    """
    clock = Clock(started=started)
    spent = Budget.parse(budget)
    seed = whole_number("seed", seed, 0, LARGEST_SEED)
    if threads is not None:
        threads = whole_number("threads", threads, 1, MOST_THREADS)
    if rows is not None:
        rows = whole_number("rows", rows, 1, MOST_ROWS)
    model, deciding = known_model(model), known_policy(policy)
    if deterministic and spent.slot_epochs is None:
        raise BudgetError(
            "--deterministic needs a budget in epochs, such as 300e: seconds differ from run to run"
        )
    file = read_space(space)
    wishes = Wishes(model, target or file.target, task or file.task, file.columns, rows)
    ready = _ready(data, wishes, file, seed, _Time(clock, spent, threads or cores()))
    source, prepared, searched = ready.source, ready.prepared, ready.space
    name, folder = _folder(source, out)
    opened = Opened(
        study=name,
        task=prepared.task,
        metric=prepared.metric,
        source=_whereabouts(source),
        target=ready.column,
        seed=seed,
        budget=str(spent),
        threads=threads or cores(),
        deterministic=deterministic,
        rows=prepared.rows,
        features=prepared.features,
        inputs={encoding: prepared.inputs(encoding) for encoding in prepared.encodings},
        cardinalities=list(prepared.cardinalities),
        outputs=prepared.split("plain").outputs,
        columns=dict(file.columns),
        space=searched.describe(),
        fingerprint=prepared.fingerprint,
        versions=versions(),
        command=command or shlex.join(sys.argv),
        model=model,
        extent=prepared.extent,
        asked_rows=ready.rows,
        policy=deciding,
    )
    if observer is not None and observer.stopping():
        raise KeyboardInterrupt  # nothing is trained yet, so there is nothing to save
    notes = (*prepared.notes, *ready.notes)
    events: list[Event] = [opened, *(Noted(note) for note in notes), *_slower_way(prepared)]
    folder = _make(folder) if out is not None else _make_numbered(folder)
    opened = events[0] = msgspec.structs.replace(opened, study=folder.name)
    with WriterLock(folder / LOCK), History.create(folder / DATABASE, events) as history:
        race = policy_named(opened.policy)
        race.see(events)
        if observer is not None:
            observer.events(race.ledger, events)
        interrupted = _carry_out(folder, history, race, prepared, clock, observer)
    return Study(folder, race.ledger, interrupted=interrupted)


def resume(
    folder: str | os.PathLike[str],
    *,
    budget: str | None = None,
    data: Any = None,
    threads: int | None = None,
    observer: Observer | None = None,
    command: str = "",
    started: float | None = None,
) -> Study:
    """Go on with the study in ``folder`` as if it had never stopped; the budget, a total, may grow.

    ``data`` is needed only where the study was given arrays or frames, or a file that has moved.
    Raises StudyError where there is no study, where another process writes it, or where the data
    differ (the difference is shown).
    """
    path = Path(folder)
    if not (path / DATABASE).exists():
        raise StudyError(
            f"{path} is not a study: it has no {DATABASE} (a study is a folder that `curvewise tune` made)"
        )
    with WriterLock(path / LOCK), History.open(path / DATABASE) as history:
        events = [event for _, event in history.since(0)]
        opened = next((event for event in events if isinstance(event, Opened)), None)
        if opened is None:
            raise StudyError(
                f"the study in {path} was killed before it began: start it again in another folder"
            )
        prepared = _same_data(opened, data)
        ledger_budget = next((e.budget for e in reversed(events) if isinstance(e, Resumed)), opened.budget)
        spent = Budget.parse(budget) if budget is not None else Budget.parse(ledger_budget)
        _check_budget(Budget.parse(ledger_budget), spent)
        race = policy_named(opened.policy)
        race.see(events)
        clock = Clock(race.ledger.elapsed, started)
        if race.ledger.ended is not None and str(spent) == ledger_budget:
            if race.ledger.scored is not None and stored(path) is not None:
                return Study(path, race.ledger)
        else:
            resumed = Resumed(
                race.ledger.elapsed, str(spent), threads or cores(), command or shlex.join(sys.argv)
            )
            history.append([resumed])
            race.see([resumed])
        if observer is not None:
            observer.events(race.ledger, [opened])
        interrupted = _carry_out(path, history, race, prepared, clock, observer)
    return Study(path, race.ledger, interrupted=interrupted)


class _Time(NamedTuple):
    """What there is to train in."""

    clock: Clock
    budget: Budget
    threads: int

    @property
    def left(self) -> float:
        """Seconds; inf where the budget is in epochs."""
        return math.inf if self.budget.seconds is None else self.budget.seconds - self.clock.elapsed()


class _Ready(NamedTuple):
    """The data, and what is searched on them."""

    source: str
    column: str | None
    prepared: Prepared
    space: Space
    rows: int | None
    """How many of them are learnt from; None: all."""
    notes: tuple[str, ...]


def _ready(data: Any, wishes: Wishes, file: SpaceFile, seed: int, time: _Time) -> _Ready:
    """All rows, those asked for, or as many as a budget in seconds has room for, which a note then says."""
    found = open_data(data, wishes.target, wishes.model)
    source, column, prepared = prepare_data(found, wishes, seed)
    space = file.apply(default_space(prepared, wishes.model))
    epoch = 0.0
    if time.budget.seconds is not None:
        epoch = epoch_seconds(prepared, space, time.threads, SHARE * time.left)
    if wishes.rows is not None:
        notes = (overrun_note(epoch, time.left),) if epoch > time.left else ()
        return _Ready(source, column, prepared, space, wishes.rows, notes)
    rows = learnable(found)
    used = affordable_rows(rows, epoch, time.left)
    if used is None:
        return _Ready(source, column, prepared, space, None, ())
    note = fewer_note(rows, used, epoch, str(time.budget))
    fewer = _ready(found, replace(wishes, rows=used), file, seed, time)
    return fewer._replace(notes=(note, *fewer.notes))


def _slower_way(prepared: Prepared) -> list[Event]:
    """Said once where the native kernels are not to be had, of networks that they would train."""
    reason = None if isinstance(prepared.extent, ImageExtent) else missing("native")
    if reason is None:
        return []
    return [Noted(f"Trains in PyTorch, which is slower: {reason} (see `curvewise doctor`).")]


def default_space(prepared: Prepared, model: str = "auto") -> Space:
    """The space of the networks that read these data; ``model`` may name a recurrent cell."""
    split, rows = prepared.split("plain"), prepared.rows["train"]
    match prepared.extent:
        case RowExtent():
            return perceptron_space(
                task=prepared.task,
                rows=rows,
                features=prepared.features,
                inputs=prepared.inputs("plain"),
                embedded_columns=len(split.cardinalities),
                classes=split.outputs,
                encodings=prepared.encodings,
            )
        case SequenceExtent(steps=steps):
            return recurrent_space(
                task=prepared.task,
                rows=rows,
                steps=steps,
                model_named=model,
                embedded_columns=len(split.cardinalities),
            )
        case ImageExtent(height=height, width=width):
            return convolutional_space(task=prepared.task, rows=rows, side=min(height, width))


def cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def versions() -> dict[str, str]:
    """Of what a result may depend on."""
    packages = {name: version(name) for name in ("torch", "numpy", "scikit-learn", "polars")}
    return {"curvewise": __version__, "python": platform.python_version(), **packages}


def _carry_out(
    folder: Path,
    history: History,
    race: Policy,
    prepared: Prepared,
    clock: Clock,
    observer: Observer | None,
) -> bool:
    opened = race.ledger.opened
    assert opened is not None
    cohort = Cohort(prepared.split, race.ledger.threads, deterministic=opened.deterministic)
    keeper = Keeper(folder, prepared, opened.versions, opened.command)
    execution = Execution(
        Parts(folder, history, race, cohort, prepared, keeper, clock, observer, opened.seed)
    )
    try:
        execution.resume()
        return execution.run()
    finally:
        cohort.close()


def _folder(source: str, out: str | os.PathLike[str] | None) -> tuple[str, Path]:
    """The study's name and its new folder; nothing is made yet."""
    stem = re.sub(r"[^\w.-]+", "-", Path(source).name.split(".")[0]).strip("-") or "data"
    if out is not None:
        folder = Path(out)
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            go_on = (
                f"go on with it by `curvewise resume {folder}`, or " if (folder / DATABASE).exists() else ""
            )
            raise StudyError(f"{folder} exists already and is never overwritten: {go_on}choose another --out")
        return folder.name, folder
    number = 1
    while (Path("runs") / f"{stem}-{number}").exists():
        number += 1
    return f"{stem}-{number}", Path("runs") / f"{stem}-{number}"


def _whereabouts(source: str) -> str:
    """Where ``resume`` finds the data again: a bundled name or a whole path; as it is for data in memory."""
    path = os.path.abspath(os.path.expanduser(source))
    return path if source not in BUNDLED and os.path.exists(path) else source


def _make_numbered(folder: Path) -> Path:
    """``folder``, or the next number where another study that began at the same moment was quicker."""
    stem, _, number = folder.name.rpartition("-")
    try:
        return _make(folder, anew=True)
    except FileExistsError:
        return _make_numbered(folder.with_name(f"{stem}-{int(number) + 1}"))


def _make(folder: Path, *, anew: bool = False) -> Path:
    try:
        folder.mkdir(parents=True, exist_ok=not anew)
    except OSError as error:
        if anew and isinstance(error, FileExistsError):
            raise  # the next number is tried
        raise StoreError(
            f"the folder {folder} cannot be made: {error.strerror}; choose another with --out"
        ) from error
    return folder


def _same_data(opened: Opened, data: Any) -> Prepared:
    """Read the study's data again; raises StudyError where they are not what they were."""
    source = opened.source if data is None else data
    if data is None and not (source in BUNDLED or os.path.isabs(source)):
        raise StudyError(
            f"this study was given {source} in Python: give the same again with resume(folder, data=...)"
        )
    if data is None and os.path.isabs(source) and not os.path.exists(source):
        raise StudyError(
            f"the study's file, {source}, is not there any more: put it back, or go on in Python by "
            "curvewise.resume(folder, data=...) with its new place"
        )
    task = None if opened.task == "multilabel" else opened.task
    wishes = Wishes(opened.model, opened.target, task, opened.columns, opened.asked_rows)
    called, _, prepared = prepare_data(source, wishes, opened.seed)
    if prepared.fingerprint != opened.fingerprint:
        was = {**opened.rows, "columns": opened.features}
        now = {**prepared.rows, "columns": prepared.features}
        changed = [f"{name} {was[name]} -> {now[name]}" for name in was if was[name] != now[name]]
        difference = "; ".join(changed) or "as many rows and columns, other values"
        raise StudyError(
            f"the data in {called} are not those the study was started with ({difference}): "
            "start a new study, or put the old file back"
        )
    return prepared


def _check_budget(old: Budget, new: Budget) -> None:
    if (old.seconds is None) != (new.seconds is None):
        raise BudgetError(f"the study's budget is {old}: give the new total in the same unit, not {new}")
    if (new.seconds or 0) < (old.seconds or 0) or (new.slot_epochs or 0) < (old.slot_epochs or 0):
        raise BudgetError(f"the study's budget is {old}, a total that can grow but not shrink to {new}")
