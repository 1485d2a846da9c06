"""How much of a line is taken, and whether one more fits: pure sums, so that they can be held against every home there could be.

A device is counted with what it shows; one that was switched on, or switches itself on and off, with the most it will draw, for it will.
What hangs on a plug is counted once: with the greater of what the plug shows and what is known of whatever hangs on it. Of all that may
start hard one start at a time is allowed for. Who says it draws more than the whole line bears is not believed: the fuse would know.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass


@dataclass(slots=True, kw_only=True)
class Load:
    """Watts: `shown` now (None: it measures nothing), at `most` with where that is from (`basis`), `surge` beyond that as it starts.

    `on`: it draws, or may, for all that is known; `cycles`: it switches itself. `feeder`: the plug it hangs on, "" where none is known.
    """

    device: str
    most: float
    basis: str = "assumed"
    shown: float | None = None
    surge: float = 0.0
    on: bool = False
    cycles: bool = False
    feeder: str = ""


def taken(loads: Mapping[str, Load], reserved: Collection[str], limit: float | None = None) -> float:
    """Return the watts that are to be counted with; `reserved`: whoever was switched on. `limit`: what nobody draws more than."""
    below: dict[str, list[str]] = {}
    for load in loads.values():
        below.setdefault(load.feeder if load.feeder in loads else "", []).append(load.device)

    def amount(device: str, passed: frozenset[str]) -> float:
        load = loads[device]
        behind = sum(amount(each, passed | {device}) for each in below.get(device, ()) if each not in passed)
        return max(_own(load, held=device in reserved, limit=limit), behind)

    return sum(amount(device, frozenset()) for device in below.get("", ()))


def shortage(loads: Mapping[str, Load], reserved: Collection[str], following: str, limit: float) -> float:
    """Return by how much the line would be passed with one more, starts allowed for; nothing or less: it fits."""
    held = {*reserved, following}
    starting = max((load.surge for load in loads.values() if load.device in held or (load.on and load.cycles)), default=0.0)
    return taken(loads, held, limit) + starting - limit


def first_that_fits(loads: Mapping[str, Load], reserved: Collection[str], waiting: Iterable[str], limit: float | None) -> str | None:
    """Return the dearest there is room for, None where there is for nobody; without a limit there is room."""
    return next((each for each in waiting if limit is None or shortage(loads, reserved, each, limit) <= 0), None)


def no_room(loads: Mapping[str, Load], reserved: Collection[str], device: str, limit: float) -> str:
    """Return in words what there is no room for, and how much is too much."""
    load, held = loads[device], {*reserved, device}
    over, now = shortage(loads, reserved, device, limit), taken(loads, reserved, limit)
    start = limit + over - taken(loads, held, limit)
    kept = f", {start:.0f} W are kept for a motor that starts" if start else ""
    most = f"it draws up to {load.most:.0f} W ({load.basis})"
    return f"there was no room: {most}, {now:.0f} of {limit:.0f} W are taken{kept}: {over:.0f} W too many"


def _own(load: Load, *, held: bool, limit: float | None) -> float:
    shown = 0.0 if load.shown is None or (limit is not None and load.shown > limit) else max(0.0, load.shown)
    if held or (load.on and (load.cycles or load.shown is None or shown < load.shown)):
        return max(shown, load.most)
    return shown
