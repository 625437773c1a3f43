"""Running a study before somebody's eyes: what ``tune`` and ``resume`` share."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from curvewise.cli.failure import FAILURE, INTERRUPTED
from curvewise.cli.interrupt import Interrupt
from curvewise.cli.lines import Lines
from curvewise.cli.live import LiveTable
from curvewise.cli.streams import console, show, show_json
from curvewise.cli.talk import Silence, Talk
from curvewise.curves.ledger import Ledger
from curvewise.records import Event
from curvewise.report.answer import answer
from curvewise.report.next_steps import failed
from curvewise.report.observer import Observer
from curvewise.report.summary import summarise
from curvewise.report.text import renderable, result

if TYPE_CHECKING:
    from curvewise.study import Study


@dataclass(frozen=True)
class Manner:
    """How to talk and how to answer."""

    as_json: bool
    quiet: bool
    verbose: bool


class Watcher:
    """The study's observer: passes events on, and passes Ctrl-C back."""

    def __init__(self, talk: Talk, interrupt: Interrupt) -> None:
        self._talk = talk
        self._interrupt = interrupt
        self.study = ""
        """The study's name, once it has one."""

    def events(self, ledger: Ledger, events: Sequence[Event]) -> None:
        """Tell what happened."""
        self.study = ledger.opened.study if ledger.opened else ""
        self._interrupt.begun = True
        self._talk.tell(ledger, events)

    def stopping(self) -> bool:
        """True from the first Ctrl-C on."""
        return self._interrupt.asked


def watch(run: Callable[[Observer], Study], manner: Manner, folder: str | None) -> int:
    """Run a study, talk on stderr, print the answer on stdout; returns the exit code.

    ``folder`` is the study's where it is known before; ``runs/<study>`` otherwise.
    """
    talk = _talk(manner)
    interrupt = Interrupt(talk.say)
    watcher = Watcher(talk, interrupt)
    try:
        with interrupt, talk:
            study = run(watcher)
    except KeyboardInterrupt:
        if watcher.study:
            _say_how_to_go_on("stopped at once", folder or f"runs/{watcher.study}")
        raise
    if manner.as_json:
        show_json(summarise(study.ledger, str(study.folder)))
    else:
        whole = renderable(study.ledger, str(study.folder))
        show(result(study.ledger) if manner.quiet else whole)
    if study.interrupted:
        _say_how_to_go_on("stopped", str(study.folder))
        return INTERRUPTED
    if answer(study.ledger) is None:
        print(f"error: {_no_answer(study.ledger)}", file=sys.stderr)
        return FAILURE
    return 0


def _no_answer(ledger: Ledger) -> str:
    """Why there is none, and what may help."""
    told = failed(ledger)
    if told and not any(entry.curve.age for entry in ledger.entries.values()):
        return f"no trial could be trained, so there is no answer\n{told[0]}"
    hint = "Smaller learning rates in a space file may help; -v shows each trial's end."
    return "\n".join(["every trial diverged or failed, so there is no answer", *told, hint])


def _say_how_to_go_on(what: str, folder: str) -> None:
    print(f"{what}; go on with: curvewise resume {shlex.quote(folder)}", file=sys.stderr)


def _talk(manner: Manner) -> Talk:
    if manner.quiet:
        return Silence()
    screen = console(sys.stderr)
    return LiveTable(screen, manner.verbose) if screen.is_interactive else Lines(screen, manner.verbose)
