"""The points of a trial in order."""

from __future__ import annotations

from dataclasses import dataclass, field

from curvewise.records import Point


@dataclass
class Curve:
    """A trial's points by epoch, 1, 2, 3, ...; grows by ``add`` and shrinks by ``cut`` only."""

    points: list[Point] = field(default_factory=list)
    _best: Point | None = None

    def add(self, point: Point) -> None:
        """Append the next epoch's point; raises ValueError where an epoch is missing or repeated."""
        if point.epoch != self.age + 1:
            raise ValueError(f"trial {point.trial}: point of epoch {point.epoch} after epoch {self.age}")
        self.points.append(point)
        if self._best is None or point.merit < self._best.merit:
            self._best = point

    def cut(self, epoch: int) -> None:
        """Drop every point after ``epoch``: a restored trial goes on from there."""
        del self.points[epoch:]
        self._best = min(self.points, key=lambda point: point.merit, default=None)

    @property
    def age(self) -> int:
        """Epochs trained."""
        return len(self.points)

    @property
    def best(self) -> Point | None:
        """The point of least validation error; ties go to the lower loss, then to the earlier epoch."""
        return self._best

    @property
    def last(self) -> Point | None:
        """The newest point."""
        return self.points[-1] if self.points else None

    @property
    def seconds(self) -> float:
        """Seconds trained."""
        return self.points[-1].seconds if self.points else 0.0
