"""How a rehearsal looks at the terminal: the report, the time it takes, the power curve, and what each absence would do."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from rich.text import Text

from gateway.cli.scene_effect import effect_lines
from gateway.cli.scene_report import WORDS, line_text
from gateway.scenes.turns.showing import sparkline

WIDE: Final = 60
MINUTE, HOUR = 60, 3600
EVERY: Final = 3.0
"""Seconds between two lines about one stage of a rehearsal."""


def rehearsal_lines(played: Mapping[str, Any]) -> Iterator[Text]:
    """Yield a rehearsal, line by line."""
    report = played["report"]
    where = f"on {played['home']}" if played.get("home") else "on a copy of the home"
    chosen = ", ".join(f"{device} {fault}" for device, fault in played["faults"].items())
    yield Text.assemble((report["scene"], "bold"), f"  rehearsed {where}", f", with {chosen}" if chosen else "", "; nothing real has moved")
    yield from map(line_text, report["lines"])
    yield from effect_lines(report["effect"])
    for alert in report.get("alerts", ()):
        yield Text(f"  would tell: {alert['notice']['text']['en']}", style="bold")
    for note in (*report["notes"], *played["notes"]):
        yield Text(f"  {note}", style="dim")
    if report["why"]:
        yield Text(f"  {report['why']}", style="red")
    yield Text(f"takes {span(played['seconds'])}" + (f"; played in {span(played['took'])}" if "took" in played else ""))
    yield from _power(played["power"])
    yield from _branches(played.get("branches"))
    yield from _as_run(played)


def progress_words(item: Mapping[str, Any]) -> str:
    """Return what a person is told while it is played; "" for what comes of it."""
    match item.get("phase"):
        case "building":
            return "Building a copy of the home ..."
        case "playing":
            return f"{span(item['seconds'])} into the scene, {item['ended']} of {item['lines']} lines ended ..."
        case "after":
            return f"Watching what is drawn afterwards: {span(item['seconds'])} ..."
        case "branch":
            return f"Without {item['device']} ({item['number']} of {item['of']}) ..."
    return ""


class Lines:
    """Tells how far a rehearsal is in lines, for a pipe or a log: each new stage, and of one stage a line in `EVERY` seconds."""

    def __init__(self, tell: Callable[[str], None], now: Callable[[], float]) -> None:
        self._tell = tell
        self._now = now
        self._stage: tuple[Any, Any] | None = None
        self._told = 0.0

    def hear(self, item: Mapping[str, Any]) -> None:
        """Take an item, and tell it where it is news."""
        stage, words = (item.get("phase"), item.get("device")), progress_words(item)
        if words and (stage != self._stage or self._now() - self._told >= EVERY):
            self._stage, self._told = stage, self._now()
            self._tell(words)


def span(seconds: float) -> str:
    """Return a time as people say it."""
    if seconds < MINUTE:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < HOUR:
        return f"{whole // MINUTE} min {whole % MINUTE} s"
    return f"{whole // HOUR} h {whole % HOUR // MINUTE} min"


def _power(power: Mapping[str, Any]) -> Iterator[Text]:
    limit, curve = power.get("limit"), power["curve"]
    beyond = limit is not None and power["peak"] > limit
    under = f", {'more than' if beyond else 'within'} the line's {limit:.0f} W" if limit is not None else ""
    most = f"at most {power['peak']:.0f} W after {span(power['peakAt'])}"
    yield Text(f"power {power['before']:.0f} W before, {most}, {power['atEnd']:.0f} W as it ends" + under, style="red" if beyond else "")
    if curve:
        yield Text.assemble(
            "  ", (sparkline(evenly(curve, WIDE), max(limit or 0.0, power["peak"]) or 1.0), "green"), f"  {span(curve[-1][0])}"
        )


def evenly(curve: list[list[float]], columns: int) -> list[float]:
    """Return the highest watts of each of so many equal stretches of time; where nothing was measured, what was measured before."""
    whole = curve[-1][0] or 1.0
    columns_of: dict[int, float] = {}
    for seconds, watts in curve:
        at = min(columns - 1, int(seconds / whole * columns))
        columns_of[at] = max(watts, columns_of.get(at, 0.0))
    levels, level = [], curve[0][1]
    for at in range(columns):
        level = columns_of.get(at, level)
        levels.append(level)
    return levels


def _branches(branches: list[Mapping[str, Any]] | None) -> Iterator[Text]:
    if branches is None:
        return
    yield Text("what if one of them were away?", style="bold")
    for branch in branches:
        device = next(iter(branch["faults"]))
        own = ", ".join(dict.fromkeys(WORDS.get(line["outcome"], line["outcome"]) for line in branch["own"])) or "not asked"
        yield Text.assemble("  without ", (device, "bold"), f": {own}", f"; {branch['why']}" if branch["why"] else "")
        for line in branch["others"]:
            seen = WORDS.get(line["seen"], line["seen"]) or "not asked"
            yield Text(
                f"    {line['device']}  {line['asked']}  {seen} instead of {WORDS.get(line['foretold'], line['foretold']) or 'not asked'}"
            )
        if not branch["others"]:
            yield Text("    nothing else comes out otherwise", style="dim")


def _as_run(played: Mapping[str, Any]) -> Iterator[Text]:
    found = played.get("asRun")
    if not found:
        return
    if not found["differences"]:
        yield Text(f"the run {found['run']} went as rehearsed", style="green")
        return
    yield Text(f"the run {found['run']} went otherwise:", style="yellow")
    for each in found["differences"]:
        yield Text(f"  {each['device']}  {each['asked']}  {each['seen'] or 'not asked'} instead of {each['foretold'] or 'not asked'}")
