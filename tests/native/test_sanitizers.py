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


def test_no_memory_is_misused_and_none_is_lost(tmp_path):
    """Buffers exactly as large as the kernels ask for, every choice of a recipe, every instruction set."""
    if not can_sanitize(tmp_path):
        pytest.skip("the compiler has no sanitizers")
    library = tmp_path / NAME
    compilation.build(FOLDER, library, extra=CHECKS)
    driver = Path(__file__).with_name("driver.cpp")
    program = tmp_path / "driver"
    command = [compilation.compiler(), "-std=c++17", *CHECKS, f"-I{FOLDER}", str(driver), str(library)]
    subprocess.run([*command, "-o", str(program)], check=True)
    environment = {"ASAN_OPTIONS": "detect_leaks=1", "PATH": os.environ["PATH"]}
    done = subprocess.run(
        [program], capture_output=True, text=True, env=environment, check=False, timeout=300
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert int(done.stdout) > 1000
