"""The history of a study: events appended, never changed, and read from any point on.

A payload is the event in MessagePack and not in JSON: a diverged slot reports infinite losses, and
JSON has neither infinity nor NaN.
"""

from __future__ import annotations

import os
import threading
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec
from sqlalchemy import Connection, Engine, func, insert, inspect, select

from curvewise.errors import StoreError
from curvewise.records import Event
from curvewise.store import sqlite
from curvewise.store.schema import EVENTS, META, TABLES, VERSION
from curvewise.store.trouble import damaged, explained

_ENCODER = msgspec.msgpack.Encoder()
_DECODER: msgspec.msgpack.Decoder[Event] = msgspec.msgpack.Decoder(Event)


class History:
    """Events on disk, one writer and any number of readers; also a context manager.

    Made by ``History.create`` or ``History.open``. Its methods may be called from any thread; every
    one raises StoreError where the file cannot be read or written.
    """

    def __init__(self, path: Path, engine: Engine, readonly: bool) -> None:
        self.path, self.readonly = path, readonly
        self._engine, self._writer = engine, engine.execution_options(writes=True)
        self._turn = threading.Lock()
        self._append = insert(EVENTS)
        self._since = select(EVENTS.c.cursor, EVENTS.c.payload, EVENTS.c.chain).order_by(EVENTS.c.cursor)
        self._link = select(EVENTS.c.chain).order_by(EVENTS.c.cursor.desc()).limit(1)
        self._newest = select(func.coalesce(func.max(EVENTS.c.cursor), 0))

    @classmethod
    def create(cls, path: str | os.PathLike[str], first: Sequence[Event] = ()) -> History:
        """Begin a history in a new file with its ``first`` events; StoreError where there is a file already.

        Where that fails, on a full disk say, no file is left.
        """
        file = Path(path)
        sqlite.create_file(file)
        engine = None
        try:
            engine = sqlite.open_for_writing(file)
            history = cls(file, engine, readonly=False)
            with history._transaction(history._writer) as connection:
                TABLES.create_all(connection)
                connection.execute(insert(META), {"key": "schema", "value": str(VERSION)})
                history._record(connection, first)
        except BaseException:
            sqlite.remove_file(file, engine)  # our own file, of this very moment, with nothing in it
            raise
        return history

    @classmethod
    def open(cls, path: str | os.PathLike[str], readonly: bool = False) -> History:
        """Take up a history; checks its version and its pages, and for writing every event."""
        file = Path(path)
        sqlite.check_file(file)
        history = cls(file, sqlite.open_for_reading(file), readonly=True)
        try:
            with history._transaction(history._engine) as connection:
                sqlite.check_pages(file, connection)
                _check_schema(file, connection)
            if not readonly:
                history.since()
        except BaseException:
            history.close()
            raise
        if readonly:
            return history
        history.close()  # opening for writing changes the file, which one that is damaged must not be
        return cls(file, sqlite.open_for_writing(file), readonly=False)

    def append(self, events: Sequence[Event]) -> int:
        """Record these events, all or none of them; returns the cursor of the last event recorded."""
        if self.readonly:
            raise StoreError(f"{self.path}: the history was opened for reading only")
        with self._transaction(self._writer) as connection:
            self._record(connection, events)
            return int(connection.execute(self._newest).scalar_one())

    def _record(self, connection: Connection, events: Sequence[Event]) -> None:
        rows: list[dict[str, object]] = []
        chain = connection.execute(self._link).scalar_one_or_none() or 0
        for each in events:
            payload = _ENCODER.encode(each)
            chain = zlib.crc32(payload, chain)
            rows.append({"kind": type(each).__struct_config__.tag, "payload": payload, "chain": chain})
        if rows:
            connection.execute(self._append, rows)

    def since(self, cursor: int = 0) -> list[tuple[int, Event]]:
        """The events after ``cursor`` in order, each with its own cursor; all of them after 0."""
        found: list[tuple[int, Event]] = []
        with self._transaction(self._engine) as connection:
            before = connection.execute(self._link.where(EVENTS.c.cursor <= cursor)).scalar_one_or_none() or 0
            for place, payload, chain in connection.execute(self._since.where(EVENTS.c.cursor > cursor)):
                event = self._decoded(place, payload)
                if zlib.crc32(payload, before) != chain:
                    raise damaged(self.path, f"event {place} or the one before it is not what was recorded")
                found.append((place, event))
                before = chain
        return found

    def _decoded(self, cursor: int, payload: bytes) -> Event:
        try:
            return _DECODER.decode(payload)
        except msgspec.MsgspecError as error:
            raise damaged(self.path, f"event {cursor} cannot be read: {error}") from None

    @contextmanager
    def _transaction(self, engine: Engine) -> Iterator[Connection]:
        with self._turn, explained(self.path), engine.begin() as connection:
            yield connection

    def close(self) -> None:
        """Let go of the file; the history can be used no more."""
        if self.readonly:
            self._engine.dispose()
        else:
            sqlite.close_writer(self._engine)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def _check_schema(path: Path, connection: Connection) -> None:
    """StoreError where this is no history, or one that a newer curvewise wrote."""
    if not {EVENTS.name, META.name} <= set(inspect(connection).get_table_names()):
        raise StoreError(
            f"{path}: is a database, but no history of curvewise; if a study was ended here in its first "
            "moment, nothing was recorded: start it anew"
        )
    found = connection.execute(select(META.c.value).where(META.c.key == "schema")).scalar_one_or_none()
    if found is None or not found.isdigit():
        raise damaged(path, "its schema version is missing")
    if int(found) > VERSION:
        raise StoreError(
            f"{path}: was written by a newer curvewise (schema {found}; this one reads up to {VERSION}): "
            "upgrade curvewise to read it"
        )
