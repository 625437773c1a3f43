"""The race where full trainings are few: who goes on, who begins, and who can no longer wait."""

from __future__ import annotations

from curvewise.records import Configuration, Decision
from curvewise.search.cost import MEMORY
from curvewise.search.filling import Filling
from curvewise.search.knowledge import Knowledge
from curvewise.search.thawing import Field, Thawing

MOST_WAITING = 200
"""Trials that may wait at once: a decision looks at all of them. Ours."""


def moves(known: Knowledge, thawing: Thawing, filling: Filling, live: list[int]) -> list[Decision]:
    """As many moves as there are threads without a trial; before them, stops of those without room to wait.

    None where some have just failed at their start, until the others have trained on.
    """
    if live and known.unable:
        return []
    entries = known.ledger.entries
    going = [number for number in live if thawing.going(entries[number])]
    waiting = [number for number in live if number not in set(going) and known.affordable(number)]
    stops = _crowded(known, live, waiting)
    waiting = [number for number in waiting if number not in {stop.trial for stop in stops}]
    held = len(live) - len(stops)
    room = MEMORY - sum(known.sizes.bytes(entries[n].trial.configuration) for n in live)
    found: list[Decision] = []
    number = len(entries)
    begun: set[Configuration] = set()

    def admits(configuration: Configuration) -> bool:
        if configuration in known.tried or configuration in begun:
            return False
        fits = known.sizes.bytes(configuration) <= room or not (held or found)
        return fits and filling.affordable(configuration, known.horizon, number)

    seconds = known.cost.seconds if known.limits.timed and known.cost.known else None
    while len(going) + len(found) < known.limits.threads:
        move = thawing.next(Field(entries, set(waiting), admits, seconds), number, len(found))
        if move is None:
            break
        found.append(move)
        if move.start is None:
            waiting = [each for each in waiting if each != move.trial]
        else:
            begun.add(move.start.configuration)
            room -= known.sizes.bytes(move.start.configuration)
            number += 1
    return [*stops, *found]


def _crowded(known: Knowledge, live: list[int], waiting: list[int]) -> list[Decision]:
    """The worst of those that wait, where they are too many, or where a usual trial would find no room."""
    entries = known.ledger.entries
    room = MEMORY - sum(known.sizes.bytes(entries[n].trial.configuration) for n in live)
    needed = known.sizes.bytes(known.space.default())
    ranked = sorted(waiting, key=known.least_error)
    found: list[Decision] = []
    while ranked and (len(ranked) > MOST_WAITING or (room < needed and len(ranked) > 1)):
        number = ranked.pop()
        room += known.sizes.bytes(entries[number].trial.configuration)
        reason = f"{len(waiting)} trials wait, and this one has the largest error of them"
        found.append(Decision("stop", "no room to wait", reason, {"waiting": float(len(waiting))}, number))
    return found
