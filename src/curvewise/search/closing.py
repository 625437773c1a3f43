"""The end of a race: when it is time for the finalists, who they are, and who of them is the answer."""

from __future__ import annotations

from collections.abc import Mapping

from curvewise.curves.ledger import Entry
from curvewise.records import Decision
from curvewise.search import finals
from curvewise.search.cost import MEMORY
from curvewise.search.knowledge import Knowledge
from curvewise.search.plan import Plan
from curvewise.search.seeds import seed_of
from curvewise.search.standings import Standings

SHARE = 0.35
"""Share of the whole budget that the finalists may take; fewer are re-seeded where it is not enough.
A proposal, not tuned (docs/evidence.md, 5.5); early stopping returns some of it."""

MARGIN = 1.1
"""The finalists' estimated cost is kept back with a tenth to spare."""

HOPELESS = 64
"""Failures without a single epoch between them after which a study ends: more than the slots there are,
so that every one has failed twice. Ours."""

FINAL_SEEDS = 900_000
"""Where the finalists' seeds start: beyond any trial's number, so that no trial has trained with them."""


def due(known: Knowledge, plan: Plan, standings: Standings, *, idle: bool) -> list[int] | None:
    """The finalists' sources if it is time for them, else None.

    It is, when what is left is no more than what they need, or when nothing is left to try (``idle``).
    """
    sources = _candidates(known, plan, standings)
    epochs = {source: _expected_epochs(known.ledger.entries[source], plan) for source in sources}
    return time_for(known, epochs, idle=idle)


def time_for(known: Knowledge, epochs: Mapping[int, int], *, idle: bool) -> list[int] | None:
    """As many of the sources, best first, as may be re-seeded, if it is time for them, else None.

    ``epochs``: what each will probably take with another seed.
    """
    if not epochs:
        return [] if known.left <= 0 else None
    kept = dict(epochs)
    total = known.limits.seconds if known.limits.timed else known.limits.slot_epochs
    while len(kept) > 1 and (cost(known, kept) > SHARE * total or _bytes(known, list(kept)) > MEMORY):
        kept.popitem()
    # In slot-epochs one more round would go by before the next look
    spare = 0 if known.limits.timed else len(known.ledger.running())
    return list(kept) if idle or known.left - spare <= cost(known, kept) else None


def _candidates(known: Knowledge, plan: Plan, standings: Standings) -> list[int]:
    """The best finished trials; the best of the oldest where none has finished."""
    numbers = standings.finished
    if not numbers:
        entries = known.ledger.entries.items()
        trained = {n: e.curve.age for n, e in entries if standings.belongs(e) and e.curve.best}
        oldest = max(trained.values(), default=0)
        numbers = [n for n, age in trained.items() if age == oldest]
    return standings.best(known.ledger, numbers, plan.finalists)


def cost(known: Knowledge, epochs: Mapping[int, int]) -> float:
    """What re-seeding these sources for so many epochs would take, in the budget's unit."""
    if not known.limits.timed:
        return float(finals.SEEDS * sum(epochs.values()))
    work = [count * known.seconds(source) for source, count in epochs.items()]
    wall = max(finals.SEEDS * sum(work) / known.limits.threads, *work)
    return MARGIN * wall / known.pace.efficiency


def _bytes(known: Knowledge, sources: list[int]) -> int:
    """Memory that the finalists take together."""
    entries = known.ledger.entries
    return finals.SEEDS * sum(known.sizes.bytes(entries[s].trial.configuration) for s in sources)


def _expected_epochs(entry: Entry, plan: Plan) -> int:
    """As many as the first time where it stopped early, give or take 5; else the horizon."""
    early = entry.rule == "early stopping"
    return min(plan.horizon, entry.curve.age + 5) if early else plan.horizon


def finalise(known: Knowledge, sources: list[int], live: list[int]) -> list[Decision]:
    """Close the race and re-seed the finalists."""
    reason = "the rest of the budget belongs to the finalists"
    left = {"left": known.left}
    stops = [Decision("stop", "time for the finalists", reason, left, number) for number in live]
    numbers = {"finalists": float(len(sources)), "seeds": float(finals.SEEDS), **left}
    told = f"{len(sources)} configurations are trained again with {finals.SEEDS} seeds each"
    count = finals.SEEDS if known.left > 0 else 0
    seeds = [seed_of(known.opened.seed, FINAL_SEEDS + k) for k in range(count)]
    starts = finals.starts(known.ledger, sources, seeds)
    return [*stops, Decision("finalise", "time for the finalists", told, numbers), *starts]


def conclude(known: Knowledge, live: list[int]) -> list[Decision]:
    """While the finalists train, and when they are done; empty where training should go on.

    After the stops the study compares the finalists row by row (``Compared``); then one is chosen.
    """
    if any(known.affordable(number) for number in live):
        return []
    if not live and (more := _another_seed(known)):
        return more
    stops = over(known, live)
    compared = known.ledger.compared
    if compared is None:
        return stops
    found = finals.finalists(known.ledger)
    chosen = (
        finals.choose(found, compared.rows_error, _parameters(known, found)) if found else _best_alone(known)
    )
    spent = known.limits.spent(known.ledger)
    unit = "seconds" if known.limits.timed else "slot-epochs"
    end = Decision("end", "budget over", f"{spent:.4g} {unit} spent", {"spent": spent})
    return [*stops, *([chosen] if chosen else []), end]


def _another_seed(known: Knowledge) -> list[Decision]:
    """Every finalist with one more seed, where early stopping has left the time; else empty.

    More seeds tell the finalists apart better, and the average has more to choose from.
    """
    ledger, found = known.ledger, finals.finalists(known.ledger)
    begun = {e.trial.seed for e in ledger.entries.values() if e.trial.origin == "finalist"}
    if ledger.compared is not None or not found or len(begun) >= finals.MOST_SEEDS:
        return []
    curves = [[ledger.entries[number].curve for number in each.trials] for each in found]
    if known.limits.timed:
        work = [max(curve.seconds for curve in seeds) for seeds in curves]
        price = MARGIN * max(sum(work) / known.limits.threads, *work) / known.pace.efficiency
    else:
        price = sum(max(curve.age for curve in seeds) for seeds in curves)
    if price > known.left:
        return []
    seed = seed_of(known.opened.seed, FINAL_SEEDS + len(begun))
    return finals.starts(ledger, [each.source for each in found], [seed])


def _parameters(known: Knowledge, candidates: list[finals.Finalist]) -> dict[int, int]:
    configurations = {f.source: known.ledger.entries[f.source].trial.configuration for f in candidates}
    return {source: known.sizes.parameters(each) for source, each in configurations.items()}


def over(known: Knowledge, live: list[int]) -> list[Decision]:
    """Stop what still trains when the budget is spent."""
    spent = {"spent": known.limits.spent(known.ledger)}
    return [Decision("stop", "budget over", "the budget is over", spent, number) for number in live]


def hopeless(known: Knowledge) -> list[Decision]:
    """The end of a study in which trial after trial fails; empty as long as there is hope."""
    if known.barren < HOPELESS:
        return []
    reason = f"{known.barren} trials failed one after another, and none trained"
    return [
        *over(known, known.ledger.running()),
        Decision("end", "nothing trains", reason, {"failed": float(known.barren)}),
    ]


def alone(known: Knowledge) -> list[Decision]:
    """The end of a study without finalists: the least error of all trials, if there is one."""
    chosen, spent = _best_alone(known), known.limits.spent(known.ledger)
    end = Decision("end", "budget over", f"{spent:.4g} slot-epochs spent", {"spent": spent})
    return [*([chosen] if chosen else []), end]


def _best_alone(known: Knowledge) -> Decision | None:
    """The best trial there is, where the budget left no finalists; None where all diverged."""
    merits = {
        number: best.merit
        for number, entry in known.ledger.entries.items()
        if entry.status != "failed" and (best := entry.curve.best) is not None and not best.diverged
    }
    if not merits:
        return None
    reason = "the budget left no time for finalists: the least validation error of all trials, one seed"
    return Decision(
        "choose", "best of one seed", reason, {"seeds": 1.0}, min(merits, key=lambda n: merits[n])
    )
