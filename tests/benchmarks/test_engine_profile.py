"""What the profile makes of samples."""

import pytest

from engine_profile import addresses, bare, parts, shares, trimmed

TOLD = "\n".join(
    (
        "cpu-clock:u: ",
        "\t           a0 (lib.so)",
        "\t           b1 (lib.so)",
        "\t           c0 (python3.11)",
        "",
        "cpu-clock:u: ",
        "\t           d0 (python3.11)",
        "\n",
    )
)


def test_samples_are_read_with_what_called_what() -> None:
    assert list(addresses(TOLD, "lib.so")) == [(0xA0, 0xB0), ()]


def test_getting_ready_and_leaving_are_left_out() -> None:
    assert trimmed([(), (), (1,), (), (2,), ()]) == [(1,), (), (2,)]
    assert not trimmed([(), ()])


@pytest.mark.parametrize(
    ("told", "name"),
    [
        ("curvewise::avx2::(anonymous namespace)::forward(curvewise::Network const&, long)", "forward"),
        ("void strip<2>(long, float const*) [clone .constprop.0]", "strip"),
        ("curvewise_train_epoch", "curvewise_train_epoch"),
    ],
)
def test_a_function_goes_by_its_name(told: str, name: str) -> None:
    assert bare(told) == name


def test_a_sample_counts_for_the_innermost_part() -> None:
    counts = parts(
        [
            ("tile", "product", "forward", "train_epoch"),
            ("activate", "forward", "train_epoch"),
            ("adam", "take", "train_epoch"),
            ("train_epoch",),
            (),
        ]
    )
    found = shares(counts)
    assert {name for name, share in found.items() if share == 0.2} == {
        "products",
        "elementwise",
        "update",
        "other",
        "outside",
    }
    assert sum(found.values()) == pytest.approx(1)
