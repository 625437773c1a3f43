"""What ``import curvewise`` offers: said in one place, documented, and cheap."""

import subprocess
import sys
from pathlib import Path
from pkgutil import iter_modules

import curvewise

ROOT = Path(__file__).parents[1]
HEAVY = ("torch", "numpy", "polars", "sklearn", "scipy", "sqlalchemy", "rich", "click")


def test_public_names_are_sorted_and_are_what_dir_shows() -> None:
    names = curvewise.__all__
    assert list(names) == sorted(set(names))
    assert dir(curvewise) == sorted(names)


def test_every_public_name_can_be_had_and_says_what_it_is() -> None:
    for name in curvewise.__all__:
        found = getattr(curvewise, name)
        assert found.__doc__, name
        assert found.__module__.startswith("curvewise"), name


def test_every_public_name_has_a_heading_in_the_documentation() -> None:
    lines = (ROOT / "docs" / "python.md").read_text(encoding="utf-8").splitlines()
    headings = [line for line in lines if line.startswith("#")]
    for name in curvewise.__all__:
        assert any(f"`curvewise.{name}`" in heading for heading in headings), f"docs/python.md: no {name}"


def test_no_file_hides_a_call_of_its_name() -> None:
    files = {module.name for module in iter_modules(curvewise.__path__)}
    assert not files & set(curvewise.__all__), "importing such a file puts the module in the call's place"


def test_names_that_do_not_exist_are_refused() -> None:
    assert not hasattr(curvewise, "tuna")


def test_importing_curvewise_loads_nothing_heavy() -> None:
    script = f"import sys, curvewise; print(*(name for name in {HEAVY!r} if name in sys.modules))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
