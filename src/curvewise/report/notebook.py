"""A study as a notebook shows it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape

from curvewise.curves.ledger import Ledger
from curvewise.report.numerals import error_name, error_text
from curvewise.report.plain import as_plain
from curvewise.report.progress import short
from curvewise.report.standing import Row, standing
from curvewise.report.text import plain, result

ROWS = 10
"""Best trials listed."""


def mimebundle(ledger: Ledger, folder: str = "") -> dict[str, str]:
    """``text/plain`` and ``text/html``: everything from the history is escaped."""
    return {"text/plain": plain(ledger, folder), "text/html": _html(ledger)}


def _html(ledger: Ledger) -> str:
    """The answer, then a table of the best trials with their validation losses drawn inline."""
    seen = standing(ledger, ROWS)
    heads = (
        "trial",
        "status",
        error_name(seen.task, "validation"),
        "best epoch",
        "validation loss",
        "configuration",
    )
    head = "".join(f"<th>{escape(name)}</th>" for name in heads)
    rows = "".join(_row(row, seen.task) for row in seen.rows)
    title = f"<b>{escape(ledger.opened.study)}</b>" if ledger.opened else ""
    answer = escape(as_plain(result(ledger)))
    table = f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
    return f"<div>{title}<pre>{answer}</pre>{table}</div>"


def _row(row: Row, task: str) -> str:
    error = error_text(row.error, task)
    texts = (str(row.trial), row.status, error, f"{row.epoch} of {row.age}")
    cells = "".join(f"<td>{escape(text)}</td>" for text in texts)
    drawn = f"<td>{sparkline_svg(row.losses)}</td>"
    return f"<tr>{cells}{drawn}<td>{escape(short(row.configuration))}</td></tr>"


def sparkline_svg(values: Sequence[float], width: int = 120, height: int = 24) -> str:
    """A line in the text's own colour, log scale where all values are positive; diverged ones left out."""
    finite = [(place, value) for place, value in enumerate(values) if math.isfinite(value)]
    scale = math.log if finite and min(value for _, value in finite) > 0 else float
    heights = [scale(value) for _, value in finite]
    low, high = min(heights, default=0.0), max(heights, default=0.0)
    across, up = (width - 2) / max(1, len(values) - 1), (height - 2) / ((high - low) or 1.0)
    points = " ".join(
        f"{1 + place * across:.1f},{1 + (high - tall) * up:.1f}"
        for (place, _), tall in zip(finite, heights, strict=True)
    )
    return (
        f'<svg width="{width}" height="{height}" role="img" aria-label="validation loss by epoch">'
        f'<polyline points="{points}" fill="none" stroke="currentColor" stroke-width="1.5"/></svg>'
    )
