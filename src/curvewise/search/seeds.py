"""The seeds of trials."""

from __future__ import annotations


def seed_of(study: int, number: int) -> int:
    """The seed of a trial: another for every study and number (1,000,003 is a prime above both)."""
    return study * 1_000_003 + number
