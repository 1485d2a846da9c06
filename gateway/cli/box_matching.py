"""Which line of an operator's list is about which box of the home: by id or name, by the serial number, by the address of its network card.

Of a serial number the home keeps a hash at most, so the list's is hashed and compared. Two lines about one box must not contradict each
other.
"""

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from gateway.cli.operator_list import Entry, OperatorList
from gateway.profile.set_top_box_rules import shanghai_day

SHORTEST_HASH: Final = 32
"""Hexadecimal digits a hash of a serial number has at least."""
MAC_DIGITS: Final = 12
_HEX = re.compile(r"[0-9a-f]+")
_JOINTS = re.compile(r"[\s:.\-]")


@dataclass(slots=True)
class Matched:
    """What a list says of boxes of this home. `bad`: number of a line to why; `strangers`: lines about boxes that are not here."""

    facts: dict[str, dict[str, Any]] = field(default_factory=dict)
    lines: dict[str, list[int]] = field(default_factory=dict)
    bad: dict[int, str] = field(default_factory=dict)
    strangers: dict[int, str] = field(default_factory=dict)


def matched(found: OperatorList, boxes: Iterable[Mapping[str, Any]], today: date) -> Matched:
    """Return what of a list is about these boxes (as the call `boxes` tells them)."""
    known = tuple(boxes)
    result = Matched(bad=dict(found.bad))
    for entry in found.entries:
        meant = {name: _meant(name, key, known) for name, key in entry.keys.items()}
        here = {device for devices in meant.values() for device in devices}
        if not here:
            result.strangers[entry.line] = ", ".join(f"{name} {key}" for name, key in entry.keys.items())
        elif len(here) > 1:
            result.bad[entry.line] = f"means more than one box: {', '.join(sorted(here))}; say which"
        else:
            _take(result, entry, here.pop(), today)
    return result


def _take(result: Matched, entry: Entry, device: str, today: date) -> None:
    facts = result.facts.get(device, {})
    day = shanghai_day(entry.facts.get("firstActivated"))
    if day is not None and day > today:
        result.bad[entry.line] = f"{day.isoformat()} is still to come: correct the day of the first activation"
        return
    said = {**entry.facts, **({"firstActivated": day.isoformat()} if day is not None else {})}
    clash = sorted(name for name, value in said.items() if name in facts and facts[name] != value)
    if clash:
        before = result.lines[device][0]
        result.bad[entry.line] = f"says otherwise than line {before} about {device} ({', '.join(clash)}): leave one of them out"
        return
    result.facts[device] = {**facts, **said}
    result.lines.setdefault(device, []).append(entry.line)


def _meant(column: str, key: str, boxes: Iterable[Mapping[str, Any]]) -> set[str]:
    fits = {"device": _is_called, "serial": _has_serial, "mac": _has_address}[column]
    return {box["device"] for box in boxes if fits(box, key)}


def _is_called(box: Mapping[str, Any], key: str) -> bool:
    return key in (box["device"], box["name"])


def _has_serial(box: Mapping[str, Any], serial: str) -> bool:
    hashed = {hashlib.sha256(each.encode()).hexdigest() for each in (serial, serial.upper(), serial.lower())}
    return any(
        key.casefold() == serial.casefold()
        or (len(key) >= SHORTEST_HASH and _HEX.fullmatch(key) is not None and any(each.startswith(key) for each in hashed))
        for key in box["keys"]
    )


def _has_address(box: Mapping[str, Any], mac: str) -> bool:
    wanted = _address(mac)
    return wanted is not None and any(_address(key) == wanted for key in box["keys"])


def _address(text: str) -> str | None:
    digits = _JOINTS.sub("", text).casefold()
    return digits if len(digits) == MAC_DIGITS and _HEX.fullmatch(digits) else None
