from typing import get_args

from curvewise.records.model import CELLS, MODELS, Cell, family_of


def test_the_models_are_the_cells_that_can_be_trained() -> None:
    assert get_args(Cell) == CELLS
    assert set(CELLS) < set(MODELS)


def test_every_model_has_a_family_and_auto_leaves_it_open() -> None:
    families = {model: family_of(model) for model in MODELS}
    assert families.pop("auto") is None
    assert families["mlp"] == "perceptron" and families["cnn"] == "convolutional"
    assert {families[cell] for cell in (*CELLS, "rnn")} == {"recurrent"}
