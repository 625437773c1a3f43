"""Data on stdout, talk on stderr."""

from __future__ import annotations

import io
import sys
from typing import TextIO

import msgspec
from rich.console import Console, RenderableType

from curvewise.report.plain import as_plain

PAPER = 80
"""Columns where there is no terminal to ask."""


def console(stream: TextIO) -> Console:
    """A console on a stream: 80 columns and no colour codes where it is no terminal."""
    return Console(
        file=stream, width=None if stream.isatty() else PAPER, highlight=False, markup=False, emoji=False
    )


def show(content: RenderableType) -> None:
    """Print what a person asked for; lines that must not be wrapped, such as commands, are not."""
    if sys.stdout.isatty():
        console(sys.stdout).print(content, crop=False)
    else:
        sys.stdout.write(as_plain(content, PAPER))


def show_json(record: msgspec.Struct) -> None:
    """Print one JSON object, indented, and a newline."""
    write_data(msgspec.json.format(msgspec.json.encode(record), indent=2).decode() + "\n")


def write_data(text: str) -> None:
    """Write what a program may read: UTF-8 whatever the locale, but on a terminal, which has its own."""
    if isinstance(sys.stdout, io.TextIOWrapper) and not sys.stdout.isatty():
        sys.stdout.reconfigure(encoding="utf-8")
    sys.stdout.write(text)
