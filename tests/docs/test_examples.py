"""The examples of docs/python.md, run from top to bottom in one folder."""

import doctest
import warnings
from pathlib import Path

import pytest

from tests.docs.pages import DOCS, content


def test_the_python_page_does_what_it_shows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    page = content(DOCS / "python.md")
    test = doctest.DocTestParser().get_doctest(page, {}, "docs/python.md", "docs/python.md", 0)
    said: list[str] = []
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        result = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS, verbose=False).run(test, out=said.append)
    assert result.attempted >= 15
    assert not result.failed, "".join(said)
