"""The rules of the house, docs/contributing.md, as far as they can be counted."""

import ast
import math
import re
import statistics

import pytest

from tests.house import Function, code, definitions, length, parameters, place, text, tracked

LONGEST_FILE, MEDIAN_FILE = 500, 150
LONGEST_FUNCTION, USUAL_FUNCTION = 80, 40
MOST_PARAMETERS = 7
MANY_PARAMETERS = {
    "src/curvewise/tuning.py:tune": "its keywords are the command line's options, the same in both",
}
"""Where more parameters are right, and why."""

NOWHERE_IN_PARTICULAR = {"utils", "util", "common", "helpers", "helper", "base", "misc", "core"}

ONE_WORD_EACH = {
    r"hyper[- ]parameter|hyperparams?\b": "hyperparameter",
    r"mini-batch|mini batch": "minibatch",
    r"\bbatch(es)? of (?!examples|rows)": "list, or group: a batch is a minibatch of examples, nothing else",
    r"\blearners?\b": "trial, or network",
    r"early-stopping": "early stopping",
}
"""Other spellings and meanings, and the word of docs/vocabulary.md to use."""

TELLING_THE_WORD = {"tests/test_house.py", "docs/vocabulary.md"}

URL = re.compile(r"https?://([\w.-]+)")
KNOWN_HOSTS = {
    "json-schema.org": "names the schemas' dialect",
    "github.com": "sources cited",
    "arxiv.org": "papers cited",
    "doi.org": "papers cited",
    "www.apache.org": "the licence's text",
}
MACHINE_PATH = re.compile(r"(?<![\w./~<*-])/(?:home|root|work|workspace|Users|tmp|mnt|opt|media)/[\w.-]+")
INDEX_OPTION = re.compile(r"(?:extra-)?index-url|find-links|--index\b|trusted-host")

SOURCES = code("src", "benchmarks")
PYTHON = code("src", "benchmarks", kinds=(".py",))
TEXTS = [p for p in tracked() if p.suffix not in (".png", ".svg")]


def functions() -> list[tuple[str, Function]]:
    """Every function of the project with where it stands, tests left out."""
    named = [each for path in PYTHON for each in definitions(path)]
    return [(each.where, each.node) for each in named if isinstance(each.node, Function)]


def test_files_are_short() -> None:
    lines = {place(path): len(text(path).splitlines()) for path in [*SOURCES, *code("tests")]}
    assert not {name: count for name, count in lines.items() if count > LONGEST_FILE}
    assert statistics.median(lines.values()) <= MEDIAN_FILE


def test_functions_fit_a_screen() -> None:
    lengths = {where: length(function) for where, function in functions()}
    assert not {where: count for where, count in lengths.items() if count > LONGEST_FUNCTION}
    assert sorted(lengths.values())[math.ceil(0.95 * len(lengths)) - 1] <= USUAL_FUNCTION


def test_functions_take_few_parameters() -> None:
    many = {where for where, function in functions() if parameters(function) > MOST_PARAMETERS}
    assert many == set(MANY_PARAMETERS), "more than 7 parameters, or a reason that is not needed any more"


def test_no_file_is_named_after_nothing_in_particular() -> None:
    parts = {place(p): {p.stem, *p.parent.parts} for p in code("src", "tests", "benchmarks")}
    assert not {name for name, words in parts.items() if words & NOWHERE_IN_PARTICULAR}


def test_everything_public_says_what_it_is_in_a_sentence() -> None:
    for path in PYTHON:
        for each in definitions(path):
            if not each.public or _obvious(each.where):
                continue
            told = ast.get_docstring(each.node)
            assert told, f"{each.where} has no docstring"
            opening = told.split("\n\n")[0].rstrip()
            assert opening[-1] in ".:;?!)`", f"{each.where}: its docstring opens with no whole sentence"


def _obvious(where: str) -> bool:
    """Special methods say what they do by their name."""
    name = where.rpartition(".")[2]
    return name.startswith("__") and name.endswith("__")


@pytest.mark.parametrize("pattern", ONE_WORD_EACH)
def test_one_thing_has_one_word(pattern: str) -> None:
    wrong = re.compile(pattern, re.IGNORECASE)
    found = [p for p in TEXTS if place(p) not in TELLING_THE_WORD and wrong.search(text(p))]
    assert not [place(path) for path in found], f"say: {ONE_WORD_EACH[pattern]}"


def test_no_file_knows_the_machine_it_was_written_on() -> None:
    for path in tracked():
        found = MACHINE_PATH.search(text(path))
        assert found is None, f"{place(path)} names {found and found.group()}"


def test_no_file_names_a_registry_or_another_unexpected_host() -> None:
    for path in TEXTS:
        content = text(path)
        unexpected = set(URL.findall(content)) - set(KNOWN_HOSTS)
        assert not unexpected, f"{place(path)} names {unexpected}"
        if place(path) != "tests/test_house.py":
            option = INDEX_OPTION.search(content)
            assert option is None, f"{place(path)} says where packages come from: {option and option.group()}"
