"""The example of docs/watch.md, run as it stands."""

import doctest

from tests.docs.pages import DOCS, content


def test_the_page_does_what_it_shows() -> None:
    test = doctest.DocTestParser().get_doctest(content(DOCS / "watch.md"), {}, "watch", "docs/watch.md", 0)
    said: list[str] = []
    result = doctest.DocTestRunner(verbose=False).run(test, out=said.append)
    assert result.attempted >= 10
    assert not result.failed, "".join(said)
