"""What watching costs is kept to its share, by a clock that the test moves."""

from collections.abc import Sequence

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from curvewise.curves.run import Run
from curvewise.diagnosis.certainty import Growing
from curvewise.live import Watch
from curvewise.live.attention import SHARE, UNSEEN, Attention
from curvewise.live.pace import Pace, Plan, Tempo
from curvewise.records import Finding
from tests.live.training import Ticking


@given(
    cost=st.floats(1e-6, 1.0),
    seconds=st.floats(1e-6, 10.0),
    share=st.floats(1e-4, 0.1),
    credit=st.floats(0, 0.1),
)
def test_a_task_takes_its_share_and_its_credit_at_most(
    cost: float, seconds: float, share: float, credit: float
) -> None:
    pace = Pace(Plan(share, credit))
    for _ in range(50):
        pace.done(pace.due, cost, seconds)
        # Until it is done again; the first time is free, and the credit is overdrawn by one time at most
        assert pace.spent <= 1.0001 * (share * seconds * pace.due + credit + 2 * cost)


def test_early_steps_double_until_the_share_allows_more() -> None:
    pace, done = Pace(Plan(share=0.01, credit=1.0)), []
    for _ in range(10):
        done.append(pace.due)
        pace.done(pace.due, 1e-3, 4e-3)
    assert done == [1, 2, 4, 8, 16, 32, 57, 82, 107, 132]


def test_a_first_time_that_takes_long_is_soon_forgotten() -> None:
    pace = Pace(Plan(share=0.01, credit=1.0))
    pace.done(1, 5.0, 1e-3)
    for _ in range(3):
        pace.done(pace.due, 1e-5, 1e-3)
    assert pace.due == 5, "every step again"


def test_a_pause_does_not_make_steps_long() -> None:
    tempo = Tempo()
    for step, pause in enumerate([0, 0, 3600, 0, 0, 3600]):
        tempo.begin(10 * step, 1e4 * step)
        tempo.end(10 * step + 10, 1e4 * step + pause + 0.02)
    assert tempo.step_seconds == pytest.approx(0.002)


def test_the_share_is_kept_whatever_measuring_and_looking_cost(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Ticking(tick=1e-7)

    def norms(tensors: Sequence[Tensor]) -> list[Tensor]:
        clock.now += 2e-4
        return [each.norm() for each in tensors]

    def look(_growing: Growing, _run: Run) -> list[Finding]:
        clock.now += 8e-3
        return []

    monkeypatch.setattr("curvewise.live.updates.norms", norms)
    monkeypatch.setattr(Growing, "look", look)
    weights = torch.nn.Parameter(torch.ones(1))
    optimizer = torch.optim.SGD([weights], lr=0.01)
    watch, rounds = Watch(torch.nn.ParameterList([weights]), optimizer, clock=clock), 20_000
    for _ in range(rounds):
        clock.now += 1e-3
        weights.grad = torch.ones(1)
        optimizer.step()
        measured = watch._attention.measuring.times
        watch.step(1.0)
        if watch._attention.measuring.times > measured:
            clock.now += (UNSEEN - 1) * 2e-4  # outside, where no clock of the watch's own sees it
    spent = clock.now - 1e-3 * rounds
    assert spent <= SHARE * 1e-3 * rounds
    assert spent >= 0.3 * SHARE * 1e-3 * rounds, "and made use of"
    assert watch.cost == pytest.approx(spent / clock.now, rel=0.1)
    assert watch._attention.looking.times >= 4


def test_looks_are_no_part_of_a_steps_time() -> None:
    tempo = Tempo()
    tempo.begin(10, 1.0)
    tempo.without(0.5)
    tempo.end(20, 1.6)
    assert tempo.step_seconds == pytest.approx(0.01)


def test_losses_are_kept_more_seldom_where_keeping_is_dear() -> None:
    kept = {}
    for step_seconds in (1e-4, 1e-1):
        clock = Ticking(tick=10e-6)
        attention = Attention(SHARE, clock)
        count = 0
        for step in range(1, 2001):
            clock.now += step_seconds
            if step >= attention.loss_due:
                attention.kept(step, clock())
                count += 1
            if attention.armed_at is not None:
                attention.measured(step, 1e-4)
            attention.arm(step, clock())
        kept[step_seconds] = count
    assert kept[1e-1] == 2000
    assert 20 < kept[1e-4] < 100


def test_gradients_that_are_never_used_are_asked_for_less_and_less() -> None:
    clock = Ticking()
    attention, asked = Attention(SHARE, clock), []
    attention.looking.due = 10**9
    for step in range(1, 1000):
        if step >= attention.work_due:
            asked.append(step)
            attention.waited(step)
    assert asked == [2**i for i in range(10)]


def test_losses_keep_to_their_share_where_no_step_can_be_measured() -> None:
    clock = Ticking(tick=5e-6)
    weights = torch.nn.Parameter(torch.ones(1))
    watch = Watch(torch.nn.ParameterList([weights]), torch.optim.SGD([weights]), quiet=True, clock=clock)
    kept = 0
    for _ in range(5000):
        clock.now += 1e-4
        before = clock.now
        watch.step(1.0)
        kept += clock.now > before
    assert kept < 250, "5 microseconds each, of 0.2 % of a step's 100"


def test_a_cycle_of_minibatches_is_seen_all_round() -> None:
    for cycle in range(2, 20):
        attention, seen = Attention(SHARE, Ticking()), set()
        attention._every = cycle
        for step in range(1, 200 * cycle):
            if step >= attention.loss_due:
                attention.kept(step, 0.0)
                seen.add(step % cycle)
        assert len(seen) == cycle
        assert attention._kept == pytest.approx(200, rel=0.1)


def test_the_first_look_comes_as_soon_as_two_seconds_are_over() -> None:
    clock = Ticking()
    attention, looked = Attention(SHARE, clock), 0
    for step in range(1, 400):
        clock.now += 1e-2
        attention.kept(step, clock())
        if not looked and attention.may_look(step):
            looked = step
    assert 200 <= looked <= 204
