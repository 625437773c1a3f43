"""What went wrong, in a line or two on stderr, and the exit code for it."""

from __future__ import annotations

import errno
import os
import sys
import traceback

import click

from curvewise.errors import CurvewiseError, StoreError, UsageError

FAILURE, USAGE, FOUND, INTERRUPTED = 1, 2, 3, 130
"""``FOUND``: problems in curves, where a command was asked to check for them."""

_NOT_POSSIBLE = {
    errno.ENOSPC,
    errno.EDQUOT,
    errno.EROFS,
    errno.EACCES,
    errno.EPERM,
    errno.ENOENT,
    errno.ENOTDIR,
    errno.EISDIR,
    errno.EEXIST,
}
"""A full disk, a read-only directory, a missing file: the user can mend these."""


def explain(error: BaseException, *, debug: bool) -> int:
    """Say on stderr what happened; returns the exit code."""
    if isinstance(error, BrokenPipeError):
        return _reader_gone()
    if debug and not isinstance(error, click.ClickException | KeyboardInterrupt | click.Abort):
        traceback.print_exception(error, file=sys.stderr)
    text, hint, code = _describe(error)
    print(f"error: {text}" if code != INTERRUPTED else text, file=sys.stderr)
    if hint and not (debug and code == FAILURE):
        print(hint, file=sys.stderr)
    return code


def _describe(error: BaseException) -> tuple[str, str, int]:
    """Message, hint and exit code."""
    text, hint, code = str(error), "", FAILURE
    match error:
        case click.Abort() | KeyboardInterrupt():
            text, code = "interrupted", INTERRUPTED
        case click.ClickException():
            context = getattr(error, "ctx", None)
            hint = f"See: {context.command_path} --help" if context else ""
            text, code = error.format_message(), error.exit_code
        case UsageError() | StoreError():
            code = USAGE
        case CurvewiseError():
            pass
        case OSError() if error.errno in _NOT_POSSIBLE:
            text = f"{error.strerror}" + (f": {error.filename}" if error.filename else "")
            code = USAGE
        case MemoryError():
            text, hint = "out of memory", "Fewer rows, or fewer units in a space file, need less of it."
        case _:
            text = f"unexpected {type(error).__name__}: {error}".rstrip(": ")
            hint = "This is a fault of curvewise. --debug shows where it happened."
    return text, hint, code


def _reader_gone() -> int:
    """Whoever read stdout has read enough: say nothing, now or when the interpreter flushes at exit."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, sys.stdout.fileno())
    finally:
        os.close(nowhere)
    return FAILURE
