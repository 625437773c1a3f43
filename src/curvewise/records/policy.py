"""What ``--policy`` can say."""

from __future__ import annotations

from typing import Literal, get_args

from curvewise.errors import UsageError

PolicyName = Literal["race", "article"]
"""race: many configurations side by side, stopped by comparison · article: one at a time, as the article's
expert does."""

POLICIES: tuple[PolicyName, ...] = get_args(PolicyName)


def known_policy(name: str) -> PolicyName:
    """``name``, whatever the case; raises UsageError where it is no policy."""
    for policy in POLICIES:
        if name.lower() == policy:
            return policy
    raise UsageError(f"there is no policy {name!r}: choose {' or '.join(POLICIES)}")
