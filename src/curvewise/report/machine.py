"""What will run fast on this machine and what will not: what ``doctor`` prints."""

from __future__ import annotations

import msgspec
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text


class Way(msgspec.Struct, frozen=True):
    """One way of training."""

    name: str
    missing: str | None
    """Why it is not to be had here; null where it is."""
    microseconds: float | None
    """Wall microseconds of one step of one model, on one thread; where slots are stacked, of 16 at once."""


class Measured(msgspec.Struct, frozen=True):
    """How fast each way trains one network."""

    network: str
    ways: list[Way]


class Remark(msgspec.Struct, frozen=True):
    """Something that is well, or that is not and how to mend it."""

    well: bool
    text: str


class Machine(msgspec.Struct, frozen=True):
    """Versions, processor, ways of training, folders."""

    curvewise: str
    python: str
    platform: str
    processor: str
    cores: int
    """Cores that this process may use."""
    device: str
    """``cpu`` or the GPU's name."""
    instructions: list[str]
    """Instruction sets that the kernels were compiled for and this processor has, best first."""
    compiler: str | None
    cache: str
    """Where kernels built on this machine are kept."""
    environment: dict[str, str]
    """Variables set here that change how many threads run."""
    packages: dict[str, str | None]
    """Version of each; null where it is not installed."""
    measured: list[Measured]
    remarks: list[Remark]


def machine_text(machine: Machine) -> Group:
    """As a person reads it: facts first, then what is well and what is not."""
    facts = Table.grid(padding=(0, 2))
    facts.add_column(style="bold", no_wrap=True)
    installed = [f"{name} {version}" for name, version in machine.packages.items() if version]
    absent = [name for name, version in machine.packages.items() if not version]
    rows = {
        "curvewise": f"{machine.curvewise} on Python {machine.python}, {machine.platform}",
        "processor": f"{machine.processor}, {machine.cores} cores usable",
        "device": machine.device,
        "instructions": ", ".join(machine.instructions) or "none",
        "compiler": machine.compiler or "none",
        "cache": machine.cache,
        "packages": ", ".join(installed) + (f"; not installed: {', '.join(absent)}" if absent else ""),
        "environment": ", ".join(f"{name}={value}" for name, value in machine.environment.items())
        or "nothing set",
    }
    for name, text in rows.items():
        facts.add_row(name, Text(text))
    parts: list[RenderableType] = [facts, Text(), Text("one training step, on one thread", style="bold")]
    for measured in machine.measured:
        parts += [Text(measured.network), *(_way(way) for way in measured.ways)]
    parts.append(Text())
    parts += [_remark(remark) for remark in machine.remarks]
    return Group(*parts)


def _way(way: Way) -> Text:
    speed = "not here" if way.microseconds is None else f"{way.microseconds:,.0f} µs"
    return Text(f"  {way.name:<10} {speed}" + (f": {way.missing}" if way.missing else ""))


def _remark(remark: Remark) -> Text:
    mark, style = ("ok  ", "green") if remark.well else ("!   ", "yellow")
    return Text(mark, style=style).append(remark.text, style="default")
