"""From images as read to what a study needs."""

from __future__ import annotations

from curvewise.data.goal import goal_of, rows_note
from curvewise.data.image_preprocessing import fit_images
from curvewise.data.images import Images
from curvewise.data.prepared_set import PreparedSet
from curvewise.data.remarks import extremes_note
from curvewise.data.room import check_room
from curvewise.data.sets import ImageSet
from curvewise.data.splits import Rows
from curvewise.errors import DataError
from curvewise.records.extent import ImageExtent


def prepare_images(data: ImageSet, *, seed: int, task: str | None = None) -> PreparedSet:
    """Split ``data`` by ``seed``, where they are not split already, and learn how to encode them.

    Raises DataError where a target is missing or cannot be used, or memory does not suffice.
    """
    if data.targets is None:
        raise DataError(f"{data.source} has images but no targets: add an array y with one for each.")
    advice = "make them smaller, or take fewer (--rows)"
    check_room(data.pixels.size, data.source, "standardised images", advice)
    goal = goal_of(data.targets, data.source, task, seed, data.given)
    preprocessing = fit_images(data.pixels[goal.parts["train"]], goal.target)

    def encode(rows: Rows) -> Images:
        return preprocessing.encode(data.pixels[rows], goal.encoded[rows], data.source)

    extent = ImageExtent(len(preprocessing.means), preprocessing.height, preprocessing.width)
    told = extremes_note(preprocessing.furthest(data.pixels[goal.parts["train"]]), "A pixel")
    notes = (*data.notes, *goal.notes, rows_note(goal.parts), *told)
    return PreparedSet(preprocessing, notes, data.fingerprint(), goal.parts, extent, encode)
