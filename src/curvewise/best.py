"""The best configuration on disk: saved, loaded and applied to new rows.

``best.json`` holds everything but the weights, ``best.safetensors`` the weights; the two are enough
to predict on another machine. Never pickle.
"""

from __future__ import annotations

import hashlib
import math
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load as load_tensors
from safetensors.numpy import save as save_tensors

from curvewise.cohort.families.shape import Shape
from curvewise.cohort.slots import State
from curvewise.data.examples import Examples
from curvewise.data.new_rows import new_examples
from curvewise.data.prepared import AnyPreprocessing
from curvewise.data.targets import (
    LabelsTarget,
    NumberTarget,
    decode,
    labels,
    logistic,
    probabilities,
    softmax,
    task_of,
)
from curvewise.errors import StoreError, StudyError
from curvewise.records import Configuration

if TYPE_CHECKING:
    from curvewise.cohort.families.network import Network

FORMAT = 2
"""Version of best.json; a newer one is refused, not guessed at. 1 knew perceptrons on tables only, and did
not say so."""


class Member(msgspec.Struct, frozen=True):
    """One trained network."""

    trial: int
    seed: int
    configuration: dict[str, bool | int | float | str]
    horizon: int
    shape: Shape
    encoding: str


class Description(msgspec.Struct, frozen=True):
    """``best.json``: what was found, how, from what, and how to apply it."""

    format: int
    study: str
    task: str
    metric: str
    best: Member
    ensemble: list[Member]
    """The finalists' average; a member that occurs twice counts twice. Empty where there is none."""
    scores: dict[str, dict[str, float | None]]
    """``validation``, ``test``, ``ensemble validation``, ``ensemble test`` as far as they are known:
    loss and error each; null in JSON where infinite."""
    seeds: list[int]
    """Seeds with which the best configuration was trained."""
    preprocessing: AnyPreprocessing
    fingerprint: str
    """SHA-256 of the data as read."""
    versions: dict[str, str]
    command: str


class Predictor:
    """Trained networks and the preprocessing that they were trained with."""

    def __init__(self, members: list[tuple[Member, State]], preprocessing: AnyPreprocessing) -> None:
        self._members, self._preprocessing = members, preprocessing
        self._target = preprocessing.target

    @property
    def classes(self) -> list[Any] | None:
        """The classes, or labels, in the order of ``probabilities``' columns; None for a regression."""
        return None if isinstance(self._target, NumberTarget) else labels(self._target).tolist()

    @property
    def per_step(self) -> bool:
        """True where every step of a sequence has a prediction: of the step after it."""
        return isinstance(self._target, LabelsTarget)

    def predict(self, data: Any) -> Any:
        """Class labels or numbers (N,) for the rows of ``data``: whatever ``curvewise.tune`` reads.

        A table's columns may be shuffled, more than needed, hold unseen categories or miss values. Where
        every step predicts the next, an array (T_i, C) of 0 and 1 for each sequence. Raises DataError
        where a needed column is missing, and where sequences or images do not fit those trained on.
        """
        outputs, examples = self._outputs(data)
        return _by_sequence(decode(self._target, outputs), examples)

    def probabilities(self, data: Any) -> Any:
        """Class probabilities (N, C), or each label's (T_i, C) by sequence; DataError for a regression."""
        labels(self._target)
        outputs, examples = self._outputs(data)
        return _by_sequence(probabilities(self._target, outputs), examples)

    def _outputs(self, data: Any) -> tuple[NDArray[np.float32], Examples]:
        from curvewise.cohort.families.network import network_of
        from curvewise.cohort.inference import infer

        encodings = {member.encoding for member, _ in self._members}
        examples = new_examples(data, self._preprocessing, encodings)
        outputs = [infer(network_of(m.shape, w), examples[m.encoding]) for m, w in self._members]
        together = average(outputs, task_of(self._target)) if len(outputs) > 1 else outputs[0]
        return together, next(iter(examples.values()))


def _by_sequence(values: NDArray[Any], examples: Examples) -> Any:
    """Each sequence's own steps of what is padded to the longest; anything else as it is."""
    if examples.steps is None:
        return values
    return [values[i, :length] for i, length in enumerate(examples.steps)]


class Best(Predictor):
    """The answer of a study; apply it with ``predict``, look inside with ``module``."""

    def __init__(self, description: Description, weights: State, members: list[State]) -> None:
        super().__init__([(description.best, weights)], description.preprocessing)
        self.description, self.weights = description, weights
        self._ensemble = members

    @property
    def configuration(self) -> Configuration:
        """The winning configuration."""
        return Configuration(dict(self.description.best.configuration))

    @property
    def scores(self) -> Mapping[str, Mapping[str, float]]:
        """Loss and error on ``validation`` and, once the study has ended, on ``test``."""
        return {
            part: {name: math.inf if number is None else number for name, number in numbers.items()}
            for part, numbers in self.description.scores.items()
        }

    @property
    def ensemble(self) -> Predictor | None:
        """The average of the finalists selected on validation; None where there is none."""
        if not self._ensemble:
            return None
        members = list(zip(self.description.ensemble, self._ensemble, strict=True))
        return Predictor(members, self.description.preprocessing)

    def module(self) -> Network:
        """A plain ``torch.nn.Module`` with the trained weights, in evaluation mode.

        It reads encoded examples. Rows of a table: numbers (N, D) float32 and category codes (N, Q).
        Sequences: numbers (N, T, D), codes (N, T, Q), lengths (N,). Images: pixels (N, S, height, width).
        """
        from curvewise.cohort.families.network import network_of

        return network_of(self.description.best.shape, self.weights)


def average(outputs: list[NDArray[np.float32]], task: str) -> NDArray[np.float32]:
    """The networks' average (..., C), readable like one network's outputs.

    Numbers are averaged as they are; for classes and labels the probabilities are, and come back as logits.
    """
    return as_outputs(np.mean([as_means(o, task) for o in outputs], axis=0), task)


def as_means(outputs: NDArray[np.float32], task: str) -> NDArray[np.float64]:
    """What may be averaged: probabilities of logits (..., C), or the numbers (..., C) of a regression."""
    if task == "classification":
        return softmax(outputs)
    wide = outputs.astype(np.float64)
    return wide if task == "regression" else logistic(outputs)


def as_outputs(means: NDArray[np.float64], task: str) -> NDArray[np.float32]:
    """The way back from an average of ``as_means``."""
    if task == "regression":
        return means.astype(np.float32)
    logs = np.log(np.maximum(means, 1e-30))
    if task == "classification":
        return logs.astype(np.float32)
    return (logs - np.log(np.maximum(1 - means, 1e-30))).astype(np.float32)


def save(folder: Path, description: Description, weights: State, members: list[State]) -> None:
    """Replace ``best.json`` and ``best.safetensors``; a reader never sees half of either.

    The weights' file carries the description too, and is what ``load`` reads, so the two cannot
    disagree, wherever a kill falls. Raises StoreError on a full disk or a read-only folder.
    """
    tensors = {f"best.{name}": np.ascontiguousarray(array) for name, array in weights.items()}
    for index, member in enumerate(members):
        tensors |= {f"member.{index}.{name}": np.ascontiguousarray(a) for name, a in member.items()}
    encoded = msgspec.json.format(msgspec.json.encode(description), indent=1)
    metadata = {"description": encoded.decode(), "sha256": _digest(tensors)}
    replace(folder / "best.safetensors", save_tensors(tensors, metadata))
    replace(folder / "best.json", encoded)


def load(folder: Path | str) -> Best:
    """The best of the study in ``folder``.

    The description is read out of the weights' own metadata, so the two always belong together;
    ``best.json`` is the same text for people. Raises StudyError where there is none to be read.
    """
    path = Path(folder) / "best.safetensors"
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        raise StudyError(_nothing(Path(folder))) from None
    except OSError as error:
        raise StudyError(f"{path} cannot be read: {error.strerror}") from error
    try:
        length = int.from_bytes(raw[:8], "little")
        header = msgspec.json.decode(raw[8 : 8 + length])
        text = header["__metadata__"]["description"]
        found = msgspec.json.decode(text)["format"]
        if found > FORMAT:
            raise StudyError(
                f"{path} has format {found}, newer than this curvewise reads ({FORMAT}): upgrade"
            )
        description = msgspec.convert(_upgraded(msgspec.json.decode(text)), Description)
        tensors = load_tensors(raw)
        if header["__metadata__"]["sha256"] != _digest(tensors):
            raise ValueError("its weights are not those that were saved")
    except StudyError:
        raise
    except Exception as error:
        again = (
            f"`curvewise resume {folder}` writes it again"
            if (path.parent / "study.db").exists()
            else "copy it again"
        )
        raise StudyError(f"{path} is damaged ({error}): {again}") from error
    members = [_under(f"member.{index}.", tensors) for index in range(len(description.ensemble))]
    return Best(description, _under("best.", tensors), members)


def _upgraded(description: dict[str, Any]) -> dict[str, Any]:
    """A description of format 1 as format 2 has it: what was left unsaid then is said."""
    if description["format"] == 1:
        description["preprocessing"].setdefault("kind", "table")
        for member in (description["best"], *description["ensemble"]):
            member["shape"].setdefault("family", "perceptron")
    return description


def _digest(tensors: Mapping[str, NDArray[Any]]) -> str:
    """SHA-256 of the weights by name: safetensors does not notice a changed byte among them."""
    digest = hashlib.sha256()
    for name in sorted(tensors):
        digest.update(name.encode())
        digest.update(np.ascontiguousarray(tensors[name]).tobytes())
    return digest.hexdigest()


def stored(folder: Path) -> Best | None:
    """The best of the study in ``folder``; None where there is none yet, or none that can be read."""
    try:
        return load(folder)
    except StudyError:
        return None


def replace(path: Path, content: bytes) -> None:
    """Write, sync and rename, so that ``path`` holds the old content or the new, whole."""
    temporary = path.with_name(path.name + ".part")
    try:
        with open(temporary, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        so_far = "the study so far is safe" if path.parent.exists() else "its folder has been removed"
        raise StoreError(f"{path} cannot be written: {error.strerror}; {so_far}") from error


def _under(prefix: str, tensors: Mapping[str, NDArray[Any]]) -> State:
    return {name.removeprefix(prefix): array for name, array in tensors.items() if name.startswith(prefix)}


def _nothing(folder: Path) -> str:
    if not folder.exists():
        return f"there is no folder {folder}"
    if (folder / "study.db").exists():
        return f"the study in {folder} has no trained network yet: go on with `curvewise resume {folder}`"
    return f"{folder} is not a study: it has no best.safetensors (`curvewise tune` makes such folders)"
