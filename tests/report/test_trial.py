"""One trial: everything about it, and a file that trains it again."""

from __future__ import annotations

import tomllib

import msgspec
import pytest

from curvewise.curves.ledger import Ledger
from curvewise.errors import UsageError
from curvewise.records import Failed
from curvewise.report.next_steps import warnings
from curvewise.report.plain import as_plain
from curvewise.report.trial import describe
from curvewise.report.trial_text import trial_report
from tests.report.histories import finished, opened


def test_decisions_come_with_their_reasons() -> None:
    events = finished()
    ledger = Ledger.of(events)
    number = next(n for n, entry in ledger.entries.items() if entry.rule == "behind at equal age")
    described = describe(events, ledger, number)
    assert [ruling.action for ruling in described.decisions] == ["start", "stop"]
    shown = as_plain(trial_report(described))
    assert "0.31 behind 0.12 at epoch 3" in shown
    assert f"trial {number} of digits-1  stopped; sobol" in shown
    assert max(map(len, shown.splitlines())) <= 80


def test_long_reasons_stay_in_their_column() -> None:
    events = finished(40)
    described = describe(events, Ledger.of(events), 3)
    ruling = msgspec.structs.replace(described.decisions[0], reason="a long reason " * 12)
    shown = as_plain(trial_report(msgspec.structs.replace(described, decisions=[ruling]))).splitlines()
    wrapped = [line for line in shown if "reason" in line]
    assert len(wrapped) > 1
    assert all(line.startswith(" " * 14) for line in wrapped)


def test_a_finalist_names_its_parent() -> None:
    events = finished()
    described = describe(events, Ledger.of(events), 13)
    assert described.origin == "finalist"
    assert described.parent is not None
    assert f"finalist of trial {described.parent}" in as_plain(trial_report(described))


def test_the_space_file_fixes_the_configuration() -> None:
    events = finished()
    described = describe(events, Ledger.of(events), 3)
    assert tomllib.loads(described.space) == described.configuration
    assert described.rerun == "curvewise tune digits --space trial-3.toml --budget 80e --seed 0"


def test_a_diverged_trial_is_json_without_infinity() -> None:
    events = finished(40)
    ledger = Ledger.of(events)
    number = next(n for n, entry in ledger.entries.items() if entry.rule == "diverged")
    described = msgspec.json.decode(msgspec.json.encode(describe(events, ledger, number)))
    assert described["curve"][-1]["valid_loss"] is None
    assert described["curve"][0]["valid_loss"] > 0


def test_no_such_trial() -> None:
    events = finished()
    with pytest.raises(UsageError, match="there is no trial 99; the study has trials 0 to 17"):
        describe(events, Ledger.of(events), 99)
    with pytest.raises(UsageError, match="no trials yet"):
        describe([opened()], Ledger.of([opened()]), 0)


def test_a_failed_trial_says_why_and_where() -> None:
    trace = 'Traceback (most recent call last):\n  File "x.py", line 3, in train\nRuntimeError: boom\n'
    events = [*finished(), Failed(4, "RuntimeError: boom", trace), Failed(7, "RuntimeError: boom", trace)]
    described = describe(events, Ledger.of(events), 4)
    assert described.failure is not None and described.failure.reason == "RuntimeError: boom"
    shown = as_plain(trial_report(described))
    assert "failed: RuntimeError: boom" in shown
    assert 'File "x.py", line 3, in train' in shown
    assert describe(events, Ledger.of(events), 3).failure is None


def test_failed_trials_are_among_the_warnings() -> None:
    events = [*finished(), Failed(4, "RuntimeError: boom", ""), Failed(7, "RuntimeError: boom", "")]
    told = [text for text in warnings(Ledger.of(events)) if "failed" in text]
    assert told == ["2 trials failed, the first with RuntimeError: boom; `show --trial 4` says where"]
    assert not [text for text in warnings(Ledger.of(finished())) if "failed" in text]
