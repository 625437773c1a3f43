"""Links between pages lead somewhere, and every page is reached from the README."""

from pathlib import Path

import pytest

from tests.docs.pages import DOCS, PAGES, ROOT, anchors, links


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_to_files_and_headings_that_exist(page: Path) -> None:
    for link in links(page):
        if "://" in link:
            continue
        name, _, heading = link.partition("#")
        there = (page.parent / name).resolve() if name else page
        assert there.exists(), f"{page.name} links to {link}"
        if heading:
            assert heading in anchors(there), f"{page.name} links to {link}, and there is no such heading"


def test_the_readme_lists_every_page() -> None:
    listed = {(ROOT / link.partition("#")[0]).resolve() for link in links(ROOT / "README.md")}
    assert not {page.name for page in DOCS.glob("*.md")} - {path.name for path in listed}
