from __future__ import annotations

import msgspec
import pytest

from curvewise.records import Point

PLAIN = Point(0, 1, 10, 0.5, 1.0, 0.2, 1.1, 0.25, 0.01, 2.0, 1e-3)


def test_a_point_of_an_earlier_history_can_be_read():
    earlier = msgspec.msgpack.encode(
        {
            name: getattr(PLAIN, name)
            for name in Point.__struct_fields__[: Point.__struct_fields__.index("update_ratios")]
        }
    )
    assert msgspec.msgpack.decode(earlier, type=Point) == PLAIN


def test_what_was_not_measured_takes_no_room():
    assert b"dead_units" not in msgspec.msgpack.encode(PLAIN)


@pytest.mark.parametrize(
    ("power", "variance", "scale"),
    [(2.0, 100.0, 50.0), (-1.0, 3.0, None), (2.0, -1.0, 0.0), (None, None, None)],
)
def test_the_noise_scale_is_the_ratio_of_its_parts(power, variance, scale):
    point = msgspec.structs.replace(PLAIN, gradient_power=power, gradient_variance=variance)
    assert point.noise_scale == scale
