"""Whether a real run went as rehearsed: line by line, each device's outcome beside the one that was foretold."""

from collections.abc import Mapping
from typing import Any

Lines = Mapping[str, Any]


def differences(rehearsed: Lines, real: Lines) -> list[dict[str, Any]]:
    """Return where two reports (as documents) disagree: who, asked for what, foretold and seen outcome; "" where there is no such line."""
    foretold, seen = _by_place(rehearsed), _by_place(real)
    return [
        {"device": place[0], "asked": place[1], "foretold": foretold.get(place, ""), "seen": seen.get(place, "")}
        for place in dict.fromkeys((*foretold, *seen))
        if foretold.get(place) != seen.get(place)
    ]


def _by_place(report: Lines) -> dict[tuple[str, str, int], str]:
    """Return outcomes by device, what it was asked for, and which time that was."""
    outcomes: dict[tuple[str, str, int], str] = {}
    for line in report["lines"]:
        asked = str(line.get("invoke") or " ".join(f"{name}={value}" for name, value in sorted(line.get("set", {}).items())))
        time = sum(place[:2] == (line["device"], asked) for place in outcomes)
        outcomes[line["device"], asked, time] = line["outcome"]
    return outcomes


def changed_by(fault: Mapping[str, str], usual: Lines, without: Lines) -> dict[str, Any]:
    """Return a branch of the failure tree: what else comes out otherwise when a device is away."""
    lines = [each for each in differences(usual, without) if each["device"] not in fault]
    own = [line for line in without["lines"] if line["device"] in fault]
    return {
        "faults": dict(fault),
        "good": without["good"],
        "why": without["why"],
        "own": [{"device": line["device"], "outcome": line["outcome"], "detail": line.get("detail", "")} for line in own],
        "others": lines,
    }
