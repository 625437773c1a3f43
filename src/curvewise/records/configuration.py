"""One value for each hyperparameter."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import msgspec

Value = bool | int | float | str
"""What a hyperparameter can be set to."""


class Configuration(msgspec.Struct, frozen=True):
    """One value for each hyperparameter; reads like a mapping: ``configuration["units"]``."""

    values: dict[str, Value]

    def __getitem__(self, name: str) -> Value:
        return self.values[name]

    def __contains__(self, name: object) -> bool:
        return name in self.values

    def __iter__(self) -> Iterator[str]:
        return iter(self.values)

    def __hash__(self) -> int:
        return hash(frozenset(self.values.items()))

    def number(self, name: str) -> float:
        """The value of ``name`` as a float; raises TypeError where it is a word."""
        value = self.values[name]
        if isinstance(value, str):
            raise TypeError(f"{name} is {value!r}, not a number")
        return float(value)

    def word(self, name: str) -> str:
        """The value of ``name`` as a string; raises TypeError where it is a number."""
        value = self.values[name]
        if not isinstance(value, str):
            raise TypeError(f"{name} is {value!r}, not a word")
        return value

    def replace(self, changes: Mapping[str, Value]) -> Configuration:
        """The same configuration with some values changed."""
        return Configuration({**self.values, **changes})
