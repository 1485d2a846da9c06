"""The power of a run at the terminal: a small curve with the line's limit, and who was switched on when."""

from collections.abc import Mapping
from typing import Any

from rich.text import Text

from gateway.scenes.turns.showing import curve_of


def power_lines(power: Mapping[str, Any]) -> list[Text]:
    """Return what a report keeps of the power, in lines; none where it keeps nothing."""
    lines = [_curve(power)] if power.get("curve") else []
    lines += [Text(f"    {_turn(each)}", style="dim") for each in power.get("order", ())]
    if power.get("unmeasured"):
        lines.append(Text(f"    not measured: {', '.join(power['unmeasured'])}", style="dim"))
    return lines


def _curve(power: Mapping[str, Any]) -> Text:
    limit, curve = power.get("limit"), power["curve"]
    under = f"of {limit:.0f} W" if limit else "W; the limit of the line is not known"
    beyond = bool(limit) and power["peak"] > limit
    head = Text.assemble("  power ", (curve_of(power), "red" if beyond else "green"))
    return head.append(f"  peak {power['peak']:.0f} {under}, {curve[-1][0]:.0f} s")


def _turn(entry: Mapping[str, Any]) -> str:
    volts = f" at {entry['volts']:.0f} V" if "volts" in entry else ""
    watts = f", up to {entry['watts']} W ({entry['basis']})" if "watts" in entry else ""
    return f"{entry['at']:>6.1f} s  {entry['device']} {entry.get('what') or 'left out'}{volts}{watts}"
