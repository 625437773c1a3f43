"""The kernels under the address, leak and undefined-behaviour sanitizers: a plain C++ program drives them."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from curvewise.cohort import compilation
from curvewise.cohort.kernels import FOLDER, NAME

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(compilation.compiler() is None, reason="no C++ compiler"),
]

CHECKS = ("-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-g", "-O1")


def can_sanitize(folder: Path) -> bool:
    (folder / "empty.cpp").write_text("int main() {}")
    command = [compilation.compiler(), *CHECKS, str(folder / "empty.cpp"), "-o", str(folder / "empty")]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


@pytest.fixture(scope="module")
def library(tmp_path_factory) -> Path:
    """The kernels with the checks compiled in."""
    folder = tmp_path_factory.mktemp("sanitized")
    if not can_sanitize(folder):
        pytest.skip("the compiler has no sanitizers")
    compilation.build(FOLDER, folder / NAME, extra=CHECKS)
    return folder / NAME


@pytest.mark.parametrize(("driver", "recipes"), [("driver.cpp", 1000), ("recurrent_driver.cpp", 700)])
def test_no_memory_is_misused_and_none_is_lost(library, driver, recipes, tmp_path):
    """Buffers exactly as large as the kernels ask for, every choice of a recipe, every instruction set."""
    source, program = Path(__file__).with_name(driver), tmp_path / "driver"
    command = [compilation.compiler(), "-std=c++17", *CHECKS, f"-I{FOLDER}", str(source), str(library)]
    subprocess.run([*command, "-o", str(program)], check=True)
    environment = {"ASAN_OPTIONS": "detect_leaks=1", "PATH": os.environ["PATH"]}
    done = subprocess.run(
        [program], capture_output=True, text=True, env=environment, check=False, timeout=300
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert int(done.stdout) > recipes
