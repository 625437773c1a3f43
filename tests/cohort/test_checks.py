"""What bad examples get before anything is trained on them."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
import pytest

from curvewise.cohort.checks import check_split
from curvewise.cohort.cohort import Cohort
from curvewise.data.examples import Split
from curvewise.data.images import Images
from curvewise.data.sequences import Sequences
from curvewise.errors import DataError
from tests.cohort.image_problems import image_split
from tests.cohort.problems import SPLITS, trial_of
from tests.cohort.translation_problems import reversal_split

CATEGORIES, REGRESSION = SPLITS["categories"], SPLITS["regression"]


def sequences(*, per_step: bool, labels=False, rows=6) -> Sequences:
    draw = np.random.default_rng(0)
    numbers = draw.normal(size=(rows, 5, 2)).astype(np.float32)
    categories = draw.integers(0, 4, (rows, 5, 1)).astype(np.int32)
    size = (rows, 5) if per_step else (rows,)
    codes = draw.integers(0, 3, size)
    targets = np.eye(3, dtype=np.float32)[codes] if labels else codes
    return Sequences(numbers, categories, np.array([5, 3, 1, 4, 2, 5], np.int32)[:rows], targets, per_step)


def sequence_split(**kind) -> Split:
    task = "multilabel" if kind.get("labels") else "classification"
    return Split(sequences(**kind), sequences(**kind), (4,), 3, 1.0, task)


PROBLEMS = {
    **SPLITS,
    "images": image_split(),
    "pairs": reversal_split(),
    "sequences": sequence_split(per_step=False),
    "steps": sequence_split(per_step=True),
    "labels": sequence_split(per_step=True, labels=True),
}


def spoilt(split: Split, name: str, index, value, which="train") -> Split:
    """The split with one value of one array of its examples changed."""
    examples = getattr(split, which)
    array = getattr(examples, name).copy()
    array[index] = value
    return replace(split, **{which: replace(examples, **{name: array})})


@pytest.mark.parametrize("name", PROBLEMS)
def test_good_examples_pass(name):
    check_split(PROBLEMS[name])


def spoilings():
    nan, inf = float("nan"), float("inf")
    yield "regression", "numbers", (7, 2), nan, r"training example 7, number 2 .*a number is nan"
    yield "regression", "numbers", (0, 6), -inf, r"training example 0, number 6 .*a number is -inf"
    yield "regression", "targets", (3, 0), nan, r"training example 3, output 0 .*target nan is not a finite"
    yield "categories", "categories", (4, 1), 12, r"example 4, column 1 .*the code 12 is none of 0 to 11"
    yield "categories", "categories", (4, 0), -1, r"example 4, column 0 .*the code -1 is none of 0 to 4"
    yield "categories", "targets", 9, 4, r"training example 9 .*the target 4 is not a class of 0 to 3"
    yield "categories", "targets", 9, -1, r"training example 9 .*the target -1 is not a class of 0 to 3"
    yield "images", "pixels", (5, 0, 1, 2), nan, r"example 5, channel 0, line 1, column 2 .*a pixel is nan"
    yield "images", "targets", 5, 3, r"example 5 .*the target 3 is not a class of 0 to 2"
    yield "sequences", "lengths", 2, 0, r"training example 2 .*its sequence has 0 steps"
    yield "sequences", "lengths", 2, 6, r"training example 2 .*would have 6 steps, where there are 5"
    yield "sequences", "numbers", (1, 4, 0), nan, r"example 1, step 4, number 0 .*a number is nan"
    yield (
        "sequences",
        "categories",
        (1, 4, 0),
        4,
        r"example 1, step 4, column 0 .*the code 4 is none of 0 to 3",
    )
    yield "sequences", "targets", 1, 3, r"example 1 .*the target 3 is not a class of 0 to 2"
    yield "steps", "targets", (1, 2), 3, r"example 1, step 2 .*the target 3 is not a class of 0 to 2"
    yield "labels", "targets", (1, 2, 0), 2, r"example 1, step 2, output 0 .*2.0 is not a label from 0 to 1"
    yield "labels", "targets", (1, 2, 0), nan, r"example 1, step 2, output 0 .*nan is not a label from 0 to 1"
    yield "pairs", "sources", (3, 1), 7, r"example 3, step 1 .*the source code 7 is none of 0 to 6"
    yield "pairs", "targets", (3, 1), 7, r"example 3, step 1 .*the target code 7 is none of 0 to 6"
    yield "pairs", "source_lengths", 4, 0, r"example 4 .*its source has 0 steps"
    yield "pairs", "target_lengths", 4, -1, r"example 4 .*its target has -1 steps"
    yield "pairs", "target_lengths", 4, 99, r"example 4 .*its target would have 99 steps"


@pytest.mark.parametrize(("problem", "array", "index", "value", "message"), list(spoilings()))
def test_a_bad_value_is_said_by_its_example(problem, array, index, value, message):
    with pytest.raises(DataError, match=message):
        check_split(spoilt(PROBLEMS[problem], array, index, value))
    with pytest.raises(DataError, match=message.replace("training", "validation")):
        check_split(spoilt(PROBLEMS[problem], array, index, value, "valid"))


@pytest.mark.parametrize("problem", ["steps", "labels"])
def test_targets_beyond_a_sequences_length_may_be_anything(problem):
    check_split(spoilt(PROBLEMS[problem], "targets", (1, 3), -100))


def test_there_must_be_examples():
    split = PROBLEMS["images"]
    with pytest.raises(DataError, match="there are no validation examples"):
        check_split(replace(split, valid=split.valid.first(0)))


def test_arrays_must_have_the_shapes_and_kinds_promised():
    split = PROBLEMS["images"]
    pixels, targets = split.train.pixels, split.train.targets
    for images, message in (
        (Images(pixels[:, 0], targets), r"pixels .* shape \(90, 8, 8\).* \(N, channels, height, width\)"),
        (Images(pixels.astype(np.float64), targets), "pixels of the training examples are float64"),
        (Images(pixels, targets[:-1]), r"targets .* shape \(89,\)"),
        (Images(pixels, targets.astype(np.float32)), "targets of the training examples are float32"),
        (Images(pixels[:, :, :0], targets), "have no pixels"),
    ):
        with pytest.raises(DataError, match=message):
            check_split(replace(split, train=images))


def test_training_and_validation_must_be_of_one_kind_and_size():
    split = PROBLEMS["images"]
    with pytest.raises(DataError, match=r"sizes \(1, 8, 8\), one of validation \(1, 9, 9\)"):
        check_split(replace(split, valid=image_split(size=9).valid))
    with pytest.raises(DataError, match="are Images, those of validation TableRows"):
        check_split(replace(split, valid=SPLITS["classification"].valid))


def test_sizes_that_do_not_go_together_are_refused():
    with pytest.raises(DataError, match=r"columns are embedded"):
        check_split(replace(CATEGORIES, cardinalities=(5,)))
    with pytest.raises(DataError, match=r"has 2 outputs"):
        check_split(replace(REGRESSION, outputs=2))
    with pytest.raises(DataError, match=r"pairs need the cardinalities"):
        check_split(replace(PROBLEMS["pairs"], cardinalities=(7,)))
    train = sequences(per_step=True)
    short = replace(train, targets=train.targets[:, :4].copy())
    with pytest.raises(DataError, match=r"targets for 4 steps, where the longest example has 5"):
        check_split(replace(PROBLEMS["steps"], train=short))


def test_checking_costs_little():
    pixels = np.zeros((10_000, 1, 28, 28), dtype=np.float32)
    images = Images(pixels, np.zeros(10_000, dtype=np.int64))
    split = Split(images, images.first(10), (), 10, 1.0, "classification")
    check_split(split)
    started = time.process_time()
    check_split(split)
    assert time.process_time() - started < 0.2


def test_a_cohort_checks_an_encoding_once_and_says_what_is_wrong(monkeypatch):
    counted = []
    monkeypatch.setattr(
        "curvewise.cohort.cohort.check_split", lambda split: counted.append(check_split(split))
    )
    good = Cohort(lambda _: CATEGORIES, 1)
    good.start([trial_of(0), trial_of(1)])
    assert good.failures() == {} and len(counted) == 1
    bad = Cohort(lambda _: spoilt(CATEGORIES, "targets", 9, 4), 1)
    bad.start([trial_of(0), trial_of(1)])
    failures = bad.failures()
    assert set(failures) == {0, 1}
    assert all("training example 9" in reason for reason, _ in failures.values())
    good.close()
    bad.close()
