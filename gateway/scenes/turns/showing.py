"""The power of a run in words, and as a small curve, for whoever shows reports."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

BARS: Final = "▁▂▃▄▅▆▇█"
WIDE: Final = 60
_WORDS: Final = {
    "en": ("peak {peak:.0f} W", " of {limit:.0f} W", "; in this order: {0}", "; left out: {0}", ", "),
    "zh-Hans": ("峰值 {peak:.0f} W", " / 上限 {limit:.0f} W", " · 顺序 {0}", " · 未执行 {0}", "、"),
}


def sparkline(values: Sequence[float], most: float) -> str:
    """Return a curve of block characters, the highest for `most`; of more values than fit the greatest of those side by side."""
    size = max(1, -(-len(values) // WIDE))
    bunches = [max(values[at : at + size]) for at in range(0, len(values), size)]
    return "".join(BARS[min(len(BARS) - 1, max(0, int(value / most * len(BARS))))] for value in bunches)


def curve_of(power: Mapping[str, Any]) -> str:
    """Return the curve of a report's `power`, as high as the line's limit, or as its peak where that is more; "" where there is none."""
    most = max(power.get("limit") or 0.0, power.get("peak", 0.0)) or 1.0
    return sparkline([watts for _, watts in power.get("curve", ())], most)


def sentences(power: Mapping[str, Any]) -> dict[str, str]:
    """Return what a report's `power` says, in both languages."""
    done = [entry["device"] for entry in power.get("order", ()) if "leftOut" not in entry and entry.get("what") != "draws no more"]
    left = [entry["device"] for entry in power.get("order", ()) if "leftOut" in entry]
    said = {}
    for language, (peak, limit, order, without, comma) in _WORDS.items():
        text = peak.format(peak=power.get("peak", 0.0)) + (limit.format(limit=power["limit"]) if power.get("limit") else "")
        text += order.format(comma.join(done)) if done else ""
        said[language] = f"{curve_of(power)} {text}{without.format(comma.join(left)) if left else ''}".strip()
    return said
