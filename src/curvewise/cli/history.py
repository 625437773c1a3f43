"""Reading a study's history for the commands that show it."""

from __future__ import annotations

from pathlib import Path

from curvewise.errors import StudyError
from curvewise.records import Event


def events_of(folder: str) -> list[Event]:
    """All events of the study in ``folder``; raises StudyError where there is none."""
    from curvewise.store.history import History

    place = Path(folder) / "study.db"
    if not place.is_file():
        raise StudyError(f"{folder} is not a study: it has no study.db{_hint(Path(folder))}")
    with History.open(place, readonly=True) as history:
        return [event for _, event in history.since(0)]


def _hint(folder: Path) -> str:
    """Studies nearby."""
    near = sorted(
        {*folder.glob("*/study.db"), *folder.parent.glob("*/study.db"), *Path("runs").glob("*/study.db")}
    )
    names = ", ".join(str(study.parent) for study in near[:5])
    return f"; studies nearby: {names}" if names else ""
