"""The documentation as a reader meets it: pages, headings, links."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted(DOCS.glob("*.md"))]

_FENCE = re.compile(r"^(```|~~~).*?^\1", re.DOTALL | re.MULTILINE)
_LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")


def content(path: Path) -> str:
    """A page's text."""
    return path.read_text(encoding="utf-8")


def prose(path: Path) -> str:
    """A page's text without its fenced examples."""
    return _FENCE.sub("", content(path))


def links(path: Path) -> list[str]:
    """Targets of the links and pictures in a page's prose."""
    return _LINK.findall(prose(path))


def headings(path: Path) -> list[str]:
    """The headings' text, without their marks."""
    return [line.lstrip("#").strip() for line in prose(path).splitlines() if re.match(r"#+ ", line)]


def anchors(path: Path) -> set[str]:
    """What a link to a heading may end in: lower case, spaces to hyphens, punctuation dropped."""
    plain = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in headings(path))
    return {words.replace(" ", "-") for words in plain}


def first_cells(path: Path, beneath: str | None = None) -> set[str]:
    """Words in backticks in the first column of a page's tables, or of those below one heading."""
    text = prose(path)
    if beneath is not None:
        text = re.split(r"^#+ ", text.split(beneath + "\n", 1)[1], maxsplit=1, flags=re.MULTILINE)[0]
    cells = re.findall(r"^\|([^|]*)\|", text, re.MULTILINE)
    return {word for cell in cells for word in re.findall(r"`([^`]+)`", cell)}
