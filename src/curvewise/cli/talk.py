"""What is said on stderr while a study runs."""

from __future__ import annotations

from collections.abc import Sequence
from types import TracebackType
from typing import Protocol, Self

from curvewise.curves.ledger import Ledger
from curvewise.records import Event


class Talk(Protocol):
    """Entered while the study runs."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def tell(self, ledger: Ledger, events: Sequence[Event]) -> None:
        """These events happened."""
        ...

    def say(self, text: str) -> None:
        """Say this now."""
        ...


class Silence:
    """``--quiet``: says nothing but what the user's own Ctrl-C calls for, which the answer says too."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        pass

    def tell(self, ledger: Ledger, events: Sequence[Event]) -> None:
        """Nothing."""

    def say(self, text: str) -> None:
        """Nothing."""
