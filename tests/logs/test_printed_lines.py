"""Lines read by the form of an earlier one, held to each line read by itself."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from curvewise.logs.printed_lines import Lines, form_of, pattern, segments

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
def test_lines_by_form_are_lines_one_by_one(lines: list[str]) -> None:
    read = [(form, numbers) for form, many in Lines().read(lines * 2) for numbers in many]
    for line, (form, numbers) in zip(lines * 2, read, strict=True):
        alone = form_of(line)
        assert list(numbers) == [line[start:end] for start, end in alone.spans]
        assert (form.epoch, form.part, form.placed) == (alone.epoch, alone.part, alone.placed)
        assert (form.values, form.places) == (alone.values, alone.places)


def test_a_pattern_is_of_digits_only() -> None:
    line = "step 10: loss 0.5, top1: 12"
    wanted = pattern(line, form_of(line))
    assert wanted is not None
    assert wanted.fullmatch("step 7: loss 1.25, top1: 3\n")
    assert not wanted.fullmatch("step 7: loss 1.25, top5: 3\n")
    assert not wanted.fullmatch("step 7: loss nan, top1: 3\n")
    assert not wanted.fullmatch("step 7: loss 1.25 top1: 3\n")


def test_what_is_drawn_over_comes_one_by_one() -> None:
    assert segments(["", "a\b\bb", "\x1b[1mc\x1b[0m", "d" * 5000]) == ["a", "b", "c", "d" * 4096]
