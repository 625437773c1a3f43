"""What a damaged, locked, full or forbidden history gets: a sentence, and not one byte changed."""

import os
import random
import sqlite3
import struct
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import event
from sqlalchemy.pool import Pool

from curvewise.errors import StoreError
from curvewise.records import Noted, Observed
from curvewise.store import sqlite
from curvewise.store.history import History
from tests.store.events import a_round


@pytest.fixture
def path(tmp_path: Path) -> Path:
    with History.create(tmp_path / "study.db") as history:
        for number in range(40):
            history.append([a_round(number)])
    return tmp_path / "study.db"


def refuses_unchanged(path: Path, words: str) -> None:
    before = path.read_bytes()
    for readonly in (True, False):
        with pytest.raises(StoreError, match=words), History.open(path, readonly=readonly) as history:
            history.since()
        assert path.read_bytes() == before


def test_create_refuses_what_is_there(path: Path) -> None:
    before = path.read_bytes()
    with pytest.raises(StoreError, match=r"study\.db: there is a history already; it is never overwritten"):
        History.create(path)
    assert path.read_bytes() == before


def test_open_refuses_what_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"none\.db: there is no history here"):
        History.open(tmp_path / "none.db")
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(StoreError, match="cannot be read"):
        History.open(tmp_path)


def test_an_empty_file_is_damaged(path: Path) -> None:
    path.write_bytes(b"")
    refuses_unchanged(
        path, r"the history is damaged \(the file is empty, .*\)\. It was left as it is: copy it back"
    )


def test_something_else_is_no_history(path: Path) -> None:
    path.write_bytes(b"trial,epoch,loss\n1,1,0.5\n")
    refuses_unchanged(path, "it is not a SQLite database")


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_a_truncated_file_is_damaged(path: Path, share: float) -> None:
    whole = path.read_bytes()
    path.write_bytes(whole[: int(share * len(whole))])
    refuses_unchanged(path, "the history is damaged")


@pytest.mark.parametrize("seed", range(4))
def test_random_bytes_in_the_middle_are_noticed(path: Path, seed: int) -> None:
    whole = bytearray(path.read_bytes())
    place = random.Random(seed).randrange(4096, len(whole) - 8192)
    whole[place : place + 6000] = random.Random(seed).randbytes(6000)
    path.write_bytes(whole)
    refuses_unchanged(path, "the history is damaged")


def test_an_event_that_cannot_be_read_is_named(path: Path) -> None:
    with sqlite3.connect(path) as raw:
        raw.execute("UPDATE events SET payload = x'c1' WHERE cursor = 7")
    raw.close()
    with History.open(path, readonly=True) as history:
        with pytest.raises(StoreError, match=r"damaged \(event 7 cannot be read"):
            history.since()
        assert len(history.since(7)) == 33


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE events SET payload = (SELECT payload FROM events WHERE cursor = 8) WHERE cursor = 7",
        "DELETE FROM events WHERE cursor = 7",
        "DELETE FROM events WHERE cursor < 8",
        "UPDATE events SET cursor = 99 WHERE cursor = 7",
    ],
)
def test_events_that_can_be_read_but_are_not_those_recorded_are_noticed(path: Path, change: str) -> None:
    with sqlite3.connect(path) as raw:
        raw.execute(change)
    raw.close()
    refuses_unchanged(path, r"damaged \(event [78] .*not what was recorded")


def test_a_single_byte_in_a_payload_is_noticed(path: Path) -> None:
    whole = bytearray(path.read_bytes())
    with History.open(path, readonly=True) as history:
        point = next(event for _, event in history.since(20) if isinstance(event, Observed)).points[0]
    place = whole.rindex(struct.pack(">d", point.valid_loss))
    whole[place + 5] ^= 1
    path.write_bytes(whole)
    refuses_unchanged(path, "not what was recorded")


def test_another_database_is_no_history(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "other.db") as raw:
        raw.execute("CREATE TABLE trials (number)")
    raw.close()
    with pytest.raises(StoreError, match="no history of curvewise"):
        History.open(tmp_path / "other.db")


@pytest.mark.parametrize(
    ("version", "words"),
    [
        ("99", "written by a newer curvewise .schema 99; this one reads up to 1.: upgrade"),
        ("x", "is missing"),
    ],
)
def test_a_history_of_another_version_is_explained(path: Path, version: str, words: str) -> None:
    with sqlite3.connect(path) as raw:
        raw.execute("UPDATE meta SET value = ?", (version,))
    raw.close()
    refuses_unchanged(path, words)


@pytest.fixture
def full_disk() -> Iterator[Callable[[int], None]]:
    """Lets every database opened from then on grow to so many pages and no further."""
    pages = 0

    def limit(raw: sqlite3.Connection, _record: object) -> None:
        raw.execute(f"PRAGMA max_page_count = {pages}")

    def begin(most: int) -> None:
        nonlocal pages
        pages = most
        event.listen(Pool, "connect", limit)

    yield begin
    event.remove(Pool, "connect", limit)


def test_a_full_disk_loses_nothing_that_was_recorded(path: Path, full_disk: Callable[[int], None]) -> None:
    with History.open(path, readonly=True) as history:
        before = history.since()
    full_disk(path.stat().st_size // 4096 + 20)
    with History.open(path) as history:
        appended = 0
        with pytest.raises(
            StoreError, match=r"the disk is full\. What was recorded before is safe: free some"
        ):
            for number in range(1000):
                history.append([a_round(number), a_round(number)])
                appended += 2
        assert len(history.since()) == 40 + appended
    with History.open(path) as history:
        assert history.since()[:40] == before
        assert len(history.since()) == 40 + appended


def test_a_disk_full_from_the_start_leaves_no_file(tmp_path: Path, full_disk: Callable[[int], None]) -> None:
    full_disk(2)
    with pytest.raises(StoreError, match="the disk is full"):
        History.create(tmp_path / "study.db")
    assert list(tmp_path.iterdir()) == []


def test_a_disk_too_full_for_the_first_events_leaves_no_file(
    tmp_path: Path, full_disk: Callable[[int], None]
) -> None:
    full_disk(8)
    with pytest.raises(StoreError, match="the disk is full"):
        History.create(tmp_path / "study.db", [Noted("a" * 100_000)])
    assert list(tmp_path.iterdir()) == []
    with History.create(tmp_path / "study.db", [Noted("a")]) as history:
        assert history.append([Noted("b")]) == 2
        assert history.since() == [(1, Noted("a")), (2, Noted("b"))]


LOCKER = """
import sqlite3, sys
raw = sqlite3.connect(sys.argv[1], isolation_level=None)
raw.execute("BEGIN IMMEDIATE")
print("locked", flush=True)
sys.stdin.read()
"""


def test_a_writer_that_does_not_let_go_is_named(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite, "PATIENCE", 0.05)
    command = [sys.executable, "-c", LOCKER, str(path)]
    with (
        History.open(path) as history,
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other,
    ):
        assert other.stdout is not None
        assert other.stdout.readline() == "locked\n"
        named = f"process {other.pid}" if os.path.exists("/proc/locks") else "another process"
        with pytest.raises(StoreError, match=f"{named} has kept the history locked for writing: wait for it"):
            history.append([Noted("a")])
        assert len(history.since()) == 40
        other.communicate("")
        assert history.append([Noted("a")]) == 41


def as_nobody(act: Callable[[], object]) -> str:
    """What ``act`` says or raises in a child process without privileges."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        said = "nothing"
        try:
            if os.geteuid() == 0:
                os.setgid(65534)
                os.setuid(65534)
            said = str(act())
        except BaseException as error:
            said = f"{type(error).__name__}: {error}"
        finally:
            os.write(writing, said.encode())
            os._exit(0)
    os.waitpid(child, 0)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        return pipe.read().decode()


@pytest.fixture
def locked_folder(path: Path) -> Iterator[Path]:
    reachable = [path.parent, *path.parent.parents]
    modes = {folder: folder.stat().st_mode for folder in reachable if folder.stat().st_uid == os.geteuid()}
    for folder in list(modes)[:4]:
        folder.chmod(0o555 if folder == path.parent else modes[folder] | 0o555)
    yield path.parent
    for folder in list(modes)[:4]:
        folder.chmod(modes[folder])


def test_a_folder_that_cannot_be_written_is_explained_and_can_be_read(locked_folder: Path) -> None:
    path = locked_folder / "study.db"
    assert as_nobody(lambda: len(History.open(path, readonly=True).since())) == "40"
    said = as_nobody(lambda: History.create(locked_folder / "new.db"))
    assert said.startswith("StoreError: ")
    assert "new.db: cannot be made (Permission denied): choose a folder to write in" in said
    said = as_nobody(lambda: History.open(path).append([Noted("a")]))
    assert said.startswith("StoreError: ")
    assert "check that it exists and that you may write there" in said


def test_an_error_of_any_other_kind_is_a_store_error_too(path: Path) -> None:
    with sqlite3.connect(path) as raw:
        raw.execute("CREATE TRIGGER no BEFORE INSERT ON events BEGIN SELECT RAISE(ABORT, 'not today'); END")
    raw.close()
    with (
        History.open(path) as history,
        pytest.raises(StoreError, match="the history cannot be used: not today"),
    ):
        history.append([Noted("a")])
