from __future__ import annotations

import pytest
import torch
from torch import nn

from curvewise.cohort.families.network import new_network
from curvewise.cohort.families.perceptron import Perceptron
from tests.cohort.problems import CATEGORIES, CLASSIFICATION, WIDE, recipe_for


def network(split=CATEGORIES, seed=5, **changes) -> Perceptron:
    return new_network(recipe_for(split, **changes).shape, seed).train()


def test_parameters_have_the_promised_names_and_shapes():
    names = {
        name: tuple(t.shape) for name, t in network(units=(6, 5), normalisation="batch").state_dict().items()
    }
    norms = {
        f"hidden.{layer}.normalisation.{part}": (units,)
        for layer, units in ((0, 6), (1, 5))
        for part in ("weight", "bias", "running_mean", "running_var")
    }
    norms |= {f"hidden.{layer}.normalisation.num_batches_tracked": () for layer in (0, 1)}
    assert names == norms | {
        "embeddings.0.weight": (5, 3),  # half of 5 codes, rounded up
        "embeddings.1.weight": (12, 4),  # at most the recipe's 4
        "hidden.0.linear.weight": (6, 3 + 3 + 4),
        "hidden.0.linear.bias": (6,),
        "hidden.1.linear.weight": (5, 6),
        "hidden.1.linear.bias": (5,),
        "output.weight": (4, 5),
        "output.bias": (4,),
    }


def test_without_hidden_layers_it_is_a_linear_model():
    assert set(network(CLASSIFICATION, units=()).state_dict()) == {"output.weight", "output.bias"}


@pytest.mark.parametrize("normalisation", ["none", "batch", "layer"])
def test_it_computes_what_plain_torch_computes(normalisation):
    ours = network(units=(6,), normalisation=normalisation, activation="gelu")
    norm = {"none": nn.Identity, "batch": lambda: nn.BatchNorm1d(6), "layer": lambda: nn.LayerNorm(6)}
    plain = nn.Sequential(nn.Linear(10, 6), norm[normalisation](), nn.GELU(), nn.Linear(6, 4))
    plain[0].load_state_dict(ours.hidden[0].linear.state_dict())
    plain[3].load_state_dict(ours.output.state_dict())
    numbers, categories = torch.randn(9, 3), torch.randint(0, 5, (9, 2))
    tables = [ours.embeddings[q].weight[categories[:, q]] for q in range(2)]
    assert torch.allclose(ours(numbers, categories), plain(torch.cat([numbers, *tables], 1)), atol=1e-6)


def test_initial_weights_are_uniform_within_torchs_bounds():
    ours = network(WIDE, units=(200, 150))
    for linear in (ours.hidden[0].linear, ours.hidden[1].linear, ours.output):
        bound = linear.in_features**-0.5
        weight = linear.weight.detach()
        assert weight.abs().max() <= bound and linear.bias.abs().max() <= bound
        assert weight.std().item() == pytest.approx(bound / 3**0.5, rel=0.05)
        assert abs(weight.mean().item()) < 5 * bound / (3 * weight.numel()) ** 0.5


def test_initial_embeddings_have_length_one_on_average():
    table = network(embedding=6).embeddings[1].weight.detach()
    assert table.pow(2).sum(1).mean().item() == pytest.approx(1, abs=0.4)


def test_seeds_decide_the_weights_and_torchs_own_seed_is_left_alone():
    before = torch.random.get_rng_state()
    one, same, other = network(seed=1), network(seed=1), network(seed=2)
    assert torch.equal(torch.random.get_rng_state(), before)
    for a, b, c in zip(one.parameters(), same.parameters(), other.parameters(), strict=True):
        assert torch.equal(a, b) and not torch.equal(a, c)


def test_a_users_hand_can_go_on_training_it():
    ours = network(CLASSIFICATION, dropout=0.5)
    numbers, categories = torch.randn(8, 7), torch.zeros(8, 0, dtype=torch.int64)
    ours(numbers, categories).sum().backward()
    assert ours.output.weight.grad is not None
    ours.eval()
    assert torch.equal(ours(numbers, categories), ours(numbers, categories))
