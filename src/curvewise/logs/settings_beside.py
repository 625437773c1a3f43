"""Hyperparameters in the files that tools leave beside a log."""

from __future__ import annotations

import json
import re

from curvewise.logs.opening import Source, head_text

FILES = ("hparams.yaml", "args.yaml", "hparams.json", "params.json", "hparams.yml", "config.yaml")
"""Of Lightning, timm and Ultralytics, AlgoPerf, Ray Tune."""
MOST = 1 << 20
"""Bytes of such a file that are read."""
_LINE = re.compile(r"([A-Za-z_][\w.\-/]{0,80}):[ \t]+([^#\n]{1,200})")


def settings_beside(source: Source) -> dict[str, object]:
    """What the first file found says, by its own names; empty where there is none or it cannot be read."""
    if not source.known_by:
        return {}
    for name in FILES:
        path = source.path.parent / name
        try:
            if path.is_file() and not path.is_symlink():
                with path.open("rb") as file:
                    return plain_settings(file.read(MOST))
        except OSError:
            continue
    return {}


def plain_settings(content: bytes) -> dict[str, object]:
    """The settings at the top of a JSON or YAML file: of YAML only lines ``name: value`` without indent."""
    text = head_text(content)
    if text.lstrip().startswith("{"):
        try:
            found = json.loads(text)
        except (ValueError, RecursionError):
            return {}
        return dict(found) if isinstance(found, dict) else {}
    matches = (_LINE.match(line) for line in text.split("\n")[:10_000])
    return {m.group(1): m.group(2).strip().strip("\"'") for m in matches if m}
