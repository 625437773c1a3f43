import os
import subprocess
import sys
from pathlib import Path

import pytest

from curvewise.errors import StoreError, StudyError
from curvewise.store.lock import WriterLock

HOLDER = """
import sys
from curvewise.store.lock import WriterLock
with WriterLock(sys.argv[1]):
    print("held", flush=True)
    sys.stdin.read()
"""


def holder(path: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", HOLDER, str(path)]
    other = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert other.stdout is not None
    assert other.stdout.readline() == "held\n"
    return other


def test_a_second_process_is_told_which_process_writes(tmp_path: Path) -> None:
    with holder(tmp_path / "study.lock") as other:
        with pytest.raises(
            StudyError, match=f"{tmp_path.name}: is being written by process {other.pid}: wait"
        ):
            WriterLock(tmp_path / "study.lock").acquire()
        other.communicate("")
    with WriterLock(tmp_path / "study.lock"):
        assert (tmp_path / "study.lock").read_text() == str(os.getpid())
    assert list(tmp_path.iterdir()) == []


def test_a_killed_process_holds_nothing(tmp_path: Path) -> None:
    with holder(tmp_path / "study.lock") as other:
        other.kill()
        other.wait()
        assert (tmp_path / "study.lock").exists()
        with WriterLock(tmp_path / "study.lock"):
            assert (tmp_path / "study.lock").read_text() == str(os.getpid())


def test_one_process_cannot_write_a_study_twice(tmp_path: Path) -> None:
    first = WriterLock(tmp_path / "study.lock")
    with first, pytest.raises(StudyError, match="is being written by this very process"):
        WriterLock(tmp_path / "study.lock").acquire()
    first.release()  # a second time does nothing
    with first:
        assert first.acquire() is first


def test_a_lock_that_was_removed_meanwhile_is_taken_anew(tmp_path: Path) -> None:
    path = tmp_path / "study.lock"

    class Hindered(WriterLock):
        looks = 0

        def _current(self, file: int) -> bool:
            self.looks += 1
            if self.looks == 1:
                path.unlink()
            return super()._current(file)

    with Hindered(path) as lock, pytest.raises(StudyError):
        assert lock.looks == 2
        WriterLock(path).acquire()


def test_a_folder_without_room_for_a_lock_is_explained(tmp_path: Path) -> None:
    with pytest.raises(
        StoreError, match=r"cannot be made \(No such file or directory\): a study is written in"
    ):
        WriterLock(tmp_path / "none" / "study.lock").acquire()
