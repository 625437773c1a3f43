import tomllib

from curvewise.space.toml import read_space
from tests.space.spaces import a_space, convolutional, recurrent
from tests.space.table import PAGE, page_with, table


def test_the_page_holds_the_table_that_the_code_makes() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert page == page_with(table()), "docs/space.md is behind the code: run python -m tests.space.table"


def test_every_default_says_where_it_comes_from() -> None:
    for space in (a_space(), recurrent(), convolutional()):
        for each in space.hyperparameters:
            assert any(
                word in each.source
                for word in ("article", "arXiv", "choice", "doi", "ways", "trained by", "no column")
            ), each


def test_the_pages_space_file_can_be_read() -> None:
    page = PAGE.read_text(encoding="utf-8")
    blocks = [block.partition("```")[0] for block in page.split("```toml\n")[1:]]
    assert blocks
    for block in blocks:
        read = read_space(tomllib.loads(block))
        task = read.task or "classification"
        read.apply(a_space(task=task, classes=1 if task == "regression" else 10))
