"""Many trials trained side by side, each in a slot of its own."""

from __future__ import annotations

import threading
import traceback
from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from pathlib import Path
from typing import Literal, cast, final, get_args

import numpy as np
from numpy.typing import NDArray

from curvewise.cohort import snapshots
from curvewise.cohort.checks import check_split
from curvewise.cohort.families.shape import Shape
from curvewise.cohort.forks import check_fork, forked_state
from curvewise.cohort.graph import graph_of
from curvewise.cohort.jobs import Job, Outcome, jobs_of, lacks_memory
from curvewise.cohort.load import Load
from curvewise.cohort.member import Member
from curvewise.cohort.planner import Kind, Plan, Planner, operations
from curvewise.cohort.recipe import Recipe, recipe
from curvewise.cohort.slots import State
from curvewise.cohort.ways import Way, Workshop, missing, outputs
from curvewise.data.examples import Examples, Split
from curvewise.errors import CurvewiseError, EngineError
from curvewise.records import Configuration, Point, Trial, Value
from curvewise.trainer import Ability

OPERATIONS_PER_SECOND = 1e10
"""Guess for trials not yet timed, of which only the order matters: a tenth of a core's peak."""


SIGNAL_SECONDS = 0.2
"""A signal that comes just as a thread begins to wait is seen only when the wait ends: so it ends now
and then."""


@final
class Cohort:
    """A Trainer of networks: a queue of epochs and ``threads`` threads that work it off.

    ``prepared_splits`` gives the data in an encoding. ``way`` fixes how slots are trained (families that
    it does not know are trained by the reference); ``auto`` takes the usually fastest and measures where
    that is in doubt, but for ``deterministic`` studies.
    A trial that cannot be trained takes no other along: ``failures`` tells of it. Raises EngineError
    where this machine lacks ``way``.
    """

    def __init__(
        self,
        prepared_splits: Callable[[str], Split],
        threads: int,
        way: Way | Literal["auto"] = "auto",
        deterministic: bool = False,
    ) -> None:
        if way != "auto" and (reason := missing(way)):
            raise EngineError(reason)
        self._splits = prepared_splits
        ways: tuple[Way, ...] = get_args(Way) if way == "auto" else (way,)
        self._threads, self._workshop = threads, Workshop(threads, waits=deterministic)
        self._planner = Planner(ways, self._workshop, threads, not deterministic)
        self._load, self._settled = Load(), 0
        self._members: dict[int, Member] = {}
        self._failed: set[int] = set()
        self._checked: set[str] = set()
        self._failures: dict[int, tuple[str, str]] = {}
        self._interrupted = threading.Event()
        self._workers = ThreadPoolExecutor(threads, "slot")

    @property
    def abilities(self) -> frozenset[Ability]:
        """All of them."""
        return frozenset({"fork", "change", "restore"})

    @property
    def plans(self) -> Mapping[Kind, Plan]:
        """What was measured to choose ways, by kind of network."""
        return self._planner.plans

    def notes(self) -> list[str]:
        """A sentence for all that was measured or compiled since the last call, for the history."""
        return [*self._workshop.notes(), *self._planner.notes()]

    def start(self, trials: Sequence[Trial]) -> None:
        """Give each trial a slot, untrained; one that cannot be trained is among the ``failures``."""
        resolved: dict[int, tuple[Recipe, Split]] = {}
        for trial in trials:
            self._check_new(trial)
            try:
                resolved[trial.number] = self._resolve(trial.configuration, trial.horizon)
            except Exception as error:
                self._fail(trial.number, error)
        alike = Counter(graph_of(*each) for each in resolved.values())
        for trial in trials:
            if trial.number not in resolved:
                continue
            recipe, split = resolved[trial.number]
            try:
                way = self._planner.way(recipe, split, alike[graph_of(recipe, split)])
                self._members[trial.number] = Member(trial, recipe, split, way, self._workshop)
            except Exception as error:
                self._fail(trial.number, error)

    def advance(self, trials: Sequence[int]) -> list[Point]:
        """Train one more epoch of each of these trials, the longest first; points in the order given.

        There is no point of a trial that failed. Those for which memory does not suffice are tried again with
        half as many at a time, down to one. On KeyboardInterrupt the epochs in flight are finished
        and their points lost, so that slots may then be an epoch ahead of what was reported.
        """
        self._interrupted.clear()
        members = {number: self._member(number) for number in trials if number not in self._failed}
        for member in members.values():
            _ = member.slot  # raises where it was freed, before anything is trained
        outcomes, threads = self._trained(list(members.values()), self._threads), self._threads
        while threads > 1 and (again := [m for n, m in members.items() if lacks_memory(outcomes.get(n))]):
            threads //= 2
            outcomes |= self._trained(again, threads)
        points = [self._point(number, outcomes[number]) for number in members]
        self._plan_again([member for number, member in members.items() if number in self._members])
        return [point for point in points if point is not None]

    def _trained(self, members: Sequence[Member], threads: int) -> dict[int, Outcome]:
        """What came of one epoch of each, on so many threads."""
        futures: list[Future[dict[int, Outcome]]] = []
        all_queued = threading.Event()  # so that no epoch is ever in flight that is not waited for
        try:
            jobs = jobs_of(members, threads)
            queue = deque(sorted(jobs, key=self._expected_seconds, reverse=True))
            for _ in range(min(threads, len(queue))):
                futures.append(self._workers.submit(self._work_off, queue, all_queued))
            all_queued.set()
            while wait(futures, timeout=SIGNAL_SECONDS).not_done:
                continue
        except KeyboardInterrupt:
            self._interrupted.set()
            all_queued.set()
            wait(futures)
            raise
        return {number: outcome for future in futures for number, outcome in future.result().items()}

    def failures(self) -> dict[int, tuple[str, str]]:
        """Trials that failed since the last call, (reason, traceback) of each; their slots are freed."""
        failures, self._failures = self._failures, {}
        return failures

    def stop(self, trial: int) -> None:
        """Free the trial's slot; its best weights stay available until ``forget``."""
        if trial not in self._failed:
            self._member(trial).stop()

    def forget(self, trial: int) -> None:
        """Drop the trial's slot and weights."""
        self._members.pop(trial, None)

    def fork(self, parent: int, child: Trial, changes: Mapping[str, Value]) -> None:
        """Start ``child`` as a copy of ``parent``: weights, optimizer state and data order.

        From here on it trains its own configuration with ``changes``. Raises EngineError where
        ``parent`` has no slot, or where a change asks for another network.
        """
        self._check_new(child)
        member = self._member(parent)
        resolved, split = self._resolve(child.configuration.replace(changes), child.horizon)
        check_fork(parent, member.recipe, child.number, resolved)
        state = forked_state(member.slot.state(), member.recipe, resolved)
        forked = Member(child, resolved, split, member.way, self._workshop)
        forked.load(state)
        self._members[child.number] = forked

    def save(self, path: Path) -> dict[int, int]:
        """Write every trial's tensors to ``path``; returns the epoch of each, stopped ones included.

        Those that have not trained yet are left out: their seeds stand for them. Raises StoreError where
        the file cannot be written.
        """
        trained = {number: member for number, member in self._members.items() if member.epoch}
        states = {number: member.state() for number, member in trained.items()}
        snapshots.write(path, states, {number: member.way for number, member in trained.items()})
        return {number: member.epoch for number, member in trained.items()}

    def load(self, path: Path, trials: Sequence[Trial]) -> dict[int, int]:
        """Take up these trials from ``path``; returns the epoch of each trial found there.

        Those that had been stopped come back stopped, with their best weights; a trial whose way this
        machine lacks goes on in another. Raises StoreError where the file is missing or damaged.
        """
        states, ways = snapshots.read(path)
        found = [trial for trial in trials if trial.number in states]
        for trial in found:
            self._check_new(trial)
            resolved, split = self._resolve(trial.configuration, trial.horizon)
            way = cast(Way, ways[trial.number])
            known = self._planner.taken_up(way, resolved, split, len(found))
            member = Member(trial, resolved, split, known, self._workshop)
            member.load(states[trial.number])
            self._members[trial.number] = member
        return {trial.number: self._members[trial.number].epoch for trial in found}

    def outputs(self, trial: int, examples: Examples) -> NDArray[np.float32]:
        """Logits (N, C) or standardised predictions (N, 1) by the trial's best weights."""
        # By a worker, so that the numbers do not depend on the caller's thread settings
        return self._workers.submit(self._member(trial).outputs, examples).result()

    def apply(self, trial: Trial, weights: State, examples: Examples) -> NDArray[np.float32]:
        """Logits (N, C) or standardised predictions (N, 1) by ``weights`` of a trial that needs no slot."""
        resolved, split = self._resolve(trial.configuration, trial.horizon)
        way = self._planner.able(resolved)[0]
        return self._workers.submit(outputs, way, resolved, split, weights, examples).result()

    def weights(self, trial: int) -> State:
        """The trial's best weights: the network's ``state_dict`` as arrays."""
        return self._member(trial).weights()

    def shape(self, trial: int) -> Shape:
        """The network that ``weights`` belong to."""
        return self._member(trial).recipe.shape

    def way(self, trial: int) -> Way:
        """How the trial is trained."""
        return self._member(trial).way

    def close(self) -> None:
        """End the threads and processes; afterwards nothing can be trained or applied."""
        self._workshop.close()  # first: a worker may wait for what it has compiled
        self._workers.shutdown()

    def _resolve(self, configuration: Configuration, horizon: int) -> tuple[Recipe, Split]:
        encoding = configuration.word("encoding")
        split = self._splits(encoding)
        if encoding not in self._checked:
            check_split(split)
            self._checked.add(encoding)
        return recipe(configuration, horizon, split), split

    def _work_off(self, queue: deque[Job], all_queued: threading.Event) -> dict[int, Outcome]:
        """One thread's share of a round: jobs until there are none.

        Not a future for each job: that takes 25 µs more, half of what a slot's epoch costs beside its steps.
        """
        all_queued.wait()
        outcomes: dict[int, Outcome] = {}
        while queue and not self._interrupted.is_set():
            try:
                job = queue.popleft()
            except IndexError:  # another thread was quicker
                break
            outcomes |= job.run(self._interrupted)
        return outcomes

    def _point(self, number: int, outcome: Outcome) -> Point | None:
        if isinstance(outcome, Point):
            return outcome
        self.forget(number)
        self._fail(number, outcome)
        return None

    def _plan_again(self, members: Sequence[Member]) -> None:
        """Members go on in the way that is the fastest now: measured anew where the load has changed.

        Worker processes become a way for the members that there are once they have started, compiled steps
        once they are compiled, for as long as they work.
        """
        planned = [member for member in members if self._planner.is_measured(member.recipe)]
        if self._load.has_changed(planned):
            self._planner.forget()
        elif not planned or self._settled == self._workshop.changes:
            return
        self._settled = self._workshop.changes
        alike = Counter(graph_of(member.recipe, member.split) for member in planned)
        for member in planned:
            way = self._planner.way(member.recipe, member.split, alike[graph_of(member.recipe, member.split)])
            if way != member.way:
                member.move(way)

    def _expected_seconds(self, job: Job) -> float:
        """Of the job's next epochs: as the last ones took, else by their operations."""
        guesses = (operations(m.recipe, m.split.train) / OPERATIONS_PER_SECOND for m in job.members)
        return sum(m.seconds or guess for m, guess in zip(job.members, guesses, strict=True))

    def _member(self, number: int) -> Member:
        if number not in self._members:
            raise EngineError(f"trial {number} is not in this cohort: never started, failed or forgotten")
        return self._members[number]

    def _check_new(self, trial: Trial) -> None:
        if trial.number in self._members:
            raise EngineError(f"trial {trial.number} is in this cohort already; give each its own number")

    def _fail(self, number: int, error: BaseException) -> None:
        reason = str(error) if isinstance(error, CurvewiseError) else f"{type(error).__name__}: {error}"
        self._failures[number] = (reason, "".join(traceback.format_exception(error)))
        self._failed.add(number)
