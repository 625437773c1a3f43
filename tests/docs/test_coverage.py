"""What the code has, the documentation has: hyperparameters, options, errors, rules, evidence."""

import ast
import inspect
import re
from collections.abc import Iterator
from typing import get_args

import click
import pytest

from curvewise import errors
from curvewise.cli.main import COMMANDS, main
from curvewise.records.decision import Action
from curvewise.records.trial import Origin
from curvewise.search.article.move import Outcome, Rule
from curvewise.space.defaults import perceptron_space
from tests.docs.pages import DOCS, PAGES, ROOT, content, first_cells, headings
from tests.house import code, text, tracked

RULES = "## What the rules mean"
WITH_RULES_OF_THEIR_OWN = ("suspect", "finalist", "fork")
"""Origins that no refill has: the probe's, the finals', and one that nothing decides yet."""
FROM_THE_LEDGER = {"failed"}
"""Counted with the decisions, though nobody decided it."""


@pytest.mark.parametrize("task", ["classification", "regression"])
def test_every_hyperparameter_has_a_row(task: str) -> None:
    space = perceptron_space(
        task=task,
        rows=1000,
        features=5,
        inputs=5,
        embedded_columns=1,
        classes=3 if task == "classification" else 1,
        encodings=["plain", "piecewise"],
    )
    rows = first_cells(DOCS / "space.md")
    assert not {each.name for each in space.hyperparameters} - rows


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_and_option_is_on_the_page(name: str) -> None:
    page = content(DOCS / "cli.md")
    assert f"## curvewise {name}\n" in page
    section = page.split(f"## curvewise {name}\n", 1)[1].split("\n## ", 1)[0]
    command = main.get_command(click.Context(main), name)  # type: ignore[attr-defined]
    options = [o for o in command.params if isinstance(o, click.Option)]
    missing = [flag for option in options for flag in option.opts if not re.search(rf"{flag}\b", section)]
    assert not missing


def test_every_kind_of_error_has_a_heading() -> None:
    kinds = {name for name, found in vars(errors).items() if inspect.isclass(found)}
    named = {heading.strip("`") for heading in headings(DOCS / "troubleshooting.md")}
    assert len(kinds) >= 8
    assert not kinds - named


def test_every_rule_is_explained_and_no_other() -> None:
    explained = first_cells(DOCS / "how-to-choose.md", RULES)
    assert explained == set(_rules()) | FROM_THE_LEDGER


def test_every_kind_of_decision_is_in_the_vocabulary() -> None:
    row = next(
        line for line in content(DOCS / "vocabulary.md").splitlines() if line.startswith("| decision |")
    )
    assert not [action for action in get_args(Action) if action not in row]


def test_what_the_code_cites_is_there() -> None:
    numbered = {re.split(r"[.\s]+(?=\D)", heading)[0] for heading in headings(DOCS / "evidence.md")}
    for path in code("src", "tests", "benchmarks"):
        for name, section in re.findall(r"docs/([\w-]+\.md)(?:,? (\d+(?:\.\d+)?)\b)?", text(path)):
            assert (DOCS / name).exists(), f"{path.relative_to(ROOT)} cites docs/{name}"
            if name == "evidence.md" and section:
                assert section in numbered, f"{path.relative_to(ROOT)} cites section {section}"


def test_no_page_is_named_that_is_not_here() -> None:
    known = {path.name for path in tracked() if path.suffix == ".md"}
    for path in [*code("src", "tests", "benchmarks"), *PAGES]:
        named = set(re.findall(r"\b[\w-]+\.md\b", text(path)))
        assert not named - known, f"{path.relative_to(ROOT)} names {named - known}"


def _rules() -> Iterator[str]:
    """Names of the rules that search/ gives to decisions, read from its source."""
    for path in code("src/curvewise/search"):
        for call in ast.walk(ast.parse(text(path))):
            if isinstance(call, ast.Call) and getattr(call.func, "id", "") == "Decision":
                match call.args[1]:
                    case ast.Constant(value=str(name)):
                        yield name
                    case ast.JoinedStr(values=[ast.Constant(value=str(prefix)), _]):
                        yield from (prefix + o for o in get_args(Origin) if o not in WITH_RULES_OF_THEIR_OWN)
                    case ast.Attribute(attr="rule"):
                        yield from (*get_args(Rule), *get_args(Outcome))
                    case other:
                        pytest.fail(f"{path.name}: the rule {ast.unparse(other)} has no name to look for")
