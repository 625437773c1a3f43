"""Lines read by the form of another of their shape, held to each line read by itself."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from curvewise.logs.printed_lines import Lines, form_of

NUMBER = st.one_of(
    st.integers(0, 10**14).map(str),
    st.floats(0, 1e4).map("{:.4f}".format),
    st.floats().map(str),
    st.sampled_from(["nan", "1.", "5%", "-3", "1e-05", "1e-00005", "1/2/3", "12,5", "007", "0" * 25]),
)
WORDS = st.sampled_from(
    [
        *(
            "Epoch {}/{}",
            "epoch {}",
            "step {}:",
            "Step [{}/{}]",
            "iter={}",
            "loss: {}",
            "train loss {}, val loss {}",
        ),
        *(
            "val Loss: {} Acc: {}",
            "top1: {} top5: {}",
            "lr/pg0={}",
            "[====>...] {}s",
            "{'loss': {}, 'epoch': {}}",
        ),
        *("train={} val={}", "[{}] valid_{}'s l2: {}", "[{}, {}] loss: {}"),
        *("time {}ms", "acc{} {}", "{}", "layer.{}.loss {}", "(1.5+2)*", "train_runtime {}", "batch {}/{}"),
    ]
)


@st.composite
def texts(draw: st.DrawFn) -> list[str]:
    """Lines of few forms, again and again with other numbers."""
    forms = draw(st.lists(st.lists(WORDS, min_size=1, max_size=3).map(" - ".join), min_size=1, max_size=3))
    lines = []
    for _ in range(draw(st.integers(2, 8))):
        parts = draw(st.sampled_from(forms)).split("{}")
        lines.append("".join(part + draw(NUMBER) for part in parts[:-1]) + parts[-1])
    return lines


@settings(max_examples=80)
@given(texts())
def test_lines_by_shape_are_lines_one_by_one(lines: list[str]) -> None:
    read = Lines()
    seen, which = read.read("\n".join(lines * 2))
    assert seen == lines * 2
    for line, number in zip(seen, which.tolist(), strict=True):
        form, alone = read.forms[number], form_of(line)
        assert (form.epoch, form.part, form.placed) == (alone.epoch, alone.part, alone.placed)
        assert (form.values, form.places, form.named) == (alone.values, alone.places, alone.named)


def test_shapes_that_differ_by_digits_in_names_are_apart() -> None:
    read = Lines()
    _, which = read.read("top1: 3\ntop1: 4\ntop5: 3\nstep 7 loss 1.5\nstep 8 loss 2.5\nstep 9 loss nan")
    assert which[0] == which[1] != which[2]
    assert which[3] == which[4] != which[5]


def test_what_is_drawn_over_comes_one_by_one() -> None:
    lines, _ = Lines().read("\n".join(["", "a\b\bb", "\x1b[1mc\x1b[0m", "d" * 5000]))
    assert lines == ["", "a", "b", "c", "d" * 4096]


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("train=0.3 val=0.4", {"train_loss": "0.3", "val_loss": "0.4"}),
        ("epoch 3: train: 0.3 | val: 0.4", {"epoch": "3", "train_loss": "0.3", "val_loss": "0.4"}),
        ("INFO train=1e-3 valid=nan", {"train_loss": "1e-3", "valid_loss": "nan"}),
        ("acc: train=0.75 val=0.5", {"train_acc": "0.75", "val_acc": "0.5"}),
        ("Loss: train 0.3, val 0.4", {"train_Loss": "0.3", "val_Loss": "0.4"}),
        ("seconds train=0.3 val=0.4", {}),
        ("train=50000 val=10000", {}),
        ("train 0.8 val 0.2", {}),
        (
            "[10]\ttraining's l2: 0.3\tvalid_1's l2: 0.4",
            {"epoch": "10", "training/l2": "0.3", "valid_1/l2": "0.4"},
        ),
        (
            "[3]  valid_0's binary_logloss: 0.5 valid_0's auc: 0.75",
            {"epoch": "3", "valid_0/binary_logloss": "0.5"},
        ),
    ],
)
def test_sides_that_stand_for_a_loss(line: str, told: dict[str, str]) -> None:
    values = form_of(line).values
    assert {name: line[start:end] for name, (start, end) in values.items()} == told
