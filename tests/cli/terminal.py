"""The command line on a terminal of a given width."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import termios


def on_a_terminal(arguments: list[str], width: int, cwd: str, **environment: str) -> str:
    """What a command prints on stdout, with its control codes; its exit code must be 0."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, width, 0, 0))
    command = [sys.executable, "-m", "curvewise", *arguments]
    told = {"PATH": "", "TERM": "xterm", "PYTHONIOENCODING": "utf-8", **environment}
    with subprocess.Popen(command, stdout=theirs, stderr=subprocess.PIPE, env=told, cwd=cwd) as process:
        os.close(theirs)
        said = bytearray()
        while True:
            try:
                some = os.read(ours, 65536)
            except OSError:  # how Linux says that nobody will write any more
                break
            if not some:
                break
            said += some
        assert process.stderr is not None
        errors = process.stderr.read().decode()
    os.close(ours)
    assert process.returncode == 0, errors
    return said.decode().replace("\r\n", "\n")


def plain(text: str) -> str:
    """Without control codes."""
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", text)
