"""`hulian scene effect`: what a scene achieved, with its curve; and how an effect stands in a report."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, Final

import typer
from rich.text import Text

from gateway.cli.client import Client
from gateway.cli.options import options
from gateway.cli.output import console, print_json, value_text
from gateway.profile.units import symbol

BARS: Final = "▁▂▃▄▅▆▇█"
WIDTH: Final = 32
"""Signs of a curve."""
VERDICTS: Final = {
    "reached": ("reached", "green"),
    "notReached": ("not reached", "red"),
    "cannotBeMeasured": ("cannot be measured", "yellow"),
    "cutOff": ("cut off", "yellow"),
    "measuring": ("is measured", "dim"),
}


def effect(
    scene: Annotated[str, typer.Argument(metavar="SCENE|RUN", help="A scene, for its last run; or a run.")],
    now: Annotated[bool, typer.Option("--now", help="Do not wait for what is still measured.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print JSON for scripts.")] = False,
) -> None:
    """Show what a scene achieved, device by device with its curve; wait for what is still measured.

    Exit code 0 when everything was reached, 1 when something was not or nobody knows.

    Example:  hulian scene effect leaving
    """
    report = None
    with Client(options.data) as client:
        for report in client.stream("scene-effect", scene=scene, wait=not now):
            if not json and not report["effect"]["over"] and not now:
                console().print(_progress(report["effect"]))
    if report is None:
        raise typer.Exit(1)
    if json:
        print_json(report["effect"])
    else:
        console().print(Text.assemble((report["scene"], "bold"), f"  {report['id']}"))
        for line in effect_lines(report["effect"]):
            console().print(line)
    if report["effect"]["good"] is not True:
        raise typer.Exit(1)


def _progress(effect: Mapping[str, Any]) -> Text:
    """Return one line: what everybody shows now."""
    shown = [
        f"{each['device']} {each['curve'][-1][1]:g}" if isinstance(each["curve"][-1][1], int | float) else f"{each['device']} ..."
        for aim in effect["aims"]
        if aim["verdict"] == "measuring"
        for each in aim["devices"]
        if each["curve"]
    ]
    due = max((aim["after"] + aim["for"] for aim in effect["aims"]), default=0)
    return Text(f"measured until {_span(due)} after the run: {', '.join(shown[:6]) or 'nothing shown yet'}", style="dim")


def effect_lines(effect: Mapping[str, Any] | None) -> Iterator[Text]:
    """Yield an effect in lines, none where nothing is measured."""
    for aim in () if effect is None else effect["aims"]:
        word, colour = VERDICTS[aim["verdict"]]
        detail = f"  {aim['detail']}" if aim["detail"] else ""
        yield Text.assemble("  ", (aim["property"], "bold"), f" {_limits(aim)}: ", (word, colour), detail)
        for each in aim["devices"]:
            if each["verdict"] == "cutOff" and not each["curve"]:
                continue
            yield _device_line(each, aim["unit"])
    if effect is not None and effect["gap"]:
        yield Text(f"  the hub was away for {_span(effect['gap'])} of it", style="dim")


def _device_line(each: Mapping[str, Any], unit: str) -> Text:
    word, colour = VERDICTS[each["verdict"]]
    values = [value for _, value in each["curve"]]
    when = f" after {_span(each['since'])}" if each["verdict"] == "reached" and each["since"] is not None else ""
    detail = f"  {each['detail']}" if each["detail"] else ""
    return Text.assemble("    ", each["device"], f"  {curve_of(each['curve'])}  {_ends(values, unit)}", (word + when, colour), detail)


def _ends(values: Sequence[Any], unit: str) -> str:
    if not values:
        return ""
    first, last = value_text(values[0]), value_text(values[-1])
    shown = first if first == last else f"{first} → {last}"
    return f"{shown} {symbol(unit)}".rstrip() + "  "


def _limits(aim: Mapping[str, Any]) -> str:
    unit = f" {symbol(aim['unit'])}".rstrip()
    text = f"{_bounds(aim['limits'], unit)}, {_span(aim['after'])} after the run"
    text += f" and for {_span(aim['for'])}" if aim["for"] else ""
    text += f", of {aim['share']:g} %" if aim["share"] < 100 else ""  # noqa: PLR2004 - percent: all
    return text + (f" (the standard's: {aim['public']})" if aim["public"] else "")


def _bounds(limits: Mapping[str, Any], unit: str) -> str:
    if "is" in limits:
        return f"is {' or '.join(map(value_text, limits['is']))}"
    if "atLeast" in limits and "atMost" in limits:
        return f"{limits['atLeast']:g} to {limits['atMost']:g}{unit}"
    return f"at least {limits['atLeast']:g}{unit}" if "atLeast" in limits else f"at most {limits['atMost']:g}{unit}"


def curve_of(curve: Sequence[Sequence[Any]], width: int = WIDTH) -> str:
    """Return a curve of seconds and numbers as a row of bars, evenly in time; nothing where there are no numbers."""
    points = [(seconds, value) for seconds, value in curve if isinstance(value, int | float) and not isinstance(value, bool)]
    if len(points) < 2:  # noqa: PLR2004 - a curve has two ends
        return ""
    low, high = min(value for _, value in points), max(value for _, value in points)
    start, length = points[0][0], points[-1][0] - points[0][0]
    shown = [_at(points, start + length * place / (width - 1)) for place in range(width)]
    return "".join(BARS[round((value - low) / (high - low) * (len(BARS) - 1))] if high > low else BARS[0] for value in shown)


def _at(points: Sequence[tuple[float, float]], moment: float) -> float:
    """Return what was shown at a moment: the last value from before it."""
    return next((value for seconds, value in reversed(points) if seconds <= moment), points[0][1])


def _span(seconds: float) -> str:
    if seconds < 120:  # noqa: PLR2004 - two minutes
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min"
