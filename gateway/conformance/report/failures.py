"""A failure on the page: its parts, and what passed on the wire before it."""

from typing import Any, Final

from gateway.conformance.report.expectations import expected_texts
from gateway.conformance.report.markup import Markup, both, joined, table, tag
from gateway.conformance.report.told import value_text
from gateway.conformance.report.words import check_texts, texts
from gateway.conformance.requirement import requirements
from gateway.conformance.verdict import Outcome, Verdict

FRAMES: Final = 40
"""The newest frames that the page shows of one failure."""
PAYLOAD: Final = 320


def failure_box(verdict: Verdict, *, first: bool) -> Markup:
    """Return one failure; of the first the frames are open at once."""
    about = requirements()[verdict.requirement]
    tone = " errored" if verdict.outcome is Outcome.ERRORED else ""
    return tag(
        "section",
        tag("h3", tag("code", verdict.id), " ", both(about.titles)),
        tag("p", both(check_texts(verdict.name, verdict.title)), cls="soft"),
        _parts(verdict),
        *([tag("p", tag("strong", both(texts("gone"))))] if verdict.gone else []),
        *([_frames(verdict, opened=first)] if verdict.frames else []),
        cls=f"failure{tone}",
    )


def _parts(verdict: Verdict) -> Markup:
    about = requirements()[verdict.requirement]
    values = {"sent": verdict.sent, "came": verdict.came, "expected": verdict.expected, "failing": verdict.failing}
    rows = [(name, _value(value, name)) for name, value in values.items() if value not in (None, "")]
    rows += [(name, both(said)) for name, said in (("why", about.why), ("todo", about.todo)) if said]
    return tag("dl", *(joined(tag("dt", both(texts(name))), tag("dd", text)) for name, text in rows))


def _value(value: Any, name: str) -> str:
    text = value_text(value, 3000)
    return both(expected_texts(text)) if name == "expected" else tag("code", text)


def _frames(verdict: Verdict, *, opened: bool) -> Markup:
    newest = verdict.frames[-FRAMES:]
    rows = [
        [f"{frame['t']:.3f}", frame["transport"], "→" if frame["way"] == "out" else "←", frame["what"], _payload(frame)] for frame in newest
    ]
    more = [tag("p", both(texts("frames-more")), cls="soft")] if len(verdict.frames) > FRAMES else []
    summary = tag("summary", both(texts("frames")), f" ({len(newest)})")
    headings = [both(texts(name)) for name in ("seconds", "transport", "frame-way", "frame-what", "frame-payload")]
    listed = table(headings, [[*(tag("span", cell, cls="mono") for cell in row)] for row in rows], "frames")
    return tag("details", summary, *more, listed, **({"open": "open"} if opened else {}))


def _payload(frame: dict[str, Any]) -> str:
    text = frame.get("text", f"base64 {frame.get('base64', '')}")
    return text if len(text) <= PAYLOAD else f"{text[:PAYLOAD]} …"
