"""What a cohort's threads work off: a slot alone, or slots that are trained in one call."""

from __future__ import annotations

import math
import time
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from threading import Event

from curvewise.cohort.families.convolutional_shape import ConvolutionalShape
from curvewise.cohort.member import Member
from curvewise.cohort.ways import TOGETHER, Way, most_together, train_stacked
from curvewise.errors import OutOfMemoryError
from curvewise.records import Point

Outcome = Point | BaseException


@dataclass(frozen=True)
class Job:
    """Members that one thread trains, one epoch each."""

    members: tuple[Member, ...]
    together: bool
    """True where one call trains them all, False where they take turns."""

    def run(self, interrupted: Event) -> dict[int, Outcome]:
        """Each trial's point, or what went wrong; those that an interruption left out are missing."""
        if self.together:
            return {} if interrupted.is_set() else train_together(self.members)
        found: dict[int, Outcome] = {}
        for member in self.members:
            if interrupted.is_set():
                break
            found[member.trial.number] = _outcome(member)
        return found


def jobs_of(members: Iterable[Member], threads: int) -> list[Job]:
    """Members grouped by what trains them together, in pieces that occupy all threads where they can."""
    alone, grouped = [], dict[tuple[Way, Hashable], list[Member]]()
    for member in members:
        if member.companions is None:
            alone.append(Job((member,), together=False))
        else:
            grouped.setdefault((member.way, member.companions), []).append(member)
    for (way, _), group in grouped.items():
        if way not in TOGETHER:
            alone.append(Job(tuple(group), together=False))
            continue
        most = most_together(group[0].recipe, group[0].split.train, way)
        count = max(math.ceil(len(group) / most), min(threads, len(group) // 2))
        alone += [Job(tuple(group[start::count]), together=True) for start in range(max(1, count))]
    return alone


def train_together(members: Sequence[Member]) -> dict[int, Outcome]:
    """One epoch of a tile's members by one call; without memory for it, of one half, then the other."""
    started = time.perf_counter()
    try:
        points = train_stacked([member.slot for member in members])
    except MemoryError as error:
        if len(members) == 1:
            return {members[0].trial.number: _no_memory(members[0], error)}
        half = len(members) // 2
        return train_together(members[:half]) | train_together(members[half:])
    except Exception as error:
        return {member.trial.number: error for member in members}
    seconds = (time.perf_counter() - started) / len(members)
    for member in members:
        member.took(seconds)
    return {point.trial: point for point in points}


def lacks_memory(outcome: Outcome | None) -> bool:
    """True of a trial that is as it was, for want of memory to train it beside others."""
    return isinstance(outcome, OutOfMemoryError)


def _outcome(member: Member) -> Outcome:
    try:
        return member.train_epoch()
    except OutOfMemoryError as error:
        return _no_memory(member, error)
    except BaseException as error:
        return error


def _no_memory(member: Member, error: MemoryError) -> OutOfMemoryError:
    shape = member.recipe.shape
    wide = f"{shape.widest} {'filters' if isinstance(shape, ConvolutionalShape) else 'units'}"
    failure = OutOfMemoryError(
        f"MemoryError: trial {member.trial.number} needs more memory than there is, alone, with {wide} in "
        f"minibatches of {member.recipe.minibatch}; make either smaller"
    )
    failure.__cause__ = error
    return failure
