"""docs/signs.md says what the signs say of themselves."""

import re

from tests.docs.signs import PAGE, page


def test_the_page_of_signs_is_that_of_the_code() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run python -m tests.docs.signs"


def test_every_threshold_says_what_it_is() -> None:
    rows = re.findall(r"^\| `([A-Z_]+)` \| \S+ \| (.*) \|$", page(), re.MULTILINE)
    assert len(rows) > 50
    assert not [name for name, said in rows if not said]
