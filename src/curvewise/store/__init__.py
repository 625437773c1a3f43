"""The history of a study on disk, who may write it, and the snapshots beside it."""
