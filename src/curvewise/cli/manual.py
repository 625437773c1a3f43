"""The manual page of the command line, made from ``--help``.

``python -m curvewise.cli.manual > docs/cli.md`` writes it anew.
"""

from __future__ import annotations

import click

from curvewise.cli.main import COMMANDS, main

WIDTH = 80

OPENING = """\
# The command line

This page is what `--help` prints; a test holds the two together.

| exit code | meaning |
|---|---|
| 0 | done |
| 1 | failure: something broke that you could not have known |
| 2 | not possible as asked: an option, a file, a folder, a full disk |
| 3 | `diagnose --check` found a problem |
| 130 | stopped by Ctrl-C (or SIGTERM) |

What you asked for goes to stdout, everything else to stderr. `NO_COLOR` is respected. On a terminal a
running study shows one live table; elsewhere it prints a line every 10 seconds, and one when the best
improves by a fifth. `--json` prints one object whose schema is in `docs/schemas`: `study.json` for
`tune`, `resume` and `show`, `trial.json` for `show --trial`, `importance.json` for `importance`,
`diagnosis.json` for `diagnose`, `watch.json` for each line of `watch`, `doctor.json` for `doctor`.

The first Ctrl-C (or SIGTERM) lets the epoch finish, saves, and prints the best so far; the second ends at
once. `curvewise resume` goes on from either.
"""


def manual() -> str:
    """Markdown: the group's help, then each command's."""
    top = main.make_context("curvewise", [], resilient_parsing=True, terminal_width=WIDTH)
    parts = [OPENING, _section("curvewise", main.get_help(top))]
    for name in COMMANDS:
        command = main.get_command(top, name)
        assert command is not None  # COMMANDS names the files that there are
        inner = command.make_context(name, [], parent=top, resilient_parsing=True, terminal_width=WIDTH)
        parts.append(_section(f"curvewise {name}", command.get_help(inner)))
    return "\n".join(parts)


def _section(title: str, text: str) -> str:
    lines = "\n".join(line.rstrip() for line in text.splitlines())
    return f"## {title}\n\n```text\n{lines}\n```\n"


if __name__ == "__main__":
    click.echo(manual(), nl=False)
