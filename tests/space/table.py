"""Writes the table of docs/space.md from the code: ``python -m tests.space.table``."""

from collections.abc import Sequence
from pathlib import Path

from curvewise.space.domain import Choice, Domain, Fixed
from curvewise.space.hyperparameter import Hyperparameter
from curvewise.space.words import shown
from tests.space.spaces import a_space, convolutional, recurrent

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


def legal(each: Hyperparameter) -> str:
    """What a space file may widen the domain to: a range, or further choices."""
    if each.legal in (None, each.domain):
        return ""
    if not isinstance(each.legal, Choice):
        return values(each.legal)
    further = [shown(value).strip('"') for value in each.legal.values if not each.domain.contains(value)]
    return f"also {', '.join(further)}" if further else ""


def row(each: Hyperparameter) -> str:
    needs = f" Matters where {each.needs}." if each.needs else ""
    unit = f" ({each.unit})" if each.unit else ""
    cells = (
        f"`{each.name}`",
        f"{each.help}{unit}.{needs}",
        values(each.domain),
        scale(each.domain),
        likeliest(each.domain),
        shown(each.default).strip('"'),
        legal(each),
        each.source,
    )
    return "| " + " | ".join(cells) + " |"


TITLES = "name", "what it is", "values", "scale", "likeliest", "default", "legal", "source"


def rows_of(heading: str, described: Sequence[Hyperparameter]) -> str:
    rows = [row(each) for each in described]
    return "\n".join([f"### {heading}\n", f"| {' | '.join(TITLES)} |", f"|{' --- |' * len(TITLES)}", *rows])


def table() -> str:
    """The optimizer's, a classification's with a regression's loss, then each family's own."""
    space = a_space()
    loss = a_space(task="regression", classes=1)["loss"]
    shared = [loss if name == "loss" else space[name] for name in space.names("optimizer")]
    families = {
        "": space,
        " of a recurrent network": recurrent(),
        " of a convolutional network": convolutional(),
    }
    parts = [rows_of("Optimizer hyperparameters", shared)]
    for words, family in families.items():
        model = [family[name] for name in family.names("model")]
        parts.append(rows_of(f"Model hyperparameters{words}", model))
    return "\n\n".join(parts)


def page_with(text: str) -> str:
    """docs/space.md with ``text`` between its marks."""
    page = PAGE.read_text(encoding="utf-8")
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n\n{text}\n\n{END}{after}"


if __name__ == "__main__":
    PAGE.write_text(page_with(table()), encoding="utf-8")
