"""Writes the table of docs/space.md from the code: ``python -m tests.space.table``."""

from pathlib import Path

from curvewise.space.domain import Choice, Domain, Fixed
from curvewise.space.hyperparameter import Hyperparameter
from curvewise.space.words import shown
from tests.space.spaces import a_space

PAGE = Path(__file__).parents[2] / "docs" / "space.md"
BEGIN, END = "<!-- table: written by python -m tests.space.table -->", "<!-- end of table -->"


def scale(domain: Domain) -> str:
    if isinstance(domain, Fixed | Choice):
        return "one of these"
    if getattr(domain, "complement", False):
        return "logarithmic in 1 - x"
    return "logarithmic" if domain.log else "linear"


def values(domain: Domain) -> str:
    if isinstance(domain, Fixed):
        return shown(domain.value).strip('"')
    if isinstance(domain, Choice):
        weights = domain.weights or [1] * len(domain.values)
        words = [shown(value).strip('"') for value in domain.values]
        return ", ".join(f"{word} ({weight:g})" for word, weight in zip(words, weights, strict=True))
    return f"{shown(domain.low)} to {shown(domain.high)}"


def likeliest(domain: Domain) -> str:
    if isinstance(domain, Fixed | Choice):
        return "by the weights in brackets" if isinstance(domain, Choice) else ""
    if domain.prior is None:
        return "even"
    low, high = (domain.sample_prior(u) for u in (0.1, 0.9))
    return f"{shown(domain.from_unit(domain.prior.centre))}; 80 % from {shown(low)} to {shown(high)}"


def row(each: Hyperparameter) -> str:
    needs = f" Matters where {each.needs}." if each.needs else ""
    unit = f" ({each.unit})" if each.unit else ""
    legal = "" if each.legal in (None, each.domain) or isinstance(each.legal, Choice) else values(each.legal)
    cells = (
        f"`{each.name}`",
        f"{each.help}{unit}.{needs}",
        values(each.domain),
        scale(each.domain),
        likeliest(each.domain),
        shown(each.default).strip('"'),
        legal,
        each.source,
    )
    return "| " + " | ".join(cells) + " |"


def table() -> str:
    """Two tables, one per category: a classification's, with a regression's loss."""
    space = a_space()
    loss = a_space(task="regression", classes=1)["loss"]
    parts = []
    for category in ("optimizer", "model"):
        titles = "name", "what it is", "values", "scale", "likeliest", "default", "legal", "source"
        rows = [row(loss if name == "loss" else space[name]) for name in space.names(category)]
        heading = f"### {category.capitalize()} hyperparameters\n"
        parts.append("\n".join([heading, f"| {' | '.join(titles)} |", f"|{' --- |' * len(titles)}", *rows]))
    return "\n\n".join(parts)


def page_with(text: str) -> str:
    """docs/space.md with ``text`` between its marks."""
    page = PAGE.read_text(encoding="utf-8")
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n\n{text}\n\n{END}{after}"


if __name__ == "__main__":
    PAGE.write_text(page_with(table()), encoding="utf-8")
