"""How results look: tables for people, JSON for scripts; colours follow the terminal, NO_COLOR and --no-color."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console, ConsoleOptions, RenderResult
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

from gateway.cli.options import options
from gateway.profile.units import symbol

COLOURS = {"online": "green", "offline": "red", "stale": "yellow", "sleeping": "blue"}
HOUSEKEEPING = frozenset(
    {"faults", "safeUse", "operatingHours", "childLock", "remoteEnabled", "energyLabel", "consumables", "flexWindow"}
    | {"mains", "powerOnState", "minStartVoltage", "voltage", "current"}
)
"""Properties that every kind may have: they tell little of what an appliance is doing. Present faults are told by themselves."""
MOST_HEADLINES = 4
LONGEST_HEADLINE = 40
FEWEST_CHARACTERS, ROW_LINES = 16, 2
COLUMNS = {"Device": (17, 32), "Room": (11, 20), "Kind": (12, 22), "Now": (8, 8), "State": (None, None)}
"""The columns of a home and the most characters of each, tight and at ease: tight, 18 of 80 are left for the state, whose longest names
then stay whole, as an id does."""
AT_EASE = 100


def console(*, error: bool = False) -> Console:
    """Return a console for standard output or standard error."""
    return Console(stderr=error, no_color=True if options.no_color else None, highlight=False, soft_wrap=True)


def print_json(value: Any) -> None:
    """Print one JSON document on one line."""
    print(json.dumps(value, ensure_ascii=False), flush=True)  # noqa: T201 - this is what the command is for


def devices_table(devices: Sequence[Mapping[str, Any]], *, title: str | None = None, compact: bool = False) -> Table:
    """Return the home as a table: one row a device; `compact`: two lines for each, states cut off where they are long."""
    table = Table(box=SIMPLE_HEAD, title=title, title_justify="left", expand=False, pad_edge=False)
    rooms = any(device.get("room") for device in devices)
    at_ease = not rooms or console().width >= AT_EASE
    for heading, most in COLUMNS.items():
        if rooms or heading != "Room":
            widest = None if compact and console().width >= AT_EASE else most[at_ease]
            table.add_column(heading, max_width=widest, overflow="ellipsis" if compact else "fold", no_wrap=compact and heading != "State")
    for device in devices:
        name, room, kind, reach, state = device_row(device)
        if not compact:  # why it is away takes a sentence, and only the last column has room for one
            reach, *reason = reach.split("\n")
            state = Text("\n").join([*reason, state])
        table.add_row(name, *([room] if rooms else []), kind, reach, TwoLines(state) if compact else state)
    return table


class TwoLines:
    """A text that takes no more than the two lines a device's other cells take, and ends with … where that is too little."""

    def __init__(self, text: Text) -> None:
        self._text = text

    def __rich_measure__(self, _console: Console, options: ConsoleOptions) -> Measurement:
        return Measurement(min(FEWEST_CHARACTERS, self._text.cell_len), self._text.cell_len).with_maximum(options.max_width)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        lines = self._text.wrap(console, options.max_width)
        if len(lines) > ROW_LINES:
            lines[ROW_LINES - 1].rstrip()
            lines[ROW_LINES - 1].append(" …")
            lines[ROW_LINES - 1].truncate(options.max_width, overflow="ellipsis")
        yield from lines[:ROW_LINES]


def device_row(device: Mapping[str, Any]) -> tuple[Text, ...]:
    """Return a device's cells."""
    availability = device["availability"]
    reach = Text(availability["state"], style=COLOURS.get(availability["state"], ""))
    if availability.get("reason"):
        reach.append(f"\n{availability['reason']}", style="dim")
    name = Text(device["id"], style="bold")
    shown = device.get("name") or device.get("title") or ""
    if shown:
        name.append(f"\n{shown}", style="dim")
    kind = Text(device["kind"])
    kind.append(f"\n{device.get('maturity', '')}", style="dim")
    return name, Text(device.get("room") or ""), kind, reach, state_text(device)


def state_text(device: Mapping[str, Any]) -> Text:
    """Return the few values that tell most about a device; doubtful ones are marked."""
    state, units = device.get("state", {}), device.get("units", {})
    meta = state.get("$", {})
    doubtful, pending = meta.get("q", {}), meta.get("pending", {})
    text = Text()
    shared = shared_doubt(state)
    for fault in state.get("faults", ()):
        text.append(f"{fault['code']}  ", style="bold red")
    for name in headlines(state):
        text.append(f"{name} ", style="dim")
        shown = value_text(state[name], units.get(name))
        text.append(shown, style="yellow" if name in doubtful else "")
        if name in doubtful and not shared:
            text.append(f" ({doubtful[name]})", style="dim")
        if name in pending:
            text.append(" …", style="cyan")
        text.append("  ")
    if shared:
        text.append(f"(all {shared})", style="dim")
    return text


def shared_doubt(state: Mapping[str, Any]) -> str:
    """Return the one doubt that holds of all headlines, as of an appliance that is away: once is enough to say it; else ""."""
    shown, doubtful = headlines(state), state.get("$", {}).get("q", {})
    doubts = {doubtful.get(name, "") for name in shown}
    return str(doubts.pop()) if len(shown) > 1 and len(doubts) == 1 else ""


def headlines(state: Mapping[str, Any]) -> list[str]:
    """Return the first properties of the kind's own, in the order of its profile; long values are for `hulian show`."""
    names = (name for name in state if name != "$" and name not in HOUSEKEEPING)
    return [name for name in names if 0 < len(value_text(state[name])) <= LONGEST_HEADLINE][:MOST_HEADLINES]


def value_text(value: Any, unit: str | None = None) -> str:
    """Return a value as a person reads it."""
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, int | float):
        number = f"{value:.5g}" if isinstance(value, float) else str(value)
        return number if unit is None else f"{number} {symbol(unit)}".rstrip()
    if isinstance(value, list) and value and all(isinstance(item, dict) and {"id", "open"} <= item.keys() for item in value):
        return ", ".join(f"{item['id']} {'open' if item['open'] else 'closed'}" for item in value)
    if isinstance(value, list):
        return ", ".join(value_text(item) for item in value) or "none"
    if isinstance(value, dict):
        return " ".join(f"{name} {value_text(member)}" for name, member in value.items())
    return value if isinstance(value, str) else json.dumps(value)


def counted(number: int, what: str) -> str:
    """Return a number with what is counted, as many as there are."""
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def failure(text: str, hint: str = "") -> None:
    """Print a failure on standard error."""
    err = console(error=True)
    err.print(Text("hulian: ", style="bold red") + Text(text))
    if hint:
        err.print(Text(hint, style="dim"))
