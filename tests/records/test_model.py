from typing import get_args

import pytest

from curvewise.errors import UsageError
from curvewise.records.model import CELLS, MODELS, Cell, family_of, known_model


def test_the_models_are_the_cells_that_can_be_trained() -> None:
    assert get_args(Cell) == CELLS
    assert set(CELLS) < set(MODELS)


def test_every_model_has_a_family_and_auto_leaves_it_open() -> None:
    families = {model: family_of(model) for model in MODELS}
    assert families.pop("auto") is None
    assert families["mlp"] == "perceptron" and families["cnn"] == "convolutional"
    assert {families[cell] for cell in (*CELLS, "rnn")} == {"recurrent"}


def test_models_are_known_in_any_case_and_others_are_answered_with_the_nearest() -> None:
    assert [known_model(name) for name in ("LSTM", "cnn", "LSTM-CIFG")] == ["lstm", "cnn", "lstm_cifg"]
    with pytest.raises(UsageError, match=r"no model 'lstn'; did you mean lstm\? There are auto, mlp"):
        known_model("lstn")
    with pytest.raises(UsageError, match=r"no model 'transformer': choose one of auto, mlp"):
        known_model("transformer")
