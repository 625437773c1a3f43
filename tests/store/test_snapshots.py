from pathlib import Path

import pytest

from curvewise.errors import StoreError
from curvewise.store.snapshots import (
    discard_obsolete,
    obsolete,
    publish,
    snapshot_name,
)


def put(folder: Path, cursor: int, content: bytes = b"tensors") -> Path:
    temporary = folder / f"{snapshot_name(cursor)}.part"
    temporary.write_bytes(content)
    return publish(temporary, snapshot_name(cursor))


def test_a_published_snapshot_is_the_whole_file_under_its_own_name(tmp_path: Path) -> None:
    assert put(tmp_path, 12) == tmp_path / "snapshot-12.safetensors"
    assert [path.name for path in tmp_path.iterdir()] == ["snapshot-12.safetensors"]
    assert (tmp_path / "snapshot-12.safetensors").read_bytes() == b"tensors"


def test_all_but_the_recorded_snapshot_are_discarded(tmp_path: Path) -> None:
    for cursor in (5, 9, 12):
        put(tmp_path, cursor)
    (tmp_path / "snapshot-13.safetensors.part").write_bytes(b"half")
    (tmp_path / "best.safetensors").write_bytes(b"kept")
    (tmp_path / "study.db").write_bytes(b"kept")
    assert len(obsolete(tmp_path, "snapshot-9.safetensors")) == 3
    discard_obsolete(tmp_path, "snapshot-9.safetensors")
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "best.safetensors",
        "snapshot-9.safetensors",
        "study.db",
    ]
    discard_obsolete(tmp_path, None)
    assert not (tmp_path / "snapshot-9.safetensors").exists()


def test_what_cannot_be_removed_stays_for_the_next_time(tmp_path: Path) -> None:
    (tmp_path / "snapshot-3.safetensors").mkdir()
    put(tmp_path, 4)
    discard_obsolete(tmp_path, None)
    assert [path.name for path in tmp_path.iterdir()] == ["snapshot-3.safetensors"]


def test_a_snapshot_that_cannot_be_put_in_place_is_explained(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"cannot be put in place \(No such file"):
        publish(tmp_path / "none.part", "snapshot-7.safetensors")
