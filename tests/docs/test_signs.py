"""docs/signs.md says what the signs say of themselves."""

from tests.docs.signs import PAGE, page


def test_the_page_of_signs_is_that_of_the_code() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run python -m tests.docs.signs"
