"""What came of a rehearsal: the report a run would have, how long it takes, what the home draws meanwhile and for a while after."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from gateway.scenes.report import Outcome

POINTS: Final = 120
"""Of a power curve that are kept."""
_PLACE: Final = re.compile(r"coap://\S+")
Sample = tuple[float, float]
"""Seconds since the scene began, and watts drawn from the wall."""


def thinned(curve: Sequence[Sample], most: int = POINTS) -> list[list[float]]:
    """Return a curve in at most so many points; of those that lie together the highest is kept, so that no peak is lost."""
    if not curve:
        return []
    width = -(-len(curve) // most)
    pieces = [curve[at : at + width] for at in range(0, len(curve), width)]
    return [[round(seconds, 2), round(watts, 1)] for seconds, watts in (max(piece, key=lambda sample: sample[1]) for piece in pieces)]


def power_of(curve: Sequence[Sample], before: float, ended: float) -> dict[str, Any]:
    """Return watts before, at the peak and at the end of the scene; `curve` goes on for a while after it."""
    at, peak = max(curve, key=lambda sample: sample[1], default=(0.0, before))
    during = [watts for seconds, watts in curve if seconds <= ended]
    return {
        "before": round(before, 1),
        "peak": round(max(peak, before), 1),
        "peakAt": round(at, 1),
        "atEnd": round(during[-1] if during else before, 1),
        "curve": thinned(curve),
    }


def of_the_home(report: Mapping[str, Any]) -> dict[str, Any]:
    """Return a report without the addresses of the copies, which nobody has ever heard of."""
    lines = [line | {"detail": _PLACE.sub("it", line["detail"])} if line.get("detail") else line for line in report["lines"]]
    return {**report, "lines": lines}


def in_short(played: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a list of rehearsals shows of one: who was not as the scene wants it (`bad`), no other line and no curve."""
    report, power = played["report"], {name: value for name, value in played["power"].items() if name != "curve"}
    told = {name: played[name] for name in ("scene", "version", "at", "seconds", "faults", "with", "notes") if name in played}
    bad = [
        {"device": line["device"], "outcome": line["outcome"], "detail": line.get("detail", "")}
        for line in report["lines"]
        if not Outcome(line["outcome"]).good
    ]
    return told | {"good": report["good"], "why": report["why"], "bad": bad, "power": power}
