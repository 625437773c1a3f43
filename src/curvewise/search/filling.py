"""New trials: the probe's, and those for slots that are free."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from curvewise.records import Configuration, Decision, Origin, Trial
from curvewise.search import probe
from curvewise.search.cost import MEMORY
from curvewise.search.knowledge import Knowledge
from curvewise.search.plan import Plan
from curvewise.search.proposals import Proposals
from curvewise.search.seeds import seed_of
from curvewise.search.standings import Standings

DEAREST = 0.15
"""Largest share of what is left that one full trial may be expected to cost when it is proposed."""

FAIR = 4.0
"""Times the defaults' effort up to which a configuration is proposed as it comes. Beyond, one of 40
times the effort is proposed a tenth as often, so that wide networks and tiny minibatches together take
no larger part of a budget than the rest: without it 14 of 59 trials on digits took 88 % of the time."""

ATTEMPTS = 12
"""Draws before a duplicate or too dear proposal is given up for this round."""

PROBED = 0.1
"""Share of a budget in slot-epochs that the probe may take."""

PROBED_SECONDS = 0.25
"""Share of a budget in seconds, the start included, after which a probe is cut short. Images want it: 18
suspects, an epoch each, took the whole of a minute on a busy machine. Ours."""


def probes(known: Knowledge) -> list[Decision]:
    """The usual suspects, the likeliest first; no others where budget or memory is small, none where the
    rate is fixed."""
    trials = probe.suspects(known.space, known.opened.rows["train"], known.opened.seed)
    if trials:
        most = min(len(trials), known.sizes.fit(known.space.default()))
        if not known.limits.timed:
            most = min(most, max(2, int(PROBED * known.limits.slot_epochs / trials[0].horizon)))
        trials = probe.likeliest(trials, most)
    return [_suspect(trial) for trial in trials]


def cut_short(known: Knowledge, live: Sequence[int]) -> list[Decision]:
    """The end of a probe that takes more of a budget in seconds than it may; empty as long as it does not."""
    spent = known.limits.spent(known.ledger)
    if not known.limits.timed or spent < PROBED_SECONDS * known.limits.seconds:
        return []
    reason = f"the probe has had {spent:.3g} of {known.limits.seconds:.3g} seconds: the race begins with less"
    return [Decision("stop", "probe cut short", reason, {"spent": spent}, number) for number in live]


def _suspect(trial: Trial) -> Decision:
    rate = trial.configuration.number("learning_rate")
    reason = f"usual suspect {rate:g} with {trial.configuration.word('optimizer')}"
    return Decision("start", "suspect", reason, {"learning_rate": rate}, trial.number, trial)


class Filling:
    """Fills free slots: the defaults first, then proposals that are new and not too dear."""

    def __init__(self, known: Knowledge) -> None:
        self._known = known
        self._proposals = Proposals(known.space, known.opened.seed)

    def refill(self, live: Sequence[int], plan: Plan, standings: Standings) -> list[Decision]:
        """As many new trials as the plan has slots beyond the ``live`` ones, as fit into memory, and can be
        found; one always fits.

        None where some have just failed at their start, until the ``live`` ones have trained on.
        """
        if live and self._known.unable:
            return []
        entries = self._known.ledger.entries
        number, drawn = len(entries), self._known.drawn
        room = MEMORY - sum(self._known.sizes.bytes(entries[n].trial.configuration) for n in live)
        tried = set(self._known.tried)
        decisions: list[Decision] = []
        for _ in range(plan.slots - len(live)):
            trial = self._next(number, drawn, tried, plan, standings)
            if trial is None:
                break
            room -= self._known.sizes.bytes(trial.configuration)
            if room < 0 and (live or decisions):
                break
            drawn += trial.origin in ("prior", "sobol")
            tried.add(trial.configuration)
            near = f" near trial {trial.parent}" if trial.parent is not None else ""
            reason = f"slot free: a configuration from {trial.origin}{near}"
            numbers = {"running": float(len(live) + len(decisions)), "slots": float(plan.slots)}
            decisions.append(Decision("start", f"refill from {trial.origin}", reason, numbers, number, trial))
            number += 1
        return decisions

    def _next(
        self, number: int, drawn: int, tried: set[Configuration], plan: Plan, standings: Standings
    ) -> Trial | None:
        entries = self._known.ledger.entries
        elite = {n: entries[n].trial.configuration for n in standings.elite}
        centres = (self._known.edges, plan.horizon)
        for configuration in self._proposals.defaults(centres):
            if configuration not in tried:
                return self._trial(number, configuration, plan.horizon, "default")
        for attempt in range(ATTEMPTS):
            found = self._proposals.propose(number, attempt, drawn, elite, centres)
            if found.configuration in tried:
                continue
            if self._affordable(found.configuration, plan.horizon, number, attempt):
                return self._trial(number, found.configuration, plan.horizon, found.origin, found.parent)
        return None

    def _affordable(self, configuration: Configuration, horizon: int, number: int, attempt: int) -> bool:
        """Dear configurations are tried as much more seldom as they are dearer than the defaults."""
        known = self._known
        if known.limits.timed and known.cost.seconds(configuration) * horizon > DEAREST * known.left:
            return False
        ratio = known.sizes.effort(configuration) / known.sizes.effort(known.space.default())
        key = [known.opened.seed, (1 << 32) + number * 64 + attempt]
        return float(np.random.Generator(np.random.Philox(key=key)).random()) < FAIR / ratio

    def _trial(
        self,
        number: int,
        configuration: Configuration,
        horizon: int,
        origin: Origin,
        parent: int | None = None,
    ) -> Trial:
        seed = seed_of(self._known.opened.seed, number)
        return Trial(number, configuration, seed, horizon, origin, parent)
