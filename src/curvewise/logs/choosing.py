"""Which of the recorded names become the series of a run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from curvewise.curves.run import Quantity, Series, Unit
from curvewise.logs.columns import Columns
from curvewise.logs.meanings import PART_OF_A_LOSS, Meaning, axis, meaning
from curvewise.logs.placing import known_epochs, place
from curvewise.logs.safe_text import shown
from curvewise.logs.track import Track

FEW = 4
"""Values below which another name for the same is preferred that has more: a mean over the whole run that is
logged once at its end is no curve."""
CURVES: tuple[Quantity, ...] = ("valid_loss", "train_loss", "valid_error", "train_error")
RIVALS = {"g", "d", "gen", "disc", "generator", "discriminator", "adv", "adversarial", "gan"}
"""Parts of adversarial training, whose losses say nothing of how far it is."""
SLACK = 0.01
"""By so much rounding lets a share exceed 1 or a percentage 100."""


@dataclass(frozen=True)
class Chosen:
    """The series of a run, and what was guessed on the way."""

    unit: Unit
    series: Mapping[Quantity, Series]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class _Candidate:
    track: Track
    meaning: Meaning

    def preference(self, partner: Track | None) -> tuple[float, ...]:
        """Lower is better; ``partner`` is the validation series whose places it should share."""
        m = self.meaning
        return (
            m.role == "test",
            m.rank == PART_OF_A_LOSS,
            partner is not None and not _share(self.track, partner),
            self.track.count < FEW,
            m.per == "step",
            m.role == "",
            m.rank,
        )


def choose(tracks: Sequence[Track], columns: Columns) -> Chosen | None:
    """One series per quantity, all with places of one unit; None where there is neither loss nor error."""
    tracks = known_epochs(tracks)
    by_quantity: dict[Quantity, list[_Candidate]] = {}
    for track in tracks:
        meant = _meant(track.name, columns)
        if meant is not None and RIVALS.isdisjoint(meant.part.split("_")):
            by_quantity.setdefault(meant.quantity, []).append(_Candidate(track, meant))
    picked: dict[Quantity, Track] = {}
    readings: dict[Quantity, Meaning] = {}
    notes: list[str] = []
    for quantity in (*CURVES, *sorted(set(by_quantity) - set(CURVES))):
        if candidates := by_quantity.get(quantity):
            given = columns.valid if quantity.startswith("valid") else columns.train
            partner = picked.get("valid_loss", picked.get("valid_error"))
            best, remark = _best(candidates, given, None if quantity == "valid_loss" else partner)
            picked[quantity], readings[quantity] = best.track, best.meaning
            notes += remark
    if not any(quantity in picked for quantity in CURVES):
        return None
    placed = place(picked, {quantity: track for quantity, track in picked.items() if quantity in CURVES})
    series, remarks = _scaled(placed.series, readings)
    if not any(quantity in series for quantity in CURVES):
        return None
    told = [*notes, *placed.notes, *remarks, *_trouble(list(picked.values()))]
    return Chosen(placed.unit, series, tuple(dict.fromkeys(told)))


def _meant(name: str, columns: Columns) -> Meaning | None:
    """What a name means, where a person gave it or by itself."""
    if name == columns.x or (axis(name) is not None and name not in columns.given):
        return None
    found = meaning(name)
    if name not in (columns.train, columns.valid):
        return found
    side = "train" if name == columns.train else "valid"
    is_error = found is not None and found.quantity.endswith("_error")
    reading = found.reading if found is not None else "as is"
    if side == "train":
        return Meaning("train_error" if is_error else "train_loss", "train", reading)
    return Meaning("valid_error" if is_error else "valid_loss", "valid", reading)


def _best(
    candidates: list[_Candidate], given: str | None, partner: Track | None
) -> tuple[_Candidate, list[str]]:
    """The preferred candidate for a quantity, and what to say of the choice."""
    named = [each for each in candidates if each.track.name == given]
    if named:
        return named[0], []
    best = min(candidates, key=lambda each: each.preference(partner))
    if best.meaning.quantity not in CURVES:
        return best, []
    what = best.meaning.quantity.replace(
        "_", "ing " if best.meaning.quantity.startswith("train") else "ation "
    )
    notes = []
    if best.meaning.role == "test":
        notes.append(f"the {what} is `{shown(best.track.name)}`: there is none of validation rows")
    if best.meaning.rank == PART_OF_A_LOSS:
        parts = [each for each in candidates if each.meaning.rank == PART_OF_A_LOSS]
        return _sum([best, *(each for each in parts if each is not best)], what, notes)
    rest = [each for each in candidates if each is not best and each.meaning.role in ("", best.meaning.role)]
    others = [shown(each.track.name) for each in rest if each.track.count >= FEW]
    if others:
        listed = ", ".join(f"`{name}`" for name in others[:3]) + (", ..." if len(others) > 3 else "")
        notes.append(f"the {what} is `{shown(best.track.name)}`; {listed} left aside")
    return best, notes


def _sum(parts: list[_Candidate], what: str, notes: list[str]) -> tuple[_Candidate, list[str]]:
    """The parts of a loss added up, where they were recorded at the same places."""
    first = parts[0]
    together = [
        each
        for each in parts
        if each.meaning.role == first.meaning.role
        and np.array_equal(each.track.numbers, first.track.numbers)
        and np.array_equal(each.track.places(), first.track.places())
    ]
    names = ", ".join(f"`{shown(each.track.name)}`" for each in together[:6])
    if len(together) == 1:
        return first, [*notes, f"the {what} is {names}, for want of another"]
    whole = replace(first.track, values=np.sum([each.track.values for each in together], axis=0))
    return replace(first, track=whole), [*notes, f"the {what} is the sum of {names}"]


def _share(track: Track, other: Track) -> bool:
    """Whether both know their steps, or both their epochs."""
    pairs = ((track.steps, other.steps), (track.epochs, other.epochs))
    return any(not np.isnan(a).any() and not np.isnan(b).any() for a, b in pairs)


def _trouble(picked: list[Track]) -> list[str]:
    """What was odd about the order of the values."""
    notes = []
    restarts = [restart for track in picked for restart in track.restarts]
    if restarts:
        back, to = restarts[0]
        notes.append(
            f"the run went back from {back:g} to {to:g}: values from before a restart count up to where "
            "it goes on"
        )
    if any(track.unordered for track in picked):
        notes.append("the rows are in no order and were sorted by their places")
    misplaced = sum(track.misplaced for track in picked)
    if misplaced:
        notes.append(f"{misplaced:,} values without a place were left out")
    longest = max(picked, key=lambda track: track.count)
    if longest.count > len(longest.values) and longest.count > 2 * len(longest.values):
        notes.append(
            f"{longest.count:,} values were thinned to {len(longest.values):,}: of each stretch the least "
            "and the greatest"
        )
    return notes


def _scaled(
    series: Mapping[Quantity, Series], meanings: Mapping[Quantity, Meaning]
) -> tuple[dict[Quantity, Series], list[str]]:
    """Every series in its quantity's unit, and what had to be said of it.

    Accuracies and errors are percentages where any of the run's is above 1; a series with shares below 0
    or percentages above 100 is no share of anything and is left out.
    """
    found: dict[Quantity, Series] = {}
    notes: list[str] = []
    errors = {quantity: each for quantity, each in series.items() if quantity.endswith("_error")}
    percent = any(1 + SLACK < _range(each.values)[1] <= 100 + SLACK for each in errors.values())
    if percent:
        notes.append("accuracies or errors above 1 were read as percentages")
    for quantity, each in series.items():
        values = each.values
        if quantity in errors:
            values = values / 100 if percent else values
            least, greatest = _range(values)
            if greatest > 1 + SLACK or least < -SLACK:
                notes.append(f"{quantity.replace('_', ' ')}: values outside 0 to 1 are no share; left out")
                continue
            values = 1 - values if meanings[quantity].reading == "accuracy" else values
        elif meanings[quantity].reading == "perplexity":
            with np.errstate(divide="ignore", invalid="ignore"):
                values = np.log(values)
            notes.append("the loss is the logarithm of the perplexity")
        found[quantity] = Series(each.at, values)
    return found, notes


def _range(values: NDArray[np.float64]) -> tuple[float, float]:
    """The least and the greatest that are finite; zeros without any."""
    finite = values[np.isfinite(values)]
    return (float(finite.min()), float(finite.max())) if len(finite) else (0.0, 0.0)
