"""Watching a training loop of one's own: a few lines in it, and the signs are read as it goes."""

from curvewise.live.watch import Watch

__all__ = ["Watch"]
