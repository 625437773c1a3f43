"""The peers' benchmark: the same work for everybody, and what is made of the turns."""

import sys
from pathlib import Path

import numpy as np
import pytest

import peer_problem
import peers
from peer_ours import native, stacked
from peer_problem import Problem, losses
from peer_torch import OneByOne, modelbatch, torch_func


@pytest.fixture
def problem(monkeypatch: pytest.MonkeyPatch) -> Problem:
    """Two networks, four steps an epoch."""
    monkeypatch.setattr(peers, "NETWORKS", 2)
    monkeypatch.setattr(peers, "STEPS", 4)
    return peers.problem()


def trained(make, problem: Problem) -> np.ndarray:
    trainer = make(problem)
    for order in problem.order:
        trainer.train(order)
    return losses(trainer.weights(), problem)


@pytest.mark.parametrize("make", [native, stacked, torch_func])
def test_everybody_ends_at_the_losses_of_plain_torch(make, problem: Problem) -> None:
    wanted = trained(OneByOne, problem)
    np.testing.assert_allclose(trained(make, problem), wanted, rtol=1e-5)
    assert (wanted < losses(problem.weights, problem)).all()


def test_networks_differ_and_share_their_minibatches(problem: Problem) -> None:
    assert len(set(losses(problem.weights, problem))) == 2
    assert problem.order.shape == (peer_problem.EPOCHS, 4, peer_problem.MINIBATCH)
    assert all(sorted(epoch.ravel()) == list(range(len(problem.numbers))) for epoch in problem.order)


def test_a_problem_is_read_as_it_was_written(problem: Problem, tmp_path: Path) -> None:
    problem.write(tmp_path / "problem.npz")
    again = Problem.read(tmp_path / "problem.npz")
    np.testing.assert_array_equal(again.order, problem.order)
    assert len(again.weights) == 6
    for read, written in zip(again.weights, problem.weights, strict=True):
        np.testing.assert_array_equal(read, written)


def test_the_loss_of_equal_outputs_is_that_of_a_guess() -> None:
    zeros = [np.zeros(shape, dtype=np.float32) for shape in ((1, 4, 2), (1, 4), (1, 10, 4), (1, 10))]
    numbers = np.ones((3, 2), dtype=np.float32)
    problem = Problem(numbers, np.array([0, 5, 9]), np.zeros((1, 1, 3), dtype=np.int64), zeros)
    assert losses(zeros, problem) == pytest.approx([np.log(10)])


def test_figures_are_medians_beside_ours() -> None:
    rows = [
        {"peer": "ours", "version": "1"},
        {"peer": "eager", "version": "2"},
        {"peer": "other", "missing": "it is not installed"},
        {"peer": "ours", "losses": [2.0, 1.0]},
        {"peer": "eager", "losses": [2.0, 1.01]},
        *({"peer": "ours", "repeat": i, "value": value} for i, value in enumerate((10.0, 20.0, 90.0))),
        *({"peer": "eager", "repeat": i, "value": value} for i, value in enumerate((200.0, 100.0, 210.0))),
    ]
    found = peers.summarise(rows)
    assert found["other"] == {"missing": "it is not installed"}
    assert found["ours"]["us"] == 20
    assert found["eager"]["times_ours"] == 10
    assert found["ours"]["loss_difference"] == pytest.approx(0.0099, abs=1e-4)
    assert found["ours"]["same_work"] is False
    assert found["eager"]["same_work"] is True


def test_what_is_not_installed_says_so(problem: Problem) -> None:
    with pytest.raises(ModuleNotFoundError, match="modelbatch"):
        modelbatch(problem)


def test_a_peer_answers_from_a_process_of_its_own(problem: Problem, tmp_path: Path) -> None:
    problem.write(tmp_path / "problem.npz")
    with peers.Peer("ours", sys.executable, tmp_path / "problem.npz", "") as peer:
        assert not peer.missing
        found = peer.ask("losses")["losses"]
        assert found == pytest.approx(trained(OneByOne, problem), rel=1e-5)
        assert 0 < peer.ask("0.01")["microseconds"] < 1e5
    with peers.Peer("jax", sys.executable, tmp_path / "problem.npz", "") as peer:
        assert "jax" in peer.missing
