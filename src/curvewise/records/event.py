"""What the history is made of: one record per thing that happened, never changed afterwards."""

from __future__ import annotations

import msgspec

from curvewise.records.configuration import Value
from curvewise.records.decision import Decision
from curvewise.records.extent import Extent, RowExtent
from curvewise.records.finding import Finding
from curvewise.records.point import Point
from curvewise.records.policy import PolicyName


class Opened(msgspec.Struct, frozen=True, tag="opened"):
    """The study began: everything that later decisions may depend on."""

    study: str
    task: str
    metric: str
    source: str
    """What the user called the data: a bundled name or a path."""
    target: str | None
    seed: int
    budget: str
    threads: int
    """Trials that train at the same moment."""
    deterministic: bool
    rows: dict[str, int]
    """Rows in ``train``, ``valid`` and ``test``."""
    features: int
    """Columns of the table that are used, numbers of a step, or channels of an image."""
    inputs: dict[str, int]
    """Width of the encoded rows or steps, embeddings excepted, by encoding."""
    cardinalities: list[int]
    """Codes of each embedded column."""
    outputs: int
    """Classes or labels, or 1 for a regression."""
    columns: dict[str, str]
    """Kinds of columns that the user gave, where the inferred ones were wrong."""
    space: dict[str, dict[str, Value | list[Value]]]
    """The whole space as data (see ``curvewise.space``)."""
    fingerprint: str
    """SHA-256 of the data as read."""
    versions: dict[str, str]
    command: str
    model: str = "mlp"
    """What ``--model`` said; studies of before it could say anything else were of perceptrons."""
    extent: Extent = RowExtent()
    """What one example is made of."""
    asked_rows: int | None = None
    """How many rows to learn from, where not all."""
    horizon: int | None = None
    """Epochs that every trial is planned for, where the trainer and not the race says so: recorded curves."""
    policy: PolicyName = "race"
    """Who decides."""


class Decided(msgspec.Struct, frozen=True, tag="decided"):
    """What the race decided at one moment, and the wall seconds of the study until then."""

    elapsed: float
    decisions: list[Decision]


class Observed(msgspec.Struct, frozen=True, tag="observed"):
    """Points of one round, and the wall seconds of the study until then."""

    elapsed: float
    points: list[Point]


class Found(msgspec.Struct, frozen=True, tag="found"):
    """Signs seen in the curves."""

    findings: list[Finding]


class Snapshotted(msgspec.Struct, frozen=True, tag="snapshotted"):
    """The slots' tensors were saved; ``epochs`` says up to where, per trial."""

    name: str
    epochs: dict[int, int]


class Restored(msgspec.Struct, frozen=True, tag="restored"):
    """After a resume this trial goes on from ``epoch``; its points after that are void."""

    trial: int
    epoch: int


class Resumed(msgspec.Struct, frozen=True, tag="resumed"):
    """The study was taken up again at ``elapsed`` seconds, with this budget in all."""

    elapsed: float
    budget: str
    threads: int
    command: str


class Failed(msgspec.Struct, frozen=True, tag="failed"):
    """A trial could not be trained at all."""

    trial: int
    reason: str
    traceback: str


class Noted(msgspec.Struct, frozen=True, tag="noted"):
    """Something a reader of the history should know: a column dropped, a way not available."""

    text: str


class Compared(msgspec.Struct, frozen=True, tag="compared"):
    """How sure the comparison of the finalists is, measured on the validation rows.

    Keys are the trials whose configurations were re-seeded."""

    rows_error: dict[int, float]
    """Bootstrap standard error, over validation rows, of the mean error's difference to the best."""


class Scored(msgspec.Struct, frozen=True, tag="scored"):
    """The answer's scores, the test set's among them; written once, at the end."""

    trial: int
    validation: dict[str, float]
    test: dict[str, float]
    ensemble: dict[str, dict[str, float]]
    """``validation`` and ``test`` of the finalists' average; empty where there is none."""
    members: list[int]


Event = (
    Opened
    | Decided
    | Observed
    | Found
    | Snapshotted
    | Restored
    | Resumed
    | Failed
    | Noted
    | Compared
    | Scored
)
