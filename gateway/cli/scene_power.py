"""The power of a run at the terminal: a small curve with the line's limit, and who was switched on when."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from rich.text import Text

BARS: Final = "▁▂▃▄▅▆▇█"
WIDE: Final = 60


def power_lines(power: Mapping[str, Any]) -> list[Text]:
    """Return what a report keeps of the power, in lines; none where it keeps nothing."""
    if not power.get("curve"):
        return []
    limit, curve = power.get("limit"), power["curve"]
    most = max(limit or 0.0, power["peak"]) or 1.0
    under = f"of {limit:.0f} W" if limit else "W; the limit of the line is not known"
    beyond = bool(limit) and power["peak"] > limit
    head = Text.assemble("  power ", (sparkline([watts for _, watts in curve], most), "red" if beyond else "green"))
    head.append(f"  peak {power['peak']:.0f} {under}, {curve[-1][0]:.0f} s")
    lines = [head, *(Text(f"    {_turn(each)}", style="dim") for each in power.get("order", ()))]
    if power.get("unmeasured"):
        lines.append(Text(f"    not measured: {', '.join(power['unmeasured'])}", style="dim"))
    return lines


def sparkline(values: Sequence[float], most: float) -> str:
    """Return a curve of block characters, the highest for `most`; of more values than fit the greatest of those side by side."""
    size = max(1, -(-len(values) // WIDE))
    bunches = [max(values[at : at + size]) for at in range(0, len(values), size)]
    return "".join(BARS[min(len(BARS) - 1, max(0, int(value / most * len(BARS))))] for value in bunches)


def _turn(entry: Mapping[str, Any]) -> str:
    volts = f" at {entry['volts']:.0f} V" if "volts" in entry else ""
    watts = f", up to {entry['watts']} W ({entry['basis']})" if "watts" in entry else ""
    return f"{entry['at']:>6.1f} s  {entry['device']} {entry.get('what') or 'left out'}{volts}{watts}"
