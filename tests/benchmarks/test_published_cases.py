"""Published cases: all are told of, a fix must beat its fault, and one goes from end to end."""

import json
import math
from pathlib import Path

import numpy as np
import pytest

from published_case import KERAS, Case, Program, configured, rights
from published_cases import CASES, found, logged, measured, published, summarise
from published_data import DATA, data, folder, guessing
from published_images import IMAGES
from published_left_out import LEFT_OUT
from published_training import beats, once_trained, trained

HAVE_CASES = (folder() / "logs" / "cases.jsonl").exists()
needs_cases = pytest.mark.skipif(not HAVE_CASES, reason="logs/cases.jsonl of the development data is absent")

STEP = {"optimizer": "adam", "activation": "relu", "layers": 1, "units": 8, "minibatch": 32}
SLOW = Program("squares", {**STEP, "learning_rate": 1e-5}, 12)
QUICK = Program("squares", {**STEP, "learning_rate": 0.03}, 12)


def test_a_fix_beats_its_fault_where_its_losses_are_the_smaller_ones() -> None:
    low, high = [0.1, 0.2, 0.3, 0.4, 0.5], [0.6, 0.7, 0.8, 0.9, math.inf]
    assert beats(low, high) == pytest.approx(1 / 252)
    assert beats(high, low) > 0.9
    assert beats(low, [each + 0.01 for each in low]) > 0.05


def test_programs_that_all_diverge_do_not_beat_each_other() -> None:
    assert beats([math.inf] * 5, [math.inf] * 5) == 1.0
    assert beats([1.0] * 5, [math.inf] * 5) < 0.01


@pytest.mark.parametrize(
    ("faulty", "names"),
    [
        (["learning_rate(too low for Adadelta)"], {"learning_rate"}),
        (["batch_size(1)", "epochs", "missing normalization (x and y)"], {"minibatch", "epochs", "encoding"}),
        (["capacity (4 units)", "output_activation"], {"units"}),
        (["architecture mutant: depth/activation/init"], {"layers", "activation", "initialisation"}),
        (["preprocessing(labels)"], set()),
        ([], set()),
    ],
)
def test_what_is_faulty_has_the_names_of_the_diagnosis(faulty: list[str], names: set[str]) -> None:
    assert rights(faulty) >= names
    assert rights(faulty) - {"normalisation"} == names


def test_a_keras_program_has_what_it_does_not_say() -> None:
    told = configured({"learning_rate": 0.5, "dropout": 0.1}, images=False)
    assert (told["learning_rate"], told["dropout"]) == (0.5, 0.1)
    assert {name: told[name] for name in KERAS if name != "dropout"} == {
        name: value for name, value in KERAS.items() if name != "dropout"
    }


def test_a_hyperparameter_that_does_not_exist_is_refused() -> None:
    with pytest.raises(KeyError, match="epsilon"):
        configured({"epsilon": 1e-16}, images=False)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_every_program_is_in_the_space(case: Case) -> None:
    for program in (case.published, case.fixed):
        if program is not None:
            assert program.data in DATA
            assert (
                configured(program.changes, images=case in IMAGES).values.items() >= program.changes.items()
            )
    assert case.published != case.fixed


@needs_cases
def test_every_case_is_re_created_or_left_out_with_a_reason() -> None:
    names = [case.name for case in CASES]
    assert sorted([*names, *LEFT_OUT]) == sorted(published())


@needs_cases
def test_healthy_cases_are_those_that_are_published_so() -> None:
    told = published()
    healthy = {case.name for case in CASES if case.fixed is None}
    assert healthy == {name for name in told if told[name]["label"] == "healthy" and name not in LEFT_OUT}


@pytest.mark.parametrize("name", ["blobs", "circles", "squares", "iris", "iris, raw", "fourth power"])
def test_generated_data_are_the_same_each_time_and_no_row_is_in_both_parts(name: str) -> None:
    split, again = DATA[name](), DATA[name]()
    np.testing.assert_array_equal(split.train.inputs[0], again.train.inputs[0])
    train, valid = (set(map(tuple, part.inputs[0])) for part in (split.train, split.valid))
    assert len(train & valid) <= (1 if name.startswith("iris") else 0), "iris has a flower twice"


def test_scaling_is_that_of_the_training_rows() -> None:
    scaled = data("fourth power").train
    assert abs(scaled.inputs[0].mean()) < 1e-6
    assert scaled.targets.std() == pytest.approx(1, abs=1e-4)
    assert np.abs(DATA["fourth power, raw"]().train.targets).max() > 1e7


def test_guessing_is_chance_or_the_variance() -> None:
    assert guessing(data("blobs")) == pytest.approx(math.log(3))
    split = data("fourth power")
    assert guessing(split) == pytest.approx(float((split.valid.targets**2).mean()), rel=1e-3)


def test_a_log_that_learned_nothing_is_no_standard() -> None:
    case = Case("healthy", QUICK)
    assert logged(case, {"log_last": {"val_loss": 0.2}}) == pytest.approx(1.1 * 0.2 / math.log(2))
    assert logged(case, {"log_last": {"val_loss": 0.69}}) == -math.inf


def test_runs_are_the_same_for_the_same_seed() -> None:
    one, other = (trained(QUICK, [0, 1]) for _ in range(2))
    assert [each.end for each in one] == [each.end for each in other]
    assert one[0].end != one[1].end


def test_curves_that_were_kept_are_not_trained_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = once_trained(QUICK, [0], tmp_path)
    monkeypatch.setattr("published_training.trained", lambda program, seeds: [])
    assert [each.end for each in once_trained(QUICK, [0], tmp_path)] == [each.end for each in first]
    assert once_trained(SLOW, [0], tmp_path) == [], "another program is another training"


def test_one_case_from_end_to_end_and_one_that_falls() -> None:
    cases = [Case("slow", SLOW, QUICK), Case("backwards", QUICK, SLOW), Case("good", QUICK)]
    told = {case.name: {"faulty": ["learning_rate"], "log_last": {"val_loss": 0.3}} for case in cases}
    rows, compared = measured(cases, told, 5)
    assert {name: each["kept"] for name, each in compared.items()} == {"slow": True, "backwards": False}
    assert {row["arm"] for row in rows} == {"slow fault", "slow fixed", "good healthy"}
    assert found(rows, "case", "slow") == ["slow"]
    summary = summarise(rows, compared, 3)
    assert (summary["kept"], summary["faulty_runs"], summary["fixed_runs"]) == (1, 5, 5)
    assert summary["trials"]["recall"] == 100.0
    assert summary["trials"]["right_hyperparameter"] == 100.0
    assert summary["by_case"]["slow"]["found"] == 100.0
    assert summary["by_case"]["slow"]["healthy_accused"] is None
    assert json.loads(json.dumps(rows)) == rows


@pytest.mark.parametrize("name", [name for name in DATA if "," not in name])
@needs_cases
def test_classes_are_mixed(name: str) -> None:
    split = data(name)
    if split.task == "classification":
        shares = [np.bincount(part.targets, minlength=split.outputs) for part in (split.train, split.valid)]
        assert all(each.min() > 0.3 * each.max() for each in shares)
