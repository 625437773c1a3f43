"""Trials that raise while they are trained: the study goes on, or ends and says why."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from curvewise.cli.main import run
from curvewise.cohort.member import Member
from curvewise.records import Point

train = Member.train_epoch


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def raising(self: Member) -> Point | None:
    raise RuntimeError("boom")


def sometimes(self: Member) -> Point | None:
    if self.trial.number % 3 == 1:
        raise RuntimeError("boom")
    return train(self)


def test_a_study_goes_on_without_the_trials_that_fail(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(Member, "train_epoch", sometimes)
    assert run(["tune", "iris", "--budget", "30e", "--out", "study"]) == 0
    assert "failed, the first with RuntimeError: boom; `show --trial 1` says where" in " ".join(
        capsys.readouterr().out.split()
    )
    assert run(["show", "study", "--trial", "1"]) == 0
    shown = capsys.readouterr().out
    assert "failed: RuntimeError: boom" in shown
    assert f'File "{sys.modules[__name__].__file__}"' in shown


@pytest.mark.parametrize("budget", ["1000e", "30s"])
def test_a_study_in_which_every_trial_fails_ends_at_once_and_says_why(
    budget: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(Member, "train_epoch", raising)
    assert run(["tune", "iris", "--budget", budget, "--out", "study"]) == 1
    told = capsys.readouterr().err
    assert "error: no trial could be trained, so there is no answer" in told
    assert "with RuntimeError: boom; `show --trial 0` says where" in told
    assert "Traceback" not in told


def late(self: Member) -> Point | None:
    if self.trial.origin == "finalist" and self.trial.seed % 2 and self.epoch:
        raise RuntimeError("boom")
    return train(self)


def test_a_finalist_that_fails_on_its_way_is_left_out(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(Member, "train_epoch", late)
    assert run(["tune", "iris", "--budget", "100e", "--out", "study"]) == 0
    shown = capsys.readouterr().out
    assert "test error" in shown
    assert "failed" in shown
