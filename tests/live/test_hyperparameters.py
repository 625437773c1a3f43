"""What optimizers and models tell of themselves."""

import pytest
import torch
from torch import nn

from curvewise.live.hyperparameters import hyperparameters


def of(*modules: nn.Module) -> dict[str, object]:
    model = nn.Sequential(*modules)
    return dict(hyperparameters([model], [torch.optim.AdamW(model.parameters(), lr=0.01)]))


def test_a_stack_of_sigmoids_is_seen() -> None:
    layers = [module for _ in range(6) for module in (nn.Linear(4, 4), nn.Sigmoid())]
    seen = of(*layers, nn.Linear(4, 2))
    assert (seen["activation"], seen["layers"]) == ("sigmoid", 6)
    assert seen["normalisation"] == "none"
    assert of(*layers, nn.BatchNorm1d(4))["normalisation"] != "none"


def test_most_of_the_activations_count() -> None:
    assert (
        of(nn.Linear(4, 4), nn.ReLU(), nn.Linear(4, 4), nn.ReLU(), nn.Linear(4, 1), nn.Sigmoid())[
            "activation"
        ]
        == "relu"
    )


@pytest.mark.parametrize("module", [nn.Linear(4, 4), nn.LSTM(4, 4)])
def test_what_is_not_seen_is_not_told(module: nn.Module) -> None:
    assert set(of(module)) == {"optimizer", "learning_rate", "weight_decay"}
