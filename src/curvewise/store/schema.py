"""The two tables of a history, in statements that SQLite and PostgreSQL share."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Integer, LargeBinary, MetaData, String, Table

VERSION = 1
"""Of the tables and of the events in them; raised when an older curvewise could misread a history."""

TABLES = MetaData()

EVENTS = Table(
    "events",
    TABLES,
    Column("cursor", BigInteger().with_variant(Integer(), "sqlite"), primary_key=True, autoincrement=True),
    Column("kind", String, nullable=False),
    Column("payload", LargeBinary, nullable=False),
    Column("chain", BigInteger, nullable=False),
    sqlite_autoincrement=True,
)
"""One row per event, in order; ``cursor`` only ever grows. ``chain`` is the CRC-32 of the payload, begun
with the chain of the event before, so that an event changed, moved or missing is noticed."""

META = Table(
    "meta",
    TABLES,
    Column("key", String, primary_key=True),
    Column("value", String, nullable=False),
)
"""``schema``: the version above, as digits."""
