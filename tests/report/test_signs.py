"""Signs in a study's trials."""

from __future__ import annotations

import math

import pytest

from curvewise.curves.ledger import Ledger
from curvewise.records import Finding, Found
from curvewise.report import signs as module
from curvewise.report.plain import as_plain
from curvewise.report.signs import signs, signs_of
from curvewise.report.text import renderable
from tests.report.histories import finished, opened, race
from tests.report.runs import finding


def diverged(ledger: Ledger) -> list[int]:
    return [n for n, entry in ledger.entries.items() if any(p.diverged for p in entry.curve.points)]


def test_a_trial_that_diverged_shows_it() -> None:
    ledger = Ledger.of(finished(40))
    number, *_ = diverged(ledger)
    found, *_ = signs_of(ledger, number)
    assert found.sign == "non-finite"
    assert found.trial == number
    assert found.hyperparameter == "learning_rate"
    assert all(map(math.isfinite, found.evidence.values()))


def test_every_trial_is_read_and_told_by_number() -> None:
    ledger = Ledger.of(finished(40))
    numbers = [each.trial for each in signs(ledger)]
    assert numbers == sorted(numbers, key=lambda number: number or 0)
    assert set(diverged(ledger)) <= set(numbers)


def test_what_the_race_saw_is_kept_where_the_curve_shows_no_more() -> None:
    events = race(4, epochs=2)
    recorded = Found([_of(finding("diverging"), 1)])
    ledger = Ledger.of([*events, recorded])
    assert [(each.trial, each.sign) for each in signs(ledger)] == [(1, "diverging")]
    assert signs(Ledger.of([opened()])) == []


def test_only_the_longest_curves_are_read_for_a_summary(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST", 3)
    read: list[int] = []
    whole = signs_of

    def counted(ledger: Ledger, number: int) -> list[Finding]:
        read.append(number)
        return whole(ledger, number)

    monkeypatch.setattr(module, "signs_of", counted)
    ledger = Ledger.of(finished(20))
    signs(ledger)
    ages = sorted((entry.curve.age for entry in ledger.entries.values()), reverse=True)
    assert sorted((ledger.entries[n].curve.age for n in read), reverse=True) == ages[:3]


def test_that_the_race_stopped_a_trial_is_no_fault_of_its_length(monkeypatch: pytest.MonkeyPatch) -> None:
    from curvewise.diagnosis.diagnose import diagnose

    def too_short(run: object) -> object:
        import msgspec

        told = (finding("stopped by its schedule", "epochs", 2.0), finding("overfitting"))
        return msgspec.structs.replace(diagnose(run), verdict="problem", findings=told)  # type: ignore[arg-type]

    monkeypatch.setattr(module, "diagnose", too_short)
    ledger = Ledger.of(race(4, epochs=10))
    stopped = next(n for n, entry in ledger.entries.items() if 6 <= entry.curve.age < entry.trial.horizon)
    assert [each.sign for each in signs_of(ledger, stopped)] == ["overfitting"]
    whole = Ledger.of(race(4, epochs=20))
    ended = next(n for n, entry in whole.entries.items() if entry.curve.age == entry.trial.horizon)
    assert [each.sign for each in signs_of(whole, ended)] == ["stopped by its schedule", "overfitting"]


def test_the_summary_counts_them_by_trials() -> None:
    ledger = Ledger.of(finished(40))
    count = len(diverged(ledger))
    assert f"non-finite in {count} trials" in as_plain(renderable(ledger, "runs/digits-1"))


def _of(found: Finding, trial: int) -> Finding:
    import msgspec

    return msgspec.structs.replace(found, trial=trial)
