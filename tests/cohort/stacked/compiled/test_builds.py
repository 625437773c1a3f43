"""What happens where a step cannot be compiled, is damaged, or is no longer wanted."""

from __future__ import annotations

import ast
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
import torch

from curvewise.cohort import compilation
from curvewise.cohort.reference import ReferenceSlot
from curvewise.cohort.stacked.compiled import builds as module
from curvewise.cohort.stacked.compiled import cache, compiler
from curvewise.cohort.stacked.compiled.builds import Builds
from curvewise.cohort.stacked.compiled.compiler import Compiler
from curvewise.cohort.stacked.compiled.program import Program, StepError, seal
from curvewise.cohort.stacked.compiled.structure import structure_of
from tests.cohort.problems import CLASSIFICATION, recipe_for
from tests.cohort.stacked.compiled.endless import endless
from tests.cohort.stacked.compiled.interpreted import assert_course

RECIPE = recipe_for(CLASSIFICATION)
STRUCTURE = structure_of([RECIPE], CLASSIFICATION.task)
OTHER = structure_of([recipe_for(CLASSIFICATION, activation="silu")], CLASSIFICATION.task)
SLEEPING = (
    "import sys, threading, time; path = sys.argv[4:]; sys.path[:] = path\n"
    "from curvewise.cohort.stacked.compiled.child import _end_with_parent\n"
    "threading.Thread(target=_end_with_parent, args=(sys.argv[2],), daemon=True).start()\n"
    "import os, subprocess\n"
    "compiler = subprocess.Popen(['sleep', '600'])\n"
    "open(sys.argv[2] + '.pids', 'w').write(f'{os.getpid()} {compiler.pid} .')\n"
    "time.sleep(600)\n"
)
"""Stands for the process that compiles, and for a compiler that it has started."""


@pytest.fixture(autouse=True)
def steps(tmp_path, monkeypatch):
    monkeypatch.setattr(cache, "folder", lambda: tmp_path / "steps")
    return tmp_path / "steps"


@pytest.fixture
def builds():
    builds = Builds(waits=True)
    yield builds
    builds.close()


def test_without_a_compiler_slots_train_as_they_are_which_is_said_once(builds, monkeypatch):
    monkeypatch.setattr(compilation, "compiler", lambda: None)
    assert_course(CLASSIFICATION, [RECIPE] * 2, builds, ReferenceSlot)
    assert builds.program(OTHER) is None
    (note,) = builds.notes()
    assert "perceptrons with 2 hidden layers (relu) are not compiled" in note
    assert "no C++ compiler was found; install g++" in note


@pytest.mark.parametrize(
    ("program", "words"),
    [
        ("import os; os.kill(os.getpid(), 9)", "ended by signal 9"),
        ("raise OSError(28, 'No space left on device')", "No space left on device"),
        ("pass", "No such file or directory"),
    ],
)
def test_a_process_that_fails_is_told_of_and_leaves_nothing(builds, steps, monkeypatch, program, words):
    monkeypatch.setattr(compiler, "PROGRAM", program)
    assert builds.program(STRUCTURE) is None
    assert words in builds.notes()[0]
    assert list(steps.iterdir()) == []


def test_a_folder_that_cannot_be_made_is_told_of(builds, steps):
    steps.write_text("in the way")
    assert builds.program(STRUCTURE) is None
    assert "File exists" in (note := builds.notes()[0]) and str(steps) in note


def test_a_program_that_fails_is_a_change(builds, monkeypatch):
    monkeypatch.setattr(builds, "_load", lambda structure: object())
    assert builds.program(STRUCTURE) is not None
    assert builds.changes == 1
    builds.spoil(STRUCTURE, StepError("broken"))
    assert builds.program(STRUCTURE) is None
    assert builds.changes == 2


@pytest.mark.parametrize("whole", [True, False])
def test_a_file_that_is_of_no_use_is_removed_and_made_anew(builds, steps, monkeypatch, whole):
    asked = []
    monkeypatch.setattr(Compiler, "compile", lambda self, structure, library: asked.append(library))
    steps.mkdir()
    library = cache.location(STRUCTURE)
    library.write_bytes(b"not a library" * 100)
    if whole:
        seal(library)
    assert builds.kept(STRUCTURE) is None
    assert not library.exists()
    builds.program(STRUCTURE)
    assert asked == [library]


def test_who_waits_gets_the_answer_and_who_does_not_gets_none_meanwhile(monkeypatch):
    go = threading.Event()

    def wait(self, structure, library):
        go.wait()
        raise StepError("as arranged")

    monkeypatch.setattr(Compiler, "compile", wait)
    hasty, patient = Builds(), Builds(waits=True)
    assert hasty.program(STRUCTURE) is None
    assert hasty.notes() == []
    threading.Timer(0.2, go.set).start()
    assert patient.program(STRUCTURE) is None
    assert "as arranged" in patient.notes()[0]
    patient.close()
    hasty.close()


def test_nobody_waits_for_what_was_closed(monkeypatch):
    entered = threading.Event()
    monkeypatch.setattr(Compiler, "compile", endless(entered))
    builds = Builds(waits=True)
    found = []
    askers = [
        threading.Thread(target=lambda s=s: found.append(builds.program(s))) for s in (STRUCTURE, OTHER)
    ]
    for asker in askers:
        asker.start()
    assert entered.wait(20)
    builds.close()
    for asker in askers:
        asker.join(20)
    assert found == [None, None]
    assert builds.program(structure_of([recipe_for(CLASSIFICATION, dropout=0.5)], "classification")) is None
    assert builds.notes() == []


def test_on_a_gpu_nothing_is_compiled(builds, monkeypatch):
    monkeypatch.setattr(module, "device", lambda: torch.device("cuda"))
    monkeypatch.setattr(Compiler, "compile", None)
    assert builds.program(STRUCTURE) is None
    assert builds.kept(STRUCTURE) is None
    assert builds.notes() == []


def test_the_oldest_steps_and_what_lies_about_are_removed(builds, steps, monkeypatch):
    steps.mkdir()
    for age in range(cache.MOST_KEPT + 1):
        (steps / f"{age}.so").touch()
        os.utime(steps / f"{age}.so", (10 * age, 10 * age))
    for name, changed in (("stale", 0), ("working", time.time())):
        (steps / name).mkdir()
        os.utime(steps / name, (changed, changed))
    library = cache.location(STRUCTURE)
    monkeypatch.setattr(Compiler, "_run", lambda self, structure, made, _: made.touch())
    Compiler().compile(STRUCTURE, library)
    found = {path.name for path in steps.iterdir()}
    assert {"stale", "0.so", "1.so"} & found == set()
    assert {"working", "2.so", library.name} <= found


OF_NO_CONSEQUENCE = {
    *("dead_units", "dropout", "families.drawing", "families.shape", "parametrisation", "recipe", "slots"),
    *("stacked.device", "stacked.slot", "stacked.stack"),
    *(
        f"families.{name}{kind}"
        for name in ("convolutional", "recurrent", "translation")
        for kind in ("", "_shape")
    ),
}
"""Modules of ``curvewise.cohort`` that the sources of a step import for types, and for what no step does."""


def test_a_step_is_kept_by_all_that_it_is_made_of():
    home = Path(cache.__file__).parent.parent
    sources = {(home / name).resolve() for name in cache.SOURCES}
    for source in sources:
        for node in ast.walk(ast.parse(source.read_text())):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("curvewise.cohort."):
                name = node.module.removeprefix("curvewise.cohort.")
                known = (home.parent / f"{name.replace('.', '/')}.py").resolve() in sources
                assert known or name in OF_NO_CONSEQUENCE, f"{source.name} imports {name}"


def test_what_another_study_removes_meanwhile_loses_no_program(steps, monkeypatch):
    def vanished(kept):
        raise FileNotFoundError(2, "No such file or directory", "inductor")

    library = cache.location(STRUCTURE)
    monkeypatch.setattr(compiler, "tidy", vanished)
    monkeypatch.setattr(Compiler, "_run", lambda self, structure, made, _: made.touch())
    Compiler().compile(STRUCTURE, library)
    assert library.exists()


def test_an_error_without_a_file_is_told_in_its_own_words(steps, monkeypatch):
    def full(self, structure, made, command):
        raise OSError("out of processes")

    monkeypatch.setattr(Compiler, "_run", full)
    with pytest.raises(StepError, match=r"^out of processes$"):
        Compiler().compile(STRUCTURE, cache.location(STRUCTURE))


@pytest.mark.parametrize("error", [ProcessLookupError, PermissionError])
def test_a_build_that_has_just_ended_can_be_ended(monkeypatch, error):
    def killpg(group, number):
        raise error

    class Process:
        pid = 0

        def poll(self):
            return None

    monkeypatch.setattr(os, "killpg", killpg)
    ending = Compiler()
    ending._process = Process()
    ending.end()


@pytest.mark.parametrize("where", ["compile", "location"])
def test_whatever_goes_wrong_nobody_waits_forever(builds, steps, monkeypatch, where):
    def wrong(*_):
        if threading.current_thread().name == "compiled steps":
            raise ValueError("not foreseen")
        return steps / "none.so"

    monkeypatch.setattr(Compiler if where == "compile" else cache, where, wrong)
    found = []
    asker = threading.Thread(target=lambda: found.append(builds.program(STRUCTURE)), daemon=True)
    asker.start()
    asker.join(20)
    assert found == [None]
    assert "not foreseen" in builds.notes()[0]


@pytest.mark.skipif(compilation.compiler() is None, reason="no C++ compiler")
def test_a_library_that_lacks_what_is_called_is_told_of(tmp_path):
    source, library = tmp_path / "none.c", tmp_path / "none.so"
    command = compilation.compiler()
    names = ("CreateWithDevice", "Run")
    source.write_text("".join(f"int AOTInductorModelContainer{name}() {{ return 0; }}\n" for name in names))
    subprocess.run([command, "-x", "c", "-shared", "-fPIC", "-o", str(library), str(source)], check=True)
    seal(library)
    with pytest.raises(StepError, match="AOTInductorGetLastError"):
        Program(library)


def wait_for_pids(folder: Path) -> list[int]:
    for _ in range(600):
        for told in folder.glob("*.pids"):
            first, second, *whole = told.read_text().split() or [0, 0]
            if whole:
                return [int(first), int(second)]
        time.sleep(0.05)
    raise AssertionError("the process has not started")


def has_ended(pid: int) -> bool:
    """True once there is no such process, or only its exit code is left for init to read."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


def assert_end(pids):
    deadline = time.monotonic() + 20
    while not all(map(has_ended, pids)):
        assert time.monotonic() < deadline, "processes go on"
        time.sleep(0.02)


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks at processes in /proc")
def test_what_is_being_compiled_ends_with_the_cohort(steps, monkeypatch):
    monkeypatch.setattr(compiler, "PROGRAM", SLEEPING)
    builds = Builds()
    assert builds.program(STRUCTURE) is None
    pids = wait_for_pids(steps)
    builds.close()
    assert [path.name for path in steps.iterdir() if path.is_dir()] == []
    assert_end(pids)
    assert builds.notes() == []


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks at processes in /proc")
@pytest.mark.parametrize("with_signal", [signal.SIGKILL, signal.SIGINT])
def test_what_is_being_compiled_ends_with_its_parent_however_it_ends(steps, with_signal):
    script = (
        "import sys, time, signal; from pathlib import Path\n"
        "from curvewise.cohort.stacked.compiled import builds, cache, compiler\n"
        "from tests.cohort.stacked.compiled import test_builds as t\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "cache.folder = lambda: Path(sys.argv[1])\n"
        "compiler.PROGRAM = t.SLEEPING\n"
        "b = builds.Builds(); b.program(t.STRUCTURE)\n"
        "time.sleep(600)\n"
    )
    path = os.pathsep.join(filter(None, sys.path))
    parent = subprocess.Popen(
        [sys.executable, "-c", script, str(steps)],
        env=os.environ | {"PYTHONPATH": path},
        stderr=subprocess.DEVNULL,
    )
    pids = wait_for_pids(steps)
    parent.send_signal(with_signal)
    parent.wait()
    assert_end(pids)
    assert [path.name for path in steps.iterdir() if path.is_dir()] == []
