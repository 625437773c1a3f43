"""What a notebook shows."""

from __future__ import annotations

from html.parser import HTMLParser

from curvewise.curves.ledger import Ledger
from curvewise.report.notebook import mimebundle, sparkline_svg
from tests.report.histories import finished, opened


class Tags(HTMLParser):
    """Collects what is opened and text that is shown."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[str] = []

    def handle_starttag(self, tag: str, attrs: list) -> None:
        self.open.append(tag)
        self.seen.append(tag)

    def handle_startendtag(self, tag: str, attrs: list) -> None:
        self.seen.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_both_kinds_are_there_and_the_html_is_well_formed() -> None:
    bundle = mimebundle(Ledger.of(finished()), "runs/digits-1")
    assert set(bundle) == {"text/plain", "text/html"}
    assert "curvewise predict runs/digits-1" in bundle["text/plain"]
    tags = Tags()
    tags.feed(bundle["text/html"])
    assert tags.open == []
    assert tags.seen.count("svg") == 10
    assert "script" not in tags.seen


def test_names_from_outside_are_escaped() -> None:
    ledger = Ledger.of([opened()])
    assert ledger.opened is not None
    ledger.opened = type(ledger.opened)(
        **{f: getattr(ledger.opened, f) for f in ledger.opened.__struct_fields__}
        | {"study": "<script>x</script>"}
    )
    assert "<script>" not in mimebundle(ledger)["text/html"]


def test_sparklines_leave_out_what_diverged() -> None:
    drawn = sparkline_svg([1.0, 0.1, float("inf")])
    assert 'points="1.0,1.0 60.0,23.0"' in drawn
    assert 'points=""' in sparkline_svg([float("inf")])
