"""One writer per study: a lock file that the operating system lets go of when its process ends."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from curvewise.errors import StoreError, StudyError

if sys.platform == "win32":
    import msvcrt

    def _take(file: int) -> None:
        # Far behind the number written in the file, which others must be able to read.
        os.lseek(file, 1 << 20, os.SEEK_SET)
        msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _take(file: int) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


class WriterLock:
    """Held while a process writes a study; a context manager, or ``acquire`` and ``release``.

    A killed process holds it no longer. The file says which process has it, and goes with it.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path)
        self._file: int | None = None

    def acquire(self) -> Self:
        """Take the lock; StudyError names the process that has it, StoreError where none can be had."""
        while self._file is None:
            file = self._opened()
            try:
                _take(file)
            except (BlockingIOError, PermissionError):
                os.close(file)
                raise StudyError(
                    f"{self.path.parent}: is being written by {self._holder()}: wait for it, or end it first"
                ) from None
            except OSError as error:
                os.close(file)
                raise StoreError(f"{self.path}: cannot be locked ({error.strerror})") from None
            if self._current(file):
                self._file = file
            else:  # its former holder removed it between our opening and locking it
                os.close(file)
        os.ftruncate(self._file, 0)
        os.lseek(self._file, 0, os.SEEK_SET)
        os.write(self._file, str(os.getpid()).encode())
        return self

    def release(self) -> None:
        """Let go of the lock; does nothing where it is not held."""
        if self._file is None:
            return
        with suppress(OSError):  # Windows keeps the file while it is open; an unlocked one is harmless
            self.path.unlink()
        os.close(self._file)
        self._file = None

    def _opened(self) -> int:
        try:
            return os.open(self.path, os.O_RDWR | os.O_CREAT, 0o666)
        except OSError as error:
            raise StoreError(
                f"{self.path}: cannot be made ({error.strerror}): a study is written in a folder of its own "
                "that you may write"
            ) from None

    def _current(self, file: int) -> bool:
        """True where the file that was locked is still the one of that name."""
        try:
            return os.path.samestat(os.fstat(file), self.path.stat())
        except FileNotFoundError:
            return False

    def _holder(self) -> str:
        try:
            process = self.path.read_text().strip()
        except OSError:
            process = ""
        if process == str(os.getpid()):
            return "this very process"
        return f"process {process}" if process.isdigit() else "another process"

    def __enter__(self) -> Self:
        return self.acquire()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.release()
