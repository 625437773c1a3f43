"""curvewise: many configurations side by side, their curves read as an expert reads them.

Names are loaded when first used: importing curvewise does not import torch.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from curvewise.live import Watch as Watch
    from curvewise.study import Study as Study
    from curvewise.tuning import resume as resume
    from curvewise.tuning import tune as tune

__version__ = "0.1.0"

_HOMES = {
    "Study": "curvewise.study",
    "Watch": "curvewise.live",
    "resume": "curvewise.tuning",
    "tune": "curvewise.tuning",
}

__all__ = ["Study", "Watch", "resume", "tune"]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'curvewise' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
