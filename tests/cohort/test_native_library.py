"""Where the native kernels come from, and what is said where they are not."""

from __future__ import annotations

import ctypes
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from curvewise.cohort import compilation, kernels, recurrent_kernels
from curvewise.errors import EngineError

ROOT = Path(__file__).parents[2]


@pytest.fixture
def sources_alone(monkeypatch, tmp_path):
    """The kernels' sources without a library beside them, whatever this installation brings along."""
    shutil.copytree(kernels.FOLDER, tmp_path / "native", ignore=shutil.ignore_patterns(kernels.NAME))
    monkeypatch.setattr(kernels, "FOLDER", tmp_path / "native")


@pytest.fixture
def no_compiler(sources_alone, monkeypatch, tmp_path):
    """A machine without compiler, whose cache is empty."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CXX", raising=False)
    monkeypatch.setattr(kernels.platformdirs, "user_cache_path", lambda name: tmp_path / name)
    kernels.load.cache_clear()
    yield
    kernels.load.cache_clear()


def test_without_compiler_the_reason_is_said(no_compiler):
    assert "no C++ compiler was found; install g++" in kernels.unavailable()
    with pytest.raises(EngineError, match=r"no C\+\+ compiler"):
        kernels.load()


def test_a_cache_that_cannot_be_written_is_said(sources_alone, monkeypatch, tmp_path):
    (tmp_path / "file").write_text("")
    monkeypatch.setattr(kernels.platformdirs, "user_cache_path", lambda name: tmp_path / "file" / name)
    kernels.load.cache_clear()
    reason = kernels.unavailable()
    kernels.load.cache_clear()
    assert reason is not None and str(tmp_path / "file") in reason
    assert "make the cache folder writable, or name another (XDG_CACHE_HOME on Linux)" in reason


def test_a_damaged_library_is_named(monkeypatch, tmp_path):
    damaged = tmp_path / kernels.NAME
    damaged.write_bytes(b"\x7fELF")
    monkeypatch.setattr(kernels, "locate", lambda: damaged)
    kernels.load.cache_clear()
    reason = kernels.unavailable()
    kernels.load.cache_clear()
    assert reason is not None and f"{damaged}" in reason
    assert "remove that file, and it is built again" in reason


def test_a_failing_compiler_is_quoted(monkeypatch, tmp_path):
    monkeypatch.setenv("CXX", shutil.which("false"))
    with pytest.raises(EngineError, match=r"could not be compiled: .*false ended with 1"):
        compilation.build(kernels.FOLDER, tmp_path / kernels.NAME)
    assert list(tmp_path.iterdir()) == []


def test_changed_sources_are_built_anew(tmp_path):
    sources = tmp_path / "native"
    shutil.copytree(kernels.FOLDER, sources)
    first = compilation.digest(sources)
    assert first == compilation.digest(kernels.FOLDER)
    (sources / "losses.h").write_text("// changed\n" + (sources / "losses.h").read_text())
    assert compilation.digest(sources) != first


def test_the_structs_are_those_of_the_header():
    """Fields of the same names in the same order, read from the C declarations."""
    header = "".join((kernels.FOLDER / name).read_text() for name in ("abi.h", "recurrent_abi.h"))
    for name, mirror in (
        ("span", kernels.Span),
        ("optimization", kernels.NativeOptimization),
        ("recipe", kernels.NativeRecipe),
        ("recurrent_recipe", recurrent_kernels.NativeRecurrentRecipe),
        ("sequences", recurrent_kernels.NativeSequences),
        ("examples", kernels.NativeExamples),
        ("report", kernels.Report),
        ("part", kernels.Part),
    ):
        body = header.partition(f"typedef struct curvewise_{name} {{")[2].partition("}")[0]
        lines = [line.partition("//")[0].strip().rstrip(";") for line in body.splitlines()]
        declared = [
            word.strip(" *") for line in lines if line for word in line.split(maxsplit=1)[1].split(",")
        ]
        assert [word.split()[-1].lstrip("*").partition("[")[0] for word in declared] == [
            field[0] for field in mirror._fields_
        ]


@pytest.mark.skipif(kernels.unavailable() is not None, reason=str(kernels.unavailable()))
def test_loading_leaves_the_process_s_arithmetic_alone():
    """Numbers below the smallest normal float survive loading and a call."""
    script = (
        "import numpy as np\n"
        "from curvewise.cohort.native import NativeSlot\n"
        "from tests.cohort.problems import CLASSIFICATION, recipe_for\n"
        "NativeSlot(0, recipe_for(CLASSIFICATION), CLASSIFICATION, 1).train_epoch()\n"
        "assert np.float32(1e-39) * np.float32(0.5) > 0\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True, timeout=60, cwd=ROOT)


@pytest.mark.slow
@pytest.mark.skipif(compilation.compiler() is None, reason="no C++ compiler")
def test_two_processes_may_build_at_once(tmp_path):
    target = tmp_path / kernels.NAME
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda _: compilation.build(kernels.FOLDER, target), range(2)))
    assert [path.name for path in tmp_path.iterdir()] == [kernels.NAME]
    assert "baseline" in kernels.instruction_sets(kernels.declare(ctypes.CDLL(str(target))))
