"""From images as read to what a study needs."""

from __future__ import annotations

from dataclasses import dataclass, field

from curvewise.data.examples import Split, Targets, Task
from curvewise.data.goal import goal_of, rows_note
from curvewise.data.image_preprocessing import ImagePreprocessing, fit_images
from curvewise.data.images import Images
from curvewise.data.room import check_room
from curvewise.data.sets import ImageSet
from curvewise.data.splits import Rows
from curvewise.data.targets import METRICS, outputs_of, scale_of, task_of
from curvewise.errors import DataError
from curvewise.records.extent import ImageExtent


@dataclass(frozen=True, eq=False)
class PreparedImages:
    """Images, ready to train on; implements ``Prepared``."""

    preprocessing: ImagePreprocessing
    notes: tuple[str, ...]
    fingerprint: str
    data: ImageSet
    parts: dict[str, Rows]
    """Row numbers of ``train``, ``valid`` and ``test``."""
    encoded: Targets
    """(N,) codes or (N, 1) numbers."""
    _examples: dict[str, Images] = field(default_factory=dict, repr=False)

    @property
    def task(self) -> Task:
        """What is learnt."""
        return task_of(self.preprocessing.target)

    @property
    def metric(self) -> str:
        """What the error is."""
        return METRICS[self.task]

    @property
    def rows(self) -> dict[str, int]:
        """Images in each part."""
        return {name: len(rows) for name, rows in self.parts.items()}

    @property
    def extent(self) -> ImageExtent:
        """The size of an image."""
        return ImageExtent(self.features, self.preprocessing.height, self.preprocessing.width)

    @property
    def features(self) -> int:
        """Channels."""
        return len(self.preprocessing.means)

    @property
    def cardinalities(self) -> tuple[int, ...]:
        """Nothing is embedded."""
        return ()

    @property
    def encodings(self) -> tuple[str, ...]:
        """One way only."""
        return ("plain",)

    def inputs(self, encoding: str) -> int:
        """Channels."""
        return self.features

    def split(self, encoding: str) -> Split:
        """Train and validation images, computed once."""
        target = self.preprocessing.target
        train, valid = self._part("train"), self._part("valid")
        return Split(train, valid, (), outputs_of(target), scale_of(target), self.task)

    def test(self, encoding: str) -> Images:
        """The test images, computed when first asked for."""
        return self._part("test")

    def _part(self, name: str) -> Images:
        if name not in self._examples:
            rows = self.parts[name]
            pixels = self.data.pixels[rows]
            self._examples[name] = self.preprocessing.encode(pixels, self.encoded[rows], self.data.source)
        return self._examples[name]


def prepare_images(data: ImageSet, *, seed: int, task: str | None = None) -> PreparedImages:
    """Split ``data`` by ``seed``, where they are not split already, and learn how to encode them.

    Raises DataError where a target is missing or cannot be used.
    """
    if data.targets is None:
        raise DataError(f"{data.source} has images but no targets: add an array y with one for each.")
    check_room(
        data.pixels.size, data.source, "standardised images", "make them smaller, or take fewer (--rows)"
    )
    goal = goal_of(data.targets, data.source, task, seed, data.given)
    preprocessing = fit_images(data.pixels[goal.parts["train"]], goal.target)
    notes = (*data.notes, goal.note, rows_note(goal.parts))
    return PreparedImages(preprocessing, notes, data.fingerprint(), data, goal.parts, goal.encoded)
