"""The fast checksum is the slow one."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from curvewise.logs import crc32c as fast
from tests.logs.writers import crc32c


@given(st.binary(max_size=70))
def test_the_checksum_is_that_of_the_definition(message: bytes) -> None:
    assert fast.crc32c(message) == crc32c(message)


def test_it_is_that_of_the_standard() -> None:
    assert fast.crc32c(b"123456789") == 0xE3069283  # RFC 3720's check value
    assert fast.crc32c(bytes(32)) == 0x8A9136AA  # RFC 3720, appendix B.4


def test_messages_longer_than_the_table_are_taken_in_pieces() -> None:
    message = np.random.default_rng(0).bytes(2 * fast.FAR + 3)
    for length in (fast.FAR - 1, fast.FAR, fast.FAR + 1, len(message)):
        assert fast.crc32c(message[:length]) == crc32c(message[:length])


@given(
    st.integers(1, 40).flatmap(lambda n: st.lists(st.binary(min_size=n, max_size=n), min_size=1, max_size=9))
)
def test_many_at_once_are_each_by_itself(messages: list[bytes]) -> None:
    rows = np.frombuffer(b"".join(messages), np.uint8).reshape(len(messages), -1)
    assert fast.crc32c_of_rows(rows).tolist() == [fast.masked(crc32c(each)) for each in messages]
